export const ROW_PX = 24;
const SPARE_ROWS = 6;

/** Index of the line that shows the price among the rows: after every strike above it. */
export function spotIndex(descending: number[], spot: number): number {
  const below = descending.findIndex((strike) => strike <= spot);
  return below < 0 ? descending.length : below;
}

/** Row of a strike: the line of the price takes one. */
export function rowOf(index: number, spotRow: number): number {
  return index < spotRow ? index : index + 1;
}

/** First and one past the last of the `count` rows that are in view, with some to spare. */
export function inView(scrollTop: number, height: number, count: number): { from: number; to: number } {
  const from = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
  return { from, to: Math.min(count, Math.ceil((scrollTop + height) / ROW_PX) + SPARE_ROWS) };
}

/** Where to scroll so that `row` is in the middle. */
export function centred(row: number, height: number): number {
  return Math.max(0, (row + 0.5) * ROW_PX - height / 2);
}

/** Where to scroll so that `row` can be seen; `scrollTop` itself when it can. */
export function revealed(row: number, scrollTop: number, height: number): number {
  const top = row * ROW_PX;
  if (top < scrollTop) return top;
  return top + ROW_PX > scrollTop + height ? top + ROW_PX - height : scrollTop;
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
