import { type KeyboardEvent, type RefObject, useCallback } from 'react';
import type { ChartHandle } from './PriceChart';

export interface ChartKeys {
  handle: RefObject<ChartHandle | null>;
  /** Bars there are. */
  count: number;
  /** The bar under the crosshair; null means none. */
  pointed: number | null;
  onFrame: () => void;
  onOverlays: () => void;
  /** Null while no price is marked. */
  onUnmark: (() => void) | null;
}

/** Arrows move the crosshair by a bar and zoom, Home and End jump, `f` fits, `t` takes the next timeframe, `o` opens the overlays, Escape removes the mark. */
export function useChartKeys({ handle, count, pointed, onFrame, onOverlays, onUnmark }: ChartKeys) {
  return useCallback(
    (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const chart = handle.current;
      const from = pointed ?? count - 1;
      const actions: Record<string, () => void> = {
        ArrowLeft: () => chart?.point(Math.max(0, from - 1)),
        ArrowRight: () => chart?.point(Math.min(count - 1, from + 1)),
        ArrowUp: () => chart?.zoom(0.8),
        ArrowDown: () => chart?.zoom(1.25),
        Home: () => chart?.point(0),
        End: () => chart?.reset(),
        f: () => chart?.fit(),
        t: onFrame,
        o: onOverlays,
        ...(onUnmark && { Escape: onUnmark }),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    },
    [handle, count, pointed, onFrame, onOverlays, onUnmark],
  );
}
