/** The models on the page: overlays of the chart, heatmap, dealer gravity. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, target } from './stage.mjs';
import { openPage, shoot, until, untilBadge } from './target.mjs';

const cost = (tile, side) => tile?.[side]?.debit ?? tile?.[side]?.mid ?? null;
const printed = (value) => (value === null || value < 0.005 ? '–' : value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }));

/** The cells in the DOM as `{strike: [text, …]}`. */
const rows = (page) => page.$$eval('[data-testid=heat-grid] [data-strike]', (all) =>
  Object.fromEntries(all.map((row) => [row.dataset.strike, [...row.querySelectorAll('[role=gridcell]')].map((cell) => cell.textContent)])));

async function openLive(size) {
  const opened = await openPage(browser, target.url, size);
  await untilBadge(opened.page, 'live');
  return opened;
}

async function openHeatmap(size) {
  const opened = await openLive(size);
  await opened.page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ timeout: 60_000 });
  return opened;
}

test('the heatmap shows the gateway\'s costs around the price, and follows its versions', async () => {
  const { page, complaints, get, close } = await openHeatmap();
  const line = page.getByTestId('heat-spot');
  await until('the price is in view', () => line.isVisible());
  const [box, view] = [await line.boundingBox(), await page.getByTestId('heat-grid').boundingBox()];
  assert.ok(box.y > view.y && box.y < view.y + view.height, 'the price is between the edges of the grid');

  // Both move; within a few looks they are of the same version.
  await until('the page holds the gateway\'s costs', async () => {
    const { data } = await get('/api/models/heatmap/I%3ASPX');
    const shown = await rows(page);
    const dte = data.dtes_available[0];
    return Object.keys(shown).length > 5 && Object.entries(shown).every(([strike, texts]) =>
      data.widths.every((width, n) => texts[n] === printed(cost(data.tiles[`butterfly:${dte}:${width}:${strike}`], 'call'))));
  }, 30_000);
  const earlier = JSON.stringify(await rows(page));
  await until('costs move', async () => JSON.stringify(await rows(page)) !== earlier, 30_000);
  assert.deepEqual(complaints, []);
  await close();
});

