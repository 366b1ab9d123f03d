import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { Popover } from '../Popover';
import type { Frame } from './frame';
import { PANEL_IDS, type Way } from './layout';
import css from './PanelControls.module.css';
import { canMove, movePanel, resetLayout, setCollapsed, setMaximised, useArrangement } from './store';
import { useGrip } from './useGrip';
import { layoutWords } from './words';

const WAYS: Record<string, Way> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };
const WAY_LIST: Way[] = ['up', 'down', 'left', 'right'];

/** The grip of a panel: drags it, moves it with the arrow keys, and opens a menu that does the same by clicks. */
export function PanelMenu({ frame, title, className, children }: { frame: Frame; title: string; className: string; children: ReactNode }) {
  const { id, isCollapsed, isMaximised } = frame;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  const ways = useArrangement(useShallow((now) => WAY_LIST.map((way) => isOpen && canMove(now, id, way))));
  const close = useCallback(() => setOpen(false), []);
  const { handlers, wasDrag } = useGrip(id);

  const keys: Record<string, () => void> = {
    m: () => setMaximised(isMaximised ? null : id),
    c: () => setCollapsed(id, !isCollapsed),
  };
  const onKey = (event: KeyboardEvent) => {
    if (isOpen || event.altKey || event.ctrlKey || event.metaKey) return;
    const way = WAYS[event.key];
    const action = way ? () => movePanel(id, way) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
    focusGrip(id);
  };
  const choose = (action: () => void) => {
    close();
    action();
    focusGrip(id);
  };
  const shortcut = layoutWords.shortcut(PANEL_IDS.indexOf(id) + 1);

  return (
    <>
      <button
        ref={button} type="button" className={className} data-grip={id} aria-haspopup="menu" aria-expanded={isOpen} aria-controls={menuId} aria-label={layoutWords.arrange(title)}
        title={layoutWords.arrangeHint(shortcut)} onKeyDown={onKey} {...handlers} onClick={() => !wasDrag() && setOpen(!isOpen)}
      >
        {children}
      </button>
      <Popover id={menuId} label={layoutWords.arrange(title)} role="menu" anchor={button} isOpen={isOpen} onClose={close}>
        {isOpen && (
          <Items>
            <button type="button" role="menuitem" className={css.item} onClick={() => choose(() => setMaximised(isMaximised ? null : id))}>
              {isMaximised ? layoutWords.restore : layoutWords.maximise}<kbd>m</kbd>
            </button>
            <button type="button" role="menuitem" className={css.item} onClick={() => choose(() => setCollapsed(id, !isCollapsed))}>
              {isCollapsed ? layoutWords.expandItem : layoutWords.collapseItem}<kbd>c</kbd>
            </button>
            <hr className={css.line} />
            {WAY_LIST.map((way, n) => (
              <button key={way} type="button" role="menuitem" className={css.item} disabled={!ways[n]} onClick={() => choose(() => movePanel(id, way))}>
                {layoutWords.ways[way]}<kbd>{ARROWS[way]}</kbd>
              </button>
            ))}
            <hr className={css.line} />
            <button type="button" role="menuitem" className={css.item} onClick={() => choose(resetLayout)}>{layoutWords.reset}</button>
          </Items>
        )}
      </Popover>
    </>
  );
}

const ARROWS: Record<Way, string> = { up: '↑', down: '↓', left: '←', right: '→' };

/** Arrow keys go from item to item; the first one has focus when the menu opens. */
function Items({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => items(box.current)[0]?.focus(), []);
  const onKey = (event: KeyboardEvent) => {
    const all = items(box.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[to % all.length]?.focus();
  };
  return <div ref={box} role="none" onKeyDown={onKey}>{children}</div>;
}

function items(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLButtonElement>('button[role=menuitem]') ?? [])].filter((item) => !item.disabled);
}

/** A panel that moves is drawn anew, and its grip with it. */
function focusGrip(id: string) {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-grip="${id}"]`)?.focus());
}
