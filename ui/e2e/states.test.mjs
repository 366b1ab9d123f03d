/**
 * Every panel of the workspace in every state, at three widths, on a market that stands still. That a panel is in its
 * state is asserted; how it looks is held against `docs/ui` (`pictures.mjs`). Always runs against the double.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startGateway } from '../dev/gateway.mjs';
import { browser, desk, isWanted, still, WIDTHS_AT_ONCE } from './pictures.mjs';
import { openPage, until, untilBadge } from './target.mjs';

/** Seconds of prices that the page has seen. */
const SEEN_SEC = 14;
/** The instant of every picture: wall time and the double's market time. */
const STILL = Date.parse('2025-11-21T18:42:00Z') / 1000 + SEEN_SEC;
/** Long enough for every limit of a model. */
const OLD_SEC = 95;
const HEIGHTS = { 1440: 1120, 1024: 1460, 390: 844 };
const UID = 1;
const TABS = ['Chart', 'Heatmap', 'Risk', 'Gravity', 'Prices', 'Fleet'];
const PANELS = ['regime', 'chart', 'heatmap', 'risk', 'gravity', 'prices', 'fleet', 'log'];
const DATA = ['/api/models', '/api/dealer-gravity', '/api/fleet'];

const fly = (id, body, width, cost, colour, label = '') => ({
  id, version: 1, symbol: 'I:SPX', label, colour, cost, isVisible: true,
  legs: [[-width, 1], [0, -2], [width, 1]].map(([off, quantity]) => ({ expiration: '2025-11-21', strike: body + off, right: 'call', quantity })),
});
const POSITIONS = JSON.stringify({ format: 1, positions: [fly('a', 6590, 30, 8.4, 0, 'Pin at the wall'), fly('b', 6550, 20, 3.9, 1)] });

/**
 * How each state comes about. `before` acts on the double, `prepare` on the page before it is opened, `turn` on the
 * page when it is there. `shown` are panels that say something else, and why is written beside them.
 */
const STATES = {
  loading: {
    badge: 'connecting', hasPositions: true,
    prepare: async (page) => { for (const path of ['/sse/', ...DATA]) await page.route((url) => url.pathname.startsWith(path), () => {}); },
  },
  empty: {
    badge: 'live',
    before: (double) => {
      double.control('set', { isEmpty: true });
      double.control('fail', { path: '/api/fleet', status: 404, body: { error: 'no_data', message: 'Nothing was published yet.' } });
    },
  },
  live: { badge: 'live', hasPositions: true, hasPast: true },
  stale: {
    badge: 'delayed', hasPositions: true, hasPast: true, before: (double) => double.control('set', { lagSec: OLD_SEC + SEEN_SEC }),
    // What happened stays true.
    shown: { log: 'live' },
  },
  disconnected: { badge: 'offline', hasPositions: true, hasPast: true, turn: (page) => page.context().setOffline(true) },
  error: {
    badge: 'live',
    before: (double) => {
      double.control('set', { isEmpty: true });
      for (const path of DATA) double.control('fail', { path, status: 500, body: { error: 'redis_unavailable', message: 'Prices are not available right now.' } });
    },
    prepare: (page) => page.addInitScript(() => {
      const read = Storage.prototype.getItem;
      Storage.prototype.getItem = function getItem(place) {
        if (place.startsWith('ms:positions')) throw new Error('unreadable');
        return read.call(this, place);
      };
    }),
  },
  gated: {
    badge: 'live', tier: 'observer',
    before: (double) => {
      double.control('set', { isEmpty: true });
      double.control('gates', { mode: 'tier_gated', tiers: { observer: { heatmap_access: false, risk_graph_max_strategies: 0 } } });
      for (const path of DATA) double.control('fail', { path, status: 403, body: { error: 'feature_gated', message: 'This is not part of the observer tier.' } });
    },
  },
};

/** States of the line that no state of the panels shows. */
const LINES = {
  reconnecting: { badge: 'reconnecting', turn: (_page, double) => double.control('shutdown') },
  closed: { badge: 'closed', before: (double) => double.control('set', { session: 'closed' }) },
};
const LINE_ORDER = ['loading', 'live', 'stale', 'reconnecting', 'disconnected', 'closed'];