test('only the rows in view exist, and scrolling through all of them stays smooth', async () => {
  const { page, complaints, close } = await openHeatmap();
  const { existing, counted } = await page.getByTestId('heat-grid').evaluate((grid) => ({
    existing: grid.querySelectorAll('[data-strike]').length, counted: Number(grid.getAttribute('aria-rowcount')),
  }));
  assert.ok(existing < 45 && existing <= counted, `${existing} of ${counted} rows exist`);
  // Time of the page's own thread, which a busy machine does not lengthen.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busySec = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
  const startSec = await busySec();
  const frames = await page.getByTestId('heat-grid').evaluate((grid) => new Promise((resolve) => {
    let count = 0;
    grid.scrollTop = 0;
    const step = () => {
      count += 1;
      grid.scrollTop += 60;
      const isOver = grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1 || count > 200;
      return isOver ? resolve(count) : requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }));
  const perFrameMs = (1000 * ((await busySec()) - startSec)) / frames;
  assert.ok(perFrameMs < 25, `a frame of scrolling costs ${perFrameMs.toFixed(1)} ms`);
  console.log(`# ${frames} frames of scrolling, ${perFrameMs.toFixed(1)} ms each`);
  assert.ok(Object.keys(await rows(page)).length > 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('the keyboard walks the heatmap, and reads each tile', async () => {
  const { page, complaints, close } = await openHeatmap();
  const grid = page.getByTestId('heat-grid');
  const line = page.getByTestId('tile-line');
  await grid.focus();
  await page.keyboard.press('Home');
  assert.match(await line.textContent(), /^Butterfly [\d,.]+ \/ [\d,.]+ \/ [\d,.]+ call/);
  for (const key of ['PageDown', 'PageDown', 'PageDown', 'ArrowRight']) await page.keyboard.press(key);
  const isSeen = await page.evaluate(() => {
    const [cell, view] = [document.activeElement.getBoundingClientRect(), document.querySelector('[data-testid=heat-grid]').getBoundingClientRect()];
    return document.activeElement.getAttribute('role') === 'gridcell' && cell.top >= view.top && cell.bottom <= view.bottom + 1;
  });
  assert.ok(isSeen, 'the tile was scrolled into view');
  await page.keyboard.press('p');
  await page.keyboard.press('s');
  await page.getByRole('button', { name: 'Vertical', pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Put', pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Spot', exact: true }).click();
  await page.getByTestId('heat-spot').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('with keys alone: the cheapest butterfly, its card, its order text', async () => {
  const { page, complaints, close } = await openHeatmap();
  await page.getByTestId('heat-grid').focus();
  await page.keyboard.press('f');
  assert.match(await page.getByTestId('tile-line').textContent(), /^Butterfly .* call/);
  const chosen = await page.evaluate(() => document.activeElement.getAttribute('aria-selected'));
  assert.equal(chosen, 'true', 'the focus went along');
  await page.keyboard.press('Enter');
  const card = page.getByTestId('tile-card');
  await card.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Add to risk graph');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText(/BUY \+1 BUTTERFLY SPX 100 .* CALL @\d*\.\d\d LMT/).waitFor();
  await page.keyboard.press('Escape');
  await card.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'gridcell');
  assert.deepEqual(complaints, []);
  await close();
});

test('the gravity card tells what the gateway knows', async () => {
  const { page, complaints, get, close } = await openLive();
  const where = page.getByTestId('gravity-where');
  await where.waitFor({ timeout: 60_000 });
  const { data } = await get('/api/dealer-gravity/context?symbol=I%3ASPX');
  if (data.nearest_volume_node !== null) {
    await until('the nearest node', async () => (await where.textContent()).includes(data.nearest_volume_node.toLocaleString('en-US', { maximumFractionDigits: 2 })));
  }
  assert.equal(await page.getByTestId('in-crevasse').count(), data.in_crevasse ? 1 : 0);
  const ladder = await page.getByTestId('ladder').locator('li b').allTextContents();
  const prices = ladder.map((text) => Number(text.replaceAll(',', '')));
  assert.deepEqual(prices, prices.toSorted((a, b) => b - a), 'the ladder descends');
  assert.match(await page.locator('[data-stat="Market memory"]').textContent(), /\d+ %/);
  assert.match(await page.locator('[data-stat="VIX regime"]').textContent(), /\d+\.\d\d/);
  assert.deepEqual(complaints, []);
  await close();
});

test('overlays are drawn, can be switched off, and stay so', async () => {
  const { page, complaints, close } = await openLive();
  const chart = page.getByTestId('chart');
  await until('bars in the chart', async () => Number(await chart.getAttribute('data-bars')) > 0, 30_000);
  await page.getByTestId('overlay-key').getByText('Calls').waitFor({ timeout: 60_000 });
  /** Distinct colours at the right edge, where gamma is; of a copy, since reading a canvas often slows it down. */
  const colours = () => chart.evaluate((stage) => {
    const canvas = stage.querySelector('canvas');
    const copy = new OffscreenCanvas(12, canvas.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 12 - canvas.width, 0);
    return new Set(new Uint32Array(copy.getImageData(0, 0, 12, canvas.height).data.buffer)).size;
  });
  const withAll = await until('gamma at the right edge', async () => ((await colours()) > 2 ? colours() : 0));
  await chart.focus();
  await page.keyboard.press('o');
  await page.getByRole('group', { name: 'Gamma by strike' }).getByRole('button', { name: 'Off', exact: true }).click();
  for (const name of [/Gamma levels/, /Gamma flip/, /Volume profile/, /Structures/, /Expected move/]) await page.getByRole('switch', { name }).click();
  await page.keyboard.press('Escape');
  await until('the overlays are gone', async () => (await colours()) < withAll);
  assert.equal(await page.getByTestId('overlay-key').textContent(), '');
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('ms:prefs')).overlays);
  assert.deepEqual([kept.gex, kept.levels, kept.flip, kept.profile, kept.structures, kept.move], ['off', false, false, false, false, false]);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [name, tab] of [['chart', 'Chart'], ['heatmap', 'Heatmap'], ['gravity', 'Gravity']]) {
  for (const width of [390, 320]) {
    test(`${name}-${width}: fits a narrow screen`, async () => {
      const { page, complaints, close } = await openLive({ width, height: width === 390 ? 844 : 720, scale: 2 });
      await page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ state: 'attached', timeout: 60_000 });
      await page.getByRole('button', { name: tab, exact: true }).click();
      if (name === 'heatmap') await page.getByTestId('heat-spot').waitFor();
      await page.evaluate(() => document.fonts.ready);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
      const cut = await page.$$eval('main section button, main section input', (all) => all.filter((each) => {
        const { right, width: wide } = each.getBoundingClientRect();
        return wide > 0 && right > window.innerWidth;
      }).map((each) => each.textContent));
      assert.deepEqual(cut, [], 'no control is cut off');
      await shoot(page, `${name}-${width}`);
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}
