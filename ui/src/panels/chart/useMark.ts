import { type AutoscaleInfo, type ISeriesApi, LineStyle } from 'lightweight-charts';
import { type RefObject, useEffect, useRef } from 'react';
import type { Theme } from '../../kit/prefs';
import { coloursNow } from './colours';
import { widened } from './bars';

/** Draws a line at `mark` and keeps that price in view; null draws none. */
export function useMark(series: RefObject<ISeriesApi<'Candlestick'> | null>, mark: number | null, theme: Theme) {
  const marked = useRef(mark);
  useEffect(() => {
    const held = series.current;
    marked.current = mark;
    if (!held) return;
    held.applyOptions({ autoscaleInfoProvider: (natural: () => AutoscaleInfo | null) => widened(natural(), marked.current) });
    if (mark === null) return;
    // Whoever asks for a price wants to see it, even after the scale was moved by hand.
    held.priceScale().applyOptions({ autoScale: true });
    const colours = coloursNow();
    const line = held.createPriceLine({
      price: mark, color: colours.accent, lineWidth: 2, lineStyle: LineStyle.Solid, axisLabelVisible: true, axisLabelColor: colours.accent, axisLabelTextColor: colours.surface,
    });
    const isGone = () => series.current !== held;
    return () => {
      // The line is gone already when the chart itself was removed.
      if (!isGone()) held.removePriceLine(line);
    };
  }, [series, mark, theme]);
}
