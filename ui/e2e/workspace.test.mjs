/** Arranging the workspace and reading it: regime, panels, overlays, levels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, target } from './stage.mjs';
import { openPage, shoot, until, untilBadge } from './target.mjs';

async function openWorkspace(size) {
  const opened = await openPage(browser, target.url, size);
  await untilBadge(opened.page, 'live');
  await opened.page.getByTestId('regime').waitFor({ timeout: 60_000 });
  return opened;
}

/** Ids of the panels, column by column. */
const columns = (page) => page.$$eval('[data-column]', (all) => all.map((column) => [...column.querySelectorAll('[data-slot]')].map(({ dataset }) => dataset.slot)));
const fact = (page, id) => page.locator(`[data-fact=${id}]`);
const number = (text) => Number(text.replaceAll(',', '').replace('−', '-'));

for (const width of [1440, 1024, 390]) {
  test(`regime-${width}: regime, walls, flip and the next levels are told without a click`, async () => {
    const { page, complaints, get, close } = await openWorkspace({ width, height: width === 390 ? 844 : 900, scale: width === 390 ? 2 : 1 });
    for (const id of ['gamma', 'zero', 'flip', 'callWall', 'putWall', 'above', 'below', 'mode', 'bias', 'lfi', 'vix', 'move']) {
      const box = await fact(page, id).boundingBox();
      assert.ok(box && box.y >= 0 && box.y + box.height <= page.viewportSize().height, `${id} is on the first screen`);
    }
    assert.match(await fact(page, 'gamma').textContent(), /Positive|Negative|Neutral/);
    const spot = (await get('/api/models/spot')).data['I:SPX'].value;
    const [above, below] = [await fact(page, 'above').locator('dd').first().textContent(), await fact(page, 'below').locator('dd').first().textContent()];
    if (above !== '–') assert.ok(number(above) > spot * 0.999, `${above} is above ${spot}`);
    if (below !== '–') assert.ok(number(below) < spot * 1.001, `${below} is below ${spot}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.equal(overflow, 0, 'the page is as wide as the window');
    assert.deepEqual(complaints, []);
    await close();
  });
}

/** What the comparison in `docs/ui.md` counts: clicks and keys until each answer can be read. */
for (const [width, height, clicksForCost] of [[1440, 900, 0], [1024, 900, 0], [390, 844, 1]]) {
  test(`clicks-${width}: regime, walls, flip and next levels take none, the cost of a butterfly ${clicksForCost}`, async () => {
    const { page, complaints, close } = await openWorkspace({ width, height });
    const isSeen = async (shown) => {
      const box = await shown.boundingBox();
      return box !== null && box.height > 0 && box.y >= 0 && box.y + box.height <= height;
    };
    for (const id of ['gamma', 'callWall', 'putWall', 'flip', 'above', 'below']) assert.ok(await isSeen(fact(page, id)), `${id} without a click`);
    for (let n = 0; n < clicksForCost; n += 1) await page.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name: 'Heatmap' }).click();
    const tiles = page.getByTestId('heat-grid').locator('[role=gridcell]');
    await tiles.first().waitFor({ timeout: 60_000 });
    await until('a butterfly with its debit on the screen', async () => {
      for (const tile of await tiles.all()) if (/^\d+\.\d\d$/.test((await tile.textContent()).trim()) && (await isSeen(tile))) return true;
      return false;
    });
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('panels are moved by keys and by mouse, folded, maximised, and stay so', async () => {
  const { page, complaints, close } = await openWorkspace();
  const early = await columns(page);
  await page.getByRole('button', { name: 'Arrange Activity' }).focus();
  await page.keyboard.press('ArrowRight');
  await until('the log is in the third column', async () => (await columns(page))[2].includes('log'));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.grip), 'log', 'the grip keeps the focus');

  const grip = await page.getByRole('button', { name: 'Arrange Fleet' }).boundingBox();
  const heatmap = await page.locator('[data-slot=heatmap]').boundingBox();
  await page.mouse.move(grip.x + 12, grip.y + 12);
  await page.mouse.down();
  await page.mouse.move(heatmap.x + 80, heatmap.y + 40, { steps: 6 });
  await shoot(page, 'workspace-drag');
  await page.mouse.up();
  await until('the fleet is above the heatmap', async () => (await columns(page))[1][0] === 'fleet');

  await page.getByRole('button', { name: 'Collapse Fleet' }).click();
  await page.getByTestId('service').first().waitFor({ state: 'detached' });
  await page.reload();
  await untilBadge(page, 'live');
  const late = await columns(page);
  assert.equal(late[1][0], 'fleet');
  assert.ok(late[2].includes('log') && !early[2].includes('log'));
  await page.getByRole('button', { name: 'Expand Fleet' }).click();
  await page.getByTestId('service').first().waitFor();

  const chart = page.locator('[data-slot=chart]');
  const small = await chart.boundingBox();
  await page.getByRole('button', { name: /^Arrange SPX price/ }).click();
  await page.getByRole('menuitem', { name: /Maximise/ }).click();
  await until('the chart is large', async () => (await chart.boundingBox()).width > small.width * 1.8);
  assert.equal(await page.locator('[data-slot=heatmap]').isVisible(), false);
  await shoot(page, 'workspace-maximised');
  await page.keyboard.press('Escape');
  await until('the chart is as before', async () => Math.abs((await chart.boundingBox()).width - small.width) < 2);
  assert.deepEqual(complaints, []);
  await close();
});

test('Alt and a number go to a panel', async () => {
  const { page, complaints, close } = await openWorkspace();
  await page.locator('[data-testid=heat-grid]').waitFor({ timeout: 60_000 });
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-slot]')?.dataset.slot);
  for (const [n, id] of [[1, 'chart'], [2, 'heatmap'], [4, 'gravity'], [6, 'log']]) {
    await page.keyboard.press(`Alt+${n}`);
    await until(`${id} has the focus`, async () => (await focused()) === id);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test('a level of the gravity card is shown on the chart, and on a narrow screen the chart comes to the front', async () => {
  const { page, complaints, close } = await openWorkspace({ width: 390, height: 844, scale: 2 });
  await page.getByRole('button', { name: 'Gravity', exact: true }).click();
  const rung = page.getByTestId('ladder').locator('button').first();
  await rung.waitFor({ timeout: 60_000 });
  const level = await rung.locator('b').textContent();
  await rung.click();
  const mark = page.getByRole('button', { name: `Marked ${level}` });
  await mark.waitFor();
  await shoot(page, 'workspace-marked-390');
  await page.getByTestId('chart').focus();
  await page.keyboard.press('Escape');
  await mark.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await close();
});

test('nothing shifts while the workspace fills', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => !entry.hadRecentInput && (window.shifts += entry.value))).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(target.url);
  await untilBadge(page, 'live');
  await page.getByTestId('regime').waitFor({ timeout: 60_000 });
  await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0, 30_000);
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts <= 0.05, `cumulative layout shift ${shifts.toFixed(3)}`);
  console.log(`# layout shift ${shifts.toFixed(4)}`);
  await context.close();
});
