import { create } from 'zustand';
import { TIMEFRAMES, type Timeframe } from '../live/candles';

export type Theme = 'dark' | 'light';

/** What the user chose on this computer. */
export interface Prefs {
  symbol: string;
  timeframe: Timeframe;
  theme: Theme;
}

const PLACE = 'ms:prefs';
const FIRST: Prefs = { symbol: 'I:SPX', timeframe: '5m', theme: 'dark' };

export const usePrefs = create<Prefs>(() => ({ ...FIRST, ...stored() }));

export function setPrefs(change: Partial<Prefs>) {
  usePrefs.setState(change);
  try {
    localStorage.setItem(PLACE, JSON.stringify(usePrefs.getState()));
  } catch {
    // A browser that keeps nothing still works; the choice lasts until the page is left.
  }
}

/** What was kept, without anything that is not a valid choice. */
function stored(): Partial<Prefs> {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Record<keyof Prefs, unknown>>;
    return {
      ...(typeof kept.symbol === 'string' && /^[A-Z0-9:.]{1,16}$/.test(kept.symbol) && { symbol: kept.symbol }),
      ...(TIMEFRAMES.includes(kept.timeframe as Timeframe) && { timeframe: kept.timeframe as Timeframe }),
      ...((kept.theme === 'dark' || kept.theme === 'light') && { theme: kept.theme }),
    };
  } catch {
    return {};
  }
}
