import type { Heat } from '../../kit/prefs';
import type { Plane } from '../../live/plane';
import { costAt, sideAt } from './tiles';

/** Below the smallest step of an option's price there is nothing to buy. */
const LEAST_DEBIT = 0.05;

export interface Found {
  strike: number;
  width: number;
}

/**
 * The tile that costs the smallest share of its width (a single: that costs least) within one expected move of the
 * price; of equal ones the nearest to the price, then the narrowest. Without an expected move the whole plane counts.
 */
export function cheapestOf(plane: Plane, columns: number[], spot: number, move: number | null, { side, price }: Pick<Heat, 'side' | 'price'>): Found | null {
  let best: (Found & { share: number; far: number }) | null = null;
  for (const strike of plane.strikes) {
    const far = Math.abs(strike - spot);
    if (move !== null && far > move) continue;
    for (const width of columns) {
      const cost = costAt(plane, strike, width, sideAt(side, strike, spot), price);
      if (cost === null || cost < LEAST_DEBIT) continue;
      const share = width === 0 ? cost : cost / width;
      const isBetter = best === null || share < best.share || (share === best.share && (far < best.far || (far === best.far && width < best.width)));
      if (isBetter) best = { strike, width, share, far };
    }
  }
  return best && { strike: best.strike, width: best.width };
}
