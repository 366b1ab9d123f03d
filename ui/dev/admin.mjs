/**
 * The administrators' part of the double: users, activity, gates, diagnostics, the economic calendar, articles. All in
 * memory; what is written is answered, refused and kept as the gateway would. `control` has `admin`, written over the
 * state: `{isEmpty, hasArticles, hasJournal, hasConflict, isMarketAway}`, and `rights`, written over a user who is signed in.
 */
import { randomUUID } from 'node:crypto';
import { calendar } from './calendar.mjs';
import { Invalid } from './form.mjs';
import { merged } from './gates.mjs';
import { keysOf } from './keys.mjs';

const NAMES = ['Ada Lovelace', 'Rita Levi', 'Benoit Mandelbrot', 'Fischer Black', 'Emmy Noether', 'Louis Bachelier', 'Myron Scholes', 'Grace Hopper', 'Sofia Kovalevskaya', 'John von Neumann'];
const BOUGHT = ['Navigator Membership', 'Activator (monthly)', null, 'Coaching', 'Navigator Membership', 'Observer'];
const AGENTS = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
];
const SORTS = { last_login_at: -1, created_at: -1, email: 1, display_name: 1, id: 1 };
const WORDS = ['admin', 'coaching', 'navigator', 'activator', 'observer'];
const BUSES = new Set(['market', 'intel', 'system']);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MOST_BYTES = 1024 * 1024;
/** Of whoever has no other. */
const DEV_ID = 138;

/** The same for the same `n`, between 0 and 1. */
const chance = (n) => Math.abs(Math.sin(n * 12.9898) * 43_758.5453) % 1;
const toSecond = (iso) => iso.replace(/\.\d+Z$/, 'Z');
const activeTime = (slots) => ({ hours: Math.floor(slots / 4), minutes: (slots % 4) * 15, formatted: `${Math.floor(slots / 4)}h ${(slots % 4) * 15}m` });
const newYork = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
const clockOf = (ms) => Object.fromEntries(newYork.formatToParts(ms).map(({ type, value }) => [type, value]));

/** What is refused: status, code, text, and more of the body. */
class Refusal extends Error {
  constructor(status, code, message, more = {}) {
    super(message);
    Object.assign(this, { status, code, more });
  }
}
const notFound = (text = 'There is nothing here.') => new Refusal(404, 'not_found', text);

