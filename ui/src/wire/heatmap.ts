// Generated from crates/wire/src/heatmap by `make types`: change the Rust types, not this file.
import type { EpochSec } from './time';

/** [`diffs`]. Fits on the version `prev_version` only; whoever holds another one reads [`latest`] again. */
export type Diff = {
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** Underlying. */
  symbol: string;
  /** The version that results. */
  version: number;
  /** The version before. */
  prev_version: number;
  /** Epoch of the chain. */
  epoch: string;
  /** Tiles that are new or different. */
  changed: Record<TileKey, Tile>;
  /** Tiles that are gone. */
  removed: Array<TileKey>;
  /** Planes, ascending. */
  dtes_available: Array<number>;
  /** At-the-money volatility of each plane. */
  atm_iv: Record<string, number>;
  /** Price of the underlying. */
  spot: number;
};

/** [`latest`]. A plane (one DTE) is complete or absent. */
export type Heatmap = {
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** Underlying. */
  symbol: string;
  /** Strictly increasing; near Unix milliseconds. */
  version: number;
  /** Epoch of the chain. */
  epoch: string;
  /** Price of the underlying. */
  spot: number;
  /** VIX, points; `None` is unknown. */
  vix: number | null;
  /** `low_vol`, `normal`, `elevated`, `panic`. */
  skew_regime: string;
  /** Planes, ascending. */
  dtes_available: Array<number>;
  /** Date of each plane. */
  expirations: Record<string, string>;
  /** Tiles of each plane. */
  dte_tile_counts: Record<string, number>;
  /** At-the-money volatility of each plane, 1.00 = 100 % a year. */
  atm_iv: Record<string, number>;
  /** Widths of the columns, points. */
  widths: Array<number>;
  /** The tiles. */
  tiles: Record<TileKey, Tile>;
};

/** What one side of a tile costs, points. */
export type Side = {
  /** Theoretical, smooth. */
  debit: number;
  /** `width - debit`. */
  max_profit: number;
  /** `debit`. */
  max_loss: number;
  /** From the midpoints of the quotes; `None`: a leg has none. */
  market_debit: number | null;
  /** Against the next higher strike, percent. */
  change_pct: number;
} | {
  /** Theoretical, smooth. */
  mid: number;
  /** Midpoint of the quote; `None`: there is none. */
  market_mid: number | null;
  /** Against the next higher strike, percent. */
  change_pct: number;
};

/** Kind of structure. The order is that of the wings: one leg, two, three. */
export type Strategy = 'single' | 'vertical' | 'butterfly';

/** One structure. A side that lacks a leg is absent. */
export type Tile = {
  /** Underlying. */
  symbol: string;
  /** Kind of structure. */
  strategy: Strategy;
  /** Calendar days to expiration. */
  dte: number;
  /** Expiration date, `YYYY-MM-DD`. */
  expiration: string;
  /** The middle strike, or the one that is bought. */
  strike: number;
  /** Distance of the strikes, points; 0 for a single. */
  width: number;
  /** Made of calls. */
  call?: Side;
  /** Made of puts. */
  put?: Side;
};

/** `strategy:dte:width:strike`, as text and as a JSON key. */
export type TileKey = string;
