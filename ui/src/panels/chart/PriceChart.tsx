import {
  CandlestickSeries, ColorType, createChart, CrosshairMode, type IChartApi, type IPriceLine, type ISeriesApi, LineStyle, type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { etDay, etMinute, etOffsetSec, price } from '../../kit/format';
import type { Theme } from '../../kit/prefs';
import { words } from '../../kit/words';
import type { Candle } from '../../wire';
import { changedTail, firstOfDay, roomBars, usualBars, zoomed } from './bars';
import { type Colours, coloursNow } from './colours';
import type { Overlay } from './overlays';
import css from './PriceChart.module.css';
import { useMark } from './useMark';
import { useOverlay } from './useOverlay';

/** What the toolbar and the keys may ask of the chart. */
export interface ChartHandle {
  fit: () => void;
  today: () => void;
  /** Shows the newest bars at the usual width. */
  reset: () => void;
  zoom: (factor: number) => void;
  /** Brings bar `index` into view and puts the crosshair on it. */
  point: (index: number) => void;
}

export interface PriceChartProps {
  bars: Candle[];
  prevClose: number | null;
  theme: Theme;
  overlay: Overlay;
  /** A price to be kept in view; null is none. */
  mark: number | null;
  /** Index of the bar under the pointer, or null. */
  onPoint: (index: number | null) => void;
  handle: Ref<ChartHandle>;
}

/** The canvas. Times are shifted by New York's offset, since the library draws days in UTC only. */
export default function PriceChart({ bars, prevClose, theme, overlay, mark, onPoint, handle }: PriceChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi>(null);
  const series = useRef<ISeriesApi<'Candlestick'>>(null);
  const drawn = useRef<Candle[]>([]);
  /** Whether a frame has shown what was asked for: before, the chart tells of a view that nobody chose. */
  const isShown = useRef(false);

  useEffect(() => {
    if (!box.current) return;
    const made = createChart(box.current, OPTIONS);
    chart.current = made;
    series.current = made.addSeries(CandlestickSeries, { priceFormat: { type: 'custom', formatter: price, minMove: 0.01 }, borderVisible: false });
    drawn.current = [];
    isShown.current = false;
    made.subscribeCrosshairMove(({ logical, point }) => {
      const index = point && logical !== undefined && drawn.current[logical] ? logical : null;
      onPoint(index);
    });
    return () => {
      chart.current = series.current = null;
      made.remove();
    };
  }, [onPoint]);

  useEffect(() => {
    const colours = coloursNow();
    chart.current?.applyOptions(chartColours(colours));
    series.current?.applyOptions({ upColor: colours.up, wickUpColor: colours.up, downColor: colours.down, wickDownColor: colours.down });
  }, [theme]);

  useEffect(() => {
    const tail = changedTail(drawn.current, bars);
    const before = drawn.current.length;
    drawn.current = bars;
    if (tail) {
      for (const bar of tail) series.current?.update(toPoint(bar));
      return;
    }
    const scale = chart.current?.timeScale();
    const range = scale?.getVisibleLogicalRange();
    series.current?.setData(bars.map(toPoint));
    if (!chart.current || bars.length === 0) return;
    // Older bars that come in later move every index: the view moves along.
    const added = bars.length - before;
    if (before === 0 || !isShown.current || !range) {
      showNewest(chart.current, bars.length);
      requestAnimationFrame(() => {
        isShown.current = true;
      });
    } else if (added !== 0) scale?.setVisibleLogicalRange({ from: range.from + added, to: range.to + added });
  }, [bars]);

  useEffect(() => {
    if (prevClose === null || !series.current) return;
    const held = series.current;
    const line: IPriceLine = held.createPriceLine({
      price: prevClose, color: coloursNow().text3, lineWidth: 1, lineStyle: LineStyle.SparseDotted, axisLabelVisible: true, axisLabelColor: coloursNow().lineStrong, axisLabelTextColor: coloursNow().text, title: words.chart.prevClose,
    });
    return () => {
      // The line is gone already when the chart itself was removed.
      if (series.current === held) held.removePriceLine(line);
    };
  }, [prevClose, theme]);

  useOverlay(series, overlay, theme);
  useMark(series, mark, theme);

  useImperativeHandle(handle, () => ({
    fit: () => chart.current?.timeScale().fitContent(),
    today: () => {
      const from = firstOfDay(drawn.current);
      chart.current?.timeScale().setVisibleLogicalRange({ from: from - 1, to: drawn.current.length + roomBars(drawn.current.length - from) });
    },
    reset: () => chart.current && showNewest(chart.current, drawn.current.length),
    zoom: (factor) => {
      const range = chart.current?.timeScale().getVisibleLogicalRange();
      if (range) chart.current?.timeScale().setVisibleLogicalRange(zoomed(range, factor));
    },
    point: (index) => {
      const bar = drawn.current[index];
      const scale = chart.current?.timeScale();
      const range = scale?.getVisibleLogicalRange();
      if (!bar || !scale || !range || !series.current) return;
      const shift = index < range.from ? index - range.from - 2 : Math.max(0, index - range.to + 4);
      if (shift !== 0) scale.setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
      chart.current?.setCrosshairPosition(bar.c, toPoint(bar).time, series.current);
      onPoint(index);
    },
  }), [onPoint]);

  return <div ref={box} className={css.canvas} />;
}

function showNewest(chart: IChartApi, count: number) {
  const scale = chart.timeScale();
  const usual = usualBars(scale.width());
  scale.setVisibleLogicalRange({ from: count - usual, to: count + roomBars(usual) });
}

function toPoint({ t, o, h, l, c }: Candle) {
  return { time: (t + etOffsetSec(t)) as UTCTimestamp, open: o, high: h, low: l, close: c };
}

/** The market's time of a shifted one. */
function toMarket(time: Time): number {
  const shifted = time as number;
  return shifted - etOffsetSec(shifted - etOffsetSec(shifted));
}

const OPTIONS = {
  autoSize: true,
  layout: { background: { type: ColorType.Solid, color: 'transparent' }, fontFamily: "'Inter', system-ui, sans-serif", fontSize: 11, attributionLogo: false },
  crosshair: { mode: CrosshairMode.MagnetOHLC },
  rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.12, bottom: 0.08 } },
  timeScale: {
    borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 4, minBarSpacing: 1.5, maxBarSpacing: 28,
    tickMarkFormatter: (time: Time, kind: number) => (kind < 3 ? etDay(toMarket(time)) : etMinute(toMarket(time))),
  },
  localization: { timeFormatter: (time: Time) => `${etDay(toMarket(time))}  ${etMinute(toMarket(time))} ET` },
} as const;

function chartColours({ text3, grid, lineStrong }: Colours) {
  return {
    layout: { textColor: text3 },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: {
      vertLine: { color: text3, labelBackgroundColor: lineStrong, style: LineStyle.Dotted },
      horzLine: { color: text3, labelBackgroundColor: lineStrong, style: LineStyle.Dotted },
    },
  };
}
