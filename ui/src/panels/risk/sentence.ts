import { MINUS, price, strike } from '../../kit/format';
import { withDecimalsUpTo } from '../../kit/numbers';
import { indexAt } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import { riskWords } from './words';

/** The graph for those who cannot see it: where it wins, where it loses, and what it is worth now. */
export function sentenceOf(picture: RiskPicture, isWhatIf: boolean): string {
  const { sentence } = riskWords;
  if (picture.each.length === 0) return sentence.none;
  const edges = picture.total.breakEvens;
  const parts = [...edges, Infinity].map((high, n) => part(picture, edges[n - 1] ?? 0, high));
  const { pnl } = picture.total;
  const told = (isWhatIf ? sentence.whatIf : sentence.now)(`${pnl < 0 ? MINUS : '+'}${dollarsOf(pnl)}`, price(picture.spotThen));
  return `${sentence.start}${parts.join('; ')}. ${told}`;
}

function part(picture: RiskPicture, low: number, high: number): string {
  const { sentence } = riskWords;
  const { best, isEndless } = bestBetween(picture, low, high);
  const isProfit = best.value > 0;
  const amount = isEndless ? (isProfit ? sentence.endlessProfit : sentence.endlessLoss) : (isProfit ? sentence.profit : sentence.loss)(dollarsOf(best.value));
  const where =
    low === 0 && high === Infinity ? sentence.anywhere : low === 0 ? sentence.below(price(high)) : high === Infinity ? sentence.above(price(low)) : sentence.between(price(low), price(high));
  const peak = low > 0 && high !== Infinity ? `, ${sentence.most(strike(best.price))}` : '';
  return `${amount} ${where}${peak}`;
}

/** The point farthest from zero; the ends of an unlimited line have none. */
function bestBetween({ xs, expiry, total }: RiskPicture, low: number, high: number) {
  let best = { price: low, value: 0 };
  for (let n = low === 0 ? 0 : indexAt(xs, low); n < xs.length && (xs[n] ?? Infinity) <= high; n++) {
    const value = expiry[n] ?? 0;
    if ((xs[n] ?? 0) >= low && Math.abs(value) > Math.abs(best.value)) best = { price: xs[n] ?? 0, value };
  }
  const isEndless = high === Infinity && ((best.value > 0 && total.maxProfit === null) || (best.value < 0 && total.maxLoss === null));
  return { best, isEndless };
}

function dollarsOf(value: number): string {
  return `$${withDecimalsUpTo(Math.abs(Math.round(value)), 0)}`;
}
