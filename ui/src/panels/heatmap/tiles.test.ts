import { expect, test } from 'vitest';
import { takeWhole, planeOf } from '../../live/heatmap';
import { FIRST_PREFS, type Heat } from '../../kit/prefs';
import { heatmapOf, tileOf } from '../../test/samples';
import { cellAt, columnsOf, costOf, expectedMove, isAtMove, legsOf, shadeOf, sideAt, stepOf, strikesOf } from './tiles';

const plane = planeOf(takeWhole(undefined, heatmapOf({}, 4)), 'butterfly', 0);
const heat = (change: Partial<Heat> = {}): Heat => ({ ...FIRST_PREFS.heat, ...change });

test('strikes descend, columns are the widths, a single has one', () => {
  expect(strikesOf(plane)).toEqual([6640, 6635, 6630, 6625]);
  expect(stepOf(strikesOf(plane))).toBe(5);
  expect(stepOf([6600])).toBe(0);
  expect(columnsOf('butterfly', [20, 25])).toEqual([20, 25]);
  expect(columnsOf('single', [20, 25])).toEqual([0]);
});

test.each<[Heat['side'], number, string]>([
  ['call', 6600, 'call'], ['put', 6700, 'put'], ['both', 6635, 'call'], ['both', 6632.41, 'put'], ['both', 6630, 'put'],
])('side %s at strike %d is the %s', (choice, strike, side) => {
  expect(sideAt(choice, strike, 6632.41)).toBe(side);
});

test.each<[string, Parameters<typeof costOf>[0], Heat['price'], number | null]>([
  ['theory of a spread', { debit: 3.4, max_profit: 16.6, max_loss: 3.4, market_debit: 3.35, change_pct: 0 }, 'theory', 3.4],
  ['market of a spread', { debit: 3.4, max_profit: 16.6, max_loss: 3.4, market_debit: 3.35, change_pct: 0 }, 'market', 3.35],
  ['market of a single', { mid: 2.2, market_mid: 2.15, change_pct: 0 }, 'market', 2.15],
  ['no quote', { mid: 2.2, market_mid: null, change_pct: 0 }, 'market', null],
  ['no side', undefined, 'theory', null],
  ['less than nothing', { mid: -0.2, market_mid: null, change_pct: 0 }, 'theory', null],
  ['nothing to the cent', { mid: 0.004, market_mid: null, change_pct: 0 }, 'theory', null],
])('%s', (_name, side, price, cost) => {
  expect(costOf(side, price)).toBe(cost);
});

test.each<[number, number, boolean, number, boolean]>([
  [0, 50, false, 1, false], [25, 50, false, 0.5, false], [45, 50, false, 0.1, true], [50, 50, true, 0, true], [87.5, 50, true, 0.5, true],
  [125, 50, true, 1, true], [900, 50, true, 1, true], [30, 20, true, 0.34, false],
])('a change of %d %% at a threshold of %d', (changePct, threshold, isHot, amount, isInZone) => {
  expect(shadeOf(changePct, threshold)).toEqual({ isHot, amount, isInZone });
});

test('a cell tells its side, cost and colour; a tile that is not there costs nothing', () => {
  expect(cellAt(plane, 6630, 20, 6632, heat())).toMatchObject({ side: 'call', cost: 3.2, shade: { isHot: false } });
  expect(cellAt(plane, 6630, 99, 6632, heat())).toMatchObject({ cost: null, tile: undefined });
});

test.each<[Parameters<typeof tileOf>[0], 'call' | 'put', number[]]>([
  ['single', 'call', [6630]], ['vertical', 'call', [6630, 6650]], ['vertical', 'put', [6630, 6610]], ['butterfly', 'put', [6610, 6630, 6650]],
])('legs of a %s %s', (strategy, side, legs) => {
  expect(legsOf(tileOf(strategy, 6630, 20, 1, 0), side)).toEqual(legs);
});

test('the expected move grows with the root of time, never below a day', () => {
  expect(expectedMove(6632.41, 16.2, 0)).toBeCloseTo(67.68, 2);
  expect(expectedMove(6632.41, 16.2, 1)).toBe(expectedMove(6632.41, 16.2, 0));
  expect(expectedMove(6632.41, 16.2, 4)).toBeCloseTo(135.37, 2);
  expect(expectedMove(6632.41, null, 4)).toBeNull();
});

test('one strike on either side is at the move', () => {
  const marked = (move: number | null) => Array.from({ length: 60 }, (_, n) => 6500 + 5 * n).filter((strike) => isAtMove(strike, 6632.41, move, 5));
  expect(marked(67.68)).toEqual([6565, 6700]);
  expect(marked(null)).toEqual([]);
});
