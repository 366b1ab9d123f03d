import { describe, expect, test } from 'vitest';
import { draws } from '../../test/draws';
import { legs } from '../../test/legs';
import { tileOf } from '../../test/samples';
import { legsOfTile, merged, notation, recognise, unitsOf } from './legs';

describe('recognition, as the journal does it', () => {
  test.each([
    [['+1 5980P', '-2 5950P', '+1 5910P'], { type: 'bwb', direction: 'long', strike: 5950, width: 30 }],
    [['+3 5900P', '-3 5910P', '-3 6090C', '+3 6100C'], { type: 'iron_condor', direction: 'short', units: 3, strike: 6000, width: 10 }],
    [['-2 5950P', '+2 5930P'], { type: 'vertical', direction: 'short', strike: 5950, width: 20 }],
    [['+4 6600P', '-8 6650P', '+4 6700P'], { type: 'butterfly', direction: 'long', units: 4, strike: 6650, width: 50 }],
    [['+2 6100C', '-3 6125C'], { type: 'custom', direction: 'long', strike: 6100 }],
    [['+1 420C Apr', '-1 420C May'], { type: 'calendar', direction: 'short', strike: 420 }],
    [['-1 420C Apr', '+1 430C May'], { type: 'diagonal', direction: 'long', strike: 420 }],
    [['+1 6000C', '+1 6000C'], { type: 'single', direction: 'long', units: 2 }],
    [['+1 6000P', '-1 6010P', '+1 6050C', '-1 6060C'], { type: 'custom' }],
    [['-1 6100C'], { type: 'single', direction: 'short', right: 'call' }],
    [['+1 6400C', '-1 6420C'], { type: 'vertical', direction: 'long', strike: 6400 }],
    [['+1 6000P', '+1 6000C'], { type: 'straddle', direction: 'long', strike: 6000, width: null, right: 'both' }],
    [['-1 5900P', '-1 6100C'], { type: 'strangle', direction: 'short', strike: 6000, width: 200 }],
    [['+1 6000C', '-1 6000P'], { type: 'custom' }],
    [['-1 5950P', '+1 6000P', '+1 6000C', '-1 6050C'], { type: 'iron_fly', direction: 'long', strike: 6000, width: 50 }],
    [['+1 5900C', '-1 5950C', '-1 6000C', '+1 6060C'], { type: 'condor', direction: 'long', strike: 5975, width: 60 }],
    [['-1 6370C', '+2 6400C', '-1 6430C'], { type: 'butterfly', direction: 'short', strike: 6400 }],
    [['+1 6370C', '-2 6400P', '+1 6430C'], { type: 'custom' }],
  ])('%j', (texts, expected) => {
    expect(recognise(legs(...texts))).toMatchObject(expected);
  });

  test('does not depend on the order of the legs', () => {
    const draw = draws(3);
    const fly = legs('+2 6370C', '-4 6400C', '+2 6430C');
    for (let n = 0; n < 50; n++) {
      const shuffled = fly.map((leg) => ({ leg, at: draw(0, 1) })).toSorted((a, b) => a.at - b.at).map(({ leg }) => leg);
      expect(recognise(shuffled)).toEqual(recognise(fly));
    }
  });
});

test('equal contracts are one leg, and what is closed is none', () => {
  expect(merged(legs('+1 6000C', '+2 6000C', '+1 6010C', '-1 6010C'))).toEqual(legs('+3 6000C'));
  expect(unitsOf(legs('+4 6000C', '-8 6010C', '+4 6020C'))).toBe(4);
});

test('notation', () => {
  expect(notation(legs('+1 6430C', '-2 6400C', '+1 6370C'))).toBe('+1/−2/+1 C 6370/6400/6430');
  expect(notation(legs('+1 6400C', '+1 6400P'))).toBe('+1/+1 6400P/6400C');
});

test('a tile is bought: puts of a vertical go downwards', () => {
  const of = (strategy: 'single' | 'vertical' | 'butterfly', right: 'call' | 'put') =>
    notation(legsOfTile(tileOf(strategy, 6600, strategy === 'single' ? 0 : 20, 3, 0), right));
  expect(of('butterfly', 'call')).toBe('+1/−2/+1 C 6580/6600/6620');
  expect(of('vertical', 'call')).toBe('+1/−1 C 6600/6620');
  expect(of('vertical', 'put')).toBe('−1/+1 P 6580/6600');
  expect(of('single', 'put')).toBe('+1 P 6600');
});
