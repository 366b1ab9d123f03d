import { type Level, strikesOf } from '../../kit/gamma';
import type { Range } from '../../kit/risk/grid';
import type { Gex, Structures, VolumeProfile } from '../../wire';

/** Gamma of one strike, shares per point: calls less puts. */
export interface NetGamma {
  strike: number;
  net: number;
}

/** What is drawn behind the lines. */
export interface Backdrop {
  gamma: NetGamma[];
  profile: VolumeProfile | null;
  structures: Structures | null;
  levels: Level[];
}

/** Net gamma of the strikes in view of one expiration or of all (`null`), ascending. */
export function netGamma(gex: Gex | undefined, expiration: string | null, [low, high]: Range): NetGamma[] {
  return strikesOf(gex, expiration).filter(({ strike }) => strike >= low && strike <= high).map(({ strike, call, put }) => ({ strike, net: call - put }));
}

export interface VolumeStep {
  price: number;
  /** 0 to 1 of the largest in view. */
  share: number;
}

const STEPS_MAX = 160;

/** Volume by price in view, ascending, neighbours added up where there are too many. */
export function volumeSteps(profile: VolumeProfile | null, [low, high]: Range): { steps: VolumeStep[]; size: number } {
  if (!profile || !(profile.step > 0)) return { steps: [], size: 0 };
  const size = profile.step * Math.max(1, Math.ceil((high - low) / profile.step / STEPS_MAX));
  const sums = new Map<number, number>();
  for (const { price, volume } of profile.levels) {
    if (price < low || price > high) continue;
    const at = Math.round(price / size) * size;
    sums.set(at, (sums.get(at) ?? 0) + volume);
  }
  const largest = Math.max(...sums.values(), 0);
  const steps = largest === 0 ? [] : [...sums].map(([price, volume]) => ({ price, share: volume / largest }));
  return { steps: steps.toSorted((a, b) => a.price - b.price), size };
}
