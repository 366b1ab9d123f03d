/**
 * Signing in, the signed-in user and the gates of tiers, for the double of the gateway. The cookie is the name of a
 * session that it holds in memory; in public mode everybody without one is the same administrator.
 *
 * `/api/auth/sso?sso=` takes a user as JSON (`{"tier":"observer"}`, `{"is_admin":true}`, `{"uid":7}`) for a token. `control` has
 * `revoke`, `expire`, `lapse` (expire without a word), `gates` (written over the document) and `login` (the sites of the sign-in page).
 */
import { randomUUID } from 'node:crypto';

const USER = { uid: 1, name: 'Ada Lovelace', email: 'ada@example.org', roles: ['subscriber', 'fotw_navigator'], tier: 'navigator', is_admin: false, subscription_tier: 'Navigator Membership' };
const PUBLIC = { uid: 138, name: 'Dev User', email: 'dev@localhost', roles: ['administrator'], tier: 'administrator', is_admin: true, subscription_tier: null };
const LABELS = {
  journal_access: 'Journal', playbook_access: 'Playbook', edge_lab_access: 'Edge lab', import_access: 'Imports', leaderboard_access: 'Leaderboard', heatmap_access: 'Heatmap',
  dg_analysis_access: 'Dealer gravity analysis', routine_briefing_access: 'Routine briefing', vexy_chat_rate: 'Vexy chats per hour', alert_max_active: 'Active alerts',
};
const AGENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
];

