import clsx from 'clsx';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import css from './Dialog.module.css';
import { CloseIcon } from './icons';
import { words } from './words';

export interface DialogProps {
  title: string;
  onClose: () => void;
  /** At the foot, to the right: what ends the dialog. */
  actions?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

const FIELDS = 'input:not(:disabled), select:not(:disabled), textarea:not(:disabled)';
const FOCUSABLE = `a[href], button:not(:disabled), summary, [tabindex="0"], ${FIELDS}`;

/**
 * Asks for something before the page goes on. Focus stays inside (it begins at `data-autofocus`, else at the first field)
 * and goes back to where it was; Esc closes. It is open for as long as it is rendered.
 */
export function Dialog({ title, onClose, actions, isWide = false, children }: DialogProps) {
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  const [opener] = useState(() => document.activeElement);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  }, [onClose]);

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    const first = dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog.querySelector<HTMLElement>(FIELDS);
    (first ?? dialog).focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        close.current();
      }
      if (event.key === 'Tab') keepInside(dialog, event);
    };
    const onCancel = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    dialog.addEventListener('keydown', onKey);
    dialog.addEventListener('cancel', onCancel);
    return () => {
      dialog.removeEventListener('keydown', onKey);
      dialog.removeEventListener('cancel', onCancel);
      dialog.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, [opener]);

  return (
    <dialog ref={ref} className={clsx(css.dialog, isWide && css.wide)} aria-labelledby={id} tabIndex={-1}>
      <header className={css.head}>
        <h2 id={id} className={css.title}>{title}</h2>
        <button type="button" className={css.close} onClick={onClose} aria-label={words.dialog.close} title={words.dialog.close}><CloseIcon /></button>
      </header>
      <div className={css.body}>{children}</div>
      {actions && <footer className={css.foot}>{actions}</footer>}
    </dialog>
  );
}

function keepInside(dialog: HTMLElement, event: KeyboardEvent) {
  const all = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const [first, last] = [all[0], all.at(-1)];
  const held = document.activeElement;
  const leaves = event.shiftKey ? held === first || held === dialog : held === last;
  if (!leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
