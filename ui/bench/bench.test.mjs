import { describe, expect, test } from 'vitest';
import { neededBy } from './sizes.mjs';
import { median, perSecond, quantile, slope } from './statistics.mjs';
import { busyUntil, framesOf, interactiveMs, longestOf, mainOf, splitOf } from './trace.mjs';

describe('statistics', () => {
  test('quantiles of a sample', () => {
    expect([quantile([4, 1, 3, 2, 5], 0), median([4, 1, 3, 2, 5]), quantile([4, 1, 3, 2, 5], 1)]).toEqual([1, 3, 5]);
    expect(median([])).toBeNaN();
  });

  test('stamps in each whole second; the rest of a second does not count', () => {
    expect(perSecond([1000, 1500, 1999, 2000, 3200, 900], 1000, 3500)).toEqual([3, 1]);
  });

  test('slope by least squares, worked by hand', () => {
    expect(slope([[0, 1], [1, 3], [2, 5]])).toBe(2);
    expect(slope([[0, 2], [1, 1], [2, 3]])).toBe(0.5);
    expect(slope([[3, 7]])).toBe(0);
  });
});

test('a page needs what it imports, not what it imports later', () => {
  const manifest = {
    'index.html': { file: 'index.js', imports: ['_shared.js'], dynamicImports: ['later.ts'], css: ['index.css'] },
    '_shared.js': { file: 'shared.js', imports: ['index.html'] },
    'later.ts': { file: 'later.js', css: ['later.css'] },
  };
  const { js, css } = neededBy(manifest, ['index.html', 'missing.ts']);
  expect([[...js], [...css]]).toEqual([['index.js', 'shared.js'], ['index.css']]);
});

describe('a trace', () => {
  const thread = { pid: 7, tid: 1 };
  const event = (name, atMs, ms, cpuMs = ms) => ({ ...thread, name, ph: 'X', ts: atMs * 1000, dur: ms * 1000, tdur: cpuMs * 1000 });
  const task = (atMs, ms, cpuMs) => event('ThreadControllerImpl::RunTask', atMs, ms, cpuMs);
  const named = (pid, tid, name) => ({ pid, tid, ph: 'M', name: 'thread_name', args: { name } });

  test('the main thread is the busiest of those that are one', () => {
    const events = [named(7, 1, 'CrRendererMain'), named(8, 1, 'CrRendererMain'), named(8, 2, 'Compositor'), task(0, 10), { ...task(0, 3), pid: 8 }, { ...task(0, 99), pid: 8, tid: 2 }];
    expect(mainOf(events)).toMatchObject({ pid: 7, tid: 1, busyMs: 10 });
  });

  test('each kind of work counts for itself', () => {
    const events = [task(0, 20), event('FireAnimationFrame', 1, 10), event('FunctionCall', 2, 6), event('UpdateLayoutTree', 3, 2), event('Paint', 12, 4), task(30, 5), event('MinorGC', 31, 1)];
    expect(splitOf(events, thread)).toEqual({ script: 8, gc: 1, style: 2, layout: 0, paint: 4, other: 10 });
  });

  test('the longest task on the wall and of the processor', () => {
    const tasks = [task(0, 30, 4), task(40, 12, 11)];
    expect(longestOf(tasks, thread)).toEqual({ wallMs: 30, cpuMs: 11 });
    expect([busyUntil(tasks, thread, 40), busyUntil(tasks, thread, 41)]).toEqual([4, 15]);
  });

  test('callbacks of one frame are one frame', () => {
    expect(framesOf([event('FireAnimationFrame', 0, 1), event('FireAnimationFrame', 1, 1), event('FireAnimationFrame', 17, 1)], thread)).toEqual([0, 17]);
  });

  test('the page is interactive when its last long task is over, and not before it is complete', () => {
    const events = [task(100, 80), task(300, 60), task(500, 40)];
    expect(interactiveMs(events, thread, 0, 250)).toBe(360);
    expect(interactiveMs(events, thread, 0, 420)).toBe(420);
    expect(interactiveMs(events, thread, 100, 700)).toBe(600);
  });
});
