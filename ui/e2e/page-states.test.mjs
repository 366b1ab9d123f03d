/**
 * Every panel of the administrators' pages and of the settings in every state, and the doors, at three widths, in a world
 * that stands still. That a panel is in its state is asserted; how it looks is held against `docs/ui` (`pictures.mjs`).
 * Always runs against the double.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startGateway } from '../dev/gateway.mjs';
import { browser, desk, isWanted, still, WIDTHS_AT_ONCE } from './pictures.mjs';
import { openPage, until } from './target.mjs';

const STILL = Date.parse('2025-11-21T18:42:00Z') / 1000;
/** Long enough for every limit but that of articles. */
const OLD_SEC = 400;
const ARTICLES_OLD_SEC = 2000;
const SIZES = { 1440: { width: 1440, height: 900 }, 1024: { width: 1024, height: 900 }, 390: { width: 390, height: 844 } };
const signedIn = (next) => `/api/auth/sso?next=${next}&sso=${encodeURIComponent(JSON.stringify({ uid: 1, tier: 'navigator' }))}`;
const NO_VALUE = { Value: 'empty' };
/** Nothing of it comes from the gateway. */
const OWN = { Display: 'live' };

/** Makes the gateway refuse everything below `paths`. */
const refuse = (paths, status, error, message) => (double) => { for (const path of paths) double.control('fail', { path, status, body: { error, message } }); };
/** Lets nothing below `paths` be answered. */
const hold = (paths) => async (page) => { for (const path of paths) await page.route((url) => url.pathname.startsWith(path), () => {}); };
const goOffline = (page) => page.context().setOffline(true);

/**
 * How each state comes about. `before` acts on the double, `prepare` on the page before it is opened, `turn` on a page
 * that has everything. `shown` are panels that say something else: what is never empty, and the value of no key.
 */
const ADMIN_PATHS = ['/api/admin', '/api/fleet'];
const ADMIN = {
  loading: { shown: NO_VALUE, prepare: hold([...ADMIN_PATHS, '/sse/']) },
  empty: {
    tabs: ['overview', 'users', 'gates', 'health', 'indicators', 'diagnostics'],
    shown: { 'Right now': 'live', 'Tier gates': 'live', 'Buses and database': 'live', 'Of the whole market': 'live' },
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
      refuse(ADMIN_PATHS, 500, 'internal', 'Something went wrong on our side.')(double);
      double.control('set', { lagSec: sec });
      await page.evaluate((ms) => { globalThis.skippedMs = ms; }, sec * 1000);
    },
  },
  disconnected: { hasAll: true, turn: goOffline },
  error: {
    shown: NO_VALUE,
    before: (double) => {
      // What the stream brings would be live.
      double.control('set', { isEmpty: true });
      refuse(ADMIN_PATHS, 500, 'db_unavailable', 'Stored data is out of reach for a moment.')(double);
    },
  },
  gated: { shown: NO_VALUE, before: refuse(ADMIN_PATHS, 403, 'feature_gated', 'This is not part of the observer tier.') },
};

/** What was read once is not old: nothing here goes stale. */
const SETTINGS_PATHS = ['/api/profile'];
const SETTINGS = {
  loading: { shown: OWN, prepare: hold(SETTINGS_PATHS) },
  empty: {
    tabs: ['profile'], shown: { Profile: 'live' },
    prepare: (page) => page.route('**/api/profile/sessions', (route) => route.fulfill({ json: { success: true, sessions: [] } })),
  },
  live: { hasAll: true },
  disconnected: { hasAll: true, shown: OWN, turn: goOffline },
  error: { shown: OWN, before: refuse(SETTINGS_PATHS, 500, 'db_unavailable', 'Stored data is out of reach for a moment.') },
  gated: { shown: OWN, before: refuse(SETTINGS_PATHS, 403, 'feature_gated', 'This is not part of the observer tier.') },
};

/** Pages of panels: their tabs, and the panels of each. */
const PAGES = {
  admin: {
    states: ADMIN, landing: (tab) => `/admin/${tab}`,
    tabs: {
      overview: ['Right now', 'Users by hour', 'Most active, 30 days'], users: ['Users'], gates: ['Tier gates'], health: ['Services', 'Models', 'Buses and database', 'Of the whole market'],
      indicators: ['Indicators', 'Schedule'], articles: ['Articles by score'], diagnostics: ['Redis keys', 'Value'],
    },
  },
  settings: { states: SETTINGS, landing: (tab) => signedIn(`/settings/${tab}`), tabs: { profile: ['Profile', 'Sessions'], display: ['Display'] } },
};

