import clsx from 'clsx';
import { Fragment, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { CaretIcon } from './icons';
import { useRevealedFocus } from './reveal';
import { type Sort, sorted, type SortValue, turned } from './sort';
import css from './Table.module.css';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What the column is ordered by; without it, it is not. */
  by?: (row: T) => SortValue;
  isNumber?: boolean;
  /** Left out where the page is narrow. */
  isExtra?: boolean;
}

export interface TableProps<T> {
  /** What the table shows, for those who cannot see it; also the name of its scrolled region. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string | number;
  sort?: Sort | null;
  onSort?: (id: string) => void;
  /** Which row is looked at elsewhere. */
  selected?: string | number | null;
  /** What hangs below a row that was opened. */
  more?: (row: T) => ReactNode;
  /** Instead of rows where there are none. */
  none?: string;
  isBusy?: boolean;
}

/** Rows under a head that stays. The first column names the row; arrow keys go from row to row between their buttons. */
export function Table<T>({ caption, columns, rows, rowKey, sort = null, onSort, selected = null, more, none, isBusy = false }: TableProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  useRevealedFocus(scroller);
  useRowKeys(body);
  const place = (column: Column<T>) => clsx(column.isNumber && css.number, column.isExtra && css.extra) || undefined;
  return (
    <div ref={scroller} className={css.scroll} role="region" aria-label={caption} aria-busy={isBusy} tabIndex={0}>
      <table className={css.table}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={place(column)} aria-sort={sort?.id === column.id ? (sort.isDescending ? 'descending' : 'ascending') : undefined}>
                {column.by && onSort
                  ? <button type="button" className={css.sort} onClick={() => onSort(column.id)}>{column.header}<CaretIcon /></button>
                  : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => {
            const key = rowKey(row);
            const below = more?.(row);
            return (
              <Fragment key={key}>
                <tr data-row={key} aria-current={selected !== null && selected === key ? 'true' : undefined}>
                  {columns.map((column, n) => (n === 0
                    ? <th key={column.id} scope="row" className={place(column)}>{column.cell(row)}</th>
                    : <td key={column.id} className={place(column)}>{column.cell(row)}</td>))}
                </tr>
                {below && <tr className={css.more}><td colSpan={columns.length}>{below}</td></tr>}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && none && <p className={css.none}>{none}</p>}
    </div>
  );
}

/** The button in a row that opens what the row stands for. */
export function RowButton({ children, ...rest }: { children: ReactNode; onClick: () => void; 'aria-expanded'?: boolean }) {
  return <button type="button" className={css.open} {...rest}>{children}</button>;
}

/** `rows` in the order that was asked for last; `first` until then. */
export function useSorted<T>(rows: readonly T[], columns: readonly Column<T>[], first: Sort | null) {
  const [sort, setSort] = useState(first);
  const by = columns.find((column) => column.id === sort?.id)?.by;
  const isDescending = sort?.isDescending ?? false;
  const ordered = useMemo(() => (by ? sorted(rows, by, isDescending) : rows), [rows, by, isDescending]);
  return { rows: ordered, sort, onSort: (id: string) => setSort((held) => turned(held, id)) };
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** Moves the focus between the same controls of neighbouring rows. Controls that use the keys themselves keep them. */
function useRowKeys(body: RefObject<HTMLTableSectionElement | null>) {
  useEffect(() => {
    const held = body.current;
    const onKey = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      const control = event.target as HTMLElement;
      const row = control.closest('tr');
      if (!held || step === undefined || !row || control.tagName !== 'BUTTON') return;
      const place = [...row.querySelectorAll('button')].indexOf(control as HTMLButtonElement);
      const rows = [...held.querySelectorAll<HTMLElement>('tr[data-row]')].filter((each) => each.querySelector('button'));
      const next = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(row) + step))];
      const buttons = next?.querySelectorAll('button');
      event.preventDefault();
      buttons?.[Math.min(place, buttons.length - 1)]?.focus();
    };
    held?.addEventListener('keydown', onKey);
    return () => held?.removeEventListener('keydown', onKey);
  }, [body]);
}
