import type {
  AdminStats, AdminUser, Diagnostics, EconSchedule, Gates, HourlyActivity, Indicator, KeyState, RedisKey, ScoredArticle, UserDetail, UserPage, UserSession, UserWeek,
} from '../../wire';
import { MORNING_TS } from '../../test/samples';

/** What the gateway answers administrators with, for tests. */

const AT = '2025-11-21T15:01:02.000Z';

export function statsOf(change: Partial<AdminStats> = {}): AdminStats {
  return {
    loginsLast24h: 41, liveUserCount: 2,
    liveUsers: [{ displayName: 'Rita', connectedAt: '2025-11-21T14:50:02.000Z', streams: 3 }, { displayName: 'Zoe', connectedAt: '2025-11-21T15:00:32.000Z', streams: 1 }],
    mostActiveUsers: [{ id: 57, displayName: 'Rita', snapshots: 7, activeTime: { hours: 1, minutes: 45, formatted: '1h 45m' } }],
    ...change,
  };
}

export function hoursOf(): HourlyActivity {
  return {
    data: [{ hour_start: '2025-11-20T14:00:00Z', db_hour: 9, db_dow: 4, user_count: 8 }, { hour_start: '2025-11-20T15:00:00Z', db_hour: 10, db_dow: 4, user_count: 0 }],
    busiestHours: [{ hour: 9, avgUsers: 8 }], days: 7, timezone: 'America/New_York',
  };
}

export function userOf(id: number, change: Partial<AdminUser> = {}): AdminUser {
  return {
    id, issuer: 'fotw', wp_user_id: String(3000 + id), email: `user${id}@example.org`, display_name: `User ${id}`, roles: ['subscriber'], is_admin: false,
    subscription_tier: 'Navigator Membership', tier: 'navigator', timezone: 'Europe/Vienna', screen_name: null, show_screen_name: false,
    created_at: '2025-01-05T09:00:00Z', last_login_at: '2025-11-21T14:00:00Z', is_online: false, ...change,
  };
}

export function userPageOf(users: AdminUser[], change: Partial<UserPage> = {}): UserPage {
  return { users, count: users.length, page: 1, limit: 50, total: users.length, ...change };
}

export function sessionOf(change: Partial<UserSession> = {}): UserSession {
  return {
    id: '0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11', tier: 'navigator', created_at: '2025-11-21T09:00:00.000Z', expires_at: '2099-11-22T09:00:00.000Z', last_seen_at: AT,
    revoked_at: null, revoke_reason: null, ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', ...change,
  };
}

export function detailOf(user: AdminUser, change: Partial<UserDetail> = {}): UserDetail {
  return { user, sessions: [sessionOf()], tradeLogs: [], tradeLogsError: 'upstream_unavailable', ...change };
}

export function weekOf(): UserWeek {
  const heatmapData = Array.from({ length: 168 }, (_, n): [number, number, number] => [n % 24, Math.floor(n / 24), n === 24 + 9 ? 5 : 0]);
  return { heatmapData, totalActiveTime: { hours: 1, minutes: 15, formatted: '1h 15m' }, days: 30 };
}

export function gatesOf(change: Partial<Gates> = {}): Gates {
  return {
    mode: 'tier_gated', updated_at: '2025-11-20T10:15:00.000Z', allowed_tiers: { observer: false, activator: true, navigator: true, coaching: true },
    defaults: { journal_access: { type: 'boolean', label: 'Journal', value: true }, alert_max_active: { type: 'number', label: 'Active alerts', value: -1 } },
    tiers: { observer: { journal_access: false, alert_max_active: 3 }, activator: {}, navigator: {} }, ...change,
  };
}

export function heldOf(ageSec: number | null, change: Partial<KeyState> = {}): KeyState {
  return { exists: true, ts: ageSec === null ? null : MORNING_TS - ageSec, age_sec: ageSec, size: 2048, ttl: null, ...change };
}

export function diagnosticsOf(change: Partial<Diagnostics> = {}): Diagnostics {
  const missing = heldOf(null, { exists: false, size: null });
  return {
    ts: MORNING_TS,
    buses: { system: { connected: true, latency_ms: 0.21 }, market: { connected: true, latency_ms: 0.3 }, intel: { connected: false, latency_ms: null } },
    database: { configured: true, connected: true },
    symbols: { 'I:SPX': { spot: heldOf(0.3), gex: heldOf(2), heatmap: heldOf(42), trade_selector: missing } },
    global: { vix: heldOf(0.4), vix_regime: heldOf(5), market_mode: heldOf(5), vexy: { epoch: missing, event: missing } },
    services: {}, ...change,
  };
}

export function keyOf(key: string, change: Partial<RedisKey> = {}): RedisKey {
  return { key, type: 'string', size: 512, ttl: null, ts: MORNING_TS, age_sec: 1.5, ...change };
}

export function indicatorOf(change: Partial<Indicator> = {}): Indicator {
  return {
    id: '0193f2a4-0000-7000-8000-000000000001', key: 'nfp', name: 'Non-Farm Payrolls', rating: 10, tier: 'critical', description: 'People employed outside farming.', is_active: true,
    release_time_et: '08:30', cadence: 'first_friday', rule_json: { type: 'first_friday' }, aliases: ['Nonfarm Payrolls'], created_at: AT, updated_at: AT, ...change,
  };
}

export function scheduleOf(change: Partial<EconSchedule> = {}): EconSchedule {
  return {
    schema_version: 1, window_start: '2025-11-21', window_end: '2025-12-05', generated_at: AT, indicator_count: 43,
    days: {
      '2025-12-05': {
        events: [
          { indicator_key: 'nfp', name: 'Non-Farm Payrolls', time_et: '08:30', rating: 10, tier: 'critical', result: { actual: '227K', expected: '214K', status: 'beat' } },
          { indicator_key: 'speech', name: 'Speech', time_et: null, rating: 5, tier: 'medium' },
        ],
      },
      '2025-11-26': { events: [{ indicator_key: 'crude_oil_inventories', name: 'Crude Oil Inventories', time_et: '10:30', rating: 3, tier: 'low' }] },
    },
    ...change,
  };
}

export function articleOf(uid: string, change: Partial<ScoredArticle> = {}): ScoredArticle {
  return {
    uid, title: 'Core inflation cools', url: `https://macro.example.com/${uid}`, source: 'macro.example.com', category: 'macro', summary: 'It cools.',
    published_ts: MORNING_TS - 1200, enriched_ts: MORNING_TS - 1100, sentiment: 'bullish', quality_score: 0.74, entities: ['Treasury'], tickers: ['TLT'],
    analysis: { uid, model: null, summary: 'Prices rose less.', sentiment: 'bullish', takeaways: ['+0.2 %'], tickers: ['TLT'], analyzed_ts: MORNING_TS - 900 },
    relevance: 5, urgency: 5, impact: 'structural', total_score: 10, ...change,
  };
}
