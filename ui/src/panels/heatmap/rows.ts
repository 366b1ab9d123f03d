export const ROW_PX = 24;
/** A compressed row is still seen as a line of colour. */
export const LEAST_ROW_PX = 2;
const SPARE_PX = 6 * ROW_PX;

/** Index of the line that shows the price among the rows: after every strike above it. */
export function spotIndex(descending: number[], spot: number): number {
  const below = descending.findIndex((strike) => strike <= spot);
  return below < 0 ? descending.length : below;
}

/** Row of a strike: the line of the price takes one. */
export function rowOf(index: number, spotRow: number): number {
  return index < spotRow ? index : index + 1;
}

/** Where each of the rows begins, and last where they end. */
export function topsOf(heights: number[]): number[] {
  const tops = [0];
  let end = 0;
  for (const height of heights) tops.push((end += height));
  return tops;
}

/** First and one past the last of the rows that are in view, with some to spare. */
export function inView(tops: number[], scrollTop: number, height: number): { from: number; to: number } {
  const count = tops.length - 1;
  const from = rowAt(tops, scrollTop - SPARE_PX);
  return { from, to: Math.min(count, rowAt(tops, scrollTop + height + SPARE_PX - 1) + 1) };
}

/** The row at `y`; the first or last one beyond the ends. */
function rowAt(tops: number[], y: number): number {
  let [low, high] = [0, Math.max(0, tops.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] ?? Infinity) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where to scroll so that `row` is in the middle. */
export function centred(tops: number[], row: number, height: number): number {
  return Math.max(0, ((tops[row] ?? 0) + (tops[row + 1] ?? 0)) / 2 - height / 2);
}

/** Where to scroll so that `row` can be seen; `scrollTop` itself when it can. */
export function revealed(tops: number[], row: number, scrollTop: number, height: number): number {
  const [top = 0, end = 0] = [tops[row], tops[row + 1]];
  if (top < scrollTop) return top;
  return end > scrollTop + height ? end - height : scrollTop;
}

/** A tile by the number of its strike and of its width. */
export interface Place {
  strike: number;
  column: number;
}

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0],
};

/** The place a key leads to; null when the key moves nothing. */
export function moved(from: Place, key: string, strikes: number, columns: number): Place | null {
  const move = MOVES[key];
  if (!move) return null;
  return { strike: within(from.strike + move[0], strikes), column: within(from.column + move[1], columns) };
}

function within(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
