import { describe, expect, test } from 'vitest';
import { diffOf, heatmapOf, tileOf } from '../test/samples';
import { planeOf, takeDiff, takeWhole } from './heatmap';
import { newsOf, takeNews } from './heatNews';

const first = takeWhole(undefined, heatmapOf());
const known = takeNews(undefined, newsOf(undefined, first));
const fly = (debit: number) => tileOf('butterfly', 6630, 20, debit, 5);

describe('news of a heatmap', () => {
  test('the first ones are all of it', () => {
    expect(Object.keys(known.planes)).toEqual(Object.keys(first.planes));
    expect(known).toMatchObject({ version: 1000, spot: 6632.41, waiting: null, widths: [20, 25] });
    expect(planeOf(known, 'butterfly', 3).get('25:6630')).toEqual(planeOf(first, 'butterfly', 3).get('25:6630'));
  });

  test('later ones bring only the planes that changed, with copies of their numbers', () => {
    const second = takeDiff(first, diffOf(1000, 1001, [fly(9.99)]));
    const news = newsOf(first, second);
    expect(Object.keys(news.fresh)).toEqual(['butterfly:0']);
    expect(news.fresh['butterfly:0']?.numbers).not.toBe(second.planes['butterfly:0']?.columns.numbers);
    const next = takeNews(known, news);
    expect(next.version).toBe(1001);
    expect(planeOf(next, 'butterfly', 0).value(6630, 20, 'call', 'theory')).toBe(9.99);
    expect(next.planes['single:0']).toBe(known.planes['single:0']);
  });

  test('strikes that are the same stay the same object across threads', () => {
    const news = structuredClone(newsOf(first, takeDiff(first, diffOf(1000, 1001, [fly(5)]))));
    expect(planeOf(takeNews(known, news), 'butterfly', 0).strikes).toBe(planeOf(known, 'butterfly', 0).strikes);
  });

  test('a plane that is gone is gone', () => {
    const second = takeDiff(first, diffOf(1000, 1001, [], { dtes_available: [0] }));
    expect(Object.keys(takeNews(known, newsOf(first, second)).planes)).toEqual(['butterfly:0', 'single:0']);
  });

  test('a gap is told', () => {
    const behind = takeNews(known, newsOf(first, takeDiff(first, diffOf(1001, 1002, [fly(5)]))));
    expect([behind.waiting, behind.version]).toEqual([[], 1000]);
  });
});
