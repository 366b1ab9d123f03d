/**
 * Written by hand, for administrators: what the gateway puts together out of several sources, or reads itself
 * instead of into a Rust type. Times that end in `_at` are ISO 8601, UTC.
 */
import type { Mode, Setting } from './auth/gates';
import type { Tier } from './auth/tier';
import type { ActiveTime } from './gateway/activity';
import type { Liveness } from './mesh';
import type { Alert, Status } from './system';
import type { EpochSec } from './time';

/** Answer of `/api/admin/stats`. */
export interface AdminStats {
  loginsLast24h: number;
  liveUserCount: number;
  liveUsers: { displayName: string; connectedAt: string; streams: number }[];
  /** Of the last 30 days. */
  mostActiveUsers: { id: number; displayName: string | null; snapshots: number; activeTime: ActiveTime }[];
}

export interface AdminUser {
  id: number;
  issuer: string;
  wp_user_id: string;
  email: string;
  display_name: string | null;
  roles: string[];
  is_admin: boolean;
  subscription_tier: string | null;
  tier: Tier;
  timezone: string | null;
  screen_name: string | null;
  show_screen_name: boolean;
  created_at: string;
  last_login_at: string;
  is_online: boolean;
}

export type UserSort = 'last_login_at' | 'created_at' | 'email' | 'display_name' | 'id';

/** Answer of `/api/admin/users`. */
export interface UserPage {
  users: AdminUser[];
  count: number;
  page: number;
  limit: number;
  total: number;
}

export interface UserSession {
  id: string;
  tier: Tier;
  created_at: string;
  expires_at: string;
  last_seen_at: string;
  revoked_at: string | null;
  revoke_reason: string | null;
  ip: string | null;
  user_agent: string | null;
}

/** Answer of `/api/admin/users/{id}`. The logs are the journal's; `tradeLogsError` tells that it did not answer. */
export interface UserDetail {
  user: AdminUser;
  sessions: UserSession[];
  tradeLogs: { id: string | number; name?: string; status?: string }[];
  tradeLogsError?: string;
}

/** What is written over the gates; null takes a member away. */
export interface GatesPatch {
  mode?: Mode;
  allowed_tiers?: Partial<Record<Tier, boolean>>;
  defaults?: Record<string, { value: Setting } | null>;
  tiers?: Partial<Record<Tier, Record<string, Setting | null>>>;
}

/** How a key is held; `ts` and `age_sec` are those of its payload. */
export interface KeyState {
  exists: boolean;
  ts: EpochSec | null;
  age_sec: number | null;
  size: number | null;
  ttl: number | null;
}

/** Answer of `/api/admin/diagnostics`; a part is null while its bus is away. */
export interface Diagnostics {
  ts: EpochSec;
  buses: Record<string, { connected: boolean; latency_ms: number | null }>;
  database: { configured: boolean; connected: boolean };
  symbols: Record<string, Record<string, KeyState>> | null;
  global: { vix: KeyState; vix_regime: KeyState; market_mode: KeyState; vexy: { epoch: KeyState; event: KeyState } } | null;
  services: Record<string, { status: Liveness; state: Status | null; heartbeat_age_sec: number | null; health: Alert | null }> | null;
}

export interface RedisKey {
  key: string;
  type: string;
  /** Bytes of a string, members of anything else. */
  size: number;
  /** Seconds; null: for ever. */
  ttl: number | null;
  ts: EpochSec | null;
  age_sec: number | null;
}

/** Answer of `/api/admin/diagnostics/redis`. */
export interface RedisKeys {
  bus: string;
  pattern: string;
  count: number;
  keys: RedisKey[];
}

/** Answer of `/api/admin/diagnostics/redis/{key}`. */
export interface RedisValue extends RedisKey {
  value: unknown;
  truncated: boolean;
}

/** On which days a release is due; weekdays count from Sunday = 0. */
export type IndicatorRule =
  | { type: 'fixed_dates'; dates: string[]; time_et?: string }
  | { type: 'first_friday' }
  | { type: 'nth_weekday'; weekday: number; n: number }
  | { type: 'weekly'; weekday: number };

export interface IndicatorForm {
  key?: string;
  name: string;
  rating: number;
  description: string | null;
  is_active: boolean;
  release_time_et: string | null;
  rule_json: IndicatorRule | null;
  aliases: string[];
}
