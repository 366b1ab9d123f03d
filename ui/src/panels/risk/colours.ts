import type { CSSProperties } from 'react';
import { SERIES_COLOURS } from '../../kit/positions';

/** The colour of a position, as `--series`. */
export function seriesStyle(colour: number): CSSProperties {
  return { '--series': `var(--series-${(colour % SERIES_COLOURS) + 1})` } as CSSProperties;
}
