import clsx from 'clsx';
import { type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import { LayersIcon } from '../../kit/icons';
import { type Overlays, setOverlays, usePrefs } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import css from './ChartPanel.module.css';
import menu from './OverlayMenu.module.css';

const GEX = [
  { value: 'off', text: words.overlays.off },
  { value: 'sides', text: words.overlays.sides },
  { value: 'net', text: words.overlays.net },
] as const;
const EXPIRATIONS = [
  { value: 'all', text: words.overlays.all },
  { value: 'nearest', text: words.overlays.nearest },
] as const;
const SWITCHES = ['levels', 'profile', 'structures'] as const;

export interface MenuHandle {
  toggle: () => void;
}

/** Switches for all that is drawn over the bars; what is chosen is kept. */
export function OverlayMenu({ handle }: { handle: Ref<MenuHandle> }) {
  const overlays = usePrefs((prefs) => prefs.overlays);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onElsewhere = (event: Event) => event.target instanceof Node && !box.current?.contains(event.target) && setOpen(false);
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', onElsewhere);
    document.addEventListener('focusin', onElsewhere);
    document.addEventListener('keydown', onEscape);
    return () => {
      document.removeEventListener('pointerdown', onElsewhere);
      document.removeEventListener('focusin', onElsewhere);
      document.removeEventListener('keydown', onEscape);
    };
  }, [isOpen]);
  useImperativeHandle(handle, () => ({
    toggle: () => {
      setOpen((was) => !was);
      button.current?.focus();
    },
  }), []);

  return (
    <div ref={box} className={menu.anchor}>
      <button ref={button} type="button" className={clsx(css.tool, css.withIcon)} title={words.overlays.hint} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        <LayersIcon />
        {words.overlays.title}
      </button>
      <div id={id} className={menu.sheet} role="group" aria-label={words.overlays.title} hidden={!isOpen}>
        <div className={menu.line}>
          <span>{words.overlays.gex}</span>
          <Segmented<Overlays['gex']> label={words.overlays.gex} options={GEX} value={overlays.gex} onChange={(gex) => setOverlays({ gex })} />
        </div>
        <div className={menu.line}>
          <span>{words.overlays.expirations}</span>
          <Segmented<Overlays['expirations']> label={words.overlays.expirations} options={EXPIRATIONS} value={overlays.expirations} onChange={(expirations) => setOverlays({ expirations })} />
        </div>
        {SWITCHES.map((name) => (
          <label key={name} className={menu.line}>
            <span>{words.overlays[name]}<small>{words.overlays.details[name]}</small></span>
            <input type="checkbox" role="switch" aria-checked={overlays[name]} className={menu.switch} checked={overlays[name]} onChange={(event) => setOverlays({ [name]: event.target.checked })} />
          </label>
        ))}
      </div>
    </div>
  );
}
