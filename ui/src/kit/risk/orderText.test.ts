import { describe, expect, test } from 'vitest';
import { legs } from '../../test/legs';
import { notation } from './legs';
import { readOrder, writeOrder } from './orderText';

const read = (text: string) => {
  const order = readOrder(text);
  return typeof order === 'string' ? order : { symbol: order.symbol, legs: notation(order.legs), dates: [...new Set(order.legs.map((leg) => leg.expiration))], cost: order.cost };
};

describe('reading an order', () => {
  test.each([
    ['BUY +1 BUTTERFLY SPX 100 (Weeklys) 17 JAN 25 5880/5900/5920 CALL @1.20 LMT', { symbol: 'I:SPX', legs: '+1/−2/+1 C 5880/5900/5920', dates: ['2025-01-17'], cost: 1.2 }],
    ['SELL -3 VERTICAL SPX 100 (Weeklys) 6 MAR 26 5900/5880 PUT @2.10 CBOE', { symbol: 'I:SPX', legs: '+3/−3 P 5880/5900', dates: ['2026-03-06'], cost: -2.1 }],
    ['BOT +4 SPX 100 20 MAR 26 [AM] 6100 CALL @.95 CBOE', { symbol: 'I:SPX', legs: '+4 C 6100', dates: ['2026-03-20'], cost: 0.95 }],
    ['BUY +1 ~BUTTERFLY SPX 100 6 MAR 26 5980/5950/5910 PUT @-.60 LMT', { symbol: 'I:SPX', legs: '+1/−2/+1 P 5910/5950/5980', dates: ['2026-03-06'], cost: -0.6 }],
    ['sell -2 iron condor spx 100 6 mar 26 6090/6100/5910/5900 call/put @2.35 lmt', { symbol: 'I:SPX', legs: '+2/−2/−2/+2 5900P/5910P/6090C/6100C', dates: ['2026-03-06'], cost: -2.35 }],
    ['BUY +1 CALENDAR SPX 100 17 APR 26/20 MAR 26 6000 CALL @38.50 LMT', { symbol: 'I:SPX', legs: '−1/+1 C 6000/6000', dates: ['2026-04-17', '2026-03-20'], cost: 38.5 }],
    ['BUY +1 DIAGONAL SPY 100 17 APR 26/20 MAR 26 600/605 CALL @3', { symbol: 'SPY', legs: '−1/+1 C 605/600', dates: ['2026-04-17', '2026-03-20'], cost: 3 }],
    ['BUY +1 STRADDLE SPXW 100 6 MAR 26 6000 CALL/PUT @88.00 LMT', { symbol: 'I:SPX', legs: '+1/+1 6000P/6000C', dates: ['2026-03-06'], cost: 88 }],
    ['SELL -1 STRANGLE SPX 100 6 MAR 26 6100/5900 CALL/PUT @9 LMT', { symbol: 'I:SPX', legs: '−1/−1 5900P/6100C', dates: ['2026-03-06'], cost: -9 }],
    ['BUY 1 CONDOR SPX 100 6 MAR 26 5900/5950/6000/6060 CALL', { symbol: 'I:SPX', legs: '+1/−1/−1/+1 C 5900/5950/6000/6060', dates: ['2026-03-06'], cost: null }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    ['', 'shape'], ['hello', 'shape'], ['BUY +1 BUTTERFLY SPX 100 17 JAN 25 5880/5900/5920 STOCK @1', 'shape'], ['BUY -1 SPX 100 17 JAN 25 5900 CALL @1', 'side'],
    ['BUY +0 SPX 100 17 JAN 25 5900 CALL @1', 'side'], ['BUY +1 SPX 100 31 FEB 25 5900 CALL @1', 'date'], ['BUY +1 SPX 100 17 XXX 25 5900 CALL @1', 'date'],
    ['BUY +1 BUTTERFLY SPX 100 17 JAN 25 5880/5900 CALL @1', 'strikes'], ['BUY +1 VERTICAL SPX 100 17 JAN 25 5900/5900 CALL @1', 'strikes'],
    ['BUY +1 CALENDAR SPX 100 17 JAN 25 5900 CALL @1', 'date'], ['BUY +1 VERTICAL SPX 100 17 JAN 25 5880/5900 CALL/PUT @1', 'right'],
  ])('%j is refused for its %s', (text, fault) => {
    expect(readOrder(text)).toBe(fault);
  });
});

describe('writing an order', () => {
  test.each([
    [legs('+1 6370C', '-2 6400C', '+1 6430C'), 1.45, 'BUY +1 BUTTERFLY SPX 100 6 MAR 26 6370/6400/6430 CALL @1.45 LMT'],
    [legs('-3 5900P', '+3 5880P'), -2.1, 'SELL -3 VERTICAL SPX 100 6 MAR 26 5900/5880 PUT @2.10 LMT'],
    [legs('+1 6100C'), null, 'BUY +1 SPX 100 6 MAR 26 6100 CALL'],
    [legs('+2 5900P', '-2 5910P', '-2 6090C', '+2 6100C'), -2.35, 'SELL -2 IRON CONDOR SPX 100 6 MAR 26 5900/5910/6090/6100 CALL/PUT @2.35 LMT'],
    [legs('-1 6000C Apr', '+1 6000C May'), 38.5, 'BUY +1 CALENDAR SPX 100 15 MAY 26/17 APR 26 6000 CALL @38.50 LMT'],
  ])('of %j', (all, cost, expected) => {
    expect(writeOrder('I:SPX', all, cost)).toBe(expected);
    const back = readOrder(expected);
    expect(typeof back === 'string' ? back : { legs: notation(back.legs), cost: back.cost }).toEqual({ legs: notation(all), cost });
  });

  test('what has no word is not written', () => {
    expect(writeOrder('I:SPX', legs('+2 6100C', '-3 6125C'), 1)).toBeNull();
  });
});