/** `now` is the time in epoch seconds, `json` writes answers, `spots` are the prices, `fleet` its frame, `viewers` who has the page open; `members` knows the sessions and holds the gates. */
export function admin({ json, now, spots, fleet, members, viewers }) {
  const nowMs = () => Math.round(now() * 1000);
  const iso = (agoMs = 0) => new Date(nowMs() - agoMs).toISOString();
  const state = { isEmpty: false, hasArticles: false, hasJournal: false, hasConflict: false, isMarketAway: false };
  const econ = calendar(nowMs);
  const users = Array.from({ length: DEV_ID }, (_, n) => userOf(n, iso));
  /** Sessions that the double makes up. */
  const madeUp = new Map();

  /** The live sessions that the double holds, behind those that it makes up. */
  function sessionsOf(id) {
    if (!madeUp.has(id)) {
      const tier = tierOf(users[id - 1]);
      madeUp.set(id, id === DEV_ID ? [] : Array.from({ length: 3 }, (_, n) => ({
        id: randomUUID(), tier, created_at: iso((n * 20 + 2) * HOUR_MS), expires_at: iso((n * 20 - 22) * HOUR_MS), last_seen_at: iso(n * 7_000_000), revoked_at: n === 2 ? iso(30 * HOUR_MS) : null,
        revoke_reason: n === 2 ? 'logout' : null, ip: `203.0.113.${id % 200}`, user_agent: AGENTS[(id + n) % 3],
      })));
    }
    return [...members.sessionsOf(id), ...madeUp.get(id)];
  }
  const online = () => new Set([...viewers().map(({ uid }) => uid), ...(state.isEmpty ? [] : [2, 3, 4, 5, 6])]);
  const shown = (user) => ({ ...user, tier: tierOf(user), is_online: online().has(user.id) });
  const userBy = (id) => {
    const user = users[Number(id) - 1];
    if (!user) throw notFound('There is no such user.');
    return user;
  };

  const here = () => [
    ...viewers().map(({ name, sinceMs, streams }) => ({ displayName: name, connectedAt: new Date(sinceMs).toISOString(), streams })),
    ...users.slice(1, 6).map((user, n) => ({ displayName: user.display_name, connectedAt: iso((n + 1) * 640_000), streams: 1 + (n % 3) })),
  ].toSorted((a, b) => (a.connectedAt < b.connectedAt ? -1 : 1));

  function hours(days) {
    const { hour, minute } = clockOf(nowMs());
    const midnight = Math.floor(nowMs() / 60_000) * 60_000 - (Number(hour) * 60 + Number(minute)) * 60_000;
    const starts = Array.from({ length: days * 24 }, (_, n) => n).filter((n) => n % 37 !== 36).map((n) => [n, midnight - days * DAY_MS + n * HOUR_MS]);
    const rows = state.isEmpty ? [] : starts.map(([n, ms]) => {
      const at = clockOf(ms);
      const weekday = new Date(`${at.year}-${at.month}-${at.day}T12:00:00Z`).getUTCDay();
      const peak = weekday % 6 === 0 ? 0.12 : Math.max(0, 1 - Math.abs(Number(at.hour) - 10.5) / 7);
      return { hour_start: toSecond(new Date(ms).toISOString()), db_hour: Number(at.hour), db_dow: weekday, user_count: Math.round(28 * peak * (0.5 + chance(n) / 2)) };
    });
    const averages = Array.from({ length: 24 }, (_, n) => rows.filter(({ db_hour: at }) => at === n)).map((of, hourOfDay) => ({ hour: hourOfDay, avgUsers: Math.round((10 * of.reduce((sum, row) => sum + row.user_count, 0)) / of.length) / 10 }));
    return { data: rows, busiestHours: rows.length === 0 ? [] : averages.toSorted((a, b) => b.avgUsers - a.avgUsers || a.hour - b.hour).slice(0, 3), days, timezone: 'America/New_York' };
  }

  function list(query) {
    const limit = Math.min(500, Math.max(1, whole(query, 'limit', 50)));
    const page = Math.max(1, whole(query, 'page', 1));
    const sort = query.get('sort') || 'last_login_at';
    if (!Object.hasOwn(SORTS, sort)) throw new Refusal(400, 'bad_request', `sort: expected one of ${Object.keys(SORTS).join(', ')}`, { field: 'sort' });
    const search = [...(query.get('search') ?? '').trim()].slice(0, 255).join('').toLowerCase();
    const way = SORTS[sort];
    const found = (state.isEmpty ? [] : users).filter((user) => [user.email, user.display_name, user.screen_name, user.wp_user_id].some((text) => text?.toLowerCase().includes(search)));
    const ordered = found.toSorted((a, b) => way * (a[sort] === b[sort] ? a.id - b.id : (a[sort] ?? '') < (b[sort] ?? '') ? -1 : 1));
    const onPage = ordered.slice((page - 1) * limit, page * limit).map(shown);
    return { users: onPage, count: onPage.length, page, limit, total: found.length };
  }

  const held = (age, more) => ({ exists: age !== null, ts: age === null ? null : now() - age, age_sec: age, size: age === null ? null : 18_400, ttl: null, ...more });
  const diagnostics = () => {
    const away = { connected: false, latency_ms: null };
    return {
      ts: now(),
      buses: { system: { connected: true, latency_ms: 0.19 }, market: state.isMarketAway ? away : { connected: true, latency_ms: 0.27 }, intel: state.isEmpty ? away : { connected: true, latency_ms: 0.31 } },
      database: { configured: true, connected: true },
      symbols: state.isMarketAway ? null : Object.fromEntries(Object.keys(state.isEmpty ? {} : spots()).map((symbol, n) => [symbol, { spot: held(0.3), gex: held(n < 3 ? 2.1 : null), heatmap: held(n < 3 ? 0.8 + n * 14 : null), trade_selector: held(null) }])),
      global: state.isMarketAway ? null : { vix: held(0.4), vix_regime: held(3), market_mode: held(3), vexy: { epoch: held(null), event: held(null) } },
      services: Object.fromEntries(fleet().services.map(({ id, status, state: is, hb_age_sec: age, health }) => [id, { status, state: is, heartbeat_age_sec: age, health }])),
    };
  };
  const keys = keysOf({ now, spots, fleet, gates: () => members.gates(), isEmpty: () => state.isEmpty });
  const busOf = (query) => {
    const bus = query.get('bus') || 'market';
    if (!BUSES.has(bus)) throw new Refusal(400, 'bad_request', 'bus: expected market, intel or system', { field: 'bus' });
    return bus;
  };

  const data = (value) => ({ success: true, data: value, ts: now() });
  const noData = () => new Refusal(404, 'no_data', 'There is no data yet.');
  const schedule = () => {
    if (state.isEmpty) throw noData();
    return data(econ.schedule());
  };
  const orGone = (indicator) => {
    if (!indicator) throw notFound('There is no such indicator.');
    return data(indicator);
  };

  /** Path, then by method what it answers; `status` is 200 where nothing else is said. */
  const routes = [
    [/^stats$/, { GET: () => (state.isEmpty ? { loginsLast24h: 0, liveUserCount: 0, liveUsers: [], mostActiveUsers: [] } : {
      loginsLast24h: 41, liveUserCount: here().length, liveUsers: here(),
      mostActiveUsers: users.slice(0, 5).map((user, n) => ({ id: user.id, displayName: user.display_name, snapshots: 310 - n * 55, activeTime: activeTime(310 - n * 55) })),
    }) }],
    [/^activity\/hourly$/, { GET: ({ query }) => hours(daysOf(query, 7)) }],
    [/^users$/, { GET: ({ query }) => list(query) }],
    [/^users\/(\d+)$/, { GET: ({ match }) => {
      const user = userBy(match[1]);
      return { user: shown(user), sessions: sessionsOf(user.id), tradeLogs: state.hasJournal ? [{ id: 7, name: 'SPX 0DTE', status: 'active' }] : [], ...(!state.hasJournal && { tradeLogsError: 'upstream_unavailable' }) };
    } }],
    [/^users\/(\d+)\/activity$/, { GET: ({ match, query }) => {
      const { id } = userBy(match[1]);
      const cells = Array.from({ length: 168 }, (_, n) => [n % 24, Math.floor(n / 24), n % 24 > 7 && n % 24 < 17 && n >= 24 && n < 144 ? Math.floor(6 * chance(n + id)) : 0]);
      return { heatmapData: cells, totalActiveTime: activeTime(cells.reduce((sum, [, , seen]) => sum + seen, 0)), days: daysOf(query, 30) };
    } }],
    [/^users\/(\d+)\/revoke-sessions$/, { POST: ({ match }) => {
      const { id } = userBy(match[1]);
      const live = (madeUp.get(id) ?? []).filter((session) => !session.revoked_at && session.expires_at > iso());
      for (const session of live) Object.assign(session, { revoked_at: iso(), revoke_reason: 'admin' });
      return { revoked: live.length + members.end(id) };
    } }],
    [/^tier-gates$/, { GET: () => members.gates(), PUT: ({ body }) => {
      if (state.hasConflict) throw new Refusal(409, 'conflict', 'Somebody else is changing the gates. Try again.');
      try {
        members.control.gates({ ...merged(members.gates(), body), updated_at: iso() });
      } catch (error) {
        // Here the gateway says the field in the text only.
        throw error instanceof Invalid ? new Refusal(400, 'bad_request', error.message) : error;
      }
      return members.gates();
    } }],
    [/^diagnostics$/, { GET: diagnostics }],
    [/^diagnostics\/redis$/, { GET: ({ query }) => {
      const bus = busOf(query);
      const pattern = query.get('pattern') || '*';
      if ([...pattern].length > 256) throw new Refusal(400, 'bad_request', 'pattern: expected at most 256 characters', { field: 'pattern' });
      const found = keys.list(bus, pattern, Math.min(500, Math.max(1, whole(query, 'limit', 100))));
      return { bus, pattern, count: found.length, keys: found };
    } }],
    [/^diagnostics\/redis\/([^/]+)$/, { GET: ({ match, query }) => {
      const found = keys.value(busOf(query), decodeURIComponent(match[1]));
      if (!found) throw notFound('There is nothing under this name, or nothing to be shown.');
      return found;
    } }],
    [/^economic-indicators$/, { GET: () => data(state.isEmpty ? [] : econ.all()), POST: ({ body }) => {
      const { made, taken } = econ.create(body);
      if (taken) throw new Refusal(409, 'conflict', `there is an indicator ${taken} already`);
      return { status: 201, ...data(made) };
    } }],
    [/^economic-indicators\/rolling-schedule$/, { GET: schedule }],
    [/^economic-indicators\/build-rolling$/, { POST: ({ body }) => {
      econ.build(body);
      return data(econ.schedule());
    } }],
    [/^economic-indicators\/result$/, { POST: ({ body }) => orGone(econ.note(body)) }],
    [/^economic-indicators\/([0-9a-f-]{36})$/, { PUT: ({ match, body }) => orGone(econ.change(match[1], body)), DELETE: ({ match }) => orGone(econ.retire(match[1])) }],
    [/^rss-articles$/, { GET: ({ query }) => {
      const since = now() - Math.min(168, Math.max(1, whole(query, 'hours', 24))) * 3600;
      const limit = Math.min(1000, Math.max(1, whole(query, 'limit', 200)));
      if (!state.hasArticles) throw noData();
      return data(articles(now()).filter((article) => article.published_ts >= since).slice(0, limit));
    } }],
  ];

  /** What a request is answered with; throws what it is refused with. */
  async function outcome(request, { pathname, searchParams }) {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const body = await bodyOf(request);
    const { user, refusal } = members.caller(request);
    if (refusal) throw new Refusal(...refusal);
    if (pathname === '/api/econ/schedule') return schedule();
    for (const [pattern, by] of routes) {
      const match = pattern.exec(pathname.slice('/api/admin/'.length));
      if (!match) continue;
      if (!by[method]) throw Object.assign(new Refusal(405, 'method_not_allowed', 'This method is not allowed here.'), { headers: { allow: Object.keys(by).map((name) => (name === 'GET' ? 'GET, HEAD' : name)).join(', ') } });
      if (!user.is_admin) throw new Refusal(403, 'admin_required', 'This is for administrators.');
      return by[method]({ match, query: searchParams, body: ['POST', 'PUT'].includes(method) && !pathname.endsWith('/revoke-sessions') ? read(request, body) : null });
    }
    throw notFound();
  }

  /** Answers what is of this part; false leaves the request to the others. */
  async function answer(request, response, url) {
    if (!/^\/api\/(admin\/|econ\/schedule$)/.test(url.pathname)) return false;
    try {
      const { status = 200, ...told } = await outcome(request, url);
      json(response, status, told, { 'cache-control': 'no-store' });
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Invalid)) throw error;
      const { status = 400, code = 'bad_request', message, more = { field: error.field }, headers = {} } = error;
      json(response, status, { success: false, error: code, message, detail: message, ...more }, headers);
    }
    return true;
  }

  return { answer, control: { admin: (change) => Object.assign(state, change), rights: ({ uid, ...known }) => members.change(uid, known) } };
}

