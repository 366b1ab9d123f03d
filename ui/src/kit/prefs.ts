import { create } from 'zustand';
import { TIMEFRAMES, type Timeframe } from '../live/candles';
import type { Strategy } from '../wire';

export type Theme = 'dark' | 'light';

/** What is drawn over the price bars. */
export interface Overlays {
  gex: 'off' | 'sides' | 'net';
  /** Which expirations the gamma is of. */
  expirations: 'all' | 'nearest';
  /** Walls, zero gamma and flip. */
  levels: boolean;
  profile: boolean;
  /** Volume nodes, wells and crevasses. */
  structures: boolean;
}

/** What the heatmap shows. */
export interface Heat {
  strategy: Strategy;
  side: 'call' | 'put' | 'both';
  price: 'theory' | 'market';
  /** Percent at which a tile turns from cold to hot, 10 to 200. */
  threshold: number;
}

/** What the user chose on this computer. */
export interface Prefs {
  symbol: string;
  timeframe: Timeframe;
  theme: Theme;
  overlays: Overlays;
  heat: Heat;
}

const PLACE = 'ms:prefs';
export const FIRST_PREFS: Prefs = {
  symbol: 'I:SPX',
  timeframe: '5m',
  theme: 'dark',
  overlays: { gex: 'sides', expirations: 'all', levels: true, profile: true, structures: true },
  heat: { strategy: 'butterfly', side: 'call', price: 'theory', threshold: 50 },
};

export const usePrefs = create<Prefs>(() => ({ ...FIRST_PREFS, ...stored() }));

export function setPrefs(change: Partial<Prefs>) {
  usePrefs.setState(change);
  try {
    localStorage.setItem(PLACE, JSON.stringify(usePrefs.getState()));
  } catch {
    // A browser that keeps nothing still works; the choice lasts until the page is left.
  }
}

export const setOverlays = (change: Partial<Overlays>) => setPrefs({ overlays: { ...usePrefs.getState().overlays, ...change } });
export const setHeat = (change: Partial<Heat>) => setPrefs({ heat: { ...usePrefs.getState().heat, ...change } });

/** What was kept, without anything that is not a valid choice. */
function stored(): Partial<Prefs> {
  try {
    const kept = (JSON.parse(localStorage.getItem(PLACE) ?? '{}') ?? {}) as Record<string, unknown>;
    return {
      ...chosen(kept, {
        symbol: (value) => typeof value === 'string' && /^[A-Z0-9:.]{1,16}$/.test(value),
        timeframe: isOneOf(TIMEFRAMES),
        theme: isOneOf(['dark', 'light']),
      }),
      overlays: {
        ...FIRST_PREFS.overlays,
        ...chosen(kept['overlays'], {
          gex: isOneOf(['off', 'sides', 'net']), expirations: isOneOf(['all', 'nearest']), levels: isSwitch, profile: isSwitch, structures: isSwitch,
        }),
      },
      heat: {
        ...FIRST_PREFS.heat,
        ...chosen(kept['heat'], {
          strategy: isOneOf(['single', 'vertical', 'butterfly']), side: isOneOf(['call', 'put', 'both']), price: isOneOf(['theory', 'market']),
          threshold: (value) => typeof value === 'number' && value >= 10 && value <= 200,
        }),
      },
    };
  } catch {
    return {};
  }
}

type Check = (value: unknown) => boolean;

/** The members of `kept` that pass their check. */
function chosen(kept: unknown, checks: Record<string, Check>): object {
  const of = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(checks).flatMap(([name, isValid]) => (isValid(of[name]) ? [[name, of[name]]] : [])));
}

function isOneOf(choices: readonly unknown[]): Check {
  return (value) => choices.includes(value);
}

function isSwitch(value: unknown): boolean {
  return typeof value === 'boolean';
}
