/** The page while the fleet is hurt. Each test exists only where its fault can be made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep, withClock } from './sleep.mjs';
import { browser, target } from './stage.mjs';
import { isSameBar, logIds, newestTs, openPage, shoot, SOON_MS, tableBars, tiles, until, untilBadge } from './target.mjs';

const SPOT_LIMIT_SEC = 5;
/** The page looks twice a second, the test ten times; a loaded machine is much slower. */
const LEEWAY_SEC = 6;

const { stopMassive, startMassive, restartGateway, alerts, skipDiff, play } = target.hooks;

if (stopMassive && startMassive) {
  test('with massive stopped the page says stale within its limit, keeps its data, and recovers', async () => {
    const { page, close } = await openPage(browser, target.url);
    await untilBadge(page, 'live');
    const held = await tiles(page);
    try {
      // Stopping may take longer than the limit: what counts is the age of the data when the page says so.
      const stopping = stopMassive();
      const badge = page.getByTestId('stale-badge').first();
      await badge.waitFor({ timeout: 30_000 });
      const ageSec = Date.now() / 1000 - (await newestTs(page));
      assert.ok(ageSec > SPOT_LIMIT_SEC && ageSec < SPOT_LIMIT_SEC + LEEWAY_SEC, `said stale at an age of ${ageSec.toFixed(1)} s`);
      await untilBadge(page, 'delayed', SOON_MS);
      assert.match(await badge.textContent(), /^\d+ s old$/);
      assert.deepEqual(Object.keys(await tiles(page)), Object.keys(held), 'the last prices stay');
      await stopping;
      await page.locator('[data-service=massive]:not([data-status=alive])').waitFor({ timeout: 60_000 });
      await shoot(page, 'massive-stopped');
    } finally {
      await startMassive();
    }
    await untilBadge(page, 'live', 60_000);
    const recovered = await newestTs(page);
    await until('prices move again', async () => (await newestTs(page)) > recovered);
    // Models follow their first chain, seconds after the prices.
    await until('no panel is stale', async () => (await page.locator('[aria-labelledby][data-state=stale]').count()) === 0, 30_000);
    await page.locator('[data-service=massive][data-status=alive]').waitFor({ timeout: 60_000 });
    await close();
  });
}

if (restartGateway) {
  test('with the gateway restarted the page reconnects and misses nothing', async () => {
    const { page, get, close } = await openPage(browser, target.url);
    await untilBadge(page, 'live');
    await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0, 30_000);
    const openedSec = Date.now() / 1000;
    await until('the page holds the gateway\'s bars', () => showsKnownBars(page, get), 20_000);
    const barsBefore = await tableBars(page);
    const idsBefore = await logIds(page);
    await page.evaluate(() => {
      const badge = document.querySelector('[data-testid=connection]');
      window.badgeKinds = [];
      new MutationObserver(() => window.badgeKinds.push(badge.dataset.kind)).observe(badge, { attributeFilter: ['data-kind'] });
    });

    await restartGateway();
    await until('the loss was noticed', () => page.evaluate(() => window.badgeKinds.includes('reconnecting')));
    await untilBadge(page, 'live', 60_000);
    const backSec = Date.now() / 1000;
    await until('prices made after the restart', async () => (await newestTs(page)) > backSec);

    // The trail behind the bars was written while the gateway was away, so its bars hold what happened meanwhile.
    await until('the page holds the gateway\'s bars', () => showsKnownBars(page, get), 20_000);

    const barsAfter = new Map((await tableBars(page)).map((bar) => [bar.t, bar]));
    const oldest = Math.min(...barsAfter.keys());
    for (const bar of barsBefore.slice(1).filter(({ t }) => t >= oldest)) assert.ok(isSameBar(barsAfter.get(bar.t), bar), 'a closed bar never changes');
    // Ticks between two points of the trail widen the open bar on the page only; the trail decides when it closes.
    assert.ok(barsAfter.has(barsBefore[0].t), 'the bar that was open is still there');

    const ids = await logIds(page);
    assert.equal(new Set(ids).size, ids.length, 'no line twice');
    for (const id of idsBefore) assert.ok(ids.includes(id), `${id} is still there`);
    const symbols = Object.keys((await get('/api/models/spot')).data);
    assert.deepEqual(Object.keys(await tiles(page)).toSorted(), symbols.toSorted(), 'no tile twice, none lost');

    if (alerts) {
      const raised = (await alerts()).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((alert) => alert.ts > openedSec);
      await until('every alert raised meanwhile is in the log', async () => {
        const seen = new Set(await logIds(page));
        return raised.every(({ type, svc, ts }) => seen.has(`${type}|${svc}|${ts}`));
      }, 15_000);
    }
    await close();
  });
}