function userOf(n, iso) {
  if (n === DEV_ID - 1) {
    return {
      id: DEV_ID, issuer: 'dev', wp_user_id: '1', email: 'dev@localhost', display_name: 'Dev User', roles: ['administrator'], is_admin: true, subscription_tier: null, timezone: null, screen_name: null,
      show_screen_name: true, created_at: toSecond(iso(400 * DAY_MS)), last_login_at: toSecond(iso(60_000)),
    };
  }
  const name = NAMES[n % 10];
  const isNameless = n === 24;
  return {
    id: n + 1, issuer: n % 3 ? 'fotw' : '0-dte', wp_user_id: String(3000 + n), email: n === 0 ? 'ada@example.org' : `${name.toLowerCase().replaceAll(/\W+/g, '.')}${n < 10 ? '' : n}@example.org`,
    display_name: isNameless ? null : n < 10 ? name : `${name} ${n}`, roles: n % 40 === 39 ? ['subscriber', 'administrator'] : ['subscriber'], is_admin: n % 40 === 39, subscription_tier: BOUGHT[n % 6],
    timezone: n % 2 ? 'Europe/Vienna' : null, screen_name: n % 4 ? null : `trader${n}`, show_screen_name: true, created_at: toSecond(iso((400 - n) * DAY_MS)), last_login_at: toSecond(iso(n * 3_700_000 + 120_000)),
  };
}

