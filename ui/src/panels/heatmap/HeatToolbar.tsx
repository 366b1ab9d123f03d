import { type Heat, setHeat } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import css from './HeatmapPanel.module.css';
import { heatWords } from './words';

/** More planes than this do not fit beside each other. */
const PLANES_MAX = 5;
const STRATEGIES = (['butterfly', 'vertical', 'single'] as const).map((value) => ({ value, text: words.heatmap.strategies[value] }));
const SIDES = (['call', 'put', 'both'] as const).map((value) => ({ value, text: words.heatmap.sides[value] }));
const PRICES = (['theory', 'market'] as const).map((value) => ({ value, text: words.heatmap.prices[value] }));
const MODES = (['debit', 'r2r', 'change'] as const).map((value) => ({ value, text: heatWords.modes[value] }));

export interface HeatToolbarProps {
  heat: Heat;
  dtes: number[];
  dte: number;
  onDte: (dte: number) => void;
}

/** Which plane, which structure, which side, which price, which number of it. */
export function HeatToolbar({ heat, dtes, dte, onDte }: HeatToolbarProps) {
  const planes = dtes.map((each) => ({ value: String(each), text: words.heatmap.days(each) }));
  return (
    <div className={css.toolbar}>
      {planes.length <= PLANES_MAX ? (
        <Segmented<string> label={words.heatmap.dte} options={planes} value={String(dte)} onChange={(next) => onDte(Number(next))} />
      ) : (
        <select className={css.select} aria-label={words.heatmap.dte} value={String(dte)} onChange={(event) => onDte(Number(event.target.value))}>
          {planes.map(({ value, text }) => <option key={value} value={value}>{text}</option>)}
        </select>
      )}
      <Segmented<Heat['strategy']> label={words.heatmap.strategy} options={STRATEGIES} value={heat.strategy} onChange={(strategy) => setHeat({ strategy })} />
      <Segmented<Heat['side']> label={words.heatmap.side} options={SIDES} value={heat.side} onChange={(side) => setHeat({ side })} />
      <Segmented<Heat['price']> label={words.heatmap.price} options={PRICES} value={heat.price} onChange={(price) => setHeat({ price })} />
      <Segmented<Heat['mode']> label={heatWords.mode} options={MODES} value={heat.mode} onChange={(mode) => setHeat({ mode })} />
    </div>
  );
}
