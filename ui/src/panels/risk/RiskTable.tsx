import clsx from 'clsx';
import { direction, price, ticker } from '../../kit/format';
import { gainLook, NumberTable } from '../../kit/NumberTable';
import type { Range } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import css from './RiskPanel.module.css';
import { signedMoney } from './facts';
import { tableRows } from './table';
import { riskWords } from './words';

/** The graph as a table, for those who read numbers. */
export function RiskTable({ picture, view, isWhatIf }: { picture: RiskPicture; view: Range; isWhatIf: boolean }) {
  return (
    <NumberTable caption={riskWords.tableCaption(ticker(picture.symbol))} columns={isWhatIf ? riskWords.columnsThen : riskWords.columns} testId="risk-table">
      {tableRows(picture, view).map((row) => (
        <tr key={row.price} className={clsx(row.price === picture.spotThen && css.atSpot)}>
          <th scope="row">{price(row.price)}{row.price === picture.spotThen && <small> {riskWords.spot}</small>}</th>
          <td className={gainLook[direction(row.expiry)]}>{signedMoney(row.expiry)}</td>
          <td className={gainLook[direction(row.today)]}>{signedMoney(row.today)}</td>
        </tr>
      ))}
    </NumberTable>
  );
}
