/**
 * Written by hand: frames that the gateway puts together as text, out of what producers wrote as text.
 */
import type { ByStrike } from './gex';
import type { Spot, Tick as LoggedTick } from './market';
import type { EpochSec } from './time';

/** Says that there is a new profile. */
export interface ProfilePointer {
  symbol: string;
  version: string;
  ts: EpochSec;
}

export interface Ping {
  ts: EpochSec;
}

/** What is sent before a stream ends because its tier is no longer admitted. */
export interface TierBlocked {
  tier: string;
  message: string;
}

/** The spots that changed, by symbol. */
export type SpotMap = Record<string, Spot>;

/** Newest event of one symbol. */
export interface Tick extends LoggedTick {
  symbol: string;
}

/** Gamma by strike of one underlying; a side that is not known is null. */
export interface Gex {
  symbol: string;
  calls: ByStrike | null;
  puts: ByStrike | null;
}
