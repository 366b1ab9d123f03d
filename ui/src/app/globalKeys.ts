/** Where `g` and another key lead: the screens that exist. */
export const SCREENS: Record<string, string> = { d: '/', s: '/settings/profile' };

/** How long after `g` the other key counts. */
const PREFIX_MS = 1500;

export type Wish = { kind: 'help' } | { kind: 'new' } | { kind: 'go'; to: string };

/** Keys that need no other before them. */
const SINGLE: Record<string, Wish> = { '?': { kind: 'help' }, n: { kind: 'new' } };

/** What was pressed, as far as it matters. */
export interface Press {
  key: string;
  /** With a key that makes it the browser's. */
  isModified: boolean;
  /** Into something that takes text, or in a dialog. */
  isTaken: boolean;
  atMs: number;
}

export interface KeyState {
  /** When `g` was pressed; null when another key came since. */
  prefixMs: number | null;
}

export const NO_KEYS: KeyState = { prefixMs: null };

/** What a key means to the page as a whole. */
export function pressed(state: KeyState, press: Press): { state: KeyState; wish: Wish | null } {
  if (press.isModified || press.isTaken) return { state: NO_KEYS, wish: null };
  const isPrefixed = state.prefixMs !== null && press.atMs - state.prefixMs <= PREFIX_MS;
  const to = SCREENS[press.key];
  if (isPrefixed && to !== undefined) return { state: NO_KEYS, wish: { kind: 'go', to } };
  if (press.key === 'g') return { state: { prefixMs: press.atMs }, wish: null };
  return { state: NO_KEYS, wish: SINGLE[press.key] ?? null };
}
