// Generated from crates/wire/src/market by `make types`: change the Rust types, not this file.
import type { EpochMs, EpochSec } from './time';

/** [`CLOCK`]. A simulated market has a time of its own. */
export type Clock = {
  /** When it was published. */
  ts: EpochSec;
  /** Market time. */
  market_ts: EpochSec;
  /** Market seconds per second. */
  speed: number;
  /** Session of `market_ts`. */
  session: Session;
  /** New York date of `market_ts`, `YYYY-MM-DD`. */
  trading_date: string;
  /** `system` or `server`. */
  source: string;
};

/** Something that happened to the feed or to the session. */
export type MarketEvent = {
  /** `session_open`, `feed_gap`, `feed_stale`, `policy_violation` … */
  type: string;
  /** When it was published. */
  ts: EpochSec;
  /** Market time. */
  market_ts: EpochSec;
  /** How bad it is. */
  severity: Severity;
  /** Symbol it concerns. */
  symbol: string | null;
  /** Feed path it concerns: `/indices`. */
  path: string | null;
  /** Fields of this kind. */
  detail: Record<string, unknown>;
};

/** Part of the trading day, New York time. */
export type Session = 'pre' | 'regular' | 'post' | 'closed';

/** How bad a [`MarketEvent`] is. */
export type Severity = 'info' | 'warn' | 'error';

/** Where a value came from. */
export type Source = 'ws' | 'rest' | 'agg';

/** Last price of an underlying. Prices in points or dollars; `None` is unknown. */
export type Spot = {
  /** Vendor ticker: `I:SPX`, `SPY`. */
  symbol: string;
  /** Last price. */
  value: number;
  /** Best bid. */
  bid: number | null;
  /** Best ask. */
  ask: number | null;
  /** First price of the session. */
  open: number | null;
  /** Highest price of the session. */
  high: number | null;
  /** Lowest price of the session. */
  low: number | null;
  /** Close of the previous trading day. */
  prev_close: number | null;
  /** `value - prev_close`. */
  change: number | null;
  /** `100 x change / prev_close`. */
  change_pct: number | null;
  /** Shares traded in the session; indices have none. */
  volume: number | null;
  /** Kind of symbol. */
  type: SymbolKind;
  /** Session of `market_ts`. */
  session: Session;
  /** Where `value` came from. */
  source: Source;
  /** True when nothing was accepted for 15 s in a regular session. */
  stale: boolean;
  /** When it was published. */
  ts: EpochSec;
  /** `ts` as `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
  ts_iso: string;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
};

/** What kind of thing a spot symbol is. */
export type SymbolKind = 'index' | 'etf' | 'stock';

/** One tick. Which fields are there depends on `ev`. */
export type Tick = {
  /** Kind of event. */
  ev: TickKind;
  /** Option ticker, in the stream of a group only. */
  sym?: string;
  /** Price or value. */
  p?: number;
  /** Size. */
  s?: number;
  /** Bid. */
  b?: number;
  /** Ask. */
  a?: number;
  /** Size at the bid. */
  bs?: number;
  /** Size at the ask. */
  as?: number;
  /** Open of the bar. */
  o?: number;
  /** High of the bar. */
  h?: number;
  /** Low of the bar. */
  l?: number;
  /** Volume of the bar. */
  v?: number;
  /** Exchange time. */
  t: EpochMs;
  /** Exchange sequence number. */
  q?: number;
  /** 1 when it came after a newer one. */
  late?: number;
};

/** What a tick is of. */
export type TickKind = 'V' | 'T' | 'Q' | 'A';
