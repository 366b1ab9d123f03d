import { direction, etDay, etMinute, price, signed } from '../../kit/format';
import { gainLook, NumberTable } from '../../kit/NumberTable';
import { words } from '../../kit/words';
import type { Candle } from '../../wire';

/** The bars as numbers, in the order given. */
export function BarTable({ bars, caption }: { bars: Candle[]; caption: string }) {
  return (
    <NumberTable caption={caption} columns={words.chart.columns} testId="bar-table">
      {bars.map((bar) => (
        <tr key={bar.t} data-t={bar.t}>
          <th scope="row">{etDay(bar.t)} <b>{etMinute(bar.t)}</b></th>
          <td>{price(bar.o)}</td>
          <td>{price(bar.h)}</td>
          <td>{price(bar.l)}</td>
          <td><strong>{price(bar.c)}</strong></td>
          <td className={gainLook[direction(bar.c - bar.o)]}>{signed(bar.c - bar.o)}</td>
        </tr>
      ))}
    </NumberTable>
  );
}
