/** Which column a table is ordered by, and which way. */
export interface Sort {
  id: string;
  isDescending: boolean;
}

export type SortValue = string | number | boolean | null | undefined;

const collator = new Intl.Collator('en-US', { numeric: true, sensitivity: 'base' });

/** `rows` by what `by` says of them. What is unknown comes last either way; equal rows keep their order. */
export function sorted<T>(rows: readonly T[], by: (row: T) => SortValue, isDescending: boolean): T[] {
  const way = isDescending ? -1 : 1;
  return rows.map((row) => ({ row, value: by(row) })).toSorted((a, b) => {
    const [isLastA, isLastB] = [isUnknown(a.value), isUnknown(b.value)];
    if (isLastA || isLastB) return Number(isLastA) - Number(isLastB);
    return way * compared(a.value, b.value);
  }).map(({ row }) => row);
}

/** The order after a press on the head of `id`: the other way round, or ascending at first. */
export function turned(sort: Sort | null, id: string): Sort {
  return { id, isDescending: sort?.id === id && !sort.isDescending };
}

function isUnknown(value: SortValue): boolean {
  return value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value));
}

function compared(a: SortValue, b: SortValue): number {
  if (typeof a === 'string' && typeof b === 'string') return collator.compare(a, b);
  return Number(a) - Number(b);
}
