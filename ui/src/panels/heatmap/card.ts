import type { Heat } from '../../kit/prefs';
import { legsOfTile } from '../../kit/risk/legs';
import { extremesOf, payoffLine, zerosOf } from '../../kit/risk/payoff';
import type { Side } from '../../live/plane';
import type { Tile } from '../../wire';

/** What a tile is about, points for one unit. */
export interface CardFacts {
  theory: number | null;
  market: number | null;
  /** The one that profit and loss go by. */
  cost: number | null;
  /** Null without a limit; undefined when the cost is not known. */
  maxProfit: number | null | undefined;
  maxLoss: number | null;
  rewardToRisk: number | null;
  /** Ascending. */
  breakEvens: number[];
  /** From the price to the strike. */
  distance: number;
  /** The same in expected moves. */
  moves: number | null;
}

/** Numbers of a tile's side. Profit, loss and break-evens go by the chosen price, by theory where the market has none. */
export function factsOf(tile: Tile, side: Side, spot: number, move: number | null, price: Heat['price']): CardFacts {
  const of = tile[side];
  const theory = of ? ('debit' in of ? of.debit : of.mid) : null;
  const market = of ? ('debit' in of ? of.market_debit : of.market_mid) : null;
  const cost = (price === 'market' ? market : null) ?? theory;
  const distance = tile.strike - spot;
  const shared = { theory, market, cost, distance, moves: move === null || move === 0 ? null : distance / move };
  if (cost === null) return { ...shared, maxProfit: undefined, maxLoss: null, rewardToRisk: null, breakEvens: [] };
  const line = payoffLine(legsOfTile(tile, side), cost);
  const { max, min } = extremesOf(line);
  return {
    ...shared,
    maxProfit: max === null ? null : rounded(max),
    maxLoss: min === null ? null : rounded(-min),
    rewardToRisk: max === null || min === null || min >= 0 ? null : rounded(max / -min),
    breakEvens: zerosOf(line).map(rounded),
  };
}

/** Index options are priced in steps of this, others by the cent. */
const INDEX_STEP = 0.05;

/** The price of a limit order: the nearest that can be asked for, never nothing. */
export function limitOf(symbol: string, cost: number | null): number | null {
  if (cost === null) return null;
  const step = symbol.startsWith('I:') ? INDEX_STEP : 0.01;
  return Math.max(step, Math.round(cost / step) * step);
}

/** Sums of strikes leave dust behind, which would be seen at half a cent. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
