import type { Spot } from '../wire';

const FIRST = ['I:SPX', 'I:NDX', 'I:VIX'];
const TYPES: Spot['type'][] = ['index', 'etf', 'stock'];

/** Indices, then ETFs, then stocks, each by name; the main indices first. */
export function inOrder(spots: Spot[]): Spot[] {
  return spots.toSorted((a, b) => rank(a) - rank(b) || a.symbol.localeCompare(b.symbol));
}

function rank({ symbol, type }: Spot): number {
  const place = FIRST.indexOf(symbol);
  return place >= 0 ? place : FIRST.length + TYPES.indexOf(type);
}
