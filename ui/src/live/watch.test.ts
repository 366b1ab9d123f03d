import { describe, expect, test } from 'vitest';
import { alertOf, serviceOf } from '../test/samples';
import type { Alert } from '../wire';
import type { FramesOf } from './frames';
import { alertId, NO_WATCH, prepend, reduceWatch } from './watch';

type Frame = FramesOf<'watch'>;

const after = (frames: Frame[]) => frames.reduce(reduceWatch, NO_WATCH);

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
    const watch = after([{ event: 'fleet_alert', data: miss }, frame(205, 1, miss), frame(211, 1, ok), { event: 'fleet_alert', data: ok }]);
    expect(watch.alerts).toEqual([ok, miss]);
  });

  test('a list is bounded and unchanged by repeats', () => {
    const many = Array.from({ length: 600 }, (_, n) => alertOf({ ts: n }));
    const held = prepend([], many, alertId);
    expect(held).toHaveLength(500);
    expect(held[0]?.ts).toBe(599);
    expect(prepend(held, [alertOf({ ts: 599 })], alertId)).toBe(held);
  });
});
