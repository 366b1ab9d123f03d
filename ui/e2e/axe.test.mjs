/** Every page as axe judges it, contrast and the size of targets among it, and with Tab alone. `MS_SCENES` is a pattern of the names to look at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import { goRound } from './focus.mjs';
import { openScene, SCENES } from './scenes.mjs';
import { browser, target } from './stage.mjs';

const GRAVE = new Set(['serious', 'critical']);

/** What axe finds on the page, a line for each kind of element that it names. */
async function findings(page) {
  // By the debugger's hand: the page's policy lets no other script in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }));
  return violations.filter(({ impact }) => GRAVE.has(impact)).flatMap(({ id, help, nodes }) =>
    nodes.map(({ target: [place], any, all, none }) => `${id} (${help}) at ${place}: ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}`));
}

const wanted = new RegExp(process.env.MS_SCENES ?? '');

for (const scene of SCENES.filter(({ name }) => wanted.test(name))) {
  test(scene.name, async (t) => {
    const opened = await openScene(browser, target, scene);
    if (!opened) return t.skip('this cannot be played here');
    t.after(opened.close);
    await t.test('axe finds nothing serious', async () => assert.deepEqual(await findings(opened.page), []));
    await t.test('Tab reaches every control, and the focus is seen', async () => {
      const { faults, count } = await goRound(opened.page);
      assert.ok(count > 0, 'something takes the focus');
      assert.deepEqual(faults, []);
    });
  });
}
