// Generated from crates/wire/src/sse by `make types`: change the Rust types, not this file.
import type { Liveness } from './mesh';
import type { Alert, Status } from './system';
import type { EpochSec } from './time';

/** A bar. `t` is the start of its bucket in epoch seconds of market time; prices in points or dollars. */
export type Candle = {
  /** Start of the bucket. */
  t: number;
  /** First value. */
  o: number;
  /** Highest value. */
  h: number;
  /** Lowest value. */
  l: number;
  /** Last value. */
  c: number;
};

/** Bars of one symbol in four sizes, oldest first. */
export type Candles = {
  /** Vendor ticker. */
  symbol: string;
  /** Last value. */
  spot: number | null;
  /** When. */
  ts: EpochSec;
  /** Days asked for; absent in a stream. */
  days?: number;
  /** True when only changed buckets are listed. */
  partial?: boolean;
  /** Five minutes. */
  candles_5m: Array<Candle>;
  /** Ten minutes. */
  candles_10m: Array<Candle>;
  /** Fifteen minutes. */
  candles_15m: Array<Candle>;
  /** One hour. */
  candles_1h: Array<Candle>;
};

/** First frame with an id: the end of the snapshot. */
export type Connected = {
  /** Stream name: `all`, `market`, `spot`. */
  channel: string;
  /** When. */
  ts: EpochSec;
  /** Drawn when the gateway started. */
  gen: string;
  /** True when the cursor was honoured. */
  resumed: boolean;
  /** Frames of the snapshot. */
  snapshot: number;
  /** Internal user id; null without one. */
  user_id: number | null;
  /** Tier of the user; null without one. */
  tier: string | null;
};

/** Topic `fleet`: every service with its heartbeat and health. */
export type Fleet = {
  /** When. */
  ts: EpochSec;
  /** In phase order, then by id. */
  services: Array<FleetService>;
};

/** One service in [`Fleet`]. */
export type FleetService = {
  /** Service id. */
  id: string;
  /** Start phase. */
  phase: number;
  /** Whether it lives. */
  status: Liveness;
  /** Seconds since its last beat. */
  hb_age_sec: number | null;
  /** Seconds between beats. */
  hb_interval_sec: number;
  /** What it says of itself. */
  state: Status | null;
  /** Latest `heartbeat_*` or `healer_*` alert. */
  health: Alert | null;
  /** Latest alert of any kind. */
  last_alert: Alert | null;
};

/** Something may be missing: reload what the topics name. */
export type Resync = {
  /** `unknown_id`, `expired_id`, `bad_id`, `slow_client`, `bus_gap`. */
  reason: string;
  /** Event topics that may have lost something. */
  topics: Array<string>;
};
