/** At which prices the graph is calculated. */

const STEPS = 250;
const VIEW_STEPS = 150;
const EDGE = 0.01;
const LEAST_DAYS = 7;
const TRADING_DAYS = 252;

export type Range = readonly [low: number, high: number];

export interface Reach {
  spot: number;
  strikes: readonly number[];
  vix: number;
  /** Of the latest expiration. */
  days: number;
}

/** All that can be looked at: prices and strikes with room for what the price may do. */
export function fullRange({ spot, strikes, vix, days }: Reach): Range {
  const low = Math.min(spot, ...strikes);
  const high = Math.max(spot, ...strikes);
  const span = strikes.length > 0 ? Math.max(...strikes) - Math.min(...strikes) : 0;
  const move = ((3 * spot * vix) / 100 / Math.sqrt(TRADING_DAYS)) * Math.sqrt(Math.max(days, LEAST_DAYS));
  const room = Math.max(move, 2 * span, 0.1 * spot);
  return [Math.max(0, low - room), high + room];
}

/** 250 equal steps over `full`, every strike with a cent to both sides, and the price; finer within `view`. Ascending. */
export function gridOf(full: Range, strikes: readonly number[], spot: number, view: Range | null = null): Float64Array {
  const [low, high] = full;
  const isNear = view !== null && view[1] - view[0] < (high - low) / 2;
  const xs = new Float64Array(STEPS + 1 + 3 * strikes.length + 1 + (isNear ? VIEW_STEPS + 1 : 0));
  let count = 0;
  for (let n = 0; n <= STEPS; n++) xs[count++] = low + ((high - low) * n) / STEPS;
  for (const strike of strikes) {
    xs[count++] = strike - EDGE;
    xs[count++] = strike;
    xs[count++] = strike + EDGE;
  }
  xs[count++] = spot;
  if (isNear) for (let n = 0; n <= VIEW_STEPS; n++) xs[count++] = view[0] + ((view[1] - view[0]) * n) / VIEW_STEPS;
  xs.sort();
  return withoutTwins(xs);
}

function withoutTwins(sorted: Float64Array): Float64Array {
  let count = 0;
  for (let n = 0; n < sorted.length; n++) {
    const x = sorted[n] ?? 0;
    if (x >= 0 && (count === 0 || x !== sorted[count - 1])) sorted[count++] = x;
  }
  return sorted.slice(0, count);
}

/** Zeros of a line drawn through points, by interpolation. */
export function crossings(xs: Float64Array, ys: Float64Array): number[] {
  const zeros: number[] = [];
  for (let n = 1; n < xs.length; n++) {
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [xs[n - 1], xs[n], ys[n - 1], ys[n]];
    if (y0 * y1 < 0) zeros.push(x0 + ((x1 - x0) * y0) / (y0 - y1));
    else if (y1 === 0 && y0 !== 0) zeros.push(x1);
  }
  return zeros;
}

/** Index of the last grid point that is not above `x`. */
export function indexAt(xs: Float64Array, x: number): number {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((xs[middle] ?? Infinity) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The value at `x` of a line drawn through points. */
export function valueAt(xs: Float64Array, ys: Float64Array, x: number): number {
  const n = Math.min(indexAt(xs, x), xs.length - 2);
  const [x0 = 0, x1 = 1, y0 = 0, y1 = 0] = [xs[n], xs[n + 1], ys[n], ys[n + 1]];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
