import { expect, test } from 'vitest';
import { artifactOf, contextOf, gexSummaryOf } from '../../test/samples';
import { ladder, miniProfile, placeOf, toNode } from './gravity';

test('the ladder has every known level, the highest first, with the price among them', () => {
  expect(ladder(6632.41, gexSummaryOf(), 6640).map(({ kind }) => kind)).toEqual(['callWall', 'node', 'spot', 'flip', 'zeroGamma', 'putWall']);
  expect(ladder(6632.41, undefined, null)).toEqual([{ kind: 'spot', price: 6632.41 }]);
});

test('points to the nearest node', () => {
  expect(toNode(contextOf())).toBeCloseTo(-32.41);
  expect(toNode(contextOf({ nearest_volume_node: null }))).toBeNull();
});

test('the mini-profile is what lies within 1.2 %, at most 40 rows, the highest first', () => {
  const bars = miniProfile(artifactOf(Array.from({ length: 200 }, (_, n) => (n === 70 ? 1000 : 10)), 6530), 6632);
  expect(bars.length).toBeLessThanOrEqual(40);
  expect(bars[0]?.price).toBeGreaterThan(bars.at(-1)?.price ?? Infinity);
  const largest = bars.find(({ size }) => size === 1);
  expect(largest?.isNode, '6600 is inside the node range').toBe(true);
  expect(bars.filter(({ isNode }) => isNode).length).toBeLessThan(6);
});

test.each<[string, number[], number]>([['no bins', [], 6632], ['bins elsewhere', [1, 2, 3], 9000], ['empty bins', [0, 0, 0], 6531]])('a profile with %s has no shape', (_name, bins, spot) => {
  expect(miniProfile(artifactOf(bins, 6530), spot).every(({ size }) => size === 0)).toBe(true);
});

test('a price has its place on the rows, or none outside of them', () => {
  const bars = [{ price: 6620, size: 1, isNode: false }, { price: 6610, size: 1, isNode: false }, { price: 6600, size: 1, isNode: false }];
  expect([placeOf(6630, bars), placeOf(6615, bars), placeOf(6600, bars)]).toEqual([0, 0.5, 1]);
  expect([placeOf(6631, bars), placeOf(6599, bars), placeOf(6600, [])]).toEqual([null, null, null]);
});