/** The first word that a subscription contains, else what the roles say. */
function tierOf({ roles, subscription_tier: bought }) {
  const word = WORDS.find((each) => bought?.toLowerCase().includes(each)) ?? (roles.includes('administrator') ? 'admin' : 'observer');
  return word === 'admin' ? 'administrator' : word;
}

function articles(now) {
  return Array.from({ length: 24 }, (_, n) => {
    const [relevance, urgency] = [5 - (n % 5), Math.max(0, 5 - Math.floor(n / 4))];
    const [category, impact] = [['macro', 'rates', 'energy', 'equities'][n % 4], ['structural', 'mild', 'none', 'shock'][n % 4]];
    return {
      uid: `a${n}`, title: ['Core inflation cools for a third month', 'Yields jump after a weak auction', 'Producers agree on an unexpected cut', 'Chip maker warns of slower orders'][n % 4], url: `https://news.example.com/${n}`,
      source: 'news.example.com', category, summary: 'What was said, and by whom, in two sentences. The figures came in below what was expected.', published_ts: now - n * 1500, enriched_ts: now - n * 1500 + 60,
      sentiment: 'neutral', quality_score: 0.74, entities: ['Treasury'], tickers: ['TLT'],
      analysis: n % 3 ? null : { uid: `a${n}`, summary: 'Prices rose less than feared.', sentiment: 'bullish', tickers: ['TLT'], takeaways: ['Third month in a row', 'Housing still rises'], model: null, analyzed_ts: now - 60 },
      relevance, urgency, impact, total_score: relevance + urgency,
    };
  }).toSorted((a, b) => b.total_score - a.total_score);
}

/** The last `name` of the query as a number; one below zero is zero. */
function whole(query, name, usual) {
  const text = query.getAll(name).at(-1);
  if (text === undefined) return usual;
  if (!/^[+-]?\d{1,18}$/.test(text)) throw new Refusal(400, 'bad_request', `${name}: expected a whole number`);
  return Math.max(0, Number(text));
}

const daysOf = (query, usual) => Math.min(90, Math.max(1, whole(query, 'days', usual)));

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function read(request, body) {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Refusal(415, 'unsupported_media_type', 'Expected application/json.');
  if (body.length > MOST_BYTES) throw new Refusal(413, 'too_large', 'The body is too large.');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Refusal(400, 'bad_json', 'The body is not the expected JSON: line 1.');
  }
}