if (skipDiff) {
  test('a heatmap that missed a diff is read again, and follows on', async () => {
    const { page, get, close } = await openPage(browser, target.url);
    await untilBadge(page, 'live');
    await page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ timeout: 30_000 });
    const asked = page.waitForRequest((request) => request.url().includes('/api/models/heatmap/'), { timeout: 20_000 });
    await skipDiff();
    await asked;
    await until('the page holds the gateway\'s price', async () => {
      const { data } = await get('/api/models/heatmap/I%3ASPX');
      const shown = await page.getByTestId('heat-spot').textContent();
      return shown.includes(data.spot.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
    }, 20_000);
    assert.equal(await page.locator('section[data-state=stale]').count(), 0);
    await close();
  });
}

test('without a network the page says so, keeps its data, and comes back', async () => {
  const { page, close } = await openPage(browser, target.url);
  await untilBadge(page, 'live');
  const held = await until('prices', async () => Object.keys(await tiles(page)).length > 0 && tiles(page));
  await page.context().setOffline(true);
  await untilBadge(page, 'offline');
  assert.match(await page.getByTestId('connection').textContent(), /^Offline.*showing data of \d\d:\d\d:\d\d/);
  assert.deepEqual(Object.keys(await tiles(page)), Object.keys(held), 'the last prices stay');
  await page.locator('section[data-state=disconnected]').first().waitFor();
  await shoot(page, 'offline');
  await page.context().setOffline(false);
  await untilBadge(page, 'live');
  await until('no panel is cut off', async () => (await page.locator('section[data-state=disconnected]').count()) === 0);
  const backSec = await newestTs(page);
  await until('prices move again', async () => (await newestTs(page)) > backSec);
  await close();
});

if (play) {
  const NIGHT_SEC = 9 * 3600;

  test('a laptop that slept is live again soon, with what is new and without what is old', async () => {
    const { page, complaints, close } = await openPage(browser, target.url, { prepare: withClock });
    await untilBadge(page, 'live');
    await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0, 30_000);
    const fellAsleep = await newestTs(page);
    const asked = page.waitForRequest((request) => request.url().includes('/sse/all'));
    await sleep(play, page, NIGHT_SEC);
    await asked;
    await until('a price of the morning', async () => (await newestTs(page)) > fellAsleep + NIGHT_SEC - 1);
    await untilBadge(page, 'live');
    await until('no panel is old', async () => (await page.locator('section:is([data-state=stale], [data-state=disconnected])').count()) === 0, 15_000);
    const ids = await logIds(page);
    assert.equal(new Set(ids).size, ids.length, 'no line twice');
    assert.deepEqual(complaints, []);
    await close();
  });

  test('a page whose line died while it was hidden asks anew as soon as it is looked at', async () => {
    const { page, close } = await openPage(browser, target.url, { prepare: withClock });
    await untilBadge(page, 'live');
    await page.clock.pauseAt(Date.now() + 1000);
    await play('sleep', { sec: 300 });
    await page.clock.setSystemTime(Date.now() + 301_000);
    const asked = page.waitForRequest((request) => request.url().includes('/sse/all'), { timeout: SOON_MS });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await asked;
    await page.clock.resume();
    await untilBadge(page, 'live');
    await close();
  });
}

/** Whether every bar of the page is the gateway's, the newest one at least as wide. */
async function showsKnownBars(page, get) {
  const { data } = await get('/api/models/candles/I%3ASPX?days=5');
  // A gateway that has just started may not have read the trails yet.
  if (!data) return false;
  const known = new Map(data.candles_5m.map((bar) => [bar.t, bar]));
  const bars = await tableBars(page);
  const shown = new Map(bars.map((bar) => [bar.t, bar]));
  const newestKnown = [...known.keys()].toSorted((a, b) => b - a).slice(0, bars.length - 1);
  return newestKnown.every((t) => (t === bars[0].t ? reaches(bars[0], known.get(t)) : isSameBar(shown.get(t), known.get(t))));
}

/** Whether `wide` spans all that `narrow` does. */
function reaches(wide, narrow) {
  return wide !== undefined && wide.h > narrow.h - 0.006 && wide.l < narrow.l + 0.006;
}
