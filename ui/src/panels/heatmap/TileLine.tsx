import { price, score } from '../../kit/format';
import { type Heat, setHeat } from '../../kit/prefs';
import { words } from '../../kit/words';
import type { Side } from '../../live/plane';
import type { Tile } from '../../wire';
import css from './HeatmapPanel.module.css';
import { nameOf } from './TileCard';
import { BRIGHTEST, type Cell } from './tiles';
import { heatWords } from './words';

/** The tile that is pointed at, in words. */
export function TileLine({ tile, side, cell }: { tile: Tile | undefined; side: Side; cell: Cell | null }) {
  const of = tile?.[side];
  if (!tile || !of || !cell) return <p className={css.line} data-testid="tile-line">{words.heatmap.noCell}</p>;
  const isSpread = 'debit' in of;
  const facts: [string, string][] = [
    [words.heatmap.theory, price(isSpread ? of.debit : of.mid)],
    [words.heatmap.market, price(isSpread ? of.market_debit : of.market_mid)],
    ...(isSpread ? [[words.heatmap.maxProfit, price(of.max_profit)] as [string, string]] : []),
    [words.heatmap.change, `${score(cell.changePct)} %`],
  ];
  return (
    <p className={css.line} data-testid="tile-line">
      <b>{nameOf(tile, side)}</b>
      <span className={css.facts}>
        {facts.map(([name, value]) => <span key={name}>{name} <b>{value}</b></span>)}
      </span>
    </p>
  );
}

/** What the colours mean; the threshold between them can be moved. */
export function HeatLegend({ heat }: { heat: Heat }) {
  return (
    <div className={css.legend}>
      <figure className={css.scaleBox} aria-label={heatWords.legend} title={heatWords.legend}>
        <span className={css.scale} aria-hidden="true" />
        <figcaption className={css.ticks}>
          <span>0</span>
          <span>{heat.threshold}</span>
          <span>{heat.threshold * BRIGHTEST} %</span>
        </figcaption>
      </figure>
      <span className={css.sample}>{heatWords.outlined(heat.zone)}</span>
      <label className={css.slide} title={words.heatmap.threshold}>
        <span className="sr-only">{heatWords.threshold}</span>
        <input type="range" className={css.range} min={10} max={200} step={5} value={heat.threshold} onChange={(event) => setHeat({ threshold: Number(event.target.value) })} />
        <output className={css.threshold}>{heat.threshold} %</output>
      </label>
    </div>
  );
}
