import { describe, expect, test } from 'vitest';
import { baseVol, regimeOf, SKEWS, volAt } from './smile';

describe('smile', () => {
  test('the regime follows the VIX', () => {
    expect([14, 14.01, 18, 18.01, 30, 30.01].map(regimeOf)).toEqual(['low_vol', 'normal', 'normal', 'elevated', 'elevated', 'panic']);
  });

  // Python 3.11, the formula of the contract.
  test('volatility by strike', () => {
    expect(volAt(0.2, SKEWS.panic, 5400, 6000)).toBeCloseTo(0.3060653065971264, 14);
    expect(volAt(0.2, SKEWS.panic, 6000, 6000)).toBeCloseTo(0.21, 14);
    expect(volAt(0.2, SKEWS.panic, 6600, 6000)).toBeCloseTo(0.22206530659712637, 14);
    expect(volAt(0.15, SKEWS.normal, 6300, 6632.41)).toBeCloseTo(0.16127678325073388, 14);
  });

  test('a volatility that cannot be falls back to the VIX', () => {
    expect(baseVol(0.151, 16)).toBe(0.151);
    expect(baseVol(undefined, 16)).toBe(0.16);
    expect(baseVol(7, 16)).toBe(0.16);
    expect(baseVol(0.001, 3)).toBe(0.05);
  });
});
