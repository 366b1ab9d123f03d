import { type KeyboardEvent, useCallback } from 'react';
import { type Heat, setHeat } from '../../kit/prefs';
import { moved, type Place } from './rows';

const STRATEGIES: Heat['strategy'][] = ['butterfly', 'vertical', 'single'];
const SIDES: Record<string, Heat['side']> = { c: 'call', p: 'put', b: 'both' };

export interface HeatKeys {
  strikes: number;
  columns: number;
  /** Number of the strike at the money. */
  atMoney: number;
  active: Place | null;
  onMove: (place: Place) => void;
  onCentre: () => void;
  /** The next plane (1) or the one before (-1). */
  onPlane: (by: 1 | -1) => void;
  strategy: Heat['strategy'];
}

/** Arrows and Page keys move the tile, Home goes to the price; `[` `]` expiration, `s` strategy, `c` `p` `b` side. */
export function useHeatKeys({ strikes, columns, atMoney, active, onMove, onCentre, onPlane, strategy }: HeatKeys) {
  return useCallback((event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const side = SIDES[key];
    const place = moved(active ?? { strike: atMoney, column: 0 }, key, strikes, columns);
    if (place) onMove(active ? place : { strike: atMoney, column: 0 });
    else if (key === 'Home') {
      onMove({ strike: atMoney, column: active?.column ?? 0 });
      onCentre();
    } else if (key === '[' || key === ']') onPlane(key === ']' ? 1 : -1);
    else if (key === 's') setHeat({ strategy: STRATEGIES[(STRATEGIES.indexOf(strategy) + 1) % STRATEGIES.length] ?? 'butterfly' });
    else if (side) setHeat({ side });
    else return;
    event.preventDefault();
  }, [strikes, columns, atMoney, active, onMove, onCentre, onPlane, strategy]);
}
