import { useCallback, useId, useRef, useState } from 'react';
import { LayersIcon } from '../../kit/icons';
import { MenuRange, MenuSwitch } from '../../kit/MenuLine';
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
        <div className={menu.sheet}>
          <MenuRange text={heatWords.zone} min={10} max={200} value={heat.zone} shown={`${heat.zone} %`} onChange={(zone) => setHeat({ zone })} />
          <MenuRange text={heatWords.compression} detail={heatWords.compressionHint} min={0} max={100} value={heat.compression} shown={`${heat.compression} %`} onChange={(compression) => setHeat({ compression })} />
          <MenuSwitch text={heatWords.lock} detail={heatWords.lockHint} isOn={heat.isLocked} onChange={(isLocked) => setHeat({ isLocked })} />
          <MenuSwitch text={heatWords.palette} detail={heatWords.paletteHint} isOn={isSafe} onChange={(isOn) => setPrefs({ palette: isOn ? 'safe' : 'standard' })} />
        </div>
      </Popover>
    </>
  );
}
