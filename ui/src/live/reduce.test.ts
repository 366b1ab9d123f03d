import { describe, expect, test } from 'vitest';
import { alertOf, candlesOf, clockOf, serviceOf, spotOf } from '../test/samples';
import type { Alert } from '../wire';
import { alertId, type Frame, nextTrace, prepend, reduce } from './reduce';
import { EMPTY, type Live } from './state';

const after = (frames: Frame[], live: Live = EMPTY) => frames.reduce(reduce, live);
const spot = (value: number, ts: number): Frame => ({ event: 'spot', data: { 'I:SPX': spotOf('I:SPX', { value, ts, market_ts: ts }) } });

describe('prices', () => {
  test('a frame changes only the symbols it names', () => {
    const live = after([
      { event: 'spot', data: { 'I:SPX': spotOf('I:SPX', { value: 1 }), SPY: spotOf('SPY', { value: 2 }) } },
      { event: 'spot', data: { SPY: spotOf('SPY', { value: 3 }) } },
    ]);
    expect(live.spots['I:SPX']?.value).toBe(1);
    expect(live.spots['SPY']?.value).toBe(3);
  });

  test('an older price never replaces a newer one', () => {
    expect(after([spot(10, 500), spot(9, 499.9)]).spots['I:SPX']?.value).toBe(10);
  });

  test('the newest bar follows spot and ticks, and server bars keep the newest price', () => {
    const bars: Frame = { event: 'candles', data: candlesOf('I:SPX', [{ t: 300, o: 10, h: 12, l: 9, c: 11 }]) };
    const last = (live: Live) => live.books['I:SPX']?.bars['5m'].at(-1);
    const live = after([bars, spot(13, 400)]);
    expect(last(live)).toEqual({ t: 300, o: 10, h: 13, l: 9, c: 13 });
    const ticked = after([{ event: 'tick', data: { symbol: 'I:SPX', ev: 'V', p: 8, t: 401_000 } }], live);
    expect(last(ticked)).toEqual({ t: 300, o: 10, h: 13, l: 8, c: 8 });
    expect(last(after([bars], live))?.c).toBe(13);
  });

  test.each<[string, Frame]>([
    ['a quote', { event: 'tick', data: { symbol: 'I:SPX', ev: 'Q', b: 1, a: 2, t: 401_000 } }],
    ['a late trade', { event: 'tick', data: { symbol: 'I:SPX', ev: 'T', p: 8, t: 401_000, late: 1 } }],
    ['a symbol without bars', { event: 'tick', data: { symbol: 'SPY', ev: 'T', p: 8, t: 401_000 } }],
  ])('%s moves no bar', (_name, frame) => {
    const live = after([{ event: 'candles', data: candlesOf('I:SPX', [{ t: 300, o: 10, h: 12, l: 9, c: 11 }]) }]);
    expect(reduce(live, frame)).toBe(live);
  });

  test('a trace keeps one price a second and a bounded length', () => {
    const trace = Array.from({ length: 1000 }, (_, n) => n).reduce<ReturnType<typeof nextTrace> | undefined>(
      (held, n) => nextTrace(held, n, n * 0.25), undefined);
    expect(trace?.values.at(-1)).toBe(999);
    expect(trace?.values.length).toBe(180);
  });
});

describe('fleet', () => {
  const frame = (ts: number, age: number | null, last: Alert | null = null): Frame => ({
    event: 'fleet', data: { ts, services: [serviceOf('massive', { hb_age_sec: age, last_alert: last })] },
  });

  test('a beat is counted when the beat itself is newer, not when its age is rounded', () => {
    const count = (frames: Frame[]) => after(frames).pulses['massive']?.count;
    expect(count([frame(100, 1)])).toBe(0);
    expect(count([frame(100, 1), frame(101, 1.9)])).toBe(0);
    expect(count([frame(100, 1), frame(104, 0.2)])).toBe(1);
    expect(count([frame(100, 1), frame(101, null)])).toBe(0);
  });

  test('alerts are kept once, newest first, whether streamed or reported as a service\'s last', () => {
    const miss = alertOf({ type: 'heartbeat_miss', ts: 200 });
    const ok = alertOf({ type: 'heartbeat_ok', ts: 210 });
    const live = after([{ event: 'fleet_alert', data: miss }, frame(205, 1, miss), frame(211, 1, ok), { event: 'fleet_alert', data: ok }]);
    expect(live.alerts).toEqual([ok, miss]);
  });

  test('a list is bounded and unchanged by repeats', () => {
    const many = Array.from({ length: 600 }, (_, n) => alertOf({ ts: n }));
    const held = prepend([], many, alertId);
    expect(held).toHaveLength(500);
    expect(held[0]?.ts).toBe(599);
    expect(prepend(held, [alertOf({ ts: 599 })], alertId)).toBe(held);
  });
});

test('the clock is replaced', () => {
  expect(after([{ event: 'clock', data: clockOf({ speed: 7 }) }]).clock?.speed).toBe(7);
});
