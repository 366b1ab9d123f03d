import { describe, expect, test } from 'vitest';
import type { Leg } from '../../api/positions';
import { draws } from '../../test/draws';
import { MORNING_TS } from '../../test/samples';
import { expirySec } from './expiration';
import { fullRange, gridOf, valueAt } from './grid';
import { NO_WHAT_IF, unitValue } from './model';
import { type Held, rewardToRisk, type RiskInput, riskPicture } from './picture';

const TODAY = '2025-11-21';
const MONDAY = '2025-11-24';

const fly = (body = 6400, width = 30, expiration = TODAY): Leg[] => [
  { expiration, strike: body - width, right: 'call', quantity: 1 }, { expiration, strike: body, right: 'call', quantity: -2 },
  { expiration, strike: body + width, right: 'call', quantity: 1 },
];
const held = (legs: Leg[], cost: number, change: Partial<Held> = {}): Held => ({ id: 'a', symbol: 'I:SPX', legs, cost, marketValue: null, ...change });
const input = (all: Held[], change: Partial<RiskInput> = {}): RiskInput => ({
  symbol: 'I:SPX', underlyings: { 'I:SPX': { spot: 6400, ivs: { [TODAY]: 0.151, [MONDAY]: 0.138 } }, 'I:NDX': { spot: 22_000, ivs: {} } },
  held: all, view: null, between: [], nowSec: MORNING_TS, vix: 16, rate: 0.05, whatIf: NO_WHAT_IF, ...change,
});
const picture = (...args: Parameters<typeof input>) => {
  const drawn = riskPicture(input(...args));
  if (!drawn) throw new Error('no picture');
  return drawn;
};
const randomHeld = (draw: (low: number, high: number) => number, id: string, days = [TODAY, MONDAY]): Held => ({
  id, symbol: draw(0, 1) < 0.3 ? 'I:NDX' : 'I:SPX', marketValue: null, cost: draw(-20, 20),
  legs: Array.from({ length: 1 + Math.floor(draw(0, 4)) }, () => ({
    expiration: days[Math.floor(draw(0, 2))] ?? TODAY, strike: 5 * Math.round(draw(1200, 1360)), right: draw(0, 1) < 0.5 ? ('call' as const) : ('put' as const),
    quantity: Math.round(draw(-3, 3)) || 1,
  })),
});

const differences = (a: Float64Array | undefined, b: Float64Array) => Math.max(...b.map((value, n) => Math.abs((a?.[n] ?? Infinity) - value)));

describe('the butterfly of the contract', () => {
  const { total, xs, expiry } = picture([held(fly(), 1.45)]);

  test('at expiry', () => {
    for (const [price, pnl] of [[6300, -145], [6370, -145], [6400, 2855], [6430, -145], [6500, -145]] as const) expect(valueAt(xs, expiry, price)).toBeCloseTo(pnl, 6);
    expect(total.breakEvens.map((each) => each.toFixed(2))).toEqual(['6371.45', '6428.55']);
    expect(rewardToRisk(total)?.toFixed(2)).toBe('19.69');
  });

  test('lines in between are the line of now, later', () => {
    const all = [held(fly(), 1.45), held(fly(6380, 20, MONDAY), 3)];
    const { between } = picture(all, { between: [2, 4] });
    for (const [n, hours] of [2, 4].entries()) expect(differences(between[n], picture(all, { whatIf: { ...NO_WHAT_IF, hours } }).today)).toBeLessThan(1e-6);
  });

  test('a short call has no largest loss and no reward to risk', () => {
    const short = picture([held([{ expiration: TODAY, strike: 6400, right: 'call', quantity: -1 }], -12)]).total;
    expect(short).toMatchObject({ maxProfit: 1200, maxLoss: null, breakEvens: [6412] });
    expect(rewardToRisk(short)).toBeNull();
  });
});

