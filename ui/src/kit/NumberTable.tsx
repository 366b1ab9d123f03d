import type { ReactNode } from 'react';
import change from './Change.module.css';
import css from './NumberTable.module.css';

interface NumberTableProps {
  /** What the numbers are, for those who cannot see the head; also the name of the scrolled region. */
  caption: string;
  columns: readonly string[];
  testId: string;
  /** Rows: a `th` that names it, then a `td` for each other column. */
  children: ReactNode;
}

/** A drawing as numbers: dense rows under a head that stays. */
export function NumberTable({ caption, columns, testId, children }: NumberTableProps) {
  return (
    <div className={css.scroll} role="region" aria-label={caption} tabIndex={0}>
      <table className={css.table} data-testid={testId}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A number that is better above zero than below. */
export const gainLook = { up: change.up, down: change.down, flat: change.flat };
