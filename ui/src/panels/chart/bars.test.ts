import { expect, test } from 'vitest';
import type { Candle } from '../../wire';
import { changedTail, firstOfDay, summarise, usualBars, zoomed, widened } from './bars';

const bar = (t: number, c = 1): Candle => ({ t, o: 1, h: Math.max(1, c), l: Math.min(1, c), c });

test.each<[string, Candle[], Candle[], Candle[] | null]>([
  ['nothing was drawn', [], [bar(0)], null],
  ['nothing changed', [bar(0), bar(300)], [bar(0), bar(300)], []],
  ['the newest moved', [bar(0), bar(300)], [bar(0), bar(300, 2)], [bar(300, 2)]],
  ['one was added', [bar(0), bar(300)], [bar(0), bar(300), bar(600)], [bar(600)]],
  ['the newest moved and one was added', [bar(0), bar(300)], [bar(0), bar(300, 2), bar(600)], [bar(300, 2), bar(600)]],
  ['an older one was corrected', [bar(0), bar(300)], [bar(0, 2), bar(300)], null],
  ['history came in before', [bar(300)], [bar(0), bar(300)], null],
  ['another symbol', [bar(0), bar(300)], [bar(0)], null],
])('%s', (_name, drawn, next, tail) => {
  expect(changedTail(drawn, next)).toEqual(tail);
});

test('today starts with the first bar of the newest New York day', () => {
  const at = (iso: string) => bar(Date.parse(iso) / 1000);
  const bars = [at('2025-11-20T20:55:00Z'), at('2025-11-21T00:30:00Z'), at('2025-11-21T14:30:00Z'), at('2025-11-21T14:35:00Z')];
  expect(firstOfDay(bars)).toBe(2);
  expect(firstOfDay([])).toBe(0);
});

test('zoom keeps the right end and never goes below eight bars', () => {
  expect(zoomed({ from: 0, to: 100 }, 0.5)).toEqual({ from: 50, to: 100 });
  expect(zoomed({ from: 96, to: 100 }, 0.5)).toEqual({ from: 92, to: 100 });
});

test('a wide chart starts with more bars than a narrow one, and none with too few', () => {
  expect([960, 320, 0].map(usualBars)).toEqual([120, 40, 24]);
});

test('a summary names last, high, low and span', () => {
  expect(summarise([bar(0, 5), bar(300, -2), bar(600, 3)])).toEqual({ last: 3, high: 5, low: -2, fromTs: 0, toTs: 600 });
  expect(summarise([])).toBeNull();
});

test('the span of prices takes a marked price in, and is left alone without one', () => {
  const natural = { priceRange: { minValue: 6600, maxValue: 6650 }, margins: { above: 1, below: 1 } };
  expect(widened(natural, 6700)).toEqual({ ...natural, priceRange: { minValue: 6600, maxValue: 6700 } });
  expect(widened(natural, 6500)?.priceRange).toEqual({ minValue: 6500, maxValue: 6650 });
  expect([widened(natural, null), widened(null, 6600)]).toEqual([natural, null]);
});
