import { expect, test } from 'vitest';
import { spotOf } from '../test/samples';
import { inOrder } from './symbols';

test('SPX and NDX lead, then VIX, other indices, ETFs and stocks by name', () => {
  const spots = ['TSLA', 'I:RUT', 'I:VIX', 'AAPL', 'I:NDX', 'I:SPX'].map((symbol) => spotOf(symbol));
  spots.push(spotOf('SPY', { type: 'etf' }));
  expect(inOrder(spots).map((spot) => spot.symbol)).toEqual(['I:SPX', 'I:NDX', 'I:VIX', 'I:RUT', 'SPY', 'AAPL', 'TSLA']);
});