/** The workspace in a state, in a world of its own. */
async function openState(context, { badge, hasPositions, hasPast, before: ready, prepare, turn, tier = 'navigator' }, { width, theme = 'dark' }) {
  const isHeld = badge === 'connecting';
  const double = await startGateway(0, { stillAt: STILL - SEEN_SEC });
  context.after(double.close);
  double.control('set', { publicMode: false });
  if (hasPast) tellPast(double);
  ready?.(double);
  let prices;
  const opened = await openPage(browser, double.url, {
    width, height: HEIGHTS[width], theme, landing: `/api/auth/sso?next=/&sso=${encodeURIComponent(JSON.stringify({ uid: UID, tier }))}`, context: { timezoneId: 'America/New_York', locale: 'en-US', reducedMotion: 'reduce' },
    prepare: async (page) => {
      await page.addInitScript(standStill, STILL * 1000);
      if (hasPositions) await page.addInitScript(([place, kept]) => localStorage.setItem(place, kept), [`ms:positions:${UID}`, POSITIONS]);
      await prepare?.(page);
      if (isHeld) return;
      prices = page.waitForResponse((response) => response.url().endsWith('/api/models/spot'));
      // Whoever waits for it hears of a failure; a test that failed before that does not.
      prices.catch(() => {});
    },
  });
  context.after(opened.close);
  const { page } = opened;
  await untilBadge(page, turn ? 'live' : badge);
  // An answer from the end of the steps would make all frames before it old news.
  await prices;
  if (!isHeld) double.control('step', { sec: SEEN_SEC });
  await page.evaluate(() => document.fonts.ready);
  if (hasPast) {
    await page.locator('[data-testid=heat-grid]').waitFor({ state: 'attached' });
    await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0);
    await page.waitForTimeout(800);
  }
  await turn?.(page, double);
  await untilBadge(page, badge);
  return opened;
}

function tellPast(double) {
  const at = (sec) => ({ ts: STILL - sec, market_ts: STILL - sec });
  double.control('alert', { type: 'heartbeat_miss', svc: 'mesh', ...at(2400), late_sec: 30.4, timeout_sec: 30 });
  double.control('alert', { type: 'heartbeat_ok', svc: 'mesh', ...at(2382), age_sec: 0.3 });
  double.control('feed', { type: 'feed_disconnected', ...at(1260), severity: 'warn', path: 'indices' });
  double.control('feed', { type: 'feed_connected', ...at(1257), path: 'indices' });
}

/** The computer's clock stands; timers run. */
function standStill(atMs) {
  const Running = Date;
  globalThis.Date = class extends Running {
    constructor(...args) {
      super(...(args.length > 0 ? args : [atMs]));
    }

    static now() {
      return atMs;
    }
  };
}

const statesNow = (page) => page.$$eval('[data-slot]', (all) => Object.fromEntries(all.map((slot) => [slot.dataset.slot, slot.querySelector('section[data-state]')?.dataset.state ?? 'absent'])));

async function isIn(page, state) {
  const expected = Object.fromEntries(PANELS.map((id) => [id, STATES[state].shown?.[id] ?? state]));
  let seen = {};
  await until('the panels', async () => {
    seen = await statesNow(page);
    return PANELS.every((id) => seen[id] === expected[id]);
  }, 12_000).catch(() => {});
  assert.deepEqual(Object.fromEntries(PANELS.map((id) => [id, seen[id]])), expected);
}

/** The whole page, or every tab of a narrow one. */
async function pictures(page, width) {
  if (width !== 390) return [await still(page)];
  const shots = [];
  for (const tab of TABS) {
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name: tab }).click();
    await page.mouse.move(0, 0);
    shots.push(await still(page));
  }
  return shots;
}

describe('states', { concurrency: WIDTHS_AT_ONCE }, () => {
  for (const width of [1440, 1024, 390].filter(isWanted)) describe(`${width}`, { concurrency: 1 }, () => {
    const headers = new Map();
    const shootHeader = async (name, page) => headers.set(name, await still(page.getByRole('banner')));

    for (const [state, how] of Object.entries(STATES)) {
      test(`${state}-${width}: every panel is ${state}`, async (context) => {
        const { page } = await openState(context, how, { width });
        await isIn(page, state);
        await page.mouse.move(0, 0);
        if (LINE_ORDER.includes(state)) await shootHeader(state, page);
        await desk.keep(`${state}-${width}`, await pictures(page, width), TABS.length);
      });
    }

    for (const [line, how] of Object.entries(LINES)) {
      test(`${line}-${width}: the line is ${line}`, async (context) => {
        const { page } = await openState(context, how, { width });
        await shootHeader(line, page);
      });
    }

    test(`line-${width}: the header says how the line is`, async () => {
      assert.deepEqual(LINE_ORDER.filter((name) => !headers.has(name)), [], 'no header is missing');
      await desk.keep(`line-${width}`, LINE_ORDER.map((name) => headers.get(name)));
    });

    test(`light-${width}: the workspace in daylight`, async (context) => {
      const { page, complaints } = await openState(context, STATES.live, { width, theme: 'light' });
      await isIn(page, 'live');
      await desk.keep(`light-${width}`, await pictures(page, width), TABS.length);
      assert.deepEqual(complaints, []);
    });
  });
});
