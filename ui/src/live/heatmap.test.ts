import { describe, expect, test } from 'vitest';
import { diffOf, heatmapOf, tileOf } from '../test/samples';
import type { SpreadSide } from '../wire';
import { type HeatmapBook, NO_HEATMAPS, planeOf, reduceHeatmaps, takeDiff, takeWhole } from './heatmap';

const held = takeWhole(undefined, heatmapOf());
const costAt = (book: HeatmapBook, place: string, dte = 0) => (planeOf(book, 'butterfly', dte).get(place)?.call as SpreadSide | undefined)?.debit;
const fly = (debit: number, dte = 0) => tileOf('butterfly', 6630, 20, debit, 5, { dte });

describe('heatmap', () => {
  test('a diff without a heatmap, or one that is not newer, changes nothing', () => {
    expect(reduceHeatmaps(NO_HEATMAPS, { event: 'heatmap_diff', data: diffOf(1, 2, []) })).toBe(NO_HEATMAPS);
    const books = reduceHeatmaps(NO_HEATMAPS, { event: 'heatmap', data: heatmapOf() });
    expect(reduceHeatmaps(books, { event: 'heatmap_diff', data: diffOf(999, 1000, []) })).toBe(books);
  });

  test('the whole is sorted into planes of one strategy and one expiration', () => {
    expect(Object.keys(held.planes).toSorted()).toEqual(['butterfly:0', 'butterfly:3', 'single:0', 'single:3']);
    expect(planeOf(held, 'butterfly', 0).size).toBe(120);
    expect(costAt(held, '20:6630')).toBeCloseTo(3.2);
    expect(planeOf(held, 'vertical', 0).size).toBe(0);
  });

  test('a diff that fits is applied, and planes it does not touch stay the same object', () => {
    const next = takeDiff(held, diffOf(1000, 1001, [fly(4.5)]));
    expect(costAt(next, '20:6630')).toBe(4.5);
    expect([next.version, next.spot, next.atm_iv[0], next.vix]).toEqual([1001, 6633, 0.152, 16.2]);
    expect(next.planes['butterfly:3']).toBe(held.planes['butterfly:3']);
    expect(costAt(held, '20:6630'), 'what is drawn is not changed behind its back').toBeCloseTo(3.2);
  });

  test.each([[900, 999], [900, 1000], [1000, 1000]])('a diff from %i to %i is not newer and is ignored', (prev, version) => {
    expect(takeDiff(held, diffOf(prev, version, [fly(9)]))).toBe(held);
  });

  test('tiles and planes that are gone disappear', () => {
    const next = takeDiff(held, diffOf(1000, 1001, [], { removed: ['butterfly:0:20:6630'], dtes_available: [0] }));
    expect(planeOf(next, 'butterfly', 0).has('20:6630')).toBe(false);
    expect(planeOf(next, 'butterfly', 3).size).toBe(0);
  });

  test('after a gap nothing is applied until the whole came; then what waited is, in order', () => {
    const gap = takeDiff(held, diffOf(1001, 1002, [fly(5)]));
    expect(gap.waiting).toHaveLength(1);
    expect([gap.version, costAt(gap, '20:6630')]).toEqual([1000, costAt(held, '20:6630')]);
    const waiting = [diffOf(1002, 1003, [fly(6)]), diffOf(1003, 1004, [fly(7, 3)])].reduce(takeDiff, gap);
    const whole = takeWhole(waiting, heatmapOf({ version: 1002 }));
    expect(whole.waiting).toBeNull();
    expect([whole.version, costAt(whole, '20:6630'), costAt(whole, '20:6630', 3)]).toEqual([1004, 6, 7]);
  });

  test('a whole that is older than what waited leaves it behind still', () => {
    const gap = takeDiff(held, diffOf(1001, 1002, [fly(5)]));
    expect(takeWhole(gap, heatmapOf({ version: 1000 })).waiting).toHaveLength(1);
  });

  test('what waits is bounded', () => {
    const many = Array.from({ length: 100 }, (_, n) => diffOf(1001 + n, 1002 + n, []));
    expect(many.reduce(takeDiff, held).waiting).toHaveLength(40);
  });

  test('an older whole never replaces a newer one, a new epoch of a higher version does', () => {
    expect(takeWhole(held, heatmapOf({ version: 999 }))).toBe(held);
    expect(takeWhole(held, heatmapOf({ version: 1001, epoch: 'other' })).epoch).toBe('other');
  });
});
