import type { Candle, Candles } from '../wire';

export const TIMEFRAMES = ['5m', '10m', '15m', '1h'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

export const BUCKET_SEC: Record<Timeframe, number> = { '5m': 300, '10m': 600, '15m': 900, '1h': 3600 };

/** The bars of one symbol, each list ascending by `t`. */
export interface CandleBook {
  ts: number;
  bars: Record<Timeframe, Candle[]>;
}

/** Takes a frame or an answer into the book; `held` undefined means the first one. */
export function mergeBook(held: CandleBook | undefined, incoming: Candles): CandleBook {
  const merged = (frame: Timeframe) =>
    mergeCandles(held?.bars[frame] ?? [], incoming[`candles_${frame}`] ?? [], incoming.partial === true);
  return {
    ts: Math.max(incoming.ts, held?.ts ?? 0),
    bars: { '5m': merged('5m'), '10m': merged('10m'), '15m': merged('15m'), '1h': merged('1h') },
  };
}

/**
 * Joins bars by bucket; the incoming ones win. A complete list also replaces what lies between its first and last
 * bar, so that a bucket which the server no longer knows disappears; bars outside that span stay, since a stream's
 * snapshot is shorter than the history and an answer may be older than the stream.
 */
export function mergeCandles(held: Candle[], incoming: Candle[], isPartial: boolean): Candle[] {
  const first = incoming[0];
  const last = incoming.at(-1);
  if (!first || !last) return held;
  if (held.length === 0) return incoming;
  if (!isPartial) return [...held.filter((bar) => bar.t < first.t), ...incoming, ...held.filter((bar) => bar.t > last.t)];
  const byBucket = new Map(held.map((bar) => [bar.t, bar]));
  for (const bar of incoming) byBucket.set(bar.t, bar);
  return [...byBucket.values()].toSorted((a, b) => a.t - b.t);
}

/** Carries a price into every timeframe of the book. */
export function extendBook(book: CandleBook, price: number, marketTs: number): CandleBook {
  const extended = (frame: Timeframe) => extendLast(book.bars[frame], BUCKET_SEC[frame], price, marketTs);
  return { ...book, bars: { '5m': extended('5m'), '10m': extended('10m'), '15m': extended('15m'), '1h': extended('1h') } };
}

/**
 * Carries a price of market time `marketTs` into the newest bar, or opens the next one. A price of an earlier bucket
 * changes nothing: that bar is the server's. An empty list stays empty, for the same reason.
 */
export function extendLast(bars: Candle[], sizeSec: number, price: number, marketTs: number): Candle[] {
  const last = bars.at(-1);
  const bucket = Math.floor(marketTs / sizeSec) * sizeSec;
  if (!last || bucket < last.t) return bars;
  if (bucket > last.t) return [...bars, { t: bucket, o: price, h: price, l: price, c: price }];
  if (last.c === price) return bars;
  const grown = { ...last, h: Math.max(last.h, price), l: Math.min(last.l, price), c: price };
  return [...bars.slice(0, -1), grown];
}
