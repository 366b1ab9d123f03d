import { describe, expect, test } from 'vitest';
import { type Columns, dropped, FIRST_LAYOUT, moved, PANEL_IDS, placeAt, placeOf, validLayout } from './layout';

const COLUMNS: Columns = [['chart', 'risk', 'fleet'], ['heatmap', 'log'], []];
const all = () => true;

describe('moving a panel', () => {
  test.each<[string, Parameters<typeof moved>[1], Parameters<typeof moved>[2], Columns]>([
    ['up', 'risk', 'up', [['risk', 'chart', 'fleet'], ['heatmap', 'log'], []]],
    ['down', 'chart', 'down', [['risk', 'chart', 'fleet'], ['heatmap', 'log'], []]],
    ['right, at the same height', 'risk', 'right', [['chart', 'fleet'], ['heatmap', 'risk', 'log'], []]],
    ['right, to the end of a shorter column', 'fleet', 'right', [['chart', 'risk'], ['heatmap', 'log', 'fleet'], []]],
    ['into an empty column', 'log', 'right', [['chart', 'risk', 'fleet'], ['heatmap'], ['log']]],
    ['left', 'heatmap', 'left', [['heatmap', 'chart', 'risk', 'fleet'], ['log'], []]],
  ])('%s', (_name, id, way, after) => {
    expect(moved(COLUMNS, id, way, all)).toEqual(after);
  });

  test.each<[Parameters<typeof moved>[1], Parameters<typeof moved>[2]]>([['chart', 'up'], ['fleet', 'down'], ['chart', 'left'], ['gravity', 'up']])('%s has no way %s', (id, way) => {
    expect(moved(COLUMNS, id, way, all)).toBe(COLUMNS);
  });

  test('a panel that is not shown is passed over', () => {
    const isShown = (id: string) => id !== 'risk';
    expect(moved(COLUMNS, 'fleet', 'up', isShown)[0]).toEqual(['fleet', 'chart', 'risk']);
    expect(moved(COLUMNS, 'chart', 'down', isShown)[0]).toEqual(['risk', 'fleet', 'chart']);
  });
});

describe('dropping a panel', () => {
  test('before another, in its own column or elsewhere', () => {
    expect(dropped(COLUMNS, 'chart', { column: 0, index: 2 })[0]).toEqual(['risk', 'chart', 'fleet']);
    expect(dropped(COLUMNS, 'fleet', { column: 1, index: 0 })[1]).toEqual(['fleet', 'heatmap', 'log']);
  });

  test('where it is changes nothing', () => {
    for (const index of [1, 2]) expect(dropped(COLUMNS, 'risk', { column: 0, index })).toBe(COLUMNS);
    expect(dropped(COLUMNS, 'risk', { column: 5, index: 0 })).toBe(COLUMNS);
  });

  test('the place is the gap nearest to the pointer', () => {
    const boxes = [
      { left: 0, right: 600, slots: [{ id: 'chart' as const, middle: 200 }, { id: 'fleet' as const, middle: 700 }] },
      { left: 608, right: 1000, slots: [{ id: 'heatmap' as const, middle: 300 }, { id: 'log' as const, middle: 800 }] },
      { left: 1008, right: 1400, slots: [] },
    ];
    expect(placeAt(COLUMNS, boxes, 300, 100)).toEqual({ column: 0, index: 0 });
    expect(placeAt(COLUMNS, boxes, 300, 500), 'after one that is not shown').toEqual({ column: 0, index: 2 });
    expect(placeAt(COLUMNS, boxes, 700, 900)).toEqual({ column: 1, index: 2 });
    expect(placeAt(COLUMNS, boxes, 5000, 900)).toEqual({ column: 2, index: 0 });
    expect(placeAt(COLUMNS, [], 1, 1)).toBeNull();
  });
});

describe('what was kept', () => {
  test('is taken when every panel has its place once', () => {
    const kept = { wide: [['chart'], ['heatmap', 'log', 'risk', 'fleet'], ['prices', 'gravity']], medium: FIRST_LAYOUT.medium, collapsed: ['fleet', 'regime'] };
    expect(validLayout(JSON.parse(JSON.stringify(kept)))).toEqual({ ...kept, collapsed: ['regime', 'fleet'] });
  });

  test.each<[string, unknown]>([
    ['nothing', null], ['text', 'wide'], ['other shapes', { wide: [1, 2], medium: {}, collapsed: 'all' }], ['too few columns', { wide: [['chart']] }],
  ])('%s is as at first', (_name, kept) => {
    expect(validLayout(kept)).toEqual(FIRST_LAYOUT);
  });

  test('panels that are twice, unknown or missing do no harm', () => {
    const { wide } = validLayout({ wide: [['chart', 'chart', 'gone'], ['heatmap', 'chart', 'regime'], ['log']] });
    expect(wide).toEqual([['chart', 'risk', 'fleet'], ['heatmap'], ['log', 'gravity', 'prices']]);
    expect(wide.flat().toSorted()).toEqual(PANEL_IDS.filter((id) => id !== 'regime').toSorted());
  });
});

test('every panel has a place at first', () => {
  for (const id of PANEL_IDS.filter((each) => each !== 'regime')) {
    expect(placeOf(FIRST_LAYOUT.wide, id)).not.toBeNull();
    expect(placeOf(FIRST_LAYOUT.medium, id)).not.toBeNull();
  }
});
