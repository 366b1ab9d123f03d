import { expect, test } from 'vitest';
import { FIRST_PREFS, type Heat } from '../../kit/prefs';
import { planeOf, takeWhole } from '../../live/heatmap';
import { patched, type Plane } from '../../live/plane';
import { heatmapOf, tileOf } from '../../test/samples';
import type { Tile, TileSide } from '../../wire';
import { cellAt, changeAt, columnsOf, costAt, expectedMove, isAtMove, legsOf, nearestTo, rewardToRisk, shadeOf, sideAt, stepOf } from './tiles';

const plane = planeOf(takeWhole(undefined, heatmapOf({}, 4)), 'butterfly', 0);
const heat = (change: Partial<Heat> = {}): Heat => ({ ...FIRST_PREFS.heat, ...change });
const planeWith = (tiles: Tile[]) => patched(undefined, tiles, []) as Plane;
const quoted = (strike: number, market: number | null): Tile => {
  const side: TileSide = { debit: 9, max_profit: 11, max_loss: 9, market_debit: market, change_pct: 33 };
  return { ...tileOf('butterfly', strike, 20, 9, 33), call: side, put: side };
};

test('strikes descend, columns are the widths, a single has one', () => {
  expect(plane.strikes).toEqual([6640, 6635, 6630, 6625]);
  expect(stepOf(plane.strikes)).toBe(5);
  expect(stepOf([6600])).toBe(0);
  expect(columnsOf('butterfly', [20, 25])).toEqual([20, 25]);
  expect(columnsOf('single', [20, 25])).toEqual([0]);
  expect([nearestTo(plane.strikes, 6632.6), nearestTo(plane.strikes, 1), nearestTo([], 1)]).toEqual([1, 3, -1]);
});

test.each<[Heat['side'], number, string]>([
  ['call', 6600, 'call'], ['put', 6700, 'put'], ['both', 6635, 'call'], ['both', 6632.41, 'put'], ['both', 6630, 'put'],
])('side %s at strike %d is the %s', (choice, strike, side) => {
  expect(sideAt(choice, strike, 6632.41)).toBe(side);
});

test.each<[string, TileSide | undefined, Heat['price'], number | null]>([
  ['theory of a spread', { debit: 3.4, max_profit: 16.6, max_loss: 3.4, market_debit: 3.35, change_pct: 0 }, 'theory', 3.4],
  ['market of a spread', { debit: 3.4, max_profit: 16.6, max_loss: 3.4, market_debit: 3.35, change_pct: 0 }, 'market', 3.35],
  ['no side', undefined, 'theory', null],
  ['no quote', { debit: 3.4, max_profit: 16.6, max_loss: 3.4, market_debit: null, change_pct: 0 }, 'market', null],
  ['less than nothing', { debit: -0.2, max_profit: 20.2, max_loss: -0.2, market_debit: null, change_pct: 0 }, 'theory', null],
  ['nothing to the cent', { debit: 0.004, max_profit: 19.996, max_loss: 0.004, market_debit: null, change_pct: 0 }, 'theory', null],
])('%s', (_name, side, price, cost) => {
  const { put: _put, call: _call, ...bare } = tileOf('butterfly', 6630, 20, 1, 0);
  const tile: Tile = { ...bare, put: { debit: 1, max_profit: 19, max_loss: 1, market_debit: 1, change_pct: 0 }, ...(side && { call: side }) };
  expect(costAt(planeWith([tile]), 6630, 20, 'call', price)).toBe(cost);
});

test('of the market the change is counted against the next higher strike that has a price', () => {
  const market = planeWith([quoted(6640, 4), quoted(6635, null), quoted(6630, 5), quoted(6625, 4.5), quoted(6620, null)]);
  const changes = market.strikes.map((strike) => changeAt(market, strike, 20, 'call', 'market'));
  expect(changes).toEqual([0, 0, 25, 10, 0]);
  expect(changeAt(market, 6630, 20, 'call', 'theory'), 'of theory the server tells it').toBe(33);
});

test.each<[number | null, number, number | null]>([[4, 20, 4], [1, 20, 19], [25, 20, -0.2], [4, 0, null], [null, 20, null]])('cost %s and width %d: reward to risk %s', (cost, width, ratio) => {
  expect(rewardToRisk(cost, width)).toBe(ratio);
});

test.each<[number, number, boolean, number]>([
  [0, 50, false, 1], [25, 50, false, 0.5], [45, 50, false, 0.1], [50, 50, true, 0], [87.5, 50, true, 0.5], [125, 50, true, 1], [900, 50, true, 1], [450, 200, true, 0.84],
])('a change of %d %% at a threshold of %d', (changePct, threshold, isHot, amount) => {
  expect(shadeOf(changePct, threshold)).toEqual({ isHot, amount });
});

test.each<[Heat['mode'], number | null]>([['debit', 3.2], ['r2r', 5.25], ['change', 10]])('mode %s shows %s', (mode, shown) => {
  expect(cellAt(plane, 6630, 20, 'call', heat({ mode })).shown).toBeCloseTo(shown ?? NaN, 6);
});

test('a tile that is not there shows nothing, whatever the mode', () => {
  for (const mode of ['debit', 'r2r', 'change'] as const) expect(cellAt(plane, 6630, 99, 'call', heat({ mode }))).toMatchObject({ cost: null, shown: null, changePct: 0 });
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
