import { TargetIcon } from '../../kit/icons';
import { type Heat, setHeat } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import css from './HeatmapPanel.module.css';

const STRATEGIES = (['butterfly', 'vertical', 'single'] as const).map((value) => ({ value, text: words.heatmap.strategies[value] }));
const SIDES = (['call', 'put', 'both'] as const).map((value) => ({ value, text: words.heatmap.sides[value] }));
const PRICES = (['theory', 'market'] as const).map((value) => ({ value, text: words.heatmap.prices[value] }));

export interface HeatToolbarProps {
  heat: Heat;
  dtes: number[];
  dte: number;
  onDte: (dte: number) => void;
}

/** Which plane, which structure, which side, which price. */
export function HeatToolbar({ heat, dtes, dte, onDte }: HeatToolbarProps) {
  const planes = dtes.map((each) => ({ value: String(each), text: words.heatmap.days(each) }));
  return (
    <div className={css.toolbar}>
      <Segmented<string> label={words.heatmap.dte} options={planes} value={String(dte)} onChange={(next) => onDte(Number(next))} />
      <Segmented<Heat['strategy']> label={words.heatmap.strategy} options={STRATEGIES} value={heat.strategy} onChange={(strategy) => setHeat({ strategy })} />
      <Segmented<Heat['side']> label={words.heatmap.side} options={SIDES} value={heat.side} onChange={(side) => setHeat({ side })} />
      <Segmented<Heat['price']> label={words.heatmap.price} options={PRICES} value={heat.price} onChange={(price) => setHeat({ price })} />
    </div>
  );
}

/** Brings the price into view. */
export function CentreButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className={css.tool} title={words.heatmap.centreHint} onClick={onClick}>
      <TargetIcon />
      {words.heatmap.centre}
    </button>
  );
}
