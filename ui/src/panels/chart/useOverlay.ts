import { type ISeriesApi, LineStyle } from 'lightweight-charts';
import { type RefObject, useEffect, useRef } from 'react';
import type { Level } from '../../kit/gamma';
import type { Theme } from '../../kit/prefs';
import { type Colours, coloursNow } from './colours';
import { OverlayLayer } from './OverlayLayer';
import type { Overlay } from './overlays';

const LEVEL_LOOKS: Record<Level['kind'], { colour: keyof Colours; style: LineStyle }> = {
  callWall: { colour: 'up', style: LineStyle.Dashed },
  putWall: { colour: 'down', style: LineStyle.Dashed },
  zeroGamma: { colour: 'accent', style: LineStyle.Solid },
  flip: { colour: 'accent', style: LineStyle.Dotted },
};

/** Keeps the layer below the bars and the level lines as `overlay` says. */
export function useOverlay(series: RefObject<ISeriesApi<'Candlestick'> | null>, overlay: Overlay, theme: Theme) {
  const layer = useRef<{ of: ISeriesApi<'Candlestick'>; layer: OverlayLayer }>(null);
  useEffect(() => {
    if (!series.current) return;
    if (layer.current?.of !== series.current) {
      layer.current = { of: series.current, layer: new OverlayLayer() };
      series.current.attachPrimitive(layer.current.layer);
    }
    layer.current.layer.show(overlay);
  }, [series, overlay]);
  useEffect(() => layer.current?.layer.recolour(), [theme]);

  const levels = JSON.stringify(overlay.levels);
  useEffect(() => {
    const held = series.current;
    if (!held) return;
    const colours = coloursNow();
    const labelled = new Set<number>();
    const lines = (JSON.parse(levels) as Level[]).map(({ kind, price }) => {
      const { colour, style } = LEVEL_LOOKS[kind];
      const isLabelled = !labelled.has(price);
      labelled.add(price);
      return held.createPriceLine({
        price, color: colours[colour], lineWidth: 1, lineStyle: style, axisLabelVisible: isLabelled,
        axisLabelColor: colours.lineStrong, axisLabelTextColor: colours.text,
      });
    });
    const isGone = () => series.current !== held;
    return () => {
      // The lines are gone already when the chart itself was removed.
      if (!isGone()) for (const line of lines) held.removePriceLine(line);
    };
  }, [series, levels, theme]);
}
