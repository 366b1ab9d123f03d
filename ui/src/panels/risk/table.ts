import { type Range, valueAt } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import { ticks } from './scale';

export interface TableRow {
  price: number;
  expiry: number;
  today: number;
}

const ROWS = 24;

/** The graph as numbers: round prices in view, every strike, every break-even, and the price itself; ascending. */
export function tableRows({ xs, expiry, today, strikes, spotThen, total }: RiskPicture, view: Range): TableRow[] {
  const isIn = (price: number) => price >= view[0] && price <= view[1];
  const prices = new Set([...ticks(view, ROWS), ...[...strikes, ...total.breakEvens, spotThen].filter(isIn)]);
  return [...prices].toSorted((a, b) => a - b).map((price) => ({ price, expiry: valueAt(xs, expiry, price), today: valueAt(xs, today, price) }));
}

/** All points of the graph as comma separated values. */
export function csvOf({ xs, expiry, today }: RiskPicture, isWhatIf: boolean): string {
  const lines = Array.from(xs, (price, n) => [price, expiry[n] ?? 0, today[n] ?? 0].map((value) => (Math.round(value * 100) / 100).toFixed(2)).join(','));
  return [`price,expiry_pnl,${isWhatIf ? 'what_if_pnl' : 'pnl_now'}`, ...lines, ''].join('\r\n');
}
