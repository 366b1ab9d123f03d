import { describe, expect, test } from 'vitest';
import type { Candle } from '../wire';
import { extendBook, extendLast, mergeBook, mergeCandles } from './candles';

const bar = (t: number, o: number, h = o, l = o, c = o): Candle => ({ t, o, h, l, c });

describe('mergeCandles', () => {
  test.each<[string, Candle[], Candle[], boolean, Candle[]]>([
    ['the first list is taken', [], [bar(0, 1)], false, [bar(0, 1)]],
    ['an empty list changes nothing', [bar(0, 1)], [], false, [bar(0, 1)]],
    ['a changed bucket replaces', [bar(0, 1), bar(300, 2)], [bar(300, 3)], true, [bar(0, 1), bar(300, 3)]],
    ['a new bucket is appended', [bar(0, 1)], [bar(300, 2)], true, [bar(0, 1), bar(300, 2)]],
    ['a late bucket finds its place', [bar(0, 1), bar(600, 3)], [bar(300, 2)], true, [bar(0, 1), bar(300, 2), bar(600, 3)]],
    ['a shorter snapshot keeps history', [bar(0, 1), bar(300, 2)], [bar(300, 5), bar(600, 6)], false, [bar(0, 1), bar(300, 5), bar(600, 6)]],
    ['a full list removes what is gone', [bar(0, 1), bar(300, 2), bar(600, 3)], [bar(0, 1), bar(600, 4)], false, [bar(0, 1), bar(600, 4)]],
    ['an older answer keeps the stream\'s newer bar', [bar(300, 2), bar(600, 3)], [bar(0, 1), bar(300, 2)], false, [bar(0, 1), bar(300, 2), bar(600, 3)]],
  ])('%s', (_name, held, incoming, isPartial, expected) => {
    expect(mergeCandles(held, incoming, isPartial)).toEqual(expected);
  });
});

describe('extendLast', () => {
  const bars = [bar(0, 10), bar(300, 10, 12, 9, 11)];
  test.each<[string, number, number, Candle[]]>([
    ['a price inside moves the close', 11.5, 400, [bar(0, 10), bar(300, 10, 12, 9, 11.5)]],
    ['a new high', 13, 599.9, [bar(0, 10), bar(300, 10, 13, 9, 13)]],
    ['a new low', 8, 300, [bar(0, 10), bar(300, 10, 12, 8, 8)]],
    ['the next bucket opens a bar', 14, 600, [...bars, bar(600, 14)]],
    ['a bucket after a pause opens where the market is', 14, 1505, [...bars, bar(1500, 14)]],
    ['an earlier bucket is the server\'s', 99, 299, bars],
  ])('%s', (_name, price, marketTs, expected) => {
    expect(extendLast(bars, 300, price, marketTs)).toEqual(expected);
  });

  test('nothing is invented without bars', () => {
    expect(extendLast([], 300, 10, 400)).toEqual([]);
  });

  test('an unchanged price keeps the list itself, so that nothing is drawn', () => {
    expect(extendLast(bars, 300, 11, 400)).toBe(bars);
  });
});

test('a book merges and extends each timeframe by its own buckets', () => {
  const lists = { candles_5m: [bar(3300, 1)], candles_10m: [bar(3000, 1)], candles_15m: [bar(2700, 1)], candles_1h: [bar(0, 1)] };
  const book = mergeBook(undefined, { symbol: 'I:SPX', spot: 1, ts: 50, ...lists });
  const { bars } = extendBook(book, 2, 3599);
  expect(bars['5m'].map((b) => b.t)).toEqual([3300]);
  expect(bars['1h']).toEqual([bar(0, 1, 2, 1, 2)]);
  const later = extendBook(book, 2, 3600).bars;
  expect([later['5m'], later['10m'], later['15m'], later['1h']].map((list) => list.at(-1)?.t)).toEqual([3600, 3600, 3600, 3600]);
});
