/** A line made of straight pieces, from 0 upwards: what is left of options at their expiration. */

export interface PiecewiseLine {
  /** Ascending, the first is 0. */
  xs: number[];
  ys: number[];
  /** Beyond the last corner. */
  slope: number;
}

/** A straight option leg: `quantity` is signed and includes the multiplier. */
export interface Corner {
  right: 'call' | 'put';
  strike: number;
  quantity: number;
}

const LEAST_SLOPE = 1e-6;

/** What `corners` are worth at their expiration, less `cost`. */
export function payoffLine(corners: readonly Corner[], cost: number): PiecewiseLine {
  const xs = [...new Set([0, ...corners.map(({ strike }) => strike)])].toSorted((a, b) => a - b);
  const ys = xs.map((x) => payoffAt(corners, cost, x));
  return { xs, ys, slope: slopeOf(corners) };
}

/** Dollars per point above all strikes. What rounding leaves of nothing is nothing. */
export function slopeOf(corners: readonly Pick<Corner, 'right' | 'quantity'>[]): number {
  const slope = corners.reduce((sum, { right, quantity }) => sum + (right === 'call' ? quantity : 0), 0);
  return Math.abs(slope) < LEAST_SLOPE ? 0 : slope;
}

function payoffAt(corners: readonly Corner[], cost: number, x: number): number {
  let sum = -cost;
  for (const { right, strike, quantity } of corners) sum += quantity * Math.max(0, right === 'call' ? x - strike : strike - x);
  return sum;
}

/** Where the line is zero, ascending and exact; a piece that lies on zero gives its ends. */
export function zerosOf({ xs, ys, slope }: PiecewiseLine): number[] {
  const zeros: number[] = [];
  const add = (x: number) => {
    if (zeros.at(-1) !== x && x > 0) zeros.push(x);
  };
  for (let n = 0; n < xs.length; n++) {
    const [x = 0, y = 0, nextX, nextY] = [xs[n], ys[n], xs[n + 1], ys[n + 1]];
    const touches = y === 0 && !isFlat(ys[n - 1], nextY, slope);
    if (touches) add(x);
    if (nextX !== undefined && nextY !== undefined && y * nextY < 0) add(x + ((nextX - x) * y) / (y - nextY));
  }
  const [lastX = 0, lastY = 0] = [xs.at(-1), ys.at(-1)];
  if (slope !== 0 && lastY !== 0 && Math.sign(slope) !== Math.sign(lastY)) add(lastX - lastY / slope);
  return zeros;
}

/** Whether zero goes on to both sides of a corner, so that nothing begins or ends there. */
function isFlat(before: number | undefined, after: number | undefined, slope: number): boolean {
  return (before ?? 0) === 0 && (after ?? slope) === 0;
}

/** Highest and lowest value from 0 to any price; null where there is no limit. */
export function extremesOf({ ys, slope }: PiecewiseLine): { max: number | null; min: number | null } {
  return { max: slope > 0 ? null : Math.max(...ys), min: slope < 0 ? null : Math.min(...ys) };
}
