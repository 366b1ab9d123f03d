import type { Leg, Right } from '../../api/positions';
import { type HeatmapBook, planeOf } from '../../live/heatmap';
import type { Strategy } from '../../wire';
import { merged, recognise, unitsOf } from './legs';

export type PriceKind = 'theory' | 'market';

/** Where a price comes from: a tile of the same structure, or the single legs. */
export interface Quote {
  value: number;
  source: 'tile' | 'legs';
}

/** Days to expiration of `date` in the chain; null when it is not listed. */
export function dteOf(book: HeatmapBook, date: string): number | null {
  const found = Object.entries(book.expirations).find(([, each]) => each === date);
  return found ? Number(found[0]) : null;
}

/** Volatility at the money by expiration date. */
export function ivsOf(book: HeatmapBook | undefined): Record<string, number> {
  const ivs: Record<string, number> = {};
  for (const [dte, date] of Object.entries(book?.expirations ?? {})) {
    const iv = book?.atm_iv[dte];
    if (iv !== undefined) ivs[date] = iv;
  }
  return ivs;
}

/** What one unit of `legs` costs by the heatmap, points, negative for a credit; null without a price for it. */
export function quoteOf(book: HeatmapBook | undefined, legs: readonly Leg[], kind: PriceKind): Quote | null {
  if (!book) return null;
  const value = tileValue(book, legs, kind);
  if (value !== null) return { value, source: 'tile' };
  const sum = sumOfLegs(book, legs, kind);
  return sum === null ? null : { value: sum, source: 'legs' };
}

/** The value of the tile that is the same structure: strategy, expiration, width, strike. */
export function tileValue(book: HeatmapBook, legs: readonly Leg[], kind: PriceKind): number | null {
  const { type, direction, right, strike, width } = recognise(legs);
  const date = legs[0]?.expiration;
  if ((type !== 'single' && type !== 'vertical' && type !== 'butterfly') || right === 'both' || date === undefined) return null;
  const value = sideValue(book, type, date, width ?? 0, strike, right, kind);
  return value === null ? null : direction === 'long' ? value : -value;
}

function sumOfLegs(book: HeatmapBook, legs: readonly Leg[], kind: PriceKind): number | null {
  const all = merged(legs);
  const units = unitsOf(all);
  let sum = 0;
  for (const { expiration, strike, right, quantity } of all) {
    const value = sideValue(book, 'single', expiration, 0, strike, right, kind);
    if (value === null) return null;
    sum += (quantity / units) * value;
  }
  return sum;
}

function sideValue(book: HeatmapBook, strategy: Strategy, date: string, width: number, strike: number, right: Right, kind: PriceKind): number | null {
  const dte = dteOf(book, date);
  return dte === null ? null : planeOf(book, strategy, dte).value(strike, width, right, kind);
}

/** Smallest distance of the strikes of an expiration that are listed; `fallback` without any. */
export function strikeStep(book: HeatmapBook | undefined, date: string, fallback: number): number {
  const dte = book ? dteOf(book, date) : null;
  const { strikes } = planeOf(book, 'single', dte ?? -1);
  let step = Infinity;
  for (let n = 1; n < strikes.length; n++) step = Math.min(step, Math.abs((strikes[n] ?? 0) - (strikes[n - 1] ?? 0)));
  return Number.isFinite(step) && step > 0 ? step : fallback;
}
