import type { Heat } from '../../kit/prefs';
import type { Plane, Side } from '../../live/plane';
import { rowOf } from '../../live/plane';
import type { Strategy, Tile } from '../../wire';

/** Times the threshold at which red is brightest. */
export const BRIGHTEST = 2.5;
/** What would be printed as 0.00 is no price. */
const LEAST = 0.005;
const TRADING_DAYS = 252;

/** Widths of the columns; a single has none. */
export function columnsOf(strategy: Strategy, widths: number[]): number[] {
  return strategy === 'single' ? [0] : widths;
}

/** With `both`: calls above the price, puts at or below it. */
export function sideAt(choice: Heat['side'], strike: number, spot: number): Side {
  if (choice !== 'both') return choice;
  return strike > spot ? 'call' : 'put';
}

/** What a side costs, points; null when it is unknown, or nothing to the cent. */
export function costAt(plane: Plane, strike: number, width: number, side: Side, price: Heat['price']): number | null {
  const cost = plane.value(strike, width, side, price);
  return cost !== null && cost >= LEAST ? cost : null;
}

/**
 * Percent against the next higher strike with a value in the same column; 0 without one. Of theory the server tells it;
 * of the market it is counted here.
 */
export function changeAt(plane: Plane, strike: number, width: number, side: Side, price: Heat['price']): number {
  if (price === 'theory') return plane.change(strike, width, side) ?? 0;
  const here = costAt(plane, strike, width, side, price);
  if (here === null) return 0;
  for (let row = rowOf(plane.strikes, strike) - 1; row >= 0; row--) {
    const above = costAt(plane, plane.strikes[row] ?? NaN, width, side, price);
    if (above !== null) return (100 * Math.abs(here - above)) / above;
  }
  return 0;
}

/** What can be won for each point at risk; null for a single, whose gain has no such limit. */
export function rewardToRisk(cost: number | null, width: number): number | null {
  return cost === null || width === 0 ? null : (width - cost) / cost;
}

export interface Shade {
  isHot: boolean;
  /** 0 is neutral, 1 the strongest. */
  amount: number;
}

/** Blue fading to neutral below the threshold, neutral to bright red above it. */
export function shadeOf(changePct: number, threshold: number): Shade {
  const isHot = changePct >= threshold;
  const amount = isHot ? Math.min(1, (changePct / threshold - 1) / (BRIGHTEST - 1)) : 1 - changePct / threshold;
  return { isHot, amount: Math.round(amount * 50) / 50 };
}

export interface Cell {
  side: Side;
  cost: number | null;
  changePct: number;
  /** What the chosen mode shows. */
  shown: number | null;
}

export function cellAt(plane: Plane, strike: number, width: number, side: Side, { price, mode }: Pick<Heat, 'price' | 'mode'>): Cell {
  const cost = costAt(plane, strike, width, side, price);
  const changePct = cost === null ? 0 : changeAt(plane, strike, width, side, price);
  const shown = mode === 'debit' ? cost : mode === 'r2r' ? rewardToRisk(cost, width) : cost === null ? null : changePct;
  return { side, cost, changePct, shown };
}

/** Strikes of a tile's legs, in the order they are spoken of. */
export function legsOf({ strategy, strike, width }: Pick<Tile, 'strategy' | 'strike' | 'width'>, side: Side): number[] {
  if (strategy === 'single') return [strike];
  if (strategy === 'vertical') return [strike, side === 'call' ? strike + width : strike - width];
  return [strike - width, strike, strike + width];
}

/** One standard deviation to the end of day `dte`, points; null without a VIX. */
export function expectedMove(spot: number, vix: number | null, dte: number): number | null {
  return vix === null ? null : (spot * vix * Math.sqrt(Math.max(1, dte) / TRADING_DAYS)) / 100;
}

/** Whether `strike` is the one nearest to `spot` plus or minus `move`. */
export function isAtMove(strike: number, spot: number, move: number | null, step: number): boolean {
  if (move === null) return false;
  return [spot + move, spot - move].some((edge) => strike - edge < step / 2 && edge - strike <= step / 2);
}

/** The smallest distance of neighbours; 0 below two. */
export function stepOf(descending: number[]): number {
  const gaps = descending.slice(1).map((strike, n) => (descending[n] ?? strike) - strike);
  return gaps.length > 0 ? Math.min(...gaps) : 0;
}

/** Number of the strike that is nearest to `price`; -1 without any. */
export function nearestTo(descending: number[], price: number): number {
  let best = -1;
  descending.forEach((strike, n) => {
    if (best < 0 || Math.abs(strike - price) < Math.abs((descending[best] ?? 0) - price)) best = n;
  });
  return best;
}
