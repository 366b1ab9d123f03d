import { useEffect } from 'react';
import { words } from './words';

/** Names the page in the browser's tab. */
export function usePageTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · ${words.brand}`;
  }, [title]);
}
