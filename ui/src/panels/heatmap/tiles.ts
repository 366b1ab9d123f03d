import type { Plane } from '../../live/heatmap';
import type { Heat } from '../../kit/prefs';
import type { Strategy, Tile, TileSide } from '../../wire';

/** Percent change at which a tile gets an outline. */
const ZONE_PCT = 45;
/** Times the threshold at which red is brightest. */
const BRIGHTEST = 2.5;
/** What would be printed as 0.00 is no price. */
const LEAST = 0.005;
const TRADING_DAYS = 252;

/** Strikes of a plane, descending. */
export function strikesOf(plane: Plane): number[] {
  const strikes = new Set<number>();
  for (const tile of plane.values()) strikes.add(tile.strike);
  return [...strikes].toSorted((a, b) => b - a);
}

/** Widths of the columns; a single has none. */
export function columnsOf(strategy: Strategy, widths: number[]): number[] {
  return strategy === 'single' ? [0] : widths;
}

/** With `both`: calls above the price, puts at or below it. */
export function sideAt(choice: Heat['side'], strike: number, spot: number): 'call' | 'put' {
  if (choice !== 'both') return choice;
  return strike > spot ? 'call' : 'put';
}

/** What a side costs, points; null when it is unknown, or nothing to the cent. */
export function costOf(side: TileSide | undefined, price: Heat['price']): number | null {
  if (!side) return null;
  const isSpread = 'debit' in side;
  const theory = isSpread ? side.debit : side.mid;
  const market = isSpread ? side.market_debit : side.market_mid;
  const cost = price === 'theory' ? theory : market;
  return cost !== null && cost >= LEAST ? cost : null;
}

export interface Shade {
  isHot: boolean;
  /** 0 is neutral, 1 the strongest. */
  amount: number;
  isInZone: boolean;
}

/** Blue fading to neutral below the threshold, neutral to bright red above it. */
export function shadeOf(changePct: number, threshold: number): Shade {
  const isHot = changePct >= threshold;
  const amount = isHot ? Math.min(1, (changePct / threshold - 1) / (BRIGHTEST - 1)) : 1 - changePct / threshold;
  return { isHot, amount: Math.round(amount * 50) / 50, isInZone: changePct >= ZONE_PCT };
}

export interface Cell {
  side: 'call' | 'put';
  cost: number | null;
  shade: Shade;
  tile: Tile | undefined;
}

export function cellAt(plane: Plane, strike: number, width: number, spot: number, heat: Heat): Cell {
  const tile = plane.get(`${width}:${strike}`);
  const side = sideAt(heat.side, strike, spot);
  return { side, tile, cost: costOf(tile?.[side], heat.price), shade: shadeOf(tile?.[side]?.change_pct ?? 0, heat.threshold) };
}

/** Strikes of a tile's legs, in the order they are spoken of. */
export function legsOf({ strategy, strike, width }: Pick<Tile, 'strategy' | 'strike' | 'width'>, side: 'call' | 'put'): number[] {
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
