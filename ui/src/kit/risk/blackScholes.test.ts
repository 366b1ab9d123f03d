import { describe, expect, test } from 'vitest';
import { optionGreeks, optionValue, normalCdf } from './blackScholes';
import { draws } from '../../test/draws';

describe('normalCdf', () => {
  // Python 3.11: 0.5 * math.erfc(-x / math.sqrt(2)).
  test.each([
    [-8.5, 9.479534822203355e-18], [-5, 2.866515718791946e-7], [-3.2, 0.0006871379379158485], [-1.5, 0.06680720126885809], [-0.3, 0.3820885778110474],
    [0, 0.5], [0.7, 0.758036347776927], [2.4, 0.9918024640754038], [6.1, 0.9999999994696577], [7.3, 0.9999999999998561],
  ])('of %f', (x, expected) => {
    expect(Math.abs(normalCdf(x) - expected)).toBeLessThan(1e-14);
  });

  test('ends at nothing and at all', () => {
    expect([normalCdf(-60), normalCdf(60)]).toEqual([0, 1]);
  });
});

describe('option values', () => {
  // Python 3.11, the closed form with math.erfc: value, delta, gamma, theta and vega a year; the first two are also the textbook's 10.4506 and 5.5735.
  test.each([
    ['call', 100, 100, 1, 0.2, [10.4505835722, 0.636830651176, 0.0187620173458, -6.41402754644, 37.5240346917]],
    ['put', 100, 100, 1, 0.2, [5.57352602226, -0.363169348824, 0.0187620173458, -1.65788042393, 37.5240346917]],
    ['call', 6632.41, 6700, 3 / 365, 0.138, [10.4252728398, 0.220257346617, 0.00357071807412, -1568.15851552, 178.158180792]],
    ['put', 6632.41, 6500, 0.25 / 365, 0.31, [0.110163409565, -0.00631733926118, 0.000330745529767, -696.984729453, 3.08919662761]],
    ['call', 6632.41, 6632.41, 1 / 8760, 0.151, [4.28774721351, 0.50173321168, 0.037282901848, -18863.3604584, 28.2699655679]],
    ['put', 21000, 24000, 30 / 365, 0.6, [3403.90428893, -0.747416172247, 8.84500647941e-5, -6066.18394805, 1923.60716256]],
  ] as const)('of a %s at %f, strike %f, %f years, volatility %f', (right, spot, strike, years, vol, [value, delta, gamma, theta, vega]) => {
    const greeks = optionGreeks(right, spot, strike, years, 0.05, vol);
    const near = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-9 + 1e-10);
    near(optionValue(right, spot, strike, years, 0.05, vol), value);
    near(greeks.delta, delta);
    near(greeks.gamma, gamma);
    near(greeks.theta, theta);
    near(greeks.vega, vega);
  });

  // The journal's own table of known answers.
  test('agree with the journal', () => {
    expect(optionValue('call', 6000, 6050, 7 / 365, 0.05, 0.15)).toBeCloseTo(30.88750846, 7);
    expect(optionValue('put', 6000, 6050, 7 / 365, 0.05, 0.15)).toBeCloseTo(75.08891918, 7);
    expect(optionGreeks('put', 6000, 5900, 0.5 / 365, 0.05, 0.22).theta / 365).toBeCloseTo(-2.24090364, 7);
  });

  test('without time or volatility are intrinsic, and only delta is left', () => {
    expect(optionValue('call', 105, 100, 0, 0.05, 0.2)).toBe(5);
    expect(optionValue('put', 105, 100, 1, 0.05, 0)).toBe(0);
    expect(optionGreeks('put', 95, 100, 0, 0.05, 0.2)).toEqual({ delta: -1, gamma: 0, theta: 0, vega: 0 });
  });

  test('at a price of nothing', () => {
    expect(optionValue('call', 0, 100, 1, 0.05, 0.2)).toBe(0);
    expect(optionValue('put', 0, 100, 1, 0.05, 0.2)).toBeCloseTo(100 * Math.exp(-0.05), 12);
  });

  test('put-call parity, and values within what arbitrage allows', () => {
    const draw = draws(7);
    for (let n = 0; n < 2000; n++) {
      const [spot, strike, years, rate, vol] = [draw(1, 9000), draw(1, 9000), draw(1 / 8760, 2), draw(0, 0.1), draw(0.01, 3)];
      const call = optionValue('call', spot, strike, years, rate, vol);
      const put = optionValue('put', spot, strike, years, rate, vol);
      const forward = spot - strike * Math.exp(-rate * years);
      expect(Math.abs(call - put - forward)).toBeLessThan(1e-9 * (spot + strike));
      expect(call).toBeGreaterThanOrEqual(Math.max(0, forward) - 1e-8);
      expect(call).toBeLessThanOrEqual(spot + 1e-8);
    }
  });

  test('greeks are the slopes of the value', () => {
    const draw = draws(11);
    for (let n = 0; n < 300; n++) {
      const [spot, strike, years, vol] = [draw(90, 110), draw(90, 110), draw(0.05, 1), draw(0.1, 0.6)];
      for (const right of ['call', 'put'] as const) {
        const at = (s: number, t = years, v = vol) => optionValue(right, s, strike, t, 0.05, v);
        const { delta, gamma, theta, vega } = optionGreeks(right, spot, strike, years, 0.05, vol);
        expect(delta).toBeCloseTo((at(spot + 1e-3) - at(spot - 1e-3)) / 2e-3, 5);
        expect(gamma).toBeCloseTo((at(spot + 0.01) - 2 * at(spot) + at(spot - 0.01)) / 1e-4, 4);
        expect(theta).toBeCloseTo(-(at(spot, years + 1e-6) - at(spot, years - 1e-6)) / 2e-6, 3);
        expect(vega).toBeCloseTo((at(spot, years, vol + 1e-5) - at(spot, years, vol - 1e-5)) / 2e-5, 3);
      }
    }
  });
});
