import { describe, expect, test } from 'vitest';
import { candlesOf, clockOf, spotOf } from '../test/samples';
import type { FramesOf } from './frames';
import { nextTrace, NO_PRICES, type Prices, reducePrices } from './prices';

type Frame = FramesOf<'prices'>;

const after = (frames: Frame[], prices: Prices = NO_PRICES) => frames.reduce(reducePrices, prices);
const spot = (value: number, ts: number): Frame => ({ event: 'spot', data: { 'I:SPX': spotOf('I:SPX', { value, ts, market_ts: ts }) } });

describe('prices', () => {
  test('a frame changes only the symbols it names', () => {
    const prices = after([
      { event: 'spot', data: { 'I:SPX': spotOf('I:SPX', { value: 1 }), SPY: spotOf('SPY', { value: 2 }) } },
      { event: 'spot', data: { SPY: spotOf('SPY', { value: 3 }) } },
    ]);
    expect(prices.spots['I:SPX']?.value).toBe(1);
    expect(prices.spots['SPY']?.value).toBe(3);
  });

  test('an older price never replaces a newer one', () => {
    expect(after([spot(10, 500), spot(9, 499.9)]).spots['I:SPX']?.value).toBe(10);
  });

  test('the newest bar follows spot and ticks, and server bars keep the newest price', () => {
    const bars: Frame = { event: 'candles', data: candlesOf('I:SPX', [{ t: 300, o: 10, h: 12, l: 9, c: 11 }]) };
    const last = (prices: Prices) => prices.books['I:SPX']?.bars['5m'].at(-1);
    const prices = after([bars, spot(13, 400)]);
    expect(last(prices)).toEqual({ t: 300, o: 10, h: 13, l: 9, c: 13 });
    const ticked = after([{ event: 'tick', data: { symbol: 'I:SPX', ev: 'V', p: 8, t: 401_000 } }], prices);
    expect(last(ticked)).toEqual({ t: 300, o: 10, h: 13, l: 8, c: 8 });
    expect(last(after([bars], prices))?.c).toBe(13);
  });

  test.each<[string, Frame]>([
    ['a quote', { event: 'tick', data: { symbol: 'I:SPX', ev: 'Q', b: 1, a: 2, t: 401_000 } }],
    ['a late trade', { event: 'tick', data: { symbol: 'I:SPX', ev: 'T', p: 8, t: 401_000, late: 1 } }],
    ['a symbol without bars', { event: 'tick', data: { symbol: 'SPY', ev: 'T', p: 8, t: 401_000 } }],
  ])('%s moves no bar', (_name, frame) => {
    const prices = after([{ event: 'candles', data: candlesOf('I:SPX', [{ t: 300, o: 10, h: 12, l: 9, c: 11 }]) }]);
    expect(reducePrices(prices, frame)).toBe(prices);
  });

  test('a trace keeps one price a second and a bounded length', () => {
    const trace = Array.from({ length: 1000 }, (_, n) => n).reduce<ReturnType<typeof nextTrace> | undefined>(
      (held, n) => nextTrace(held, n, n * 0.25), undefined);
    expect(trace?.values.at(-1)).toBe(999);
    expect(trace?.values.length).toBe(180);
  });
});

test('the clock is replaced', () => {
  expect(after([{ event: 'clock', data: clockOf({ speed: 7 }) }]).clock?.speed).toBe(7);
});
