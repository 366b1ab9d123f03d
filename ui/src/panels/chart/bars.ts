import { etDay } from '../../kit/format';
import type { Candle } from '../../wire';

const USUAL_BAR_PX = 8;

/** Bars to show at first on `width` pixels. */
export function usualBars(width: number): number {
  return Math.max(24, Math.floor(width / USUAL_BAR_PX));
}

/** Room for the gamma bars to the right of `count` bars. */
export function roomBars(count: number): number {
  return Math.max(4, Math.round(count * 0.16));
}

/** The bars to draw anew when `next` is `drawn` with a changed or longer end; null when all must be drawn. */
export function changedTail(drawn: Candle[], next: Candle[]): Candle[] | null {
  const lastDrawn = drawn.length - 1;
  if (lastDrawn < 0 || next.length < drawn.length) return null;
  for (let n = 0; n < lastDrawn; n++) if (!isSame(drawn[n], next[n])) return null;
  if (drawn[lastDrawn]?.t !== next[lastDrawn]?.t) return null;
  return next.slice(isSame(drawn[lastDrawn], next[lastDrawn]) ? lastDrawn + 1 : lastDrawn);
}

function isSame(a: Candle | undefined, b: Candle | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.t === b.t && a.o === b.o && a.h === b.h && a.l === b.l && a.c === b.c);
}

/** Index of the first bar of the newest New York day. */
export function firstOfDay(bars: Candle[]): number {
  const day = etDay(bars.at(-1)?.t);
  return Math.max(0, bars.findIndex((bar) => etDay(bar.t) === day));
}

/** The range widened or narrowed by `factor`, its right end kept. */
export function zoomed({ from, to }: { from: number; to: number }, factor: number): { from: number; to: number } {
  return { from: to - Math.max(8, (to - from) * factor), to };
}

interface PriceSpan {
  priceRange: { minValue: number; maxValue: number } | null;
}

/** The span of prices to show, with `mark` in it; unchanged without one. */
export function widened<T extends PriceSpan>(natural: T | null, mark: number | null): T | null {
  if (natural === null || natural.priceRange === null || mark === null) return natural;
  const { minValue, maxValue } = natural.priceRange;
  return { ...natural, priceRange: { minValue: Math.min(minValue, mark), maxValue: Math.max(maxValue, mark) } };
}

export interface Summary {
  last: number;
  high: number;
  low: number;
  fromTs: number;
  toTs: number;
}

/** What the bars say in five numbers; null without bars. */
export function summarise(bars: Candle[]): Summary | null {
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return null;
  const high = Math.max(...bars.map((bar) => bar.h));
  const low = Math.min(...bars.map((bar) => bar.l));
  return { last: last.c, high, low, fromTs: first.t, toTs: last.t };
}
