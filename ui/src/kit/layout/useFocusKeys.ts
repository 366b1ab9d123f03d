import { useEffect } from 'react';
import { PANEL_IDS, type PanelId } from './layout';
import { setMaximised, useArrangement } from './store';

/** Alt+1, Alt+2 … go to a panel; Escape shows all panels again. `onGo` makes sure that the panel can be seen. */
export function useFocusKeys(onGo: (id: PanelId) => void, isOn: boolean) {
  useEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (event.key === 'Escape' && useArrangement.getState().maximised !== null && !isBusy(event.target)) return setMaximised(null);
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      // Of the key, not of the sign: with Alt some keyboards write other signs.
      const id = PANEL_IDS[Number(/^Digit([1-8])$/.exec(event.code)?.[1] ?? 0) - 1];
      if (!id || !useArrangement.getState().shown.includes(id)) return;
      event.preventDefault();
      onGo(id);
      requestAnimationFrame(() => focusPanel(id));
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onGo, isOn]);
}

/** Escape belongs to what is open or written in first. */
function isBusy(target: EventTarget | null): boolean {
  return document.querySelector('dialog[open], [popover]:not([hidden])') !== null || (target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]'));
}

/** Focuses what has the panel's keys, else the panel itself. */
export function focusPanel(id: PanelId) {
  const slot = document.querySelector(`[data-slot="${id}"]`);
  const main = slot?.querySelector<HTMLElement>('[data-panel-main], [role=application], [role=grid]') ?? slot?.querySelector<HTMLElement>('section');
  main?.focus();
  main?.scrollIntoView?.({ block: 'nearest' });
}
