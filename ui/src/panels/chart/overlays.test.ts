import { describe, expect, test } from 'vitest';
import { expirationOf, expirationsOf, levelsOf, strikesOf } from '../../kit/gamma';
import { gexOf, gexSummaryOf, profileOf } from '../../test/samples';
import { capOf, gexBars, labelPlaces, nodesAround, profileBars, type Stage } from './overlays';

/** 100 points over 500 pixels, 6,650 at the top. */
const STAGE: Stage = { width: 1000, height: 500, perPoint: -5, zeroY: 6650 * 5 };

const LOOK = { share: 0.17, cap: 0 };
const BOTH = { levels: true, flip: true };

describe('gamma by strike', () => {
  test('expirations, the nearest first', () => {
    expect(expirationsOf(gexOf('I:SPX'))).toEqual(['2025-11-21', '2025-11-24']);
    expect(expirationsOf(undefined)).toEqual([]);
  });

  test('is added up over all expirations, or is of one', () => {
    expect(strikesOf(gexOf('I:SPX'), null)).toEqual([{ strike: 6620, call: 50, put: 290 }, { strike: 6625, call: 120, put: 130 }, { strike: 6630, call: 340, put: 90 }]);
    expect(strikesOf(gexOf('I:SPX'), '2025-11-24')).toEqual([{ strike: 6620, call: 0, put: 30 }, { strike: 6630, call: 40, put: 0 }]);
    expect(strikesOf({ symbol: 'I:SPX', calls: null, puts: null }, null)).toEqual([]);
  });

  test('calls lie over puts, both from the right edge, the largest as long as there is room for', () => {
    const bars = gexBars(strikesOf(gexOf('I:SPX'), null), 'sides', STAGE);
    expect(bars.map(({ kind }) => kind)).toEqual(['call', 'put', 'call', 'put', 'call', 'put']);
    const [call, put] = bars.slice(4);
    expect(call).toEqual({ kind: 'call', x: 810, y: 90, width: 190, height: 10 });
    expect(put).toMatchObject({ kind: 'put', y: 100, height: 10 });
    for (const { x, width } of bars) expect(x + width).toBeCloseTo(1000);
  });

  test('net is above or below zero, of the length of its size', () => {
    const bars = gexBars(strikesOf(gexOf('I:SPX'), null), 'net', STAGE);
    expect(bars.map(({ kind, width }) => [kind, Math.round(width)])).toEqual([['below', 182], ['below', 8], ['above', 190]]);
  });

  test('strikes without room for themselves are added up', () => {
    const strikes = Array.from({ length: 100 }, (_, n) => ({ strike: 6550 + n, call: 1, put: 0 }));
    const bars = gexBars(strikes, 'sides', { ...STAGE, perPoint: -1, zeroY: 6650 });
    expect(bars.length).toBeLessThan(20);
    expect(Math.min(...bars.map(({ height }) => height))).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ['nothing is known', []],
    ['all of it is zero', [{ strike: 6600, call: 0, put: 0 }, { strike: 6605, call: 0, put: 0 }]],
    ['all of it is out of sight', [{ strike: 7000, call: 5, put: 5 }, { strike: 7005, call: 5, put: 5 }]],
    ['there is one strike, whose height is unknown', [{ strike: 6600, call: 5, put: 5 }]],
  ])('nothing is drawn when %s', (_name, strikes) => {
    expect(gexBars(strikes, 'sides', STAGE)).toEqual([]);
  });
});

describe('volume profile', () => {
  test('lies at the left edge, the largest level the longest, nodes told apart', () => {
    const bars = profileBars(profileOf({ levels: [{ price: 6620, volume: 50 }, { price: 6600, volume: 100 }] }), LOOK, STAGE);
    expect(bars).toEqual([
      { kind: 'volume', x: 0, y: 147.5, width: 85, height: 4, isCut: false },
      { kind: 'node', x: 0, y: 247.5, width: 170, height: 4, isCut: false },
    ]);
  });

  test('levels without room for themselves are added up', () => {
    const levels = Array.from({ length: 400 }, (_, n) => ({ price: 6600 - n, volume: 1 }));
    expect(profileBars(profileOf({ levels }), LOOK, { ...STAGE, perPoint: -0.5, zeroY: 3325 }).length).toBeLessThanOrEqual(101);
  });

  test('bars are cut at the mean plus standard deviations, and say so', () => {
    const levels = [10, 10, 10, 10, 60].map((volume, n) => ({ price: 6600 + 5 * n, volume }));
    expect(capOf([10, 10, 10, 10, 60], 1)).toBe(40);
    const bars = profileBars(profileOf({ levels, step: 5 }), { share: 0.4, cap: 1 }, STAGE);
    expect(bars.map(({ width, isCut }) => [width, isCut ?? false])).toEqual([[100, false], [100, false], [100, false], [100, false], [400, true]]);
    expect(capOf([1, 2], 0)).toBe(Infinity);
  });

  test('an empty profile draws nothing', () => {
    expect(profileBars(profileOf({ levels: [] }), LOOK, STAGE)).toEqual([]);
  });
});

describe('levels', () => {
  test('are those that are known', () => {
    expect(levelsOf(gexSummaryOf(), BOTH).map(({ kind, price }) => [kind, price])).toEqual([['callWall', 6700], ['zeroGamma', 6611.27], ['flip', 6612.5], ['putWall', 6600]]);
    expect(levelsOf(gexSummaryOf({ call_wall: null, zero_gamma: null, strike_flip: { above: null, below: null, nearest: null } }), BOTH)).toHaveLength(1);
    expect(levelsOf(undefined, BOTH)).toEqual([]);
  });

  test('walls and flip are wanted each for itself', () => {
    expect(levelsOf(gexSummaryOf(), { levels: true, flip: false }).map(({ kind }) => kind)).toEqual(['callWall', 'putWall']);
    expect(levelsOf(gexSummaryOf(), { levels: false, flip: true }).map(({ kind }) => kind)).toEqual(['zeroGamma', 'flip']);
  });

  test('the nearest volume node on either side', () => {
    const structures = { ...profileOf().structures, volume_nodes: [6500, 6590, 6650].map((price) => ({ price, weight: 1, color: '' })) };
    expect(nodesAround(6600, structures)).toEqual({ above: 6650, below: 6590 });
    expect(nodesAround(6700, structures)).toEqual({ above: null, below: 6650 });
    expect(nodesAround(6700, null)).toEqual({ above: null, below: null });
  });

  test('an expiration that has passed gives way to the nearest', () => {
    const dates = ['2025-11-21', '2025-11-24'];
    expect(['all', 'nearest', '2025-11-24', '2025-11-20'].map((choice) => expirationOf(choice, dates))).toEqual([null, '2025-11-21', '2025-11-24', '2025-11-21']);
    expect(expirationOf('nearest', [])).toBeNull();
  });

  test('names too near to each other share a line, names out of sight are left out', () => {
    const labels = labelPlaces(levelsOf(gexSummaryOf(), BOTH), STAGE);
    expect(labels.map(({ items }) => items.map(({ kind }) => kind))).toEqual([['flip', 'zeroGamma'], ['putWall']]);
    expect(labels[1]?.y).toBe(250);
  });
});
