import clsx from 'clsx';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Link } from 'react-router';
import { ApiError } from '../../api/client';
import { CaretIcon } from '../../kit/icons';
import { openHelp } from '../../kit/help';
import { Popover } from '../../kit/Popover';
import { words } from '../../kit/words';
import { signOut, useSession } from '../../live/session';
import css from './UserMenu.module.css';

const texts = words.account;

/** Who is signed in, and what belongs to them. */
export function UserMenu() {
  const name = useSession(({ profile, me }) => profile?.display_name ?? me?.wp.name ?? null);
  const tier = useSession(({ me }) => me?.tier ?? null);
  const isAdmin = useSession(({ me }) => me?.is_admin === true);
  const [isOpen, setOpen] = useState(false);
  const [state, setState] = useState<'idle' | 'leaving' | 'failed'>('idle');
  const anchor = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const close = () => setOpen(false);
  useEffect(() => {
    if (isOpen) itemsOf(list.current)[0]?.focus();
  }, [isOpen]);

  const leave = async () => {
    setState('leaving');
    try {
      await signOut();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState('failed');
    }
  };
  const onAnchorKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    setOpen(true);
  };

  return (
    <>
      <button
        ref={anchor} type="button" className={css.anchor} aria-label={name === null ? texts.unknown : texts.menu(name)} title={name ?? undefined}
        aria-haspopup="menu" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)} onKeyDown={onAnchorKey}
      >
        <span className={css.initials} data-initials={initials(name)} aria-hidden="true" />
        <CaretIcon />
      </button>
      <Popover id={id} label={texts.unknown} role="menu" anchor={anchor} isOpen={isOpen} onClose={close}>
        <div ref={list} className={css.list} role="none" onKeyDown={(event) => onMenuKey(event, list.current, close)}>
          {name !== null && (
            <p className={css.who} role="presentation"><b>{name}</b>{tier !== null && <span>{tier.charAt(0).toUpperCase() + tier.slice(1)}</span>}</p>
          )}
          <Item to="/" onChosen={close}>{texts.workspace}</Item>
          <Item to="/settings/profile" onChosen={close}>{texts.profile}</Item>
          <Item to="/settings/display" onChosen={close}>{texts.settings}</Item>
          {isAdmin && <Item to="/admin/overview" onChosen={close}>{texts.admin}</Item>}
          <button type="button" role="menuitem" tabIndex={-1} className={css.item} onClick={() => { close(); anchor.current?.focus(); openHelp(); }}>
            {texts.keys}<kbd className={css.key}>?</kbd>
          </button>
          <button type="button" role="menuitem" tabIndex={-1} className={clsx(css.item, css.last)} aria-disabled={state === 'leaving' || undefined} onClick={() => void leave()}>
            {state === 'leaving' ? texts.signingOut : texts.signOut}
          </button>
          {state === 'failed' && <p className={css.failed} role="presentation">{texts.notSignedOut}</p>}
        </div>
      </Popover>
      {state === 'failed' && <span className="sr-only" role="alert">{texts.notSignedOut}</span>}
    </>
  );
}

function Item({ to, onChosen, children }: { to: string; onChosen: () => void; children: ReactNode }) {
  return <Link role="menuitem" tabIndex={-1} className={css.item} to={to} onClick={onChosen}>{children}</Link>;
}

/** `Ada Lovelace` is AL, `ada` is A; nobody is a question mark. */
export function initials(name: string | null): string {
  const parts = (name ?? '').split(/[\s._-]+/).filter((part) => /^\p{L}|^\p{N}/u.test(part));
  const ends = parts.length > 1 ? [parts[0], parts.at(-1)] : parts;
  return ends.map((part) => [...(part ?? '')][0]?.toUpperCase()).join('') || '?';
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
}

function onMenuKey(event: KeyboardEvent, list: HTMLElement | null, close: () => void) {
  const items = itemsOf(list);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const goTo = (n: number) => {
    event.preventDefault();
    items.at(n % items.length)?.focus();
  };
  switch (event.key) {
    case 'ArrowDown':
      return goTo(at + 1);
    case 'ArrowUp':
      return goTo(at <= 0 ? -1 : at - 1);
    case 'Home':
      return goTo(0);
    case 'End':
      return goTo(-1);
    case 'Tab':
      return close();
  }
}
