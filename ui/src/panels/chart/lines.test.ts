import { expect, test } from 'vitest';
import { positionLines } from './lines';

const leg = (strike: number, quantity: number, expiration = '2025-11-21') => ({ expiration, strike, right: 'call' as const, quantity });
const FLY = { symbol: 'I:SPX', legs: [leg(6370, 1), leg(6400, -2), leg(6430, 1)], cost: 1.45, isVisible: true };

test('a butterfly has its strikes and its break-evens', () => {
  const lines = positionLines([FLY], 'I:SPX');
  expect(lines.map(({ kind, price }) => [kind, Math.round(100 * price) / 100])).toEqual([
    ['strike', 6430], ['breakEven', 6428.55], ['strike', 6400], ['breakEven', 6371.45], ['strike', 6370],
  ]);
  expect(lines[2]?.text).toBe('−2 C');
});

test('the cost is of one unit, however many are held', () => {
  const two = { ...FLY, legs: [leg(6370, 2), leg(6400, -4), leg(6430, 2)] };
  expect(positionLines([two], 'I:SPX').filter(({ kind }) => kind === 'breakEven').map(({ price }) => Math.round(100 * price) / 100)).toEqual([6428.55, 6371.45]);
});

test('equal strikes of two positions are one line', () => {
  const lines = positionLines([FLY, { ...FLY, legs: [leg(6400, 1)], cost: 12 }], 'I:SPX');
  expect(lines.filter(({ price }) => price === 6400).map(({ text }) => text)).toEqual(['−2 C, +1 C']);
});

test('hidden ones and those of other symbols are not drawn; a calendar has strikes alone', () => {
  expect(positionLines([{ ...FLY, isVisible: false }, { ...FLY, symbol: 'I:NDX' }], 'I:SPX')).toEqual([]);
  const calendar = { ...FLY, legs: [leg(6400, -1), leg(6400, 1, '2025-11-24')], cost: 3 };
  expect(positionLines([calendar], 'I:SPX').map(({ kind }) => kind)).toEqual(['strike']);
});
