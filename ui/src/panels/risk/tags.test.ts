import { describe, expect, test } from 'vitest';
import { artifactOf, gexSummaryOf } from '../../test/samples';
import { levelsOf } from '../../kit/gamma';
import { gripAt, gripPlaces } from './grips';
import { anchorOf } from './Marks';
import { PAD, type Stage, xOf, yOf } from './scale';
import { namesOf, tagsOf } from './tags';

/** Four pixels a point, two dollars a pixel. */
const stage: Stage = { width: 400 + PAD.left + PAD.right, height: 200 + PAD.top + PAD.bottom, view: [6000, 6100], money: [-100, 300] };

describe('names of prices', () => {
  test('the price first, levels of one price as one, then what lies in view of the structures', () => {
    const levels = levelsOf(gexSummaryOf({ call_wall: 6700, put_wall: 6700 }), { levels: true, flip: true });
    const { structures } = artifactOf([1, 2, 3], 6530);
    const named = namesOf({ levels, structures }, 6632.41, [6500, 6645]);
    expect(named.slice(0, 2)).toEqual([{ key: 'spot', price: 6632.41, text: 'Spot 6,632.41' }, { key: 'callWall putWall', price: 6700, text: 'Call wall · Put wall 6,700' }]);
    expect(named.map(({ text }) => text)).toContain('crevasse');
    for (const { key, price } of named) expect(key.startsWith('node') && price > 6645).toBe(false);
  });

  test('none covers another, and what lies beyond an edge is named there', () => {
    const tags = tagsOf([
      { key: 'a', price: 6050, text: 'Spot 6,050.00' }, { key: 'b', price: 6052, text: 'Call wall 6,052' }, { key: 'c', price: 6200, text: 'Put wall 6,200' },
      { key: 'd', price: 5900, text: 'Flip 5,900' }, { key: 'e', price: 6098, text: 'node' },
    ], stage);
    expect(tags.map(({ key, row, anchor, beyond }) => [key, row, anchor, beyond])).toEqual([
      ['a', 0, 'start', null], ['b', 1, 'start', null], ['c', 0, 'end', 'right'], ['d', 0, 'start', 'left'], ['e', 1, 'end', null],
    ]);
    expect(tags.find(({ key }) => key === 'c')?.text).toBe('Put wall 6,200 ›');
  });

  test('without room there is no name', () => {
    const many = Array.from({ length: 5 }, (_, n) => ({ key: `${n}`, price: 6050, text: 'Call wall 6,050' }));
    expect(tagsOf(many, stage).map(({ row }) => row)).toEqual([0, 1, 2]);
  });
});

test('numbers of break-evens give way to each other and to the edges', () => {
  const of = (...xs: number[]) => xs.map((_, n) => anchorOf(xs, n, stage.width));
  expect(of(200)).toEqual(['middle']);
  expect(of(200, 250)).toEqual(['end', 'start']);
  expect(of(PAD.left + 5, 300)).toEqual(['start', 'middle']);
  expect(of(200, 230, 260)).toEqual(['end', null, 'start']);
});

test('a butterfly is taken at its corners and at the marks of its strikes', () => {
  const fly = { expiration: '2025-11-21', right: 'call' as const, body: 6050, width: 20, broken: 0, units: 1 };
  const places = gripPlaces(fly, { xs: Float64Array.of(6000, 6030, 6050, 6070, 6100), expiry: Float64Array.of(-50, -50, 250, -50, -50) });
  expect(places.map(({ grip, price, dollars }) => [grip, price, dollars])).toEqual([['lower', 6030, -50], ['body', 6050, 250], ['upper', 6070, -50]]);
  const floor = stage.height - PAD.bottom;
  expect(gripAt(places, stage, xOf(stage, 6050) + 5, yOf(stage, 250) - 5)?.grip).toBe('body');
  expect(gripAt(places, stage, xOf(stage, 6070), floor + 6)?.grip).toBe('upper');
  expect(gripAt(places, stage, xOf(stage, 6050), yOf(stage, 100))).toBeNull();
});
