import { Change } from '../../kit/Change';
import { direction, etDay, etMinute, price } from '../../kit/format';
import type { Candle } from '../../wire';
import css from './ChartPanel.module.css';

/** Open, high, low, close of the bar under the crosshair, else of the newest one; the change is from the bar before. */
export function Legend({ bar, before }: { bar: Candle | undefined; before: Candle | undefined }) {
  if (!bar) return null;
  const from = before?.c ?? bar.o;
  const points = bar.c - from;
  return (
    <div className={css.legend} data-testid="legend" data-way={direction(bar.c - bar.o)}>
      <span className={css.when}>{etDay(bar.t)} {etMinute(bar.t)} ET</span>
      {([['O', bar.o], ['H', bar.h], ['L', bar.l], ['C', bar.c]] as const).map(([letter, value]) => (
        <span key={letter}><span className={css.letter}>{letter}</span> {price(value)}</span>
      ))}
      <Change points={points} pct={from === 0 ? null : (100 * points) / from} className={css.legendChange} />
    </div>
  );
}
