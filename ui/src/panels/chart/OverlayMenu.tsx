import clsx from 'clsx';
import { type Ref, useCallback, useId, useImperativeHandle, useRef, useState } from 'react';
import { etDay } from '../../kit/format';
import { expirationsOf } from '../../kit/gamma';
import { LayersIcon } from '../../kit/icons';
import { MenuGroup, MenuLine, MenuRange, MenuSwitch } from '../../kit/MenuLine';
import { Popover } from '../../kit/Popover';
import { type Overlays, setOverlays, usePrefs } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import { useModels } from '../../live/stores';
import css from './ChartPanel.module.css';
import menu from './OverlayMenu.module.css';
import { chartWords } from './words';

const GEX = [
  { value: 'off', text: words.overlays.off },
  { value: 'sides', text: words.overlays.sides },
  { value: 'net', text: words.overlays.net },
] as const;
const MODES = [
  { value: 'tv', text: chartWords.smoothed },
  { value: 'raw', text: chartWords.raw },
] as const;
const CAPS = [0, 1, 2, 3].map((sigma) => ({ value: String(sigma), text: sigma === 0 ? chartWords.noCap : chartWords.cap(sigma) }));
const SWITCHES = [
  { name: 'levels', text: words.overlays.levels },
  { name: 'flip', text: chartWords.flip },
  { name: 'structures', text: words.overlays.structures },
  { name: 'move', text: chartWords.move },
  { name: 'positions', text: chartWords.positions },
] as const;

export interface MenuHandle {
  toggle: () => void;
}

/** Switches for all that is drawn over the bars; what is chosen is kept. */
export function OverlayMenu({ symbol, handle }: { symbol: string; handle: Ref<MenuHandle> }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const close = useCallback(() => setOpen(false), []);
  useImperativeHandle(handle, () => ({
    toggle: () => {
      setOpen((was) => !was);
      button.current?.focus();
    },
  }), []);

  return (
    <>
      <button ref={button} type="button" className={clsx(css.tool, css.withIcon)} title={words.overlays.hint} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        <LayersIcon />
        {words.overlays.title}
      </button>
      <Popover id={id} label={words.overlays.title} role="group" anchor={button} isOpen={isOpen} onClose={close}>
        {isOpen && <Choices symbol={symbol} />}
      </Popover>
    </>
  );
}

function Choices({ symbol }: { symbol: string }) {
  const overlays = usePrefs((prefs) => prefs.overlays);
  return (
    <div className={menu.sheet}>
      <MenuGroup text={words.overlays.gex}>
        <Segmented<Overlays['gex']> label={words.overlays.gex} options={GEX} value={overlays.gex} onChange={(gex) => setOverlays({ gex })} />
      </MenuGroup>
      {overlays.gex !== 'off' && <Expirations symbol={symbol} />}
      <Switch name="profile" text={words.overlays.profile} />
      {overlays.profile && <ProfileChoices overlays={overlays} />}
      {SWITCHES.map(({ name, text }) => <Switch key={name} name={name} text={text} />)}
    </div>
  );
}

function Expirations({ symbol }: { symbol: string }) {
  const choice = usePrefs((prefs) => prefs.overlays.expirations);
  const dates = expirationsOf(useModels((models) => models.gex[symbol]));
  const days = useModels((models) => models.gexSummaries?.symbols[symbol]?.by_expiration);
  const text = (date: string) => {
    const day = etDay(Date.parse(`${date}T17:00:00Z`) / 1000);
    const dte = days?.find((each) => each.date === date)?.dte;
    return dte === undefined ? day : chartWords.expiration(day, dte);
  };
  // A date that has passed stands for the nearest one.
  const value = choice === 'all' || dates.includes(choice) ? choice : 'nearest';
  return (
    <MenuLine text={words.overlays.expirations} isSub>
      <select className={menu.select} value={value} onChange={(event) => setOverlays({ expirations: event.target.value })}>
        <option value="all">{words.overlays.all}</option>
        <option value="nearest">{words.overlays.nearest}</option>
        {dates.map((date) => <option key={date} value={date}>{text(date)}</option>)}
      </select>
    </MenuLine>
  );
}

function ProfileChoices({ overlays }: { overlays: Overlays }) {
  return (
    <>
      <MenuGroup text={chartWords.profileMode} isSub>
        <Segmented<Overlays['profileMode']> label={chartWords.profileMode} options={MODES} value={overlays.profileMode} onChange={(profileMode) => setOverlays({ profileMode })} />
      </MenuGroup>
      <MenuRange text={chartWords.profileWidth} isSub min={5} max={50} value={overlays.profileWidth} shown={chartWords.percentWidth(overlays.profileWidth)} onChange={(profileWidth) => setOverlays({ profileWidth })} />
      <MenuGroup text={chartWords.profileCap} isSub>
        <Segmented label={chartWords.profileCap} options={CAPS} value={String(overlays.profileCap)} onChange={(cap) => setOverlays({ profileCap: Number(cap) })} />
      </MenuGroup>
    </>
  );
}

function Switch({ name, text }: { name: 'profile' | (typeof SWITCHES)[number]['name']; text: string }) {
  const isOn = usePrefs((prefs) => prefs.overlays[name]);
  return <MenuSwitch text={text} detail={chartWords.details[name]} isOn={isOn} onChange={(next) => setOverlays({ [name]: next })} />;
}
