import type { ReactNode } from 'react';
import { Switch } from '../../kit/Field';
import { price, signed } from '../../kit/format';
import { DirectionMark } from '../../kit/icons';
import { Panel } from '../../kit/Panel';
import { NUMBER_STYLES } from '../../kit/numbers';
import { type Prefs, setPrefs, usePrefs } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import css from './Settings.module.css';
import { settingsWords } from './words';

const words = settingsWords.display;

const optionsOf = <T extends string>(texts: Record<T, string>) => (Object.keys(texts) as T[]).map((value) => ({ value, text: texts[value] }));
const NUMBER_TEXTS: Record<Prefs['numbers'], string> = { point: '1,234.50', comma: '1.234,50', space: '1 234,50' };

/** How the page looks in this browser. Nothing here asks the gateway. */
export function DisplayPanel() {
  const { theme, density, palette, numbers, motion, shortcuts } = usePrefs();
  return (
    <Panel title={words.title} state={{ kind: 'live' }} empty={words.empty} note={<span className={css.hint}>{words.kept}</span>}>
      <div className={css.body}>
        <Choice name={words.theme}>
          <Segmented label={words.theme} options={optionsOf(words.themes)} value={theme} onChange={(next) => setPrefs({ theme: next })} />
        </Choice>
        <Choice name={words.density}>
          <Segmented label={words.density} options={optionsOf(words.densities)} value={density} onChange={(next) => setPrefs({ density: next })} />
        </Choice>
        <Choice name={words.palette} hint={words.paletteHint}>
          <Segmented label={words.palette} options={optionsOf(words.palettes)} value={palette} onChange={(next) => setPrefs({ palette: next })} />
        </Choice>
        <Choice name={words.numbers}>
          <Segmented label={words.numbers} options={NUMBER_STYLES.map((value) => ({ value, text: NUMBER_TEXTS[value] }))} value={numbers} onChange={(next) => setPrefs({ numbers: next })} />
        </Choice>
        <Choice name={words.motion} hint={words.motionHint}>
          <Segmented label={words.motion} options={optionsOf(words.motions)} value={motion} onChange={(next) => setPrefs({ motion: next })} />
        </Choice>
        <Choice name={words.preview}>
          <p className={css.preview} data-testid="preview">
            <span className={css.up}><DirectionMark way="up" />{price(6632.41)} {signed(15.09)} <span className="sr-only">{words.up}</span></span>
            <span className={css.down}><DirectionMark way="down" />{price(24_239.5)} {signed(-1204.75)} <span className="sr-only">{words.down}</span></span>
          </p>
        </Choice>
        <div className={css.choice}>
          <Switch label={words.shortcuts} isOn={shortcuts} onChange={(next) => setPrefs({ shortcuts: next })} />
          <p className={css.hint}>{words.shortcutsHint}</p>
        </div>
      </div>
    </Panel>
  );
}

function Choice({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <div className={css.choice}>
      <p className={css.name} aria-hidden="true">{name}</p>
      {children}
      {hint !== undefined && <p className={css.hint}>{hint}</p>}
    </div>
  );
}
