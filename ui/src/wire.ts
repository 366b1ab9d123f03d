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

/** Gamma x open interest x multiplier of one right, by expiration date and strike; without sign, shares per point. */
export interface GammaByStrike {
  ts: EpochSec;
  market_ts: EpochSec;
  symbol: string;
  unit: string;
  spot: number;
  expirations: Record<string, Record<string, number>>;
}

export interface Gex {
  symbol: string;
  calls: GammaByStrike | null;
  puts: GammaByStrike | null;
}

/** Gamma of one underlying over all its expirations: totals in shares per point, levels in points. */
export interface GexSummary {
  spot: number;
  unit: string;
  total_call: number;
  total_put: number;
  total_net: number;
  net_usd_per_pct: number;
  call_wall: number | null;
  put_wall: number | null;
  max_net_strike: number | null;
  min_net_strike: number | null;
  zero_gamma: number | null;
  zero_gamma_roots: number[];
  strike_flip: { above: number | null; below: number | null; nearest: number | null };
  regime: 'positive' | 'negative' | 'neutral';
  contracts_used: number;
  contracts_skipped: number;
  by_expiration: GexExpiration[];
  /** Strike, call, put, net. */
  top: [number, number, number, number][];
}

export interface GexExpiration {
  date: string;
  dte: number;
  call: number;
  put: number;
  net: number;
  call_oi: number;
  put_oi: number;
  call_wall: number | null;
  put_wall: number | null;
  max_pain: number | null;
}

export interface GexSummaries {
  ts: EpochSec;
  market_ts: EpochSec;
  symbols: Record<string, GexSummary>;
}

export type Strategy = 'single' | 'vertical' | 'butterfly';

/** What one side of a vertical or a butterfly costs, points; `market_debit` from the midpoints of the quotes. */
export interface SpreadSide {
  debit: number;
  max_profit: number;
  max_loss: number;
  market_debit: number | null;
  /** Against the next higher strike, percent. */
  change_pct: number;
}

export interface SingleSide {
  mid: number;
  market_mid: number | null;
  change_pct: number;
}

export type TileSide = SpreadSide | SingleSide;

/** One structure of the heatmap; a side that lacks a leg is absent. */
export interface Tile {
  symbol: string;
  strategy: Strategy;
  dte: number;
  expiration: string;
  strike: number;
  width: number;
  call?: TileSide;
  put?: TileSide;
}

/** Tiles are keyed `strategy:dte:width:strike`. */
export interface Heatmap {
  ts: EpochSec;
  market_ts: EpochSec;
  symbol: string;
  version: number;
  epoch: string;
  spot: number;
  vix: number | null;
  skew_regime: string;
  dtes_available: number[];
  expirations: Record<string, string>;
  dte_tile_counts: Record<string, number>;
  /** 1.00 = 100 % a year. */
  atm_iv: Record<string, number>;
  widths: number[];
  tiles: Record<string, Tile>;
}

/** Fits on the version `prev_version` only. */
export interface HeatmapDiff {
  ts: EpochSec;
  market_ts: EpochSec;
  symbol: string;
  version: number;
  prev_version: number;
  epoch: string;
  changed: Record<string, Tile>;
  removed: string[];
  dtes_available: number[];
  atm_iv: Record<string, number>;
  spot: number;
}

/** Says that there is a new profile. */
export interface ProfilePointer {
  symbol: string;
  version: string;
  ts: EpochSec;
}

/** What stands out in a profile: points, ranges as lowest and highest price. */
export interface Structures {
  volume_nodes: { price: number; weight: number; color: string }[];
  node_ranges: [number, number][];
  volume_wells: [number, number][];
  crevasses: [number, number][];
}

/** Answer of `/api/models/volume_profile`; prices descend. */
export interface VolumeProfile {
  levels: { price: number; volume: number }[];
  maxVolume: number;
  count: number;
  mode: 'raw' | 'tv';
  /** Height of a level, points. */
  step: number;
  structures: Structures;
}

/** Answer of `/api/dealer-gravity/artifact`: `bins[i]` is the price `min + i x step`. */
export interface Artifact {
  profile: { min: number; max: number; step: number; bins: number[]; normalized_scale: number; max_volume: number };
  structures: Structures;
  meta: {
    symbol: string;
    source: string;
    multiplier: number;
    spot: number | null;
    algorithm: string;
    days: number;
    status: 'building' | 'ready';
    artifact_version: string;
    last_update: string;
    edited?: boolean;
    ts: EpochSec;
    market_ts: EpochSec;
  };
}

export interface ArtifactUpdated {
  type: string;
  symbol: string;
  artifact_version: string;
  occurred_at: string;
  ts: EpochSec;
}

/** Answer of `/api/dealer-gravity/context`: distances are relative to spot, the rest is 0 to 1. */
export interface GravityContext {
  symbol: string;
  spot: number;
  nearest_volume_node: number | null;
  nearest_volume_node_dist: number | null;
  /** 0 inside a well. */
  volume_well_proximity: number | null;
  in_crevasse: boolean;
  market_memory_strength: number;
  gamma_alignment: number | null;
  artifact_version: string | null;
  ts: EpochSec;
  market_ts: EpochSec;
}

export interface MarketMode {
  ts: EpochSec;
  ts_iso: string;
  market_ts: EpochSec;
  symbol: string;
  /** 0 to 100. */
  score: number;
  mode: 'compression' | 'transition' | 'expansion';
  components: { flip: number; gex: number; lfi: number; concentration: number };
}

/** Calls count positive, puts negative; gamma in shares per point. */
export interface BiasLfi {
  ts: EpochSec;
  ts_iso: string;
  market_ts: EpochSec;
  symbol: string;
  spot: number;
  /** -100 to 100. */
  directional_strength: number;
  /** 0 to 100: above 50 moves are absorbed, below they accelerate. */
  lfi_score: number;
  market_mode_score: number;
  max_call_gex_strike: number | null;
  max_put_gex_strike: number | null;
  max_net_gex_strike: number | null;
  total_call_gex: number;
  total_put_gex: number;
  total_net_gex: number;
  gex_flip_level: number | null;
  flip_above: number | null;
  flip_below: number | null;
  zero_gamma: number | null;
  proximity_bias_adj: number;
  proximity_lfi_adj: number;
  distance_to_flip: number | null;
  strike_range: [number, number] | null;
}

export interface VixRegime {
  ts: EpochSec;
  market_ts: EpochSec;
  vix: number | null;
  regime: 'zombieland' | 'goldilocks_1' | 'goldilocks_2' | 'chaos' | null;
  market_state: string | null;
  skew_regime: string;
  /** One standard deviation by underlying, points. */
  expected_move: Record<string, { dte0: number; dte1: number }>;
  stale: boolean;
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