/** Pages without panels. */
const DOORS = { login: '/login?error=sso_expired', blocked: '/blocked?tier=observer', nowhere: signedIn('/nowhere') };

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

async function openWorld({ before: ready, prepare }, landing, { theme = 'dark', ...size }) {
  const double = await startGateway(0, { stillAt: STILL });
  double.control('gates', {
    mode: 'tier_gated', updated_at: '2025-11-20T15:15:00.000Z', allowed_tiers: { observer: false, activator: true, navigator: true, coaching: true },
    tiers: { observer: { heatmap_access: false, alert_max_active: 3 }, activator: { alert_max_active: 10 }, navigator: {} },
  });
  double.control('admin', { hasArticles: true });
  ready?.(double);
  const opened = await openPage(browser, double.url, {
    ...size, theme, landing, context: { timezoneId: 'America/New_York', locale: 'en-US', reducedMotion: 'reduce' },
    prepare: async (page) => {
      await page.addInitScript(standStill, STILL * 1000);
      await prepare?.(page);
    },
  });
  await opened.page.getByRole('heading', { level: 1 }).waitFor({ timeout: 20_000 });
  await opened.page.evaluate(() => document.fonts.ready);
  return { ...opened, double, close: async () => { await opened.close(); await double.close(); } };
}

const statesNow = (page) => page.$$eval('main section[data-state]', (all) => Object.fromEntries(all.map((panel) => [panel.querySelector('h2').textContent, panel.dataset.state])));

async function isIn(page, panels, state, shown = {}) {
  const expected = Object.fromEntries(panels.map((name) => [name, shown[name] ?? state]));
  let seen = {};
  await until('the panels', async () => {
    seen = await statesNow(page);
    return panels.every((name) => seen[name] === expected[name]);
  }, 15_000).catch(() => {});
  assert.deepEqual(seen, expected);
}

/** All of the page, at rest. */
async function picture(page) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, 'as wide as the window');
  await page.mouse.move(0, 0);
  return still(page);
}

/** Every tab in the state, as a picture. What turns later turns on a page of its own. */
async function picturesOf(pages, tabs, state, how, look) {
  const shots = [];
  let world = null;
  for (const tab of tabs) {
    const link = world?.page.locator(`nav a[href$="/${tab}"]`);
    // Articles have no link where nothing is known of them.
    if (!how.turn && (await link?.count()) === 1) {
      await link.click();
    } else {
      await world?.close();
      world = await openWorld(how, pages.landing(tab), look);
    }
    const { page, double } = world;
    const isKeys = tab === 'diagnostics';
    await isIn(page, pages.tabs[tab], how.hasAll ? 'live' : state, how.hasAll && isKeys ? NO_VALUE : how.shown);
    if (how.hasAll && isKeys) await page.getByRole('button', { name: 'massive:clock' }).click();
    await how.turn?.(page, double, tab);
    await isIn(page, pages.tabs[tab], state, how.shown);
    shots.push(await picture(page));
  }
  if (state === 'live') assert.deepEqual(world.complaints, []);
  await world.close();
  return shots;
}

describe('pages', { concurrency: WIDTHS_AT_ONCE }, () => {
  for (const [width, size] of Object.entries(SIZES).filter(([each]) => isWanted(each))) describe(width, { concurrency: 1 }, () => {
    const columns = width === '390' ? 7 : 2;

    for (const [name, pages] of Object.entries(PAGES)) {
      const all = Object.keys(pages.tabs);

      for (const [state, how] of Object.entries(pages.states)) {
        test(`${name}-${state}-${width}: every panel is ${state}`, async () => {
          await desk.keep(`${name}-${state}-${width}`, await picturesOf(pages, how.tabs ?? all, state, how, size), columns);
        });
      }

      test(`${name}-light-${width}: in daylight`, async () => {
        await desk.keep(`${name}-light-${width}`, await picturesOf(pages, all, 'live', pages.states.live, { ...size, theme: 'light' }), columns);
      });
    }

    test(`doors-${width}: who is not in, or not admitted, is told`, async () => {
      const shots = [];
      for (const theme of ['dark', 'light']) {
        for (const landing of Object.values(DOORS)) {
          const { page, close } = await openWorld({ before: (double) => double.control('set', { publicMode: false }) }, landing, { ...size, theme });
          shots.push(await picture(page));
          await close();
        }
      }
      await desk.keep(`doors-${width}`, shots, Object.keys(DOORS).length);
    });
  });
});
