import type { Candles, Clock, SpotMap, Tick } from '../wire';
import { type CandleBook, extendBook, mergeBook } from './candles';
import type { FrameOf } from './frames';

/** What the stream carries of prices, by event name. */
export interface PriceTopics {
  spot: SpotMap;
  tick: Tick;
  clock: Clock;
  candles: Candles;
}

/** Prices of one symbol as they arrived, at most one a second, oldest first. */
export interface Trace {
  values: number[];
  lastTs: number;
}

/** The prices that the page holds, and the market's own time. */
export interface Prices {
  spots: SpotMap;
  traces: Record<string, Trace>;
  clock: Clock | null;
  books: Record<string, CandleBook>;
}

export const NO_PRICES: Prices = { spots: {}, traces: {}, clock: null, books: {} };

const TRACE_POINTS = 180;

/** The prices after one frame. */
export function reducePrices(prices: Prices, frame: FrameOf<PriceTopics>): Prices {
  switch (frame.event) {
    case 'spot':
      return takeSpots(prices, frame.data);
    case 'tick':
      return takeTick(prices, frame.data);
    case 'clock':
      return { ...prices, clock: frame.data };
    case 'candles':
      return takeCandles(prices, frame.data);
  }
}

function takeSpots(prices: Prices, changed: SpotMap): Prices {
  const spots = { ...prices.spots };
  const traces = { ...prices.traces };
  const books = { ...prices.books };
  for (const [symbol, spot] of Object.entries(changed)) {
    // While one stream replaces another both are read, and the older one may be behind.
    if (spot.ts < (spots[symbol]?.ts ?? 0)) continue;
    spots[symbol] = spot;
    traces[symbol] = nextTrace(traces[symbol], spot.value, spot.ts);
    const book = books[symbol];
    if (book) books[symbol] = extendBook(book, spot.value, spot.market_ts);
  }
  return { ...prices, spots, traces, books };
}

/** Adds a price to the trace; within the same second it replaces the last one. */
export function nextTrace(held: Trace | undefined, value: number, ts: number): Trace {
  if (!held) return { values: [value], lastTs: ts };
  if (ts - held.lastTs < 1) return { values: [...held.values.slice(0, -1), value], lastTs: held.lastTs };
  return { values: [...held.values.slice(1 - TRACE_POINTS), value], lastTs: ts };
}

function takeTick(prices: Prices, tick: Tick): Prices {
  const book = prices.books[tick.symbol];
  const isPrice = (tick.ev === 'V' || tick.ev === 'T') && !tick.late;
  if (!book || !isPrice || tick.p === undefined) return prices;
  return { ...prices, books: { ...prices.books, [tick.symbol]: extendBook(book, tick.p, tick.t / 1000) } };
}

/** Takes bars from the stream or from an answer; the newest price, which is younger than any bar, is carried in again. */
export function takeCandles(prices: Prices, candles: Candles): Prices {
  const merged = mergeBook(prices.books[candles.symbol], candles);
  const spot = prices.spots[candles.symbol];
  const book = spot ? extendBook(merged, spot.value, spot.market_ts) : merged;
  return { ...prices, books: { ...prices.books, [candles.symbol]: book } };
}

/** Stamp of the newest price of any symbol; null while there is none. */
export function newestSpotTs(spots: SpotMap): number | null {
  const stamps = Object.values(spots).map((spot) => spot.ts);
  return stamps.length > 0 ? Math.max(...stamps) : null;
}
