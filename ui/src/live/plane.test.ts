import { describe, expect, test } from 'vitest';
import { tileOf } from '../test/samples';
import type { Tile } from '../wire';
import { patched, Plane, rowOf } from './plane';

const made = (tiles: Tile[], held?: Plane, removed: { strike: number; width: number }[] = []) => patched(held, tiles, removed) as Plane;
const fly = (strike: number, width: number, debit: number, change: Partial<Tile> = {}) => tileOf('butterfly', strike, width, debit, 5, change);
const plane = made([fly(6630, 20, 3.2), fly(6640, 25, 4), fly(6635, 20, 3.1)]);

describe('plane', () => {
  test('strikes descend, widths ascend; what has no tile is not there', () => {
    expect([plane.strikes, plane.columns.widths, plane.size]).toEqual([[6640, 6635, 6630], [20, 25], 3]);
    expect(plane.get('20:6640')).toBeUndefined();
    expect(plane.get('99:6640')).toBeUndefined();
    expect([plane.has('25:6640'), plane.has('25:6641')]).toEqual([true, false]);
  });

  test('a tile comes out as it went in', () => {
    const spread = fly(6630, 20, 3.2);
    expect(plane.get('20:6630')).toEqual(spread);
    const single = tileOf('single', 447.5, 0, 12.5, 20);
    expect(made([single]).at(447.5, 0)).toEqual(single);
    const callOnly: Tile = { ...tileOf('vertical', 6630, 2.5, 1.1, 7), put: undefined } as unknown as Tile;
    delete callOnly.put;
    expect(made([callOnly]).get('2.5:6630')).toEqual(callOnly);
    expect([...plane.values()].map(({ strike }) => strike)).toEqual([6640, 6635, 6630]);
  });

  test('a price that is not known is null, one of a side that is not there as well', () => {
    expect([plane.value(6630, 20, 'call', 'theory'), plane.value(6630, 20, 'call', 'market'), plane.change(6630, 20, 'put')]).toEqual([3.2, null, 5]);
    expect([plane.value(6630, 25, 'call', 'theory'), plane.change(1, 20, 'call')]).toEqual([null, null]);
  });

  test('a change leaves the plane before it as it was, and the axes the same object', () => {
    const next = made([fly(6630, 20, 9)], plane);
    expect([plane.value(6630, 20, 'call', 'theory'), next.value(6630, 20, 'call', 'theory')]).toEqual([3.2, 9]);
    expect(next.strikes).toBe(plane.strikes);
  });

  test('a new strike and a new width find room', () => {
    const next = made([fly(6650, 30, 5)], plane);
    expect([next.strikes, next.columns.widths, next.size]).toEqual([[6650, 6640, 6635, 6630], [20, 25, 30], 4]);
    expect(next.value(6640, 25, 'call', 'theory')).toBe(4);
  });

  test('a strike whose last tile is gone is gone; nothing left is no plane', () => {
    expect(made([], plane, [{ strike: 6635, width: 20 }]).strikes).toEqual([6640, 6630]);
    expect(patched(made([fly(1, 2, 3)]), [], [{ strike: 1, width: 2 }])).toBeNull();
    expect(patched(undefined, [], [])).toBeNull();
    expect(made([], plane, [{ strike: 7, width: 20 }]).size).toBe(3);
  });
});

test.each<[number, number]>([[6640, 0], [6635, 1], [6630, 2], [6632, -1], [9999, -1], [0, -1]])('strike %d is at row %d', (strike, row) => {
  expect(rowOf([6640, 6635, 6630], strike)).toBe(row);
});
