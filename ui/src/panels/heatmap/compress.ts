import type { Heat } from '../../kit/prefs';
import type { Plane } from '../../live/plane';
import { LEAST_ROW_PX, ROW_PX } from './rows';
import { cellAt, sideAt } from './tiles';

export interface Compression {
  plane: Plane;
  columns: number[];
  spot: number;
  /** One expected move, points; null when it is not known: nothing shrinks. */
  move: number | null;
  heat: Heat;
  /** Keeps its height: somebody is looking at it. */
  openStrike: number | null;
}

/** Height of each strike's row: those within one expected move shrink when nothing on them is outlined. */
export function heightsOf({ plane, columns, spot, move, heat, openStrike }: Compression): number[] {
  const { strikes } = plane;
  if (heat.compression === 0 || move === null) return strikes.map(() => ROW_PX);
  const small = Math.round(ROW_PX - ((ROW_PX - LEAST_ROW_PX) * heat.compression) / 100);
  return strikes.map((strike) => {
    if (Math.abs(strike - spot) > move || strike === openStrike) return ROW_PX;
    const side = sideAt(heat.side, strike, spot);
    const isOutlined = columns.some((width) => {
      const { cost, changePct } = cellAt(plane, strike, width, side, heat);
      return cost !== null && changePct >= heat.zone;
    });
    return isOutlined ? ROW_PX : small;
  });
}
