/** What crosses the wire between the gateway and the page: payloads as they are sent, nothing derived. */

/** Epoch seconds, up to three decimals. */
export type EpochSec = number;

export type Session = 'pre' | 'regular' | 'post' | 'closed';

/** Last price of an underlying, with its day. Index points or dollars. */
export interface Spot {
  symbol: string;
  value: number;
  bid: number | null;
  ask: number | null;
  open: number | null;
  high: number | null;
  low: number | null;
  prev_close: number | null;
  change: number | null;
  change_pct: number | null;
  volume: number | null;
  type: 'index' | 'etf' | 'stock';
  session: Session;
  source: 'ws' | 'rest' | 'agg';
  stale: boolean;
  ts: EpochSec;
  ts_iso: string;
  market_ts: EpochSec;
}

export type SpotMap = Record<string, Spot>;

/** Market time; `speed` market seconds pass per second. */
export interface Clock {
  ts: EpochSec;
  market_ts: EpochSec;
  speed: number;
  session: Session;
  trading_date: string;
  source: string;
}

/** Newest event of one symbol. `t` is the exchange's epoch milliseconds. */
export interface Tick {
  symbol: string;
  ev: 'V' | 'T' | 'Q' | 'A';
  p?: number;
  s?: number;
  b?: number;
  a?: number;
  bs?: number;
  as?: number;
  o?: number;
  h?: number;
  l?: number;
  v?: number;
  t: number;
  late?: number;
}

/** One bar; `t` is the start of its bucket in market time. */
export interface Candle {
  t: EpochSec;
  o: number;
  h: number;
  l: number;
  c: number;
}

export interface Candles {
  symbol: string;
  spot: number | null;
  ts: EpochSec;
  candles_5m: Candle[];
  candles_10m: Candle[];
  candles_15m: Candle[];
  candles_1h: Candle[];
  /** Only buckets that changed. */
  partial?: boolean;
}

/** Answer of `/api/models/candles/{symbol}`. */
export interface CandleHistory extends Candles {
  days: number;
}

export interface FeedEvent {
  type: string;
  ts: EpochSec;
  market_ts: EpochSec;
  severity: 'info' | 'warn' | 'error';
  symbol: string | null;
  path: string | null;
  detail: Record<string, unknown>;
}

export type ServiceStatus = 'alive' | 'late' | 'dead' | 'stopped' | 'unknown';
export type ServiceState = 'starting' | 'running' | 'degraded' | 'draining' | 'stopping';

/** A message of the fleet's watchers. */
export interface Alert {
  type: string;
  svc: string;
  ts: EpochSec;
  id?: string;
  severity?: string;
  late_sec?: number;
  timeout_sec?: number;
  age_sec?: number;
  reason?: string;
  container?: string;
  repeat?: boolean;
}

export interface FleetService {
  id: string;
  phase: number;
  status: ServiceStatus;
  hb_age_sec: number | null;
  hb_interval_sec: number;
  state: ServiceState | null;
  /** Latest of the alerts that say whether its beat is heard. */
  health: Alert | null;
  last_alert: Alert | null;
}

export interface Fleet {
  ts: EpochSec;
  services: FleetService[];
}

export interface Connected {
  channel: string;
  ts: EpochSec;
  gen: string;
  resumed: boolean;
  snapshot: number;
  user_id: number | null;
  tier: string | null;
}

export interface Ping {
  ts: EpochSec;
}

export interface Resync {
  reason: string;
  topics: string[];
}

/** Answer of `/api/health`. */
export interface Health {
  status: 'healthy' | 'degraded';
  service: string;
  version: string;
  ts: EpochSec;
  uptime_sec: number;
  public_mode: boolean;
}

export interface Answer<T> {
  success: true;
  data: T;
  ts: EpochSec;
}

export interface ErrorBody {
  success: false;
  error: string;
  message: string;
}
