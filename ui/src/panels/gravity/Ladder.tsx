import { distance, price as toCents, strike } from '../../kit/format';
import { words } from '../../kit/words';
import css from './Ladder.module.css';
import type { Rung } from './gravity';

/** The levels above and below the price, with their distance in points. */
export function Ladder({ rungs, spot }: { rungs: Rung[]; spot: number }) {
  return (
    <ol className={css.ladder} aria-label={words.gravity.ladder} data-testid="ladder">
      {rungs.map(({ kind, price }) => (
        <li key={kind} className={css.rung} data-kind={kind}>
          <i className={css.mark} aria-hidden="true" />
          <span className={css.name}>{words.levels[kind]}</span>
          <b className={css.price}>{kind === 'spot' ? toCents(price) : strike(price)}</b>
          <span className={css.far}>{kind === 'spot' ? '' : distance(price - spot)}</span>
        </li>
      ))}
    </ol>
  );
}
