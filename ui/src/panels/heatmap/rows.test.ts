import { expect, test } from 'vitest';
import { centred, inView, moved, revealed, rowOf, spotIndex, topsOf } from './rows';

const even = (count: number) => topsOf(Array.from({ length: count }, () => 24));

test.each<[number, number]>([[6640, 0], [6632, 1], [6635, 0], [6600, 3], [6625, 2]])('the price %d has its line at row %d', (spot, row) => {
  expect(spotIndex([6635, 6630, 6625], spot)).toBe(row);
});

test('a strike below the price is one row further down', () => {
  expect([0, 1, 2].map((index) => rowOf(index, 1))).toEqual([0, 2, 3]);
});

test('rows lie one below the other, whatever their height', () => {
  expect(topsOf([24, 2, 2, 24])).toEqual([0, 24, 26, 28, 52]);
});

test('of many rows only those in view exist, with six to spare', () => {
  expect(inView(even(400), 0, 480)).toEqual({ from: 0, to: 26 });
  expect(inView(even(400), 2400, 480)).toEqual({ from: 94, to: 126 });
  expect(inView(even(400), 9200, 480)).toEqual({ from: 377, to: 400 });
  expect(inView(even(5), 0, 480)).toEqual({ from: 0, to: 5 });
  expect(inView(topsOf([]), 0, 480)).toEqual({ from: 0, to: 0 });
});

test('rows that shrank are all in view', () => {
  expect(inView(topsOf(Array.from({ length: 200 }, () => 2)), 0, 240)).toEqual({ from: 0, to: 192 });
});

test('a row is brought to the middle, or just into view', () => {
  expect(centred(even(200), 100, 480)).toBe(2172);
  expect(centred(even(200), 2, 480)).toBe(0);
  expect([revealed(even(99), 10, 480, 240), revealed(even(99), 25, 480, 240), revealed(even(99), 40, 480, 240)]).toEqual([240, 480, 744]);
});

test.each<[string, [number, number] | null]>([
  ['ArrowUp', [4, 2]], ['ArrowDown', [6, 2]], ['ArrowLeft', [5, 1]], ['ArrowRight', [5, 2]], ['PageUp', [0, 2]], ['PageDown', [9, 2]], ['x', null],
])('%s moves within the grid', (key, place) => {
  expect(moved({ strike: 5, column: 2 }, key, 10, 3)).toEqual(place && { strike: place[0], column: place[1] });
});
