import type { Strategy, Tile, TileSide } from '../wire';

/** Numbers of one tile: call, then put, each its theory, market and change; NaN is unknown. */
const FIELDS = 6;
const OF_SIDE = { call: 0, put: 3 } as const;

export type Side = keyof typeof OF_SIDE;

/** A tile's place on its plane. */
export interface TilePlace {
  width: number;
  strike: number;
}

/** What a plane is made of: it can be handed from one thread to another. */
export interface PlaneColumns {
  symbol: string;
  strategy: Strategy;
  dte: number;
  expiration: string;
  /** Descending. */
  strikes: number[];
  /** Ascending. */
  widths: number[];
  /** `FIELDS` for each width of each strike. */
  numbers: Float64Array;
}

/** The tiles of one strategy and one expiration. It never changes: `patched` makes the next one. */
export class Plane {
  private counted = -1;

  constructor(readonly columns: PlaneColumns) {}

  get strikes(): number[] {
    return this.columns.strikes;
  }

  /** How many tiles there are. */
  get size(): number {
    if (this.counted < 0) this.counted = countOf(this.columns);
    return this.counted;
  }

  /** Points; null when the side does not exist, or has no price of that kind. */
  value(strike: number, width: number, side: Side, price: 'theory' | 'market'): number | null {
    return this.number(strike, width, OF_SIDE[side] + (price === 'market' ? 1 : 0));
  }

  /** Percent against the next higher strike, as the server tells it; null when the side does not exist. */
  change(strike: number, width: number, side: Side): number | null {
    return this.number(strike, width, OF_SIDE[side] + 2);
  }

  has(place: string): boolean {
    return this.get(place) !== undefined;
  }

  /** The tile at `width:strike`. */
  get(place: string): Tile | undefined {
    const [width = NaN, strike = NaN] = place.split(':').map(Number);
    return this.at(strike, width);
  }

  at(strike: number, width: number): Tile | undefined {
    const start = startOf(this.columns, strike, width);
    if (start < 0) return undefined;
    const { symbol, strategy, dte, expiration } = this.columns;
    const call = this.sideAt(start + OF_SIDE.call, width);
    const put = this.sideAt(start + OF_SIDE.put, width);
    if (!call && !put) return undefined;
    return { symbol, strategy, dte, expiration, strike, width, ...(call && { call }), ...(put && { put }) };
  }

  *values(): Generator<Tile> {
    for (const strike of this.columns.strikes) {
      for (const width of this.columns.widths) {
        const tile = this.at(strike, width);
        if (tile) yield tile;
      }
    }
  }

  private number(strike: number, width: number, field: number): number | null {
    const start = startOf(this.columns, strike, width);
    return start < 0 ? null : orNull(this.columns.numbers[start + field]);
  }

  private sideAt(start: number, width: number): TileSide | undefined {
    const { numbers, strategy } = this.columns;
    const theory = orNull(numbers[start]);
    if (theory === null) return undefined;
    const market = orNull(numbers[start + 1]);
    const change_pct = numbers[start + 2] ?? 0;
    if (strategy === 'single') return { mid: theory, market_mid: market, change_pct };
    return { debit: theory, max_profit: rounded(width - theory), max_loss: theory, market_debit: market, change_pct };
  }
}

/** The plane after `tiles` were put on it and what lay at `removed` was taken away; null when nothing is left. */
export function patched(held: Plane | undefined, tiles: Tile[], removed: TilePlace[]): Plane | null {
  const laid = laidOut(held?.columns, tiles);
  if (!laid) return null;
  for (const tile of tiles) write(laid, tile);
  for (const { strike, width } of removed) {
    const start = startOf(laid, strike, width);
    if (start >= 0) laid.numbers.fill(NaN, start, start + FIELDS);
  }
  const columns = removed.length > 0 ? withoutGaps(laid) : laid;
  return columns.strikes.length > 0 ? new Plane(columns) : null;
}

