import { expect, test } from 'vitest';
import { expirySec } from '../../kit/risk/expiration';
import { quartersOf } from './input';

const leg = (expiration: string) => ({ expiration, strike: 6400, right: 'call' as const, quantity: 1 });

test('quarters of the time to the next expiration that is to come, from the what-if onwards', () => {
  const nowSec = expirySec('2025-11-21') - 8 * 3600;
  const held = [{ legs: [leg('2025-11-24'), leg('2025-11-21')] }, { legs: [leg('2025-11-20')] }];
  expect(quartersOf(held, nowSec, 0)).toEqual([2, 4, 6]);
  expect(quartersOf(held, nowSec, 4)).toEqual([1, 2, 3]);
  expect(quartersOf([{ legs: [leg('2025-11-20')] }], nowSec, 0)).toEqual([]);
});
