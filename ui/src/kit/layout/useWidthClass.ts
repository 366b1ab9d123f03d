import { useSyncExternalStore } from 'react';
import type { WidthClass } from './layout';

const WIDE = '(min-width: 1280px)';
const MEDIUM = '(min-width: 768px)';

function subscribe(onChange: () => void) {
  const queries = [WIDE, MEDIUM].map((query) => window.matchMedia(query));
  for (const query of queries) query.addEventListener('change', onChange);
  return () => {
    for (const query of queries) query.removeEventListener('change', onChange);
  };
}

function now(): WidthClass {
  if (window.matchMedia(WIDE).matches) return 'wide';
  return window.matchMedia(MEDIUM).matches ? 'medium' : 'narrow';
}

/** How wide the window is now. */
export function useWidthClass(): WidthClass {
  return useSyncExternalStore(subscribe, now);
}
