import { describe, expect, test } from 'vitest';
import { biasOf, gexSummaryOf, modeOf, vixRegimeOf } from '../../test/samples';
import { type Fact, factsOf, leaning, levelsAround, type RegimeInput, usedOf } from './facts';

const FRESH = { gex: false, mode: false, bias: false, vix: false };
const INPUT: RegimeInput = {
  symbol: 'I:SPX', spot: 6632.41, change: 15.09, summary: gexSummaryOf(), nodes: [6600, 6640], mode: modeOf(), bias: biasOf(), vix: vixRegimeOf(), old: FRESH,
};
const said = (input: Partial<RegimeInput>) => Object.fromEntries(factsOf({ ...INPUT, ...input }).map(({ id, value, detail }) => [id, [value, detail]])) as Record<Fact['id'], string[]>;

describe('the next levels', () => {
  test('are the nearest of walls, flips, zero gamma and volume nodes', () => {
    expect(levelsAround(6632.41, gexSummaryOf(), [6600, 6640])).toEqual({ above: { kinds: ['node'], price: 6640 }, below: { kinds: ['flip'], price: 6612.5 } });
    expect(levelsAround(6605, gexSummaryOf(), [])).toEqual({ above: { kinds: ['zeroGamma'], price: 6611.27 }, below: { kinds: ['putWall'], price: 6600 } });
  });

  test('levels at one price are one level with all its names', () => {
    expect(levelsAround(6590, gexSummaryOf({ call_wall: 6600, zero_gamma: null }), [6600]).above).toEqual({ kinds: ['callWall', 'putWall', 'node'], price: 6600 });
  });

  test('a flip on either side counts, not only the nearest', () => {
    const flips = gexSummaryOf({ call_wall: null, put_wall: null, zero_gamma: null, strike_flip: { above: 6680, below: 6612.5, nearest: 6612.5 } });
    expect(levelsAround(6632, flips, [])).toEqual({ above: { kinds: ['flip'], price: 6680 }, below: { kinds: ['flip'], price: 6612.5 } });
  });

  test('there may be none', () => {
    expect(levelsAround(6800, gexSummaryOf(), []).above).toBeNull();
    expect(levelsAround(6632, undefined, [])).toEqual({ above: null, below: null });
  });
});

test('the part of the expected move that is used', () => {
  expect(usedOf(-33.85, 67.7)).toBe(0.5);
  expect([usedOf(null, 67.7), usedOf(10, undefined), usedOf(10, 0)]).toEqual([null, null, null]);
});

test.each<[number, string]>([[60, 'up'], [-10, 'down'], [9.9, 'flat'], [0, 'flat']])('a strength of %d leans %s', (strength, way) => {
  expect(leaning(strength)).toBe(way);
});

describe('facts', () => {
  test('say all of it in words and numbers', () => {
    expect(said({})).toEqual({
      gamma: ['Positive', 'damps moves'],
      zero: ['6,611.27', '−21.1'],
      flip: ['6,612.5', '−19.9'],
      callWall: ['6,700', '+67.6'],
      putWall: ['6,600', '−32.4'],
      above: ['6,640', '+7.6 Volume node'],
      below: ['6,612.5', '−19.9 Flip'],
      mode: ['Transition', '66.8 of 100'],
      bias: ['−12.4', 'downward'],
      lfi: ['61.2', 'absorbs'],
      vix: ['Goldilocks I', 'VIX 16.20'],
      move: ['±67.7', '22 % used today'],
    });
  });

  test('what is unknown is a dash', () => {
    const facts = said({ summary: undefined, nodes: [], mode: undefined, bias: undefined, vix: null });
    for (const [value, detail] of Object.values(facts)) expect([value, ['', 'none known'].includes(detail ?? '')]).toEqual(['–', true]);
  });

  test('what is old is marked by its source', () => {
    const old = (change: Partial<typeof FRESH>) => factsOf({ ...INPUT, old: { ...FRESH, ...change } }).filter(({ isOld }) => isOld).map(({ id }) => id);
    expect(old({ gex: true })).toEqual(['gamma', 'zero', 'flip', 'callWall', 'putWall', 'above', 'below']);
    expect(old({ bias: true, vix: true })).toEqual(['bias', 'lfi', 'vix', 'move']);
  });
});
