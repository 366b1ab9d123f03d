import { describe, expect, test } from 'vitest';
import { legs } from '../../test/legs';
import { draws } from '../../test/draws';
import { unitsOf } from './legs';
import { extremesOf, payoffLine, zerosOf } from './payoff';

const lineOf = (texts: string[], cost: number) => {
  const all = legs(...texts);
  return payoffLine(all.map(({ right, strike, quantity }) => ({ right, strike, quantity: 100 * quantity })), 100 * unitsOf(all) * cost);
};
const cents = (values: number[]) => values.map((value) => Math.round(100 * value) / 100);

describe('at expiry', () => {
  // Gains, losses and break-evens of the contract: the dashboard's fixed checks, then the journal's table.
  test.each<[string[], number, number | null, number | null, number[]]>([
    [['+1 6370C', '-2 6400C', '+1 6430C'], 1.45, 2855, -145, [6371.45, 6428.55]],
    [['-1 6400C'], -12, 1200, null, [6412]],
    [['+1 6000C', '-2 6020C', '+1 6040C'], 4.2, 1580, -420, [6004.2, 6035.8]],
    [['+1 5980P', '-2 5950P', '+1 5910P'], -0.6, 3060, -940, [5919.4]],
    [['+3 5900P', '-3 5910P', '-3 6090C', '+3 6100C'], -2.35, 705, -2295, [5907.65, 6092.35]],
    [['-1 6100C'], -12.5, 1250, null, [6112.5]],
    [['+1 6000C', '+1 6000P'], 88, null, -8800, [5912, 6088]],
    [['-2 5950P', '+2 5930P'], -3.1, 620, -3380, [5946.9]],
    [['+1 5900P'], 15.25, 588_475, -1525, [5884.75]],
    [['+1 5950P', '-1 6000P', '-1 6000C', '+1 6050C'], -41.3, 4130, -870, [5958.7, 6041.3]],
    [['+1 6000C', '-2 6050C'], -1, 5100, null, [6101]],
  ])('%j at %f', (texts, cost, max, min, zeros) => {
    const line = lineOf(texts, cost);
    const found = extremesOf(line);
    expect(found.max === null ? null : Math.round(found.max)).toBe(max);
    expect(found.min === null ? null : Math.round(found.min)).toBe(min);
    expect(cents(zerosOf(line))).toEqual(zeros);
  });

  test('a flat piece on zero gives its ends', () => {
    expect(zerosOf(lineOf(['+1 6000C', '-1 6010C', '-1 6020C', '+1 6030C'], 0))).toEqual([6000, 6030]);
    expect(zerosOf(lineOf(['+1 6000C', '-1 6010C', '-1 6020C', '+1 6030C'], 10))).toEqual([6010, 6020]);
  });

  test('a touch is one zero', () => {
    expect(zerosOf(lineOf(['+1 6000C', '-2 6010C', '+1 6020C'], 10))).toEqual([6010]);
  });

  test('rounding leaves no slope: nothing becomes unlimited by it', () => {
    const factor = 1 / 3.17;
    const line = payoffLine(legs('+1 6370C', '-2 6400C', '+1 6430C').map(({ right, strike, quantity }) => ({ right, strike: strike / factor, quantity: 100 * quantity * factor })), 145);
    expect(line.slope).toBe(0);
  });

  test('is straight between strikes, and zero exactly where it says so', () => {
    const draw = draws(19);
    for (let n = 0; n < 400; n++) {
      const corners = Array.from({ length: 1 + Math.floor(draw(0, 5)) }, () => ({
        right: draw(0, 1) < 0.5 ? ('call' as const) : ('put' as const), strike: 5 * Math.round(draw(1100, 1300)), quantity: 100 * Math.round(draw(-4, 4)),
      }));
      const line = payoffLine(corners, draw(-3000, 3000));
      const at = (x: number) => corners.reduce((sum, { right, strike, quantity }) => sum + quantity * Math.max(0, right === 'call' ? x - strike : strike - x), 0);
      const cost = at(0) - (line.ys[0] ?? 0);
      for (let i = 1; i < line.xs.length; i++) {
        const [a = 0, b = 0] = [line.xs[i - 1], line.xs[i]];
        const share = draw(0, 1);
        expect(at(a + (b - a) * share) - cost).toBeCloseTo((line.ys[i - 1] ?? 0) * (1 - share) + (line.ys[i] ?? 0) * share, 5);
      }
      for (const zero of zerosOf(line)) expect(Math.abs(at(zero) - cost)).toBeLessThan(1e-5);
      const { max, min } = extremesOf(line);
      for (let i = 0; i < 20; i++) {
        const value = at(draw(0, 9000)) - cost;
        expect(value).toBeLessThanOrEqual((max ?? Infinity) + 1e-6);
        expect(value).toBeGreaterThanOrEqual((min ?? -Infinity) - 1e-6);
      }
    }
  });
});
