/** The page under a load that no quiet market makes: what it is sent it shows. How smoothly, `bench/dashboard.mjs` measures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, target } from './stage.mjs';
import { openPage, until, untilBadge } from './target.mjs';

const { load } = target.hooks;

/** The cells in the DOM. */
const shown = (page) => page.getByTestId('heat-grid').evaluate((grid) => grid.textContent);

for (const [name, spec] of [
  ['20 diffs of 200 tiles and 50 ticks a second', { diffs: 20, tiles: 200, ticks: 50 }],
  ['4 diffs of 1.5 MB a second', { diffs: 4, tiles: 5000, ticks: 50 }],
]) {
  test(`${name}: the tiles follow, and end at the newest version`, { skip: !load && 'only the double can be loaded' }, async () => {
    const { page, complaints, get, close } = await openPage(browser, target.url);
    await untilBadge(page, 'live');
    await page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ timeout: 60_000 });
    await load(spec);
    for (let looks = 0; looks < 10; looks += 1) {
      const before = await shown(page);
      await until('the tiles follow', async () => (await shown(page)) !== before);
    }
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
