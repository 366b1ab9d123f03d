/** The page over a fleet that works. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, target } from './stage.mjs';
import { colours, isSameBar, openPage, shoot, SOON_MS, tableBars, tiles, until, untilBadge } from './target.mjs';

test('a price moves soon after opening the page', async () => {
  const opened = await openPage(browser, target.url);
  const movedMs = await opened.page.evaluate((soonMs) => new Promise((resolve) => {
    const seen = new Map();
    const look = () => {
      for (const { dataset } of document.querySelectorAll('[data-testid=tile]')) {
        if (seen.has(dataset.symbol) && seen.get(dataset.symbol) !== dataset.value) return resolve(performance.now());
        seen.set(dataset.symbol, dataset.value);
      }
      return performance.now() > soonMs ? resolve(Infinity) : requestAnimationFrame(look);
    };
    look();
  }), SOON_MS);
  assert.ok(movedMs <= SOON_MS, `the first price moved ${Math.round(movedMs)} ms after the page was opened`);
  await opened.close();
});

test('header, tiles, chart and fleet show what the gateway knows', async () => {
  const { page, complaints, get, close } = await openPage(browser, target.url);
  await untilBadge(page, 'live');
  const spots = (await get('/api/models/spot')).data;

  const shown = await until('a tile for every symbol', async () => {
    const all = await tiles(page);
    return Object.keys(all).length === Object.keys(spots).length && all;
  });
  assert.deepEqual(Object.keys(shown).toSorted(), Object.keys(spots).toSorted());
  for (const [symbol, { value, text }] of Object.entries(shown)) {
    const printed = value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    assert.ok(text.includes(printed), `${symbol} shows ${printed}: ${text}`);
    assert.ok(Math.abs(value / spots[symbol].value - 1) < 0.05, `${symbol} is near the gateway's ${spots[symbol].value}: ${value}`);
  }
  assert.match(await page.getByTestId('main-quote').textContent(), /^SPX[\d,]+\.\d\d/);
  assert.match(await page.getByTestId('vix-quote').textContent(), /^VIX\d+\.\d\d/);
  assert.match(await page.getByTestId('market-clock').textContent(), /^\d\d:\d\d:\d\d ET/);

  const chart = page.getByTestId('chart');
  await until('bars in the chart', async () => Number(await chart.getAttribute('data-bars')) > 0, 30_000);
  assert.match(await page.getByTestId('legend').textContent(), /O [\d,.]+H [\d,.]+L [\d,.]+C [\d,.]+/);
  await until('bars are drawn', async () => (await colours(page)) > 2);

  const cells = page.getByTestId('service');
  await cells.first().waitFor();
  const services = await cells.evaluateAll((all) => all.map((cell) => ({ id: cell.dataset.service, status: cell.dataset.status, text: cell.textContent })));
  assert.ok(services.some(({ id, status }) => id === 'massive' && status === 'alive'), JSON.stringify(services));
  for (const { id, status, text } of services.filter((service) => service.status === 'alive')) assert.match(text, /\d+(\.\d)? s/, `${id} (${status}) shows its age: ${text}`);
  await until('a heartbeat is seen to arrive', async () => {
    const age = () => cells.locator('[data-testid=beat-age]').allTextContents();
    const [earlier, later] = [await age(), (await new Promise((resume) => setTimeout(resume, 700)), await age())];
    return later.some((text, n) => Number.parseFloat(text) < Number.parseFloat(earlier[n]));
  }, 30_000);

  assert.deepEqual(complaints, []);
  await close();
});

test('another symbol and timeframe are one key or click away, and the table tells the gateway\'s bars', async () => {
  const { page, complaints, get, close } = await openPage(browser, target.url);
  await untilBadge(page, 'live');
  await page.getByRole('button', { name: 'NDX', exact: true }).click();
  const chart = page.locator('[data-testid=chart][data-symbol="I:NDX"]');
  await until('bars of NDX', async () => (await chart.count()) > 0 && Number(await chart.getAttribute('data-bars')) > 0, 30_000);
  assert.match(await page.getByTestId('main-quote').textContent(), /^NDX/);

  await chart.focus();
  await page.keyboard.press('t');
  await page.locator('[data-testid=chart][data-timeframe="10m"]').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('f');

  const closed = (await tableBars(page)).slice(1);
  const known = new Map((await get('/api/models/candles/I%3ANDX?days=5')).data.candles_10m.map((bar) => [bar.t, bar]));
  assert.ok(closed.length === 0 || closed.some((bar) => known.has(bar.t)));
  for (const bar of closed.filter(({ t }) => known.has(t))) assert.ok(isSameBar(bar, known.get(bar.t)), `${JSON.stringify(bar)} is ${JSON.stringify(known.get(bar.t))}`);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [name, size] of Object.entries({
  'overview-1440': { width: 1440, height: 900 },
  'overview-1440-light': { width: 1440, height: 900, theme: 'light' },
  'overview-1024': { width: 1024, height: 900 },
  'overview-390': { width: 390, height: 844, scale: 2 },
  'overview-320': { width: 320, height: 720, scale: 2 },
})) {
  test(`${name}: nothing is cut off, nothing complains`, async () => {
    const { page, complaints, close } = await openPage(browser, target.url, size);
    await untilBadge(page, 'live');
    await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0, 30_000);
    await until('bars are drawn', async () => (await colours(page)) > 2);
    await page.evaluate(() => document.fonts.ready);
    if (name === 'overview-1440') await until('a course in the tiles', () => page.locator('[data-testid=tile] svg path').first().evaluate((path) => path.getAttribute('d').split('L').length > 12), 40_000);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.equal(overflow, 0, 'the page is as wide as the window');
    await shoot(page, name);
    assert.deepEqual(complaints, []);
    await close();
  });
}
