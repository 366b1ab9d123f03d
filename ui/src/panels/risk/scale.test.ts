import { describe, expect, test } from 'vitest';
import { gexOf, profileOf } from '../../test/samples';
import { netGamma, volumeSteps } from './backdrop';
import { axisMoney, spanText } from './facts';
import { areaPath, fitView, linePath, moneyRange, PAD, panned, priceAt, steadyView, ticks, xOf, yOf, zoomed } from './scale';

const stage = { width: 500 + PAD.left + PAD.right, height: 200 + PAD.top + PAD.bottom, view: [6000, 6100] as const, money: [-100, 100] as const };

describe('scale', () => {
  test('price and pixel are each other\'s inverse', () => {
    expect(xOf(stage, 6050)).toBe(PAD.left + 250);
    expect(priceAt(stage, xOf(stage, 6033))).toBeCloseTo(6033, 9);
    expect(yOf(stage, 0)).toBe(PAD.top + 100);
  });

  test('fits strikes and price with room', () => {
    expect(fitView({ spot: 6400, strikes: [6370, 6430], move: 60 })).toEqual([6340, 6460]);
    expect(fitView({ spot: 6500, strikes: [6370, 6430], move: 10 })).toEqual([6370 - 52, 6500 + 52]);
  });

  test('pans and zooms within all there is', () => {
    expect(panned([6000, 6100], 0.1, [5000, 7000])).toEqual([6010, 6110]);
    expect(panned([6900, 7000], 0.5, [5000, 7000])).toEqual([6900, 7000]);
    const near = zoomed([6000, 6100], 1, 6025, [5000, 7000]);
    expect((6025 - near[0]) / (near[1] - near[0])).toBeCloseTo(0.25, 9);
    expect(near[1] - near[0]).toBeCloseTo(100 / 1.3, 9);
    expect(zoomed([5000, 7000], -1, 6000, [5000, 7000])).toEqual([5000, 7000]);
  });

  test('what is shown stays while it still fits', () => {
    const held = [6000, 6100] as const;
    expect(steadyView(null, held)).toBe(held);
    expect(steadyView(held, null)).toBeNull();
    expect(steadyView(held, [5995, 6090])).toBe(held);
    expect(steadyView(held, [5980, 6080])).toEqual([5980, 6080]);
    expect(steadyView(held, [6020, 6090])).toEqual([6020, 6090]);
  });

  test('ticks are round', () => {
    expect(ticks([6338, 6462], 6)).toEqual([6340, 6360, 6380, 6400, 6420, 6440, 6460]);
  });

  test('dollars in view, with zero, in steps', () => {
    const xs = Float64Array.of(0, 10, 20, 30);
    const [low, high] = moneyRange(xs, [Float64Array.of(-9999, -145, 2855, -145)], [8, 25]);
    expect(low).toBeLessThanOrEqual(-2115);
    expect(low, 'not as low as out of view').toBeGreaterThan(-3000);
    expect(high).toBeGreaterThanOrEqual(2855);
  });

  test('a line is drawn from just outside to just outside, its area down to zero', () => {
    const xs = Float64Array.of(5990, 6050, 6110, 6200);
    const ys = Float64Array.of(-50, 50, -50, 0);
    expect(linePath(xs, ys, stage)).toBe(`M${(PAD.left - 50).toFixed(1)} ${yOf(stage, -50).toFixed(1)}L${(PAD.left + 250).toFixed(1)} ${yOf(stage, 50).toFixed(1)}L${(PAD.left + 550).toFixed(1)} ${yOf(stage, -50).toFixed(1)}`);
    expect(areaPath(xs, ys, stage)).toMatch(/Z$/);
  });
});

describe('backdrop', () => {
  test('net gamma of all expirations or one, in view', () => {
    expect(netGamma(gexOf('I:SPX'), null, [6620, 6630])).toEqual([{ strike: 6620, net: -240 }, { strike: 6625, net: -10 }, { strike: 6630, net: 250 }]);
    expect(netGamma(gexOf('I:SPX'), '2025-11-24', [6000, 7000])).toEqual([{ strike: 6620, net: -30 }, { strike: 6630, net: 40 }]);
    expect(netGamma(undefined, null, [0, 9999])).toEqual([]);
  });

  test('volume is added up where it is too fine', () => {
    expect(volumeSteps(profileOf(), [6599, 6602]).steps).toEqual([{ price: 6600, share: 1 }, { price: 6601, share: 0.5 }]);
    const fine = profileOf({ levels: Array.from({ length: 1000 }, (_, n) => ({ price: 6000 + n, volume: 1 })) });
    expect(volumeSteps(fine, [6000, 7000]).steps.length).toBeLessThanOrEqual(161);
    expect(volumeSteps(null, [0, 1]).steps).toEqual([]);
  });
});

test('texts of an axis and of a time', () => {
  expect([0, 250, -1450, 12_340].map(axisMoney)).toEqual(['0', '+250', '−1450', '+12.3K']);
  expect([0.25, 6, 6.5, 24, 51].map(spanText)).toEqual(['15 min', '6 h', '6 h 30 min', '1 d', '2 d 3 h']);
});
