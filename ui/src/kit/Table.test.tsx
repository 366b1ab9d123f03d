import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { type Column, RowButton, Table, useSorted } from './Table';

interface Fruit { name: string; count: number | null }
const ROWS: Fruit[] = [{ name: 'pear', count: 3 }, { name: 'apple', count: null }, { name: 'fig', count: 12 }];
const COLUMNS: Column<Fruit>[] = [
  { id: 'name', header: 'Name', cell: (row) => <RowButton onClick={() => {}}>{row.name}</RowButton>, by: (row) => row.name },
  { id: 'count', header: 'Count', cell: (row) => row.count ?? '–', by: (row) => row.count, isNumber: true },
  { id: 'note', header: 'Note', cell: () => '' },
];

function Fruits() {
  const { rows, sort, onSort } = useSorted(ROWS, COLUMNS, null);
  return <Table caption="Fruits" columns={COLUMNS} rows={rows} rowKey={(row) => row.name} sort={sort} onSort={onSort} />;
}

const names = () => screen.getAllByRole('rowheader').map((head) => head.textContent);

test('a head orders the rows, and says which way; what cannot be ordered has no button', async () => {
  render(<Fruits />);
  expect(names()).toEqual(['pear', 'apple', 'fig']);
  await userEvent.click(screen.getByRole('button', { name: 'Count' }));
  expect(names()).toEqual(['pear', 'fig', 'apple']);
  await userEvent.keyboard('{Enter}');
  expect(names()).toEqual(['fig', 'pear', 'apple']);
  expect(screen.getByRole('columnheader', { name: 'Count' })).toHaveAttribute('aria-sort', 'descending');
  expect(screen.queryByRole('button', { name: 'Note' })).not.toBeInTheDocument();
});

test('arrow keys go through the rows and stop at the ends', async () => {
  render(<Fruits />);
  screen.getByRole('button', { name: 'apple' }).focus();
  for (const [key, name] of [['{ArrowUp}', 'pear'], ['{ArrowUp}', 'pear'], ['{End}', 'fig'], ['{ArrowDown}', 'fig'], ['{Home}', 'pear']] as const) {
    await userEvent.keyboard(key);
    expect(screen.getByRole('button', { name })).toHaveFocus();
  }
});

test('the scrolled region can be reached and has a name', () => {
  render(<Fruits />);
  expect(screen.getByRole('region', { name: 'Fruits' })).toHaveAttribute('tabindex', '0');
  expect(screen.getByRole('table', { name: 'Fruits' })).toBeInTheDocument();
});
