import { create } from 'zustand';
import { TIMEFRAMES, type Timeframe } from '../live/candles';
import type { Strategy } from '../wire';
import { NUMBER_STYLES, type NumberStyle } from './numbers';

/** As it is drawn. */
export type Theme = 'dark' | 'light';

/** What is drawn over the price bars. */
export interface Overlays {
  gex: 'off' | 'sides' | 'net';
  /** Which expiration the gamma is of: `all`, `nearest`, or a date like `2025-11-21`. */
  expirations: string;
  /** Call wall and put wall. */
  levels: boolean;
  /** Zero gamma, and where the sign changes by strike. */
  flip: boolean;
  profile: boolean;
  /** Smoothed or as it was traded. */
  profileMode: 'tv' | 'raw';
  /** Length of the longest bar of the profile, percent of the chart, 5 to 50. */
  profileWidth: number;
  /** Bars are cut at the mean plus so many standard deviations; 0 cuts none. */
  profileCap: number;
  /** Volume nodes, wells and crevasses. */
  structures: boolean;
  /** One expected move around the price. */
  move: boolean;
  /** Strikes and break-evens of the positions. */
  positions: boolean;
}

/** What the heatmap shows. */
export interface Heat {
  strategy: Strategy;
  side: 'call' | 'put' | 'both';
  price: 'theory' | 'market';
  /** What is printed on a tile. */
  mode: 'debit' | 'r2r' | 'change';
  /** Percent at which a tile turns from cold to hot, 10 to 200. */
  threshold: number;
  /** Percent from which a tile is outlined, 10 to 200. */
  zone: number;
  /** How much rows near the price with nothing outlined shrink, 0 to 100 percent. */
  compression: number;
  /** The price stays in the middle. */
  isLocked: boolean;
}

/** What the risk graph shows. */
export interface RiskLook {
  /** Whether the line of now follows the model or what the market pays. */
  price: 'theory' | 'market';
  /** How strongly gamma, volume and structures show behind the lines, 0 to 100 percent. */
  backdrop: number;
  /** Lines between now and the next expiration. */
  between: boolean;
}

/** What the user chose on this computer. */
export interface Prefs {
  symbol: string;
  timeframe: Timeframe;
  /** `system`: as the computer has it. */
  theme: Theme | 'system';
  density: 'comfortable' | 'compact';
  /** `safe` does not tell red from green. */
  palette: 'standard' | 'safe';
  numbers: NumberStyle;
  /** Whether things move: as the computer has it, or never. */
  motion: 'system' | 'reduced';
  /** Whether single keys do something. */
  shortcuts: boolean;
  overlays: Overlays;
  heat: Heat;
  risk: RiskLook;
}

const PLACE = 'ms:prefs';
export const FIRST_PREFS: Prefs = {
  symbol: 'I:SPX',
  timeframe: '5m',
  theme: 'dark',
  density: 'comfortable',
  palette: 'standard',
  numbers: 'point',
  motion: 'system',
  shortcuts: true,
  overlays: {
    gex: 'sides', expirations: 'all', levels: true, flip: true, profile: true, profileMode: 'tv', profileWidth: 20, profileCap: 0, structures: true, move: true, positions: true,
  },
  heat: { strategy: 'butterfly', side: 'call', price: 'theory', mode: 'debit', threshold: 50, zone: 45, compression: 0, isLocked: false },
  risk: { price: 'theory', backdrop: 50, between: false },
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
export const setRisk = (change: Partial<RiskLook>) => setPrefs({ risk: { ...usePrefs.getState().risk, ...change } });
export const setHeat = (change: Partial<Heat>) => setPrefs({ heat: { ...usePrefs.getState().heat, ...change } });

/** What was kept, without anything that is not a valid choice. */
function stored(): Partial<Prefs> {
  try {
    const kept = (JSON.parse(localStorage.getItem(PLACE) ?? '{}') ?? {}) as Record<string, unknown>;
    return {
      ...chosen(kept, {
        symbol: (value) => typeof value === 'string' && /^[A-Z0-9:.]{1,16}$/.test(value),
        timeframe: isOneOf(TIMEFRAMES),
        theme: isOneOf(['dark', 'light', 'system']),
        density: isOneOf(['comfortable', 'compact']),
        palette: isOneOf(['standard', 'safe']),
        numbers: isOneOf(NUMBER_STYLES),
        motion: isOneOf(['system', 'reduced']),
        shortcuts: isSwitch,
      }),
      overlays: {
        ...FIRST_PREFS.overlays,
        ...chosen(kept['overlays'], {
          gex: isOneOf(['off', 'sides', 'net']), expirations: isExpiration, levels: isSwitch, flip: isSwitch, profile: isSwitch, profileMode: isOneOf(['tv', 'raw']),
          profileWidth: isBetween(5, 50), profileCap: isBetween(0, 4), structures: isSwitch, move: isSwitch, positions: isSwitch,
        }),
      },
      risk: { ...FIRST_PREFS.risk, ...chosen(kept['risk'], { price: isOneOf(['theory', 'market']), backdrop: isWithin(0, 100), between: isSwitch }) },
      heat: {
        ...FIRST_PREFS.heat,
        ...chosen(kept['heat'], {
          strategy: isOneOf(['single', 'vertical', 'butterfly']), side: isOneOf(['call', 'put', 'both']), price: isOneOf(['theory', 'market']),
          mode: isOneOf(['debit', 'r2r', 'change']), threshold: isWithin(10, 200), zone: isWithin(10, 200), compression: isWithin(0, 100), isLocked: isSwitch,
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

function isWithin(low: number, high: number): Check {
  return (value) => typeof value === 'number' && value >= low && value <= high;
}

function isExpiration(value: unknown): boolean {
  return typeof value === 'string' && /^(?:all|nearest|\d{4}-\d\d-\d\d)$/.test(value);
}

function isBetween(low: number, high: number): Check {
  return (value) => typeof value === 'number' && value >= low && value <= high;
}

function isSwitch(value: unknown): boolean {
  return typeof value === 'boolean';
}
