import { useEffect, useSyncExternalStore } from 'react';
import { setNumberStyle } from './numbers';
import { type Prefs, type Theme, usePrefs } from './prefs';

const LIGHT = '(prefers-color-scheme: light)';

/** The theme that is drawn: `system` follows the computer. */
export function useTheme(): Theme {
  const chosen = usePrefs((prefs) => prefs.theme);
  return themeOf(chosen, useSyncExternalStore(onSystemChange, isSystemLight));
}

export function themeOf(chosen: Prefs['theme'], isLight: boolean): Theme {
  if (chosen !== 'system') return chosen;
  return isLight ? 'light' : 'dark';
}

/** Writes what was chosen where the style sheets look. */
export function wear({ density, palette, motion }: Prefs, theme: Theme) {
  Object.assign(document.documentElement.dataset, { theme, density, palette, motion });
}

// Before anything is drawn anew with the changed choice.
usePrefs.subscribe(({ numbers }) => setNumberStyle(numbers));
setNumberStyle(usePrefs.getState().numbers);

/** Keeps the page dressed as chosen. */
export function useAppearance() {
  const theme = useTheme();
  const prefs = usePrefs();
  useEffect(() => wear(prefs, theme), [prefs, theme]);
}

export function isSystemLight(): boolean {
  return window.matchMedia(LIGHT).matches;
}

function onSystemChange(change: () => void): () => void {
  const query = window.matchMedia(LIGHT);
  query.addEventListener('change', change);
  return () => query.removeEventListener('change', change);
}
