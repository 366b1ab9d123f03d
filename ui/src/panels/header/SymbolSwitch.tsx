import { useShallow } from 'zustand/react/shallow';
import { ticker } from '../../kit/format';
import { setPrefs } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { inOrder } from '../../kit/symbols';
import { words } from '../../kit/words';
import { useIsCut } from '../../live/hooks';
import { usePrices } from '../../live/stores';
import css from './SymbolSwitch.module.css';

const FIRST = [{ value: 'I:SPX', text: 'SPX' }, { value: 'I:NDX', text: 'NDX' }] as const;

/** Two buttons for the two that are traded here, a list for everything that has a price. */
export function SymbolSwitch({ symbol }: { symbol: string }) {
  const symbols = usePrices(useShallow((prices) => inOrder(Object.values(prices.spots)).map((spot) => spot.symbol)));
  const others = symbols.filter((other) => !FIRST.some(({ value }) => value === other));
  const isOther = !FIRST.some(({ value }) => value === symbol);
  const blocked = useIsCut() ? words.needsServer : undefined;
  return (
    <div className={css.switch}>
      <Segmented<string> label={words.symbol} options={FIRST} value={symbol} onChange={select} blocked={blocked} />
      <span className={css.more} title={blocked} data-chosen={isOther || undefined}>
        <span aria-hidden="true">{isOther ? ticker(symbol) : words.moreSymbols}</span>
        <svg width="8" height="8" viewBox="0 0 8 8" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true"><path d="m1 2.5 3 3 3-3" /></svg>
        <select className={css.select} aria-label={words.symbol} value={isOther ? symbol : ''} disabled={blocked !== undefined} onChange={(event) => select(event.target.value)}>
          <option value="">{words.moreSymbols}</option>
          {(isOther && !others.includes(symbol) ? [symbol, ...others] : others).map((other) => (
            <option key={other} value={other}>{ticker(other)}</option>
          ))}
        </select>
      </span>
    </div>
  );
}

function select(symbol: string) {
  if (symbol) setPrefs({ symbol });
}
