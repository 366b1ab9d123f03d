import { describe, expect, test } from 'vitest';
import { sorted, turned } from './sort';

const by = (row: { v: string | number | boolean | null }) => row.v;
const values = (rows: { v: string | number | boolean | null }[], isDescending: boolean) => sorted(rows, by, isDescending).map((row) => row.v);

describe('sorted', () => {
  test('numbers in words go by their number, whatever the case', () => {
    expect(values([{ v: 'svc10' }, { v: 'Svc9' }, { v: 'alpha' }], false)).toEqual(['alpha', 'Svc9', 'svc10']);
  });

  test.each([[false, [-2, 0, 7, null]], [true, [7, 0, -2, null]]])('what is unknown comes last, descending %s', (isDescending, expected) => {
    expect(values([{ v: null }, { v: 7 }, { v: -2 }, { v: 0 }], isDescending)).toEqual(expected);
  });

  test('equal rows keep their order', () => {
    const rows = [{ v: 1, n: 'a' }, { v: 1, n: 'b' }, { v: 0, n: 'c' }];
    expect(sorted(rows, by, true).map((row) => row.n)).toEqual(['a', 'b', 'c']);
  });
});

test('a second press on a head turns the order round', () => {
  expect(turned(null, 'name')).toEqual({ id: 'name', isDescending: false });
  expect(turned({ id: 'name', isDescending: false }, 'name')).toEqual({ id: 'name', isDescending: true });
  expect(turned({ id: 'name', isDescending: true }, 'age')).toEqual({ id: 'age', isDescending: false });
});
