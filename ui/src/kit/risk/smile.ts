/** How volatility depends on the strike, by the mood of the market. */

export const REGIMES = ['low_vol', 'normal', 'elevated', 'panic', 'event', 'squeeze', 'opex'] as const;
export type Regime = (typeof REGIMES)[number];

export interface Skew {
  put: number;
  call: number;
  /** A bump at the money. */
  bump: number;
}

export const SKEWS: Record<Regime, Skew> = {
  low_vol: { put: 0.1, call: 0.02, bump: 0 },
  normal: { put: 0.15, call: 0.03, bump: 0 },
  elevated: { put: 0.3, call: 0.05, bump: 0 },
  panic: { put: 0.5, call: 0.08, bump: 0.05 },
  event: { put: 0.12, call: 0.12, bump: 0.08 },
  squeeze: { put: 0.1, call: 0.4, bump: 0.1 },
  opex: { put: 0.08, call: 0.08, bump: -0.03 },
};

export const NO_SKEW: Skew = { put: 0, call: 0, bump: 0 };

/** The regime that a VIX stands for; the others are chosen by hand only. */
export function regimeOf(vix: number): Regime {
  if (vix <= 14) return 'low_vol';
  if (vix <= 18) return 'normal';
  return vix <= 30 ? 'elevated' : 'panic';
}

/** Volatility of `strike` while the price is `spot`. */
export function volAt(base: number, skew: Skew, strike: number, spot: number): number {
  const k = (strike - spot) / spot;
  const side = k < 0 ? skew.put : skew.call;
  return base * (1 + 10 * side * Math.abs(k) + skew.bump * Math.exp(-50 * k * k));
}

/** Base volatility: what the chain implies at the money where that is sane, else what the VIX says. */
export function baseVol(atmIv: number | undefined, vix: number): number {
  if (atmIv !== undefined && atmIv >= 0.01 && atmIv <= 5) return atmIv;
  return Math.max(vix, 5) / 100;
}
