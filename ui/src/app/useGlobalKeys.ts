import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { openHelp } from '../kit/help';
import { askForNew } from '../kit/positions';
import { usePrefs } from '../kit/prefs';
import { NO_KEYS, pressed } from './globalKeys';

const TAKES_KEYS = 'input, select, textarea, [contenteditable]:not([contenteditable=false]), dialog, [role=menu]';

/** Listens for the keys that work everywhere, unless they are switched off. */
export function useGlobalKeys() {
  const isOn = usePrefs((prefs) => prefs.shortcuts);
  const navigate = useNavigate();
  useEffect(() => {
    if (!isOn) return;
    let state = NO_KEYS;
    // While it is caught: a panel that has a key of the same name does not get the second of a pair.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Shift' || event.repeat) return;
      const isModified = event.ctrlKey || event.metaKey || event.altKey;
      const isTaken = event.target instanceof Element && event.target.closest(TAKES_KEYS) !== null;
      const next = pressed(state, { key: event.key, isModified, isTaken, atMs: event.timeStamp });
      state = next.state;
      if (next.wish === null) return;
      event.preventDefault();
      event.stopPropagation();
      switch (next.wish.kind) {
        case 'help':
          return openHelp();
        case 'go':
          return void navigate(next.wish.to);
        case 'new':
          askForNew();
          return void navigate('/');
      }
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [isOn, navigate]);
}
