import { useCallback, useId, useRef, useState } from 'react';
import { LayersIcon } from '../../kit/icons';
import { setHeat, setPrefs, usePrefs } from '../../kit/prefs';
import { Popover } from '../../kit/Popover';
import css from './HeatmapPanel.module.css';
import menu from './ViewMenu.module.css';
import { heatWords } from './words';

/** What is outlined, what shrinks, what scrolls, which colours; what is chosen is kept. */
export function ViewMenu() {
  const heat = usePrefs((prefs) => prefs.heat);
  const isSafe = usePrefs((prefs) => prefs.palette === 'safe');
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const close = useCallback(() => setOpen(false), []);
  return (
    <>
      <button ref={button} type="button" className={css.tool} title={heatWords.viewHint} aria-label={heatWords.view} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        <LayersIcon />
      </button>
      <Popover id={id} role="group" label={heatWords.view} anchor={button} isOpen={isOpen} onClose={close}>
        <Slide label={heatWords.zone} min={10} max={200} value={heat.zone} onChange={(zone) => setHeat({ zone })} />
        <Slide label={heatWords.compression} detail={heatWords.compressionHint} min={0} max={100} value={heat.compression} onChange={(compression) => setHeat({ compression })} />
        <Toggle label={heatWords.lock} detail={heatWords.lockHint} isOn={heat.isLocked} onChange={(isLocked) => setHeat({ isLocked })} />
        <Toggle label={heatWords.palette} detail={heatWords.paletteHint} isOn={isSafe} onChange={(isOn) => setPrefs({ palette: isOn ? 'safe' : 'standard' })} />
      </Popover>
    </>
  );
}

interface SlideProps {
  label: string;
  detail?: string;
  min: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

function Slide({ label, detail, min, max, value, onChange }: SlideProps) {
  return (
    <label className={menu.line}>
      <span className={menu.name}>{label}{detail && <small>{detail}</small>}</span>
      <input type="range" className={menu.range} min={min} max={max} step={5} value={value} onChange={(event) => onChange(Number(event.target.value))} />
      <output className={menu.value}>{value} %</output>
    </label>
  );
}

function Toggle({ label, detail, isOn, onChange }: { label: string; detail: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className={menu.line}>
      <span className={menu.name}>{label}<small>{detail}</small></span>
      <input type="checkbox" role="switch" className={menu.switch} aria-checked={isOn} checked={isOn} onChange={(event) => onChange(event.target.checked)} />
    </label>
  );
}
