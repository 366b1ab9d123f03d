import clsx from 'clsx';
import { direction, percent, signed, ticker } from '../../kit/format';
import { DirectionMark } from '../../kit/icons';
import { MovingPrice } from '../../kit/MovingPrice';
import { setPrefs } from '../../kit/prefs';
import { Sparkline } from '../../kit/Sparkline';
import { symbolNames, words } from '../../kit/words';
import { isQuoteStale } from '../../live/freshness';
import { useIsCut } from '../../live/hooks';
import { ageOf } from '../../live/line';
import { useLine, usePrices } from '../../live/stores';
import css from './Tile.module.css';

const NO_VALUES: number[] = [];

/** One symbol: last price, its change on the day, its course since the page was opened. Chooses the chart's symbol. */
export function Tile({ symbol, isSelected }: { symbol: string; isSelected: boolean }) {
  const spot = usePrices((prices) => prices.spots[symbol]);
  const values = usePrices((prices) => prices.traces[symbol]?.values) ?? NO_VALUES;
  const isOld = useLine((line) => spot !== undefined && isQuoteStale(spot, ageOf(line, spot.ts)));
  const isCut = useIsCut();
  if (!spot) return null;
  const way = direction(spot.change);
  return (
    <button
      type="button"
      className={clsx(css.tile, isOld && css.old)}
      data-testid="tile"
      data-symbol={symbol}
      data-value={spot.value}
      data-ts={spot.ts}
      data-stale={isOld || undefined}
      data-old={isOld || undefined}
      aria-pressed={isSelected}
      disabled={isCut}
      title={isCut ? words.needsServer : words.tiles.show(ticker(symbol))}
      onClick={() => setPrefs({ symbol })}
    >
      <span className={css.symbol}>{ticker(symbol)}</span>
      <span className={css.name}>{spot.session === 'regular' ? symbolNames[symbol] : words.session[spot.session]}</span>
      <span className={clsx(css.spark, css[course(values)])}><Sparkline values={values} /></span>
      <span className={css.value}><MovingPrice value={spot.value} /></span>
      <span className={clsx(css.change, css[way])}><DirectionMark way={way} />{signed(spot.change)}</span>
      <span className={clsx(css.percent, css[way])}>{percent(spot.change_pct)}</span>
      {isOld && <span className={css.chip}>{words.tiles.stale}</span>}
    </button>
  );
}

/** Where the drawn prices went, whatever the day did. */
function course(values: number[]) {
  return direction((values.at(-1) ?? 0) - (values[0] ?? 0));
}
