import clsx from 'clsx';
import { direction, price, ticker } from '../../kit/format';
import type { Range } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import css from './RiskPanel.module.css';
import { signedMoney } from './facts';
import { tableRows } from './table';
import { riskWords } from './words';

/** The graph as a table, for those who read numbers. */
export function RiskTable({ picture, view, isWhatIf }: { picture: RiskPicture; view: Range; isWhatIf: boolean }) {
  const caption = riskWords.tableCaption(ticker(picture.symbol));
  return (
    <div className={css.tableBox} role="region" aria-label={caption} tabIndex={0}>
      <table className={css.table} data-testid="risk-table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>{(isWhatIf ? riskWords.columnsThen : riskWords.columns).map((column) => <th key={column} scope="col">{column}</th>)}</tr>
        </thead>
        <tbody>
          {tableRows(picture, view).map((row) => (
            <tr key={row.price} className={clsx(row.price === picture.spotThen && css.atSpot)}>
              <th scope="row">{price(row.price)}{row.price === picture.spotThen && <small> {riskWords.spot}</small>}</th>
              <td className={css[direction(row.expiry)]}>{signedMoney(row.expiry)}</td>
              <td className={css[direction(row.today)]}>{signedMoney(row.today)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
