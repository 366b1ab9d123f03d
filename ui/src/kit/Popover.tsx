import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import css from './Popover.module.css';

export interface PopoverProps {
  id: string;
  label: string;
  role: 'group' | 'menu';
  /** What opened it: the sheet hangs below, and focus goes back there. */
  anchor: RefObject<HTMLElement | null>;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

const GAP_PX = 4;
const EDGE_PX = 8;

/** A sheet above everything, below its button. Escape and anything elsewhere close it. */
export function Popover({ id, label, role, anchor, isOpen, onClose, children }: PopoverProps) {
  const sheet = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const box = sheet.current;
    if (!isOpen || !box) return;
    box.showPopover?.();
    if (anchor.current) place(box, anchor.current);
    return () => box.hidePopover?.();
  }, [isOpen, anchor]);

  useEffect(() => {
    if (!isOpen) return;
    const isOurs = (target: EventTarget | null) => target instanceof Node && (sheet.current?.contains(target) || anchor.current?.contains(target));
    const onElsewhere = (event: Event) => event.target instanceof Node && !isOurs(event.target) && onClose();
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onClose();
      anchor.current?.focus();
    };
    const onResize = () => onClose();
    document.addEventListener('pointerdown', onElsewhere);
    document.addEventListener('focusin', onElsewhere);
    document.addEventListener('keydown', onEscape, true);
    window.addEventListener('resize', onResize);
    return () => {
      document.removeEventListener('pointerdown', onElsewhere);
      document.removeEventListener('focusin', onElsewhere);
      document.removeEventListener('keydown', onEscape, true);
      window.removeEventListener('resize', onResize);
    };
  }, [isOpen, onClose, anchor]);

  return <div ref={sheet} id={id} popover="manual" className={css.sheet} role={role} aria-label={label} hidden={!isOpen}>{children}</div>;
}

/** Below the anchor, its right edges aligned, kept within the window and scrolled where it is too long. */
function place(box: HTMLElement, anchor: HTMLElement) {
  const at = anchor.getBoundingClientRect();
  const left = Math.max(EDGE_PX, Math.min(at.right - box.offsetWidth, window.innerWidth - box.offsetWidth - EDGE_PX));
  const below = window.innerHeight - at.bottom - GAP_PX - EDGE_PX;
  const isAbove = box.offsetHeight > below && at.top > below;
  const room = isAbove ? at.top - GAP_PX - EDGE_PX : below;
  box.style.left = `${left}px`;
  box.style.maxHeight = `${room}px`;
  box.style.top = isAbove ? `${Math.max(EDGE_PX, at.top - GAP_PX - box.offsetHeight)}px` : `${at.bottom + GAP_PX}px`;
}
