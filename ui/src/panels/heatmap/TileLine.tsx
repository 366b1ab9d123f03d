import { price, score, strike as strikeText } from '../../kit/format';
import { type Heat, setHeat } from '../../kit/prefs';
import { words } from '../../kit/words';
import css from './HeatmapPanel.module.css';
import { type Cell, legsOf } from './tiles';

/** The tile that is pointed at, in words. */
export function TileLine({ cell }: { cell: Cell | null }) {
  const side = cell?.tile?.[cell.side];
  if (!cell?.tile || !side) return <p className={css.line} data-testid="tile-line">{words.heatmap.noCell}</p>;
  const { tile } = cell;
  const isSpread = 'debit' in side;
  const facts: [string, string][] = [
    [words.heatmap.theory, price(isSpread ? side.debit : side.mid)],
    [words.heatmap.market, price(isSpread ? side.market_debit : side.market_mid)],
    ...(isSpread ? [[words.heatmap.maxProfit, price(side.max_profit)] as [string, string]] : []),
    [words.heatmap.change, `${score(side.change_pct)} %`],
  ];
  return (
    <p className={css.line} data-testid="tile-line">
      <b>{words.heatmap.strategies[tile.strategy]} {legsOf(tile, cell.side).map(strikeText).join(' / ')} {words.heatmap.sides[cell.side].toLowerCase()}</b>
      <span className={css.facts}>
        {facts.map(([name, value]) => <span key={name}>{name} <b>{value}</b></span>)}
      </span>
    </p>
  );
}

/** What the colours mean; the threshold between them can be moved. */
export function HeatLegend({ heat }: { heat: Heat }) {
  return (
    <label className={css.legend}>
      <span className={css.scale} aria-hidden="true" />
      <span>{words.heatmap.threshold}</span>
      <input type="range" className={css.range} min={10} max={200} step={5} value={heat.threshold} onChange={(event) => setHeat({ threshold: Number(event.target.value) })} />
      <output className={css.threshold}>{heat.threshold} %</output>
    </label>
  );
}
