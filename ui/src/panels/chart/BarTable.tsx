import { direction, etDay, etMinute, price, signed } from '../../kit/format';
import { words } from '../../kit/words';
import type { Candle } from '../../wire';
import css from './BarTable.module.css';

/** The bars as numbers, in the order given. */
export function BarTable({ bars, caption }: { bars: Candle[]; caption: string }) {
  return (
    <div className={css.scroll} role="region" aria-label={caption} tabIndex={0}>
      <table className={css.table} data-testid="bar-table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>{words.chart.columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.t} data-t={bar.t}>
              <th scope="row">{etDay(bar.t)} <b>{etMinute(bar.t)}</b></th>
              <td>{price(bar.o)}</td>
              <td>{price(bar.h)}</td>
              <td>{price(bar.l)}</td>
              <td className={css.close}>{price(bar.c)}</td>
              <td className={css[direction(bar.c - bar.o)]}>{signed(bar.c - bar.o)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
