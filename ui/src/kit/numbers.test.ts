import { afterEach, expect, test } from 'vitest';
import { distance, dollars, price, signed, strike } from './format';
import { type NumberStyle, parseNumber, setNumberStyle } from './numbers';

afterEach(() => setNumberStyle('point'));

test.each<[NumberStyle, string, string, string, string]>([
  ['point', '−6,632.40', '6,630.5', '+1,234.56', '−$1.23B'],
  ['comma', '−6.632,40', '6.630,5', '+1.234,56', '−$1,23B'],
  ['space', '−6\u202f632,40', '6\u202f630,5', '+1\u202f234,56', '−$1,23B'],
])('%s', (style, asPrice, asStrike, asSigned, asDollars) => {
  setNumberStyle(style);
  expect(price(-6632.4)).toBe(asPrice);
  expect(strike(6630.5)).toBe(asStrike);
  expect(signed(1234.56)).toBe(asSigned);
  expect(dollars(-1_230_000_000)).toBe(asDollars);
});

test('what rounds to zero has no sign, in any style', () => {
  for (const style of ['point', 'comma', 'space'] as const) {
    setNumberStyle(style);
    expect(signed(0.004)).not.toMatch(/[+−]/);
    expect(signed(0.005)).toMatch(/^\+/);
    expect(distance(-0.04)).not.toMatch(/[+−]/);
    expect(distance(-0.06)).toMatch(/^−/);
  }
});

test.each<[NumberStyle, string, number | null]>([
  ['point', '1,234.5', 1234.5],
  ['point', '−0.5', -0.5],
  ['comma', '1.234,5', 1234.5],
  ['comma', '1.5', 1.5],
  ['space', '1 234,5', 1234.5],
  ['space', '.5', 0.5],
  ['point', '1e5', null],
  ['point', '', null],
  ['comma', 'six', null],
])('%s: %s is read as %s', (style, text, value) => {
  setNumberStyle(style);
  expect(parseNumber(text)).toBe(value);
});