describe('today', () => {
  const FOUR_DAYS = expirySec('2025-11-25') - 4 * 86_400;

  // Python 3.11: the smile of the normal regime at volatility .151, four days, then Black-Scholes with math.erfc.
  test('is the model with the smile', () => {
    const conditions = { nowSec: FOUR_DAYS, vix: 16.2, rate: 0.05, whatIf: NO_WHAT_IF };
    expect(unitValue(fly(6630, 30, '2025-11-25'), { spot: 6632.41, ivs: { '2025-11-25': 0.151 } }, conditions)).toBeCloseTo(3.690363975056698, 9);
    const broken: Leg[] = [[1, 6500], [-2, 6450], [1, 6380]].map(([quantity = 0, strike = 0]) => ({ expiration: '2025-11-25', right: 'put', strike, quantity }));
    expect(unitValue(broken, { spot: 6632.41, ivs: { '2025-11-25': 0.151 } }, { ...conditions, vix: 25 })).toBeCloseTo(1.7423004726289406, 9);
  });

  test('is shifted to what the market pays, everywhere by the same', () => {
    const plain = picture([held(fly(), 1.45)]);
    const anchored = picture([held(fly(), 1.45, { marketValue: 9.1 })]);
    expect(anchored.total.value).toBeCloseTo(910, 9);
    const shift = 910 - plain.total.value;
    for (let n = 0; n < plain.xs.length; n += 17) expect((anchored.today[n] ?? 0) - (plain.today[n] ?? 0)).toBeCloseTo(shift, 8);
    expect(anchored.expiry).toEqual(plain.expiry);
  });

  test('meets the expiry line when the time has run out, anchored or not', () => {
    const { today, expiry } = picture([held(fly(), 1.45, { marketValue: 9.1 })], { whatIf: { ...NO_WHAT_IF, hours: 7 } });
    for (let n = 0; n < today.length; n++) expect(today[n]).toBeCloseTo(expiry[n] ?? 0, 9);
  });

  test('what if: later, elsewhere, more volatile, in another mood', () => {
    const now = picture([held(fly(6400, 30, MONDAY), 3)]).total;
    const then = (change: Partial<typeof NO_WHAT_IF>) => picture([held(fly(6400, 30, MONDAY), 3)], { whatIf: { ...NO_WHAT_IF, ...change } });
    expect(then({ hours: 48 }).total.value).toBeGreaterThan(now.value);
    expect(then({ spotPct: 5 })).toMatchObject({ spot: 6400, spotThen: 6720 });
    expect(then({ spotPct: 5 }).total.value).toBeLessThan(now.value);
    expect(then({ volPoints: 10 }).total.value).toBeLessThan(now.value);
    expect(then({ regime: 'panic' }).total.value).not.toBeCloseTo(now.value, 2);
  });
});

