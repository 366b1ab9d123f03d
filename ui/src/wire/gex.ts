// Generated from crates/wire/src/gex by `make types`: change the Rust types, not this file.
import type { Points } from './points';
import type { EpochSec } from './time';

/** [`calls`] and [`puts`]. */
export type ByStrike = {
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** Underlying. */
  symbol: string;
  /** `shares`: shares per point of spot. */
  unit: string;
  /** Price of the underlying. */
  spot: number;
  /** Expiration date → strike → gamma x open interest x multiplier. */
  expirations: Record<string, Record<Points, number>>;
};

/** One expiration of a [`Summary`]. */
export type Expiration = {
  /** `YYYY-MM-DD`. */
  date: string;
  /** Calendar days from the trading date. */
  dte: number;
  /** Call gamma. */
  call: number;
  /** Put gamma, without sign. */
  put: number;
  /** Calls less puts. */
  net: number;
  /** Open interest of calls, contracts. */
  call_oi: number;
  /** Open interest of puts, contracts. */
  put_oi: number;
  /** Strike with the largest call gamma. */
  call_wall: number | null;
  /** Strike with the largest put gamma. */
  put_wall: number | null;
  /** Strike at which the open contracts are worth least. */
  max_pain: number | null;
};

/** [`GEX`]. */
export type Gex = {
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** By underlying. */
  symbols: Record<string, Summary>;
};

/** Which way dealers hedge at this price. */
export type Regime = 'positive' | 'negative' | 'neutral';

/** Midpoints between neighbouring strikes whose net gamma differs in sign. */
export type StrikeFlip = {
  /** The lowest above spot. */
  above: number | null;
  /** The highest below spot. */
  below: number | null;
  /** The nearer of the two. */
  nearest: number | null;
};

/** Totals and levels of one underlying, over all loaded expirations. */
export type Summary = {
  /** Price of the underlying. */
  spot: number;
  /** `shares`: shares per point of spot. */
  unit: string;
  /** Calls. */
  total_call: number;
  /** Puts, without sign. */
  total_put: number;
  /** Calls less puts. */
  total_net: number;
  /** `total_net` in dollars for a move of 1 %. */
  net_usd_per_pct: number;
  /** Strike with the largest call gamma. */
  call_wall: number | null;
  /** Strike with the largest put gamma. */
  put_wall: number | null;
  /** Strike with the largest net gamma. */
  max_net_strike: number | null;
  /** Strike with the smallest net gamma. */
  min_net_strike: number | null;
  /** The root nearest to spot of total dollar gamma as a function of spot. */
  zero_gamma: number | null;
  /** All of them, ascending. */
  zero_gamma_roots: Array<number>;
  /** Where net gamma changes its sign from strike to strike. */
  strike_flip: StrikeFlip;
  /** Which way dealers hedge. */
  regime: Regime;
  /** Contracts with open interest, gamma and time. */
  contracts_used: number;
  /** The others. */
  contracts_skipped: number;
  /** Ascending by date. */
  by_expiration: Array<Expiration>;
  /** Ten strikes with the largest net gamma by size: strike, call, put, net. */
  top: Array<[number, number, number, number]>;
};
