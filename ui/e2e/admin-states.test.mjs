/**
 * Every panel of the administrators' pages in every state, at three widths, in a world that stands still. That a panel
 * is in its state is asserted; how it looks is held against `docs/ui` (`pictures.mjs`). Always runs against the double.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startGateway } from '../dev/gateway.mjs';
import { openDesk, still } from './pictures.mjs';
import { openBrowser, openPage, until } from './target.mjs';

const STILL = Date.parse('2025-11-21T18:42:00Z') / 1000;
/** Long enough for every limit but that of articles. */
const OLD_SEC = 400;
const ARTICLES_OLD_SEC = 2000;
const SIZES = { 1440: { width: 1440, height: 900 }, 1024: { width: 1024, height: 900 }, 390: { width: 390, height: 844 } };
const PATHS = ['/api/admin', '/api/fleet'];
const PANELS = {
  overview: ['Right now', 'Users by hour', 'Most active, 30 days'], users: ['Users'], gates: ['Tier gates'], health: ['Services', 'Models', 'Buses and database', 'Of the whole market'],
  indicators: ['Indicators', 'Schedule'], articles: ['Articles by score'], diagnostics: ['Redis keys', 'Value'],
};
const TABS = Object.keys(PANELS);
const NO_VALUE = { Value: 'empty' };

const refuse = (status, error, message) => (double) => { for (const path of PATHS) double.control('fail', { path, status, body: { error, message } }); };

/**
 * How each state comes about. `before` acts on the double, `prepare` on the page before it is opened, `turn` on a page
 * that has everything. `shown` are panels that say something else: what is never empty, and the value of no key.
 */
const STATES = {
  loading: { shown: NO_VALUE, prepare: async (page) => { for (const path of PATHS) await page.route((url) => url.pathname.startsWith(path), () => {}); } },
  empty: {
    tabs: TABS.filter((tab) => tab !== 'articles'), shown: { 'Right now': 'live', 'Tier gates': 'live', 'Buses and database': 'live', 'Of the whole market': 'live' },
    before: (double) => {
      double.control('admin', { isEmpty: true, hasArticles: false });
      double.control('set', { isEmpty: true });
      double.control('fail', { path: '/api/fleet', status: 404, body: { error: 'no_data', message: 'There is no data yet.' } });
    },
  },
  live: { hasAll: true },
  stale: {
    hasAll: true,
    turn: async (page, double, tab) => {
      const sec = tab === 'articles' ? ARTICLES_OLD_SEC : OLD_SEC;
      refuse(500, 'internal', 'Something went wrong on our side.')(double);
      double.control('set', { lagSec: sec });
      await page.evaluate((ms) => { globalThis.skippedMs = ms; }, sec * 1000);
    },
  },
  disconnected: { hasAll: true, turn: (page) => page.context().setOffline(true) },
  error: { shown: NO_VALUE, before: refuse(500, 'db_unavailable', 'Stored data is out of reach for a moment.') },
  gated: { shown: NO_VALUE, before: refuse(403, 'feature_gated', 'This is not part of the observer tier.') },
};

let browser;
let desk;

before(async () => {
  browser = await openBrowser();
  desk = await openDesk(browser);
});

after(async () => browser?.close());

/** The computer's clock stands but for what is skipped; timers run. */
function standStill(atMs) {
  const Running = Date;
  const now = () => atMs + (globalThis.skippedMs ?? 0);
  globalThis.Date = class extends Running {
    constructor(...args) {
      super(...(args.length > 0 ? args : [now()]));
    }

    static now() {
      return now();
    }
  };
}

async function openWorld({ before: ready, prepare }, tab, { theme, ...size }) {
  const double = await startGateway(0, { stillAt: STILL });
  double.control('gates', {
    mode: 'tier_gated', updated_at: '2025-11-20T15:15:00.000Z', allowed_tiers: { observer: false, activator: true, navigator: true, coaching: true },
    tiers: { observer: { heatmap_access: false, alert_max_active: 3 }, activator: { alert_max_active: 10 }, navigator: {} },
  });
  double.control('admin', { hasArticles: true });
  ready?.(double);
  const opened = await openPage(browser, double.url, {
    ...size, theme, landing: `/admin/${tab}`, context: { timezoneId: 'America/New_York', locale: 'en-US', reducedMotion: 'reduce' },
    prepare: async (page) => {
      await page.addInitScript(standStill, STILL * 1000);
      await prepare?.(page);
    },
  });
  await opened.page.getByRole('heading', { level: 1, name: 'Administration' }).waitFor({ timeout: 20_000 });
  await opened.page.evaluate(() => document.fonts.ready);
  return { ...opened, double, close: async () => { await opened.close(); await double.close(); } };
}

const statesNow = (page) => page.$$eval('main section[data-state]', (all) => Object.fromEntries(all.map((panel) => [panel.querySelector('h2').textContent, panel.dataset.state])));

async function isIn(page, tab, state, shown = {}) {
  const expected = Object.fromEntries(PANELS[tab].map((name) => [name, shown[name] ?? state]));
  let seen = {};
  await until('the panels', async () => {
    seen = await statesNow(page);
    return PANELS[tab].every((name) => seen[name] === expected[name]);
  }, 15_000).catch(() => {});
  assert.deepEqual(seen, expected, tab);
}

/** The tab in the state, as a picture. */
async function picture(page, double, tab, state, { hasAll, turn, shown }) {
  await isIn(page, tab, hasAll ? 'live' : state, hasAll && tab === 'diagnostics' ? NO_VALUE : shown);
  if (hasAll && tab === 'diagnostics') await page.getByRole('button', { name: 'massive:clock' }).click();
  await turn?.(page, double, tab);
  await isIn(page, tab, state, shown);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, `${tab} is as wide as the window`);
  await page.mouse.move(0, 0);
  return still(page);
}

for (const [name, size] of Object.entries(SIZES)) {
  const columns = name === '390' ? TABS.length : 2;

  for (const [state, how] of Object.entries(STATES)) {
    test(`admin-${state}-${name}: every panel is ${state}`, async () => {
      const shots = [];
      for (const tab of how.tabs ?? TABS) {
        const { page, double, close } = await openWorld(how, tab, { ...size, theme: 'dark' });
        shots.push(await picture(page, double, tab, state, how));
        await close();
      }
      await desk.keep(`admin-${state}-${name}`, shots, columns);
    });
  }

  test(`admin-light-${name}: in daylight`, async () => {
    const shots = [];
    for (const tab of TABS) {
      const { page, double, complaints, close } = await openWorld({}, tab, { ...size, theme: 'light' });
      shots.push(await picture(page, double, tab, 'live', STATES.live));
      assert.deepEqual(complaints, []);
      await close();
    }
    await desk.keep(`admin-light-${name}`, shots, columns);
  });
}