/** The part of the double that knows users, at its time `seconds`. `emitTo` writes a control frame to open streams, all or those whose user is wanted, and ends them after the last. */
export function account({ faults, emitTo, seconds }) {
  const ago = (sec) => new Date((seconds() - sec) * 1000).toISOString();
  const nowSec = () => Math.floor(seconds());
  const sessions = new Map();
  const ended = new Map();
  let login = [{ label: 'Members of the desk', url: 'https://members.example.org/sso?redirect={redirect}' }, { label: 'Front of the wave', url: 'https://fotw.example.org/login?to={redirect}' }];
  let timezone = null;
  let gates = {
    mode: 'full_production', updated_at: ago(3600), allowed_tiers: { observer: true, activator: true, navigator: true, coaching: true },
    defaults: Object.fromEntries(Object.entries(LABELS).map(([key, label]) => [key, /_(rate|active)$/.test(key) ? { type: 'number', label, value: -1 } : { type: 'boolean', label, value: true }])),
    tiers: { observer: { heatmap_access: false }, activator: {}, navigator: {} },
  };

  /** Every session there ever was, as administrators see it. */
  const written = [];
  const open = (user, request) => {
    const sid = randomUUID();
    const held = { ...USER, ...user, sid, signed: nowSec() };
    sessions.set(sid, held);
    written.unshift({ uid: held.uid, row: {
      id: sid, tier: held.tier, created_at: ago(0), expires_at: ago(-86_400), last_seen_at: ago(0), revoked_at: null, revoke_reason: null, ip: '127.0.0.1', user_agent: request.headers['user-agent'] ?? null,
    } });
    return sid;
  };
  const close = (sid, reason) => {
    sessions.delete(sid);
    const row = written.find((each) => each.row.id === sid)?.row;
    if (row) Object.assign(row, { revoked_at: row.revoked_at ?? ago(0), revoke_reason: row.revoke_reason ?? reason });
  };
  const isBarred = ({ tier, is_admin }) => gates.allowed_tiers[tier] === false && !['coaching', 'administrator'].includes(tier) && !is_admin;

  /** `{user}`, or why there is none: `[status, code, text, more]`. */
  function caller(request) {
    const sid = /(?:^|; )ms_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    const held = sessions.get(sid);
    if (held && isBarred(held)) {
      close(sid, 'tier_blocked');
      return { refusal: [403, 'tier_blocked', `The ${held.tier} tier is not admitted here.`, { tier: held.tier }] };
    }
    if (held) return { user: held };
    if (faults.publicMode) return { user: { ...PUBLIC, sid: null, signed: nowSec() } };
    const code = ended.get(sid) ?? 'not_authenticated';
    return { refusal: [401, code, code === 'not_authenticated' ? 'Please sign in.' : 'Your session is over. Please sign in again.', {}] };
  }

  const me = ({ uid, sid, signed, name, email, roles, tier, is_admin, subscription_tier }) => ({
    iat: signed, exp: signed + 86_400, typ: 'ms_session', sid, uid, wp: { issuer: sid ? '0-dte' : 'dev', id: '57', email, name, roles, subscription_tier, is_admin },
    tier, is_admin, public_mode: faults.publicMode, expires_in: 86_400,
  });
  const profile = ({ uid, sid, name, email, roles, tier, is_admin, subscription_tier }) => ({
    id: uid, issuer: sid ? '0-dte' : 'dev', wp_user_id: '57', email, display_name: name, roles, is_admin, subscription_tier, tier, timezone, screen_name: null,
    show_screen_name: true, created_at: '2025-02-03T10:15:00Z', last_login_at: ago(60),
  });
  const others = AGENTS.map((user_agent, n) => ({ id: `other-${n}`, tier: 'navigator', created_at: ago(86_400 * (n + 1)), expires_at: ago(-3600), last_seen_at: ago(420 + n * 9000), ip: `203.0.113.${7 + n}`, user_agent }));
  const listed = (user, request) => [
    ...(user.sid ? [{ id: user.sid, tier: user.tier, created_at: new Date(user.signed * 1000).toISOString(), expires_at: ago(-86_000), last_seen_at: ago(2), ip: '127.0.0.1', user_agent: request.headers['user-agent'] ?? null, current: true }] : []),
    ...others.map((session) => ({ ...session, current: false })),
  ];

  const json = (response, status, answered, headers = {}) => response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-5b1d', 'cache-control': 'no-store', ...headers }).end(answered === null ? undefined : JSON.stringify(answered));
  const refuse = (response, [status, error, message, more]) => json(response, status, { success: false, error, message, detail: message, ...more });
  const CLEAR = { 'set-cookie': 'ms_session=; Path=/; Max-Age=0' };

  async function body(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString() || 'null');
  }

  const routes = {
    'GET /api/auth/me': (response, { user }) => json(response, 200, me(user)),
    'GET /api/profile/me': (response, { user }) => json(response, 200, profile(user)),
    'GET /api/tier-gates/config': (response, { user }) => json(response, 200, { ...gates, user_tier: user.tier }),
    'GET /api/profile/sessions': (response, { user, request }) => json(response, 200, { success: true, sessions: listed(user, request) }),
    'PUT /api/profile/timezone': async (response, { request }) => {
      const { timezone: zone } = await body(request);
      if (zone === 'Antarctica/Troll') return refuse(response, [400, 'invalid_timezone', 'timezone: expected a time zone like America/New_York, or null', { field: 'timezone' }]);
      timezone = zone;
      json(response, 200, { success: true, timezone });
    },
  };

  /** Answers what is of this part; false leaves the request to the others, admitted. */
  async function answer(request, response, url) {
    const { pathname } = url;
    if (!/^\/(api|sse)\//.test(pathname) || pathname === '/api/health') return false;
    if (pathname === '/api/auth/config') return json(response, 200, { login, public_mode: faults.publicMode, version: '0.1.0', upgrade_url: faults.upgradeUrl ?? null });
    if (pathname === '/api/auth/logout') {
      close(/ms_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1], 'logout');
      if (request.method === 'POST') return json(response, 204, null, CLEAR);
      return response.writeHead(302, { location: '/login', ...CLEAR }).end();
    }
    if (pathname === '/api/auth/sso') {
      const sid = open(JSON.parse(url.searchParams.get('sso') ?? '{}'), request);
      return response.writeHead(302, { location: url.searchParams.get('next') ?? '/', 'set-cookie': `ms_session=${sid}; Path=/; HttpOnly` }).end();
    }
    const { user, refusal } = caller(request);
    if (refusal) return refuse(response, refusal);
    const route = routes[`${request.method} ${pathname}`];
    if (route) return (await route(response, { user, request })) ?? true;
    const ending = /^\/api\/profile\/sessions\/([^/]+)$/.exec(pathname)?.[1];
    if (ending !== undefined && request.method === 'DELETE') {
      const at = others.findIndex(({ id }) => id === ending);
      if (at < 0) return refuse(response, [404, 'not_found', 'You have no such session.', {}]);
      others.splice(at, 1);
      return json(response, 200, { success: true });
    }
    const needs = /^\/(api\/models|sse)\/heatmap(\/|$)/.test(pathname) ? 'heatmap_access' : null;
    const isOpen = gates.mode !== 'tier_gated' || ['coaching', 'administrator'].includes(user.tier) || (gates.tiers[user.tier]?.[needs] ?? true);
    if (needs !== null && !isOpen) return refuse(response, [403, 'feature_gated', `This is not part of the ${user.tier} tier.`, { feature: needs, tier: user.tier }]);
    return false;
  }

  const forget = (code) => {
    for (const sid of sessions.keys()) ended.set(sid, code);
    sessions.clear();
  };
  const endAll = (code, event, data) => {
    forget(code);
    emitTo(event, data, true);
  };

  const control = {
    revoke: () => endAll('session_revoked', 'session_revoked', { ts: nowSec() }),
    expire: () => endAll('session_expired', 'session_expired', { ts: nowSec() }),
    lapse: () => forget('session_expired'),
    login: ({ sites }) => { login = sites; },
    gates: (change) => {
      gates = { ...gates, updated_at: new Date().toISOString(), ...change };
      for (const { sid, tier } of [...sessions.values()].filter(isBarred)) {
        close(sid, 'tier_blocked');
        emitTo('tier_blocked', { tier, message: `The ${tier} tier is not admitted here.` }, true, (user) => user.sid === sid);
      }
      emitTo('tier_gates', { updated_at: gates.updated_at, user_tier: 'navigator' }, false, (user) => !isBarred(user));
    },
  };
  return {
    answer, control, caller,
    /** Changes what is known of somebody who is signed in. */
    change: (uid, known) => { for (const held of sessions.values()) if (held.uid === uid) Object.assign(held, known); },
    gates: () => gates,
    sessionsOf: (uid) => written.filter((each) => each.uid === uid).map(({ row }) => row),
    /** Signs somebody out everywhere; how many sessions that ended. */
    end: (uid) => {
      const live = [...sessions.values()].filter((held) => held.uid === uid);
      for (const { sid } of live) {
        close(sid, 'admin');
        ended.set(sid, 'session_revoked');
        emitTo('session_revoked', { ts: nowSec() }, true, (user) => user.sid === sid);
      }
      return live.length;
    },
  };
}
