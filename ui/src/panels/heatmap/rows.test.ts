import { expect, test } from 'vitest';
import { centred, inView, moved, revealed, rowOf, spotIndex } from './rows';

test.each<[number, number]>([[6640, 0], [6632, 1], [6635, 0], [6600, 3], [6625, 2]])('the price %d has its line at row %d', (spot, row) => {
  expect(spotIndex([6635, 6630, 6625], spot)).toBe(row);
});

test('a strike below the price is one row further down', () => {
  expect([0, 1, 2].map((index) => rowOf(index, 1))).toEqual([0, 2, 3]);
});

test('of many rows only those in view exist, with six to spare', () => {
  expect(inView(0, 480, 400)).toEqual({ from: 0, to: 26 });
  expect(inView(2400, 480, 400)).toEqual({ from: 94, to: 126 });
  expect(inView(9200, 480, 400)).toEqual({ from: 377, to: 400 });
  expect(inView(0, 480, 5)).toEqual({ from: 0, to: 5 });
});

test('a row is brought to the middle, or just into view', () => {
  expect(centred(100, 480)).toBe(2172);
  expect(centred(2, 480)).toBe(0);
  expect([revealed(10, 480, 240), revealed(25, 480, 240), revealed(40, 480, 240)]).toEqual([240, 480, 744]);
});

test.each<[string, [number, number] | null]>([
  ['ArrowUp', [4, 2]], ['ArrowDown', [6, 2]], ['ArrowLeft', [5, 1]], ['ArrowRight', [5, 2]], ['PageUp', [0, 2]], ['PageDown', [9, 2]], ['x', null],
])('%s moves within the grid', (key, place) => {
  expect(moved({ strike: 5, column: 2 }, key, 10, 3)).toEqual(place && { strike: place[0], column: place[1] });
});