/** A copy with room for every one of `tiles`; its axes are the held ones where these have it already. */
function laidOut(held: PlaneColumns | undefined, tiles: Tile[]): PlaneColumns | null {
  const first = tiles[0];
  if (!held && !first) return null;
  const known: Pick<PlaneColumns, 'strikes' | 'widths'> = held ?? { strikes: [], widths: [] };
  const missing = tiles.some(({ strike, width }) => rowOf(known.strikes, strike) < 0 || !known.widths.includes(width));
  if (held && !missing) return { ...held, ...(first && { expiration: first.expiration }), numbers: held.numbers.slice() };
  const strikes = [...new Set([...known.strikes, ...tiles.map(({ strike }) => strike)])].toSorted((a, b) => b - a);
  const widths = [...new Set([...known.widths, ...tiles.map(({ width }) => width)])].toSorted((a, b) => a - b);
  const { symbol, strategy, dte, expiration } = (first ?? held) as Pick<PlaneColumns, 'symbol' | 'strategy' | 'dte' | 'expiration'>;
  return copied(held, { symbol, strategy, dte, expiration, strikes, widths, numbers: new Float64Array(strikes.length * widths.length * FIELDS).fill(NaN) });
}

function copied(from: PlaneColumns | undefined, to: PlaneColumns): PlaneColumns {
  for (const strike of from?.strikes ?? []) {
    for (const width of from?.widths ?? []) {
      const [source, target] = [from ? startOf(from, strike, width) : -1, startOf(to, strike, width)];
      if (from && source >= 0 && target >= 0) to.numbers.set(from.numbers.subarray(source, source + FIELDS), target);
    }
  }
  return to;
}

function write(columns: PlaneColumns, { strike, width, call, put }: Tile) {
  const start = startOf(columns, strike, width);
  writeSide(columns.numbers, start + OF_SIDE.call, call);
  writeSide(columns.numbers, start + OF_SIDE.put, put);
}

function writeSide(numbers: Float64Array, start: number, side: TileSide | undefined) {
  if (!side) {
    numbers.fill(NaN, start, start + 3);
    return;
  }
  const isSpread = 'debit' in side;
  numbers[start] = isSpread ? side.debit : side.mid;
  numbers[start + 1] = (isSpread ? side.market_debit : side.market_mid) ?? NaN;
  numbers[start + 2] = side.change_pct ?? 0;
}

/** The same without strikes that have no tile left. */
function withoutGaps(columns: PlaneColumns): PlaneColumns {
  const { strikes, widths } = columns;
  const isKept = (strike: number) => widths.some((width) => isTile(columns.numbers, startOf(columns, strike, width)));
  const kept = strikes.filter(isKept);
  if (kept.length === strikes.length) return columns;
  return copied(columns, { ...columns, strikes: kept, numbers: new Float64Array(kept.length * widths.length * FIELDS).fill(NaN) });
}

function startOf({ strikes, widths }: Pick<PlaneColumns, 'strikes' | 'widths'>, strike: number, width: number): number {
  const [row, column] = [rowOf(strikes, strike), widths.indexOf(width)];
  return row < 0 || column < 0 ? -1 : (row * widths.length + column) * FIELDS;
}

/** Index of `strike` among descending ones; -1 when it is not there. */
export function rowOf(descending: number[], strike: number): number {
  let [low, high] = [0, descending.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = descending[middle] ?? NaN;
    if (found === strike) return middle;
    if (found > strike) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function countOf({ numbers }: PlaneColumns): number {
  let count = 0;
  for (let start = 0; start < numbers.length; start += FIELDS) count += isTile(numbers, start) ? 1 : 0;
  return count;
}

function isTile(numbers: Float64Array, start: number): boolean {
  return !Number.isNaN(numbers[start + OF_SIDE.call]) || !Number.isNaN(numbers[start + OF_SIDE.put]);
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** As published: four decimals. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