describe('several positions', () => {
  test('the whole is the sum of its curves, costs and greeks', () => {
    const draw = draws(23);
    for (let n = 0; n < 25; n++) {
      const all = ['a', 'b', 'c'].map((id) => randomHeld(draw, id));
      const whole = picture(all);
      for (let i = 0; i < whole.xs.length; i += 23) {
        expect(whole.expiry[i]).toBeCloseTo(whole.each.reduce((sum, { expiry }) => sum + (expiry[i] ?? 0), 0), 6);
        expect(whole.today[i]).toBeCloseTo(whole.each.reduce((sum, { today }) => sum + (today[i] ?? 0), 0), 6);
      }
      for (const [place, one] of all.entries()) {
        const alone = picture([one]);
        expect(whole.each[place]?.facts.pnl).toBeCloseTo(alone.total.pnl, 6);
        expect(whole.each[place]?.facts.delta).toBeCloseTo(alone.total.delta, 9);
      }
    }
  });

  test('of one expiration are straight between strikes', () => {
    const draw = draws(29);
    for (let n = 0; n < 25; n++) {
      const all = ['a', 'b'].map((id) => randomHeld(draw, id, [TODAY, TODAY]));
      const { xs, expiry, strikes } = picture(all);
      for (let i = 2; i < xs.length; i++) {
        const [a = 0, b = 0, c = 0] = [xs[i - 2], xs[i - 1], xs[i]];
        if (strikes.some((strike) => strike > a && strike < c) || c - a < 1) continue;
        const [ya = 0, yb = 0, yc = 0] = [expiry[i - 2], expiry[i - 1], expiry[i]];
        expect(yb).toBeCloseTo(ya + ((yc - ya) * (b - a)) / (c - a), 5);
      }
    }
  });

  test('another symbol moves by the same percentage, its strikes lie at theirs', () => {
    const ndx = held([{ expiration: TODAY, strike: 22_220, right: 'call', quantity: 1 }], 50, { symbol: 'I:NDX' });
    const { each, total, xs, expiry } = picture([ndx]);
    expect(each[0]?.strikes[0]).toBeCloseTo(6400 * 1.01, 9);
    expect(total.breakEvens[0]).toBeCloseTo((6400 * 22_270) / 22_000, 9);
    expect(valueAt(xs, expiry, 6400 * 1.02)).toBeCloseTo(100 * (22_440 - 22_220 - 50), 6);
    expect(total).toMatchObject({ maxProfit: null, maxLoss: -5000 });
  });

  test('two butterflies of different symbols stay limited', () => {
    const ndx = held(fly(22_000, 100), 20, { id: 'b', symbol: 'I:NDX' });
    const { maxProfit, maxLoss } = picture([held(fly(), 1.45), ndx]).total;
    expect(maxProfit).toBeCloseTo(2855 + 8000, 6);
    expect(maxLoss).toBeCloseTo(-2145, 6);
  });

  test('one without a price is left out, and without the axis there is nothing', () => {
    expect(picture([held(fly(), 1.45), held(fly(), 1, { id: 'b', symbol: 'SPY' })]).each.map(({ id }) => id)).toEqual(['a']);
    expect(riskPicture(input([held(fly(), 1.45)], { symbol: 'SPY' }))).toBeNull();
  });
});

// The journal's known answers: flat volatilities, so a smile of nothing, 7 and 28 days.
test('a calendar at the expiry of its front leg', () => {
  const [front, back] = ['2026-06-05', '2026-06-26'];
  const legs: Leg[] = [{ expiration: front, strike: 6000, right: 'call', quantity: -1 }, { expiration: back, strike: 6000, right: 'call', quantity: 1 }];
  const { xs, expiry, total } = picture([held(legs, 38.5)], {
    underlyings: { 'I:SPX': { spot: 6000, ivs: { [front]: 0.15, [back]: 0.16 } } }, nowSec: expirySec(front) - 7 * 86_400, vix: 15,
  });
  expect(valueAt(xs, expiry, 6000)).toBeCloseTo(6210.1519, 3);
  expect(total.pnl).toBeCloseTo(2661.8229, 3);
  expect(total).toMatchObject({ isApproximate: true });
  expect(total.breakEvens[0]).toBeCloseTo(5847.3519, 0);
  expect(total.breakEvens[1]).toBeCloseTo(6205.7703, 0);
});

describe('grid', () => {
  test('leaves room for what the price may do', () => {
    expect(fullRange({ spot: 6400, strikes: [6370, 6430], vix: 16, days: 0 })).toEqual([6370 - 640, 6430 + 640]);
    const [low] = fullRange({ spot: 6400, strikes: [6400], vix: 60, days: 30 });
    expect(low).toBeCloseTo(6400 - (3 * 6400 * 0.6 * Math.sqrt(30)) / Math.sqrt(252), 6);
    expect(fullRange({ spot: 6400, strikes: [5900, 6900], vix: 16, days: 0 })).toEqual([3900, 8900]);
  });

  test('250 steps, every strike with a cent to both sides, and the price; finer in view', () => {
    const xs = gridOf([6000, 6500], [6370, 6400], 6391.37);
    for (const x of [6000, 6500, 6369.99, 6370, 6370.01, 6400, 6391.37]) expect(xs).toContain(x);
    expect(xs.length).toBe(251 + 4 + 1);
    expect(xs.every((x, n) => n === 0 || x > (xs[n - 1] ?? 0))).toBe(true);
    expect(gridOf([6000, 6500], [], 6400.5, [6390, 6410]).filter((x) => x > 6390 && x < 6410).length).toBeGreaterThan(140);
  });
});
