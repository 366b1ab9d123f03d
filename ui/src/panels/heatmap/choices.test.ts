import { describe, expect, test } from 'vitest';
import { FIRST_PREFS, type Heat } from '../../kit/prefs';
import { patched, type Plane } from '../../live/plane';
import { tileOf } from '../../test/samples';
import type { Strategy } from '../../wire';
import { factsOf, limitOf } from './card';
import { cheapestOf } from './cheapest';
import { heightsOf } from './compress';

const heat = (change: Partial<Heat> = {}): Heat => ({ ...FIRST_PREFS.heat, ...change });
/** Strike, width, debit, change. */
const planeOf = (strategy: Strategy, tiles: [number, number, number, number?][]) =>
  patched(undefined, tiles.map(([strike, width, debit, change = 10]) => tileOf(strategy, strike, width, debit, change)), []) as Plane;

describe('the cheapest tile', () => {
  test('costs the smallest share of its width, within one expected move', () => {
    const plane = planeOf('butterfly', [[6630, 20, 3], [6630, 40, 5], [6650, 20, 1], [6690, 20, 0.1], [6610, 20, 2]]);
    expect(cheapestOf(plane, [20, 40], 6630, 50, heat())).toEqual({ strike: 6650, width: 20 });
    expect(cheapestOf(plane, [20, 40], 6630, 60, heat())).toEqual({ strike: 6690, width: 20 });
    expect(cheapestOf(plane, [20, 40], 6630, 5, heat())).toEqual({ strike: 6630, width: 40 });
    expect(cheapestOf(plane, [20, 40], 6630, null, heat())).toEqual({ strike: 6690, width: 20 });
  });

  test('what costs less than the smallest price step is not for sale', () => {
    const plane = planeOf('butterfly', [[6630, 20, 0.04], [6635, 20, -1], [6640, 20, 0.05]]);
    expect(cheapestOf(plane, [20], 6630, 50, heat())).toEqual({ strike: 6640, width: 20 });
    expect(cheapestOf(plane, [20], 6630, 5, heat())).toBeNull();
    expect(cheapestOf(plane, [20], 6630, 50, heat({ price: 'market' })), 'without quotes there is nothing').toBeNull();
  });

  test('of equal ones the nearest, then the narrowest; a single by its cost', () => {
    expect(cheapestOf(planeOf('butterfly', [[6640, 20, 1], [6625, 20, 1], [6625, 40, 2]]), [20, 40], 6630, 50, heat())).toEqual({ strike: 6625, width: 20 });
    expect(cheapestOf(planeOf('single', [[6640, 0, 8], [6650, 0, 5]]), [0], 6630, 50, heat())).toEqual({ strike: 6650, width: 0 });
  });
});

describe('row compression', () => {
  const plane = planeOf('butterfly', [[6700, 20, 3], [6650, 20, 3, 60], [6640, 20, 3], [6630, 20, 3], [6560, 20, 3]]);
  const heights = (compression: number, change: { move?: number | null; openStrike?: number; zone?: number } = {}) =>
    heightsOf({ plane, columns: [20], spot: 6632, move: 50, openStrike: null, heat: heat({ compression, zone: change.zone ?? 45 }), ...change });

  test('at 0 % nothing shrinks, at 100 % quiet rows within the move are lines', () => {
    expect(heights(0)).toEqual([24, 24, 24, 24, 24]);
    expect(heights(100)).toEqual([24, 24, 2, 2, 24]);
    expect(heights(50)).toEqual([24, 24, 13, 13, 24]);
  });

  test('the outline decides, the row that is looked at stays, without a move nothing shrinks', () => {
    expect(heights(100, { zone: 70 })).toEqual([24, 2, 2, 2, 24]);
    expect(heights(100, { openStrike: 6630 })).toEqual([24, 24, 2, 24, 24]);
    expect(heights(100, { move: null })).toEqual([24, 24, 24, 24, 24]);
  });
});

const NO_ORDER = -1;

describe('the facts of a tile', () => {
  const facts = (strategy: Strategy, side: 'call' | 'put', debit: number, width = 30) => factsOf(tileOf(strategy, 6400, width, debit, 5), side, 6380, 40, 'theory');

  test('a butterfly: worked by hand', () => {
    const { maxProfit, maxLoss, rewardToRisk, breakEvens, distance, moves } = facts('butterfly', 'call', 1.45);
    expect([maxProfit, maxLoss, ...breakEvens]).toEqual([28.55, 1.45, 6371.45, 6428.55].map((each) => expect.closeTo(each, 6)));
    expect(rewardToRisk).toBeCloseTo(19.69, 2);
    expect([distance, moves]).toEqual([20, 0.5]);
  });

  test.each<[Strategy, 'call' | 'put', number, number | null, number[]]>([
    ['vertical', 'call', 12, 18, [6412]], ['vertical', 'put', 12, 18, [6388]], ['single', 'call', 12, null, [6412]], ['single', 'put', 12, 6388, [6388]],
  ])('a %s %s of %d', (strategy, side, debit, maxProfit, breakEvens) => {
    expect(facts(strategy, side, debit)).toMatchObject({ maxProfit, maxLoss: debit, breakEvens });
  });

  test('the market decides where it has a price; without any nothing is promised', () => {
    const tile = tileOf('single', 6400, 0, 12, 5);
    expect(factsOf(tile, 'call', 6380, null, 'market')).toMatchObject({ cost: 11.95, maxLoss: 11.95, moves: null });
    expect(factsOf(tileOf('butterfly', 6400, 30, 1.45, 5), 'call', 6380, 40, 'market').cost).toBe(1.45);
    const { call: _call, ...putOnly } = tile;
    expect(factsOf(putOnly, 'call', 6380, 40, 'theory')).toMatchObject({ cost: null, maxProfit: undefined, breakEvens: [] });
  });

  test.each<[string, number | null, number | null]>([['I:SPX', 3.22, 3.2], ['I:SPX', 3.23, 3.25], ['I:SPX', 0.01, 0.05], ['SPY', 3.224, 3.22], ['SPY', null, null]])('%s at %s is ordered at %s', (symbol, cost, limit) => {
    expect(limitOf(symbol, cost) ?? NO_ORDER).toBeCloseTo(limit ?? NO_ORDER, 6);
  });
});
