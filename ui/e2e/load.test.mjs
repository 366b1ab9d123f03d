/**
 * The page under a load that no quiet market makes. Times are those of the page's own thread, from the browser's trace:
 * a busy machine does not lengthen them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, openTarget, until, untilBadge } from './target.mjs';

const SECONDS = Number(process.env.MS_LOAD_SECONDS ?? 10);
const CATEGORIES = ['toplevel', '__metadata'];

const target = await openTarget();
const { load } = target.hooks;
let browser;

if (load) {
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await target.close();
  });
} else {
  // Without a test no hook runs either.
  await target.close();
}

/** What the busiest renderer's main thread did for `seconds`: milliseconds in a second, and in the longest task. */
async function trace(seconds) {
  const devtools = await browser.newBrowserCDPSession();
  const events = [];
  devtools.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await devtools.send('Tracing.start', { traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] }, transferMode: 'ReportEvents' });
  await new Promise((resume) => setTimeout(resume, 1000 * seconds));
  const complete = new Promise((resume) => devtools.once('Tracing.tracingComplete', resume));
  await devtools.send('Tracing.end');
  await complete;
  await devtools.detach();
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const sums = mains.map((main) => {
    const tasks = events.filter(({ pid, tid, ph, name }) => pid === main.pid && tid === main.tid && ph === 'X' && name.endsWith('RunTask')).map(({ tdur = 0 }) => tdur / 1000);
    return { perSec: tasks.reduce((sum, each) => sum + each, 0) / seconds, longest: Math.max(0, ...tasks) };
  });
  return sums.toSorted((a, b) => b.perSec - a.perSec)[0];
}

const told = ({ perSec, longest }) => `${perSec.toFixed(0)} ms in a second, the longest task ${longest.toFixed(1)} ms`;

/** The cells in the DOM. */
const shown = (page) => page.getByTestId('heat-grid').evaluate((grid) => grid.textContent);

if (load) {
  for (const [name, spec] of [
    ['20 diffs of 200 tiles and 50 ticks a second', { diffs: 20, tiles: 200, ticks: 50 }],
    ['4 diffs of 1.5 MB a second', { diffs: 4, tiles: 5000, ticks: 50 }],
  ]) {
    test(`${name}: no task of the page reaches 50 ms, and the tiles follow`, async () => {
      const { page, complaints, get, close } = await openPage(browser, target.url);
      await untilBadge(page, 'live');
      await page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ timeout: 60_000 });
      const quiet = await trace(SECONDS / 2);
      await load(spec);
      const first = await shown(page);
      await until('tiles under load', async () => (await shown(page)) !== first);
      const loaded = await trace(SECONDS);
      console.log(`# at rest ${told(quiet)}; under load ${told(loaded)}`);
      assert.ok(loaded.longest < 50, told(loaded));
      const second = await shown(page);
      await until('tiles still follow', async () => (await shown(page)) !== second);
      await load({ ...spec, diffs: 0, ticks: 0 });
      await until('the newest version is held', async () => {
        const { data } = await get('/api/models/heatmap/I%3ASPX');
        const [strike, text] = await page.locator('[data-testid=heat-grid] [data-strike]').first().evaluate((row) => [row.dataset.strike, row.querySelector('[role=gridcell]').textContent]);
        return data.tiles[`butterfly:0:20:${strike}`]?.call.debit.toFixed(2) === text;
      });
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}
