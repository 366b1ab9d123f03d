import { type HeatRow, largest, level } from './heat';
import css from './HeatTable.module.css';
import { clockHour } from './times';
import { adminWords } from './words';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export interface HeatTableProps {
  caption: string;
  rows: readonly HeatRow[];
  /** A count in words. */
  told: (count: number) => string;
}

/** Counts by day and hour. The colour says how much, the number says it exactly. */
export function HeatTable({ caption, rows, told }: HeatTableProps) {
  const most = largest(rows);
  return (
    <div className={css.wrap}>
      <div className={css.scroll} role="region" aria-label={caption} tabIndex={0}>
        <table className={css.table}>
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr>
              <th scope="col"><span className="sr-only">{adminWords.heat.day}</span></th>
              {HOURS.map((hour) => <th key={hour} scope="col" data-main={hour % 3 === 0 || undefined}><span className="sr-only">{clockHour(hour)}</span><span aria-hidden="true">{hour}</span></th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">{row.label}</th>
                {HOURS.map((hour) => <HeatCell key={hour} count={row.counts[hour] ?? null} most={most} label={`${row.label} ${clockHour(hour)}`} told={told} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={css.legend} aria-hidden="true">
        {adminWords.heat.fewer}
        {[0, 1, 2, 3, 4].map((each) => <i key={each} data-level={each} />)}
        {adminWords.heat.more}
      </p>
    </div>
  );
}

function HeatCell({ count, most, label, told }: { count: number | null; most: number; label: string; told: (count: number) => string }) {
  if (count === null) return <td data-level="none" title={`${label}: ${adminWords.heat.unknown}`}><span className="sr-only">{adminWords.heat.unknown}</span></td>;
  return <td data-level={level(count, most)} title={`${label}: ${told(count)}`}><span>{count}</span></td>;
}
