import { expect, test } from 'vitest';
import { marketNow, nextSkew } from './marketClock';

const clock = { ts: 1000, market_ts: 5000, speed: 10, session: 'regular', trading_date: '2025-11-21', source: 'server' } as const;

test.each([
  ['runs at its speed', 1002, 5020],
  ['never runs backwards', 999, 5000],
  ['stops when nobody tells the time any more', 1900, 5150],
])('market time %s', (_name, serverSec, expected) => {
  expect(marketNow(clock, serverSec)).toBe(expected);
});

test.each<[string, number | null, number, number, number]>([
  ['the first measure is taken', null, 10_250, 10, 250],
  ['a quicker frame is nearer the truth', 250, 20_020, 20, 20],
  ['a slower frame is not', 20, 20_400, 20, 20],
  ['a clock that was set is believed', 20, 90_000, 20, 70_000],
])('%s', (_name, held, receivedMs, serverTs, expected) => {
  expect(nextSkew(held, receivedMs, serverTs)).toBe(expected);
});
