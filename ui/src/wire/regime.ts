// Generated from crates/wire/src/regime by `make types`: change the Rust types, not this file.
import type { EpochSec } from './time';

/** [`bias_lfi`]. Calls count positive, puts negative; gamma in shares per point. */
export type BiasLfi = {
  /** When it was published. */
  ts: EpochSec;
  /** `ts` as text. */
  ts_iso: string;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** Underlying. */
  symbol: string;
  /** Its price. */
  spot: number;
  /** -100 to 100. */
  directional_strength: number;
  /** 0 to 100: above 50 moves are absorbed, below they accelerate. */
  lfi_score: number;
  /** 0 to 100. */
  market_mode_score: number;
  /** Call wall. */
  max_call_gex_strike: number | null;
  /** Put wall. */
  max_put_gex_strike: number | null;
  /** Strike with the largest net gamma. */
  max_net_gex_strike: number | null;
  /** Calls. */
  total_call_gex: number;
  /** Puts, negative. */
  total_put_gex: number;
  /** Sum of both. */
  total_net_gex: number;
  /** The nearer strike flip. */
  gex_flip_level: number | null;
  /** Strike flip above spot. */
  flip_above: number | null;
  /** Strike flip below spot. */
  flip_below: number | null;
  /** Root of total dollar gamma nearest to spot. */
  zero_gamma: number | null;
  /** What nearness to a flip took from the strength. */
  proximity_bias_adj: number;
  /** What nearness to a flip took from the score. */
  proximity_lfi_adj: number;
  /** `|spot - gex_flip_level|`, points. */
  distance_to_flip: number | null;
  /** Lowest and highest strike that counted. */
  strike_range: [number, number] | null;
};

/** One standard deviation, points. */
export type ExpectedMove = {
  /** To the end of the day. */
  dte0: number;
  /** To the end of the next day. */
  dte1: number;
};

/** [`market_mode`]. */
export type MarketMode = {
  /** When it was published. */
  ts: EpochSec;
  /** `ts` as text. */
  ts_iso: string;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** Underlying. */
  symbol: string;
  /** 0 to 100. */
  score: number;
  /** Class of the score. */
  mode: ModeKind;
  /** What the score is made of, 0 to 100 each. */
  components: ModeParts;
};

/** Class of a [`MarketMode`]. */
export type ModeKind = 'compression' | 'transition' | 'expansion';

/** Parts of a [`MarketMode`]. */
export type ModeParts = {
  /** Place relative to the flip. */
  flip: number;
  /** Size of net gamma. */
  gex: number;
  /** The LFI score. */
  lfi: number;
  /** Gamma near the price. */
  concentration: number;
};

/** Class of a [`VixRegime`]. */
export type VixKind = 'zombieland' | 'goldilocks_1' | 'goldilocks_2' | 'chaos';

/** [`VIX_REGIME`]. */
export type VixRegime = {
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
  /** VIX, points. */
  vix: number | null;
  /** How much fear is priced; `null` while the VIX is unknown. */
  regime: VixKind | null;
  /** `compression`, `goldilocks_i`, `goldilocks_ii`, `elevated`, `chaos`. */
  market_state: string | null;
  /** `low_vol`, `normal`, `elevated`, `panic`. */
  skew_regime: string;
  /** By underlying. */
  expected_move: Record<string, ExpectedMove>;
  /** True when the VIX is stale. */
  stale: boolean;
};
