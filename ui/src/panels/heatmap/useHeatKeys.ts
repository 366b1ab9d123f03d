import { type KeyboardEvent, useCallback } from 'react';
import { type Heat, setHeat } from '../../kit/prefs';
import { moved, type Place } from './rows';

const STRATEGIES: Heat['strategy'][] = ['butterfly', 'vertical', 'single'];
const MODES: Heat['mode'][] = ['debit', 'r2r', 'change'];
const SIDES: Record<string, Heat['side']> = { c: 'call', p: 'put', b: 'both' };

export interface HeatKeys {
  heat: Heat;
  strikes: number;
  columns: number;
  place: Place;
  onMove: (place: Place) => void;
  /** To the strike at the money. */
  onHome: () => void;
  /** The next plane (1) or the one before (-1). */
  onPlane: (by: 1 | -1) => void;
  onCheapest: () => void;
  onOpen: () => void;
  /** False when there was nothing to close. */
  onClose: () => boolean;
}

/** Arrows and Page keys move, Home goes to the price, Enter opens; `[` `]` expiration, `s` `c` `p` `b` `m` choices, `f` cheapest, `l` lock. */
export function useHeatKeys({ heat, strikes, columns, place, onMove, onHome, onPlane, onCheapest, onOpen, onClose }: HeatKeys) {
  return useCallback((event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const side = SIDES[key];
    const next = moved(place, key, strikes, columns);
    if (next) onMove(next);
    else if (key === 'Home') onHome();
    else if (key === 'Enter' || key === ' ') onOpen();
    else if (key === '[' || key === ']') onPlane(key === ']' ? 1 : -1);
    else if (key === 's') setHeat({ strategy: after(STRATEGIES, heat.strategy) });
    else if (key === 'm') setHeat({ mode: after(MODES, heat.mode) });
    else if (key === 'l') setHeat({ isLocked: !heat.isLocked });
    else if (key === 'f') onCheapest();
    else if (side) setHeat({ side });
    else if (key !== 'Escape' || !onClose()) return;
    event.preventDefault();
    event.stopPropagation();
  }, [heat, place, strikes, columns, onMove, onHome, onPlane, onCheapest, onOpen, onClose]);
}

function after<T>(choices: T[], value: T): T {
  return choices[(choices.indexOf(value) + 1) % choices.length] ?? value;
}
