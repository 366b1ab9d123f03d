import { distance, price as toCents, strike } from '../../kit/format';
import { words } from '../../kit/words';
import type { Rung } from './gravity';
import css from './Ladder.module.css';
import { gravityWords } from './words';

export interface LadderProps {
  rungs: Rung[];
  spot: number;
  /** Brings a level into view on the chart. */
  onShow: (price: number) => void;
}

/** The levels above and below the price, with their distance in points. */
export function Ladder({ rungs, spot, onShow }: LadderProps) {
  return (
    <ol className={css.ladder} aria-label={words.gravity.ladder} data-testid="ladder">
      {rungs.map(({ kind, price }) => {
        const text = kind === 'spot' ? toCents(price) : strike(price);
        const content = (
          <>
            <i className={css.mark} aria-hidden="true" />
            <span className={css.name}>{words.levels[kind]}</span>
            <b className={css.price}>{text}</b>
            <span className={css.far}>{kind === 'spot' ? '' : distance(price - spot)}</span>
          </>
        );
        return (
          <li key={kind} data-kind={kind}>
            {kind === 'spot' ? <div className={css.rung}>{content}</div> : (
              <button type="button" className={css.rung} title={gravityWords.showHint} onClick={() => onShow(price)}>
                {content}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
