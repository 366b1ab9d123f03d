import { type PointerEvent, useCallback, useEffect, useRef } from 'react';
import { type ColumnBox, type PanelId, placeAt } from './layout';
import { columnsNow, dragPanel, endDrag, useArrangement } from './store';

const START_PX = 6;
const EDGE_PX = 56;
const SCROLL_PX = 14;

/** Handlers of the button by which a panel is dragged with mouse, pen or finger. Escape calls the drag off. */
export function useGrip(id: PanelId) {
  const from = useRef<{ x: number; y: number } | null>(null);
  const isDrag = useRef(false);

  const stop = useCallback((isKept: boolean) => {
    from.current = null;
    if (isDrag.current) endDrag(isKept);
  }, []);
  useEffect(() => {
    const onEscape = (event: KeyboardEvent) => event.key === 'Escape' && stop(false);
    document.addEventListener('keydown', onEscape);
    return () => document.removeEventListener('keydown', onEscape);
  }, [stop]);

  const handlers = {
    onPointerDown: useCallback((event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      from.current = { x: event.clientX, y: event.clientY };
      isDrag.current = false;
      event.currentTarget.setPointerCapture?.(event.pointerId);
    }, []),
    onPointerMove: useCallback(({ clientX: x, clientY: y }: PointerEvent<HTMLElement>) => {
      const { current: start } = from;
      if (!start || (!isDrag.current && Math.hypot(x - start.x, y - start.y) < START_PX)) return;
      isDrag.current = true;
      if (y > window.innerHeight - EDGE_PX) window.scrollBy(0, SCROLL_PX);
      if (y < EDGE_PX) window.scrollBy(0, -SCROLL_PX);
      dragPanel(id, placeAt(columnsNow(useArrangement.getState()), columnBoxes(), x, y));
    }, [id]),
    onPointerUp: useCallback(() => stop(true), [stop]),
    onPointerCancel: useCallback(() => {
      stop(false);
      isDrag.current = false;
    }, [stop]),
  };
  /** Whether the click that follows belongs to a drag; only the first one does. */
  const wasDrag = () => {
    const was = isDrag.current;
    isDrag.current = false;
    return was;
  };
  return { handlers, wasDrag };
}

function columnBoxes(): ColumnBox[] {
  return [...document.querySelectorAll<HTMLElement>('[data-column]')].map((column) => {
    const { left, right } = column.getBoundingClientRect();
    const slots = [...column.querySelectorAll<HTMLElement>(':scope > [data-slot]')].map((slot) => {
      const { top, bottom } = slot.getBoundingClientRect();
      return { id: slot.dataset['slot'] as PanelId, middle: (top + bottom) / 2 };
    });
    return { left, right, slots };
  });
}
