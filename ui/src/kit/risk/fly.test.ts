import { describe, expect, test } from 'vitest';
import { legs } from '../../test/legs';
import { takeWhole } from '../../live/heatmap';
import { heatmapOf } from '../../test/samples';
import { dragged, flyOf, isSameFly, legsOfFly, moved, wingsOf } from './fly';
import { notation } from './legs';
import { dteOf, ivsOf, quoteOf, strikeStep } from './quotes';

const STEPS = { strike: 5, widths: [20, 25, 30, 40] };
const fly = () => flyOf(legs('+2 6370C', '-4 6400C', '+2 6430C')) ?? expect.fail('no fly');

describe('a butterfly', () => {
  test('is known with its wings, and written back as it was', () => {
    expect(fly()).toMatchObject({ body: 6400, width: 30, broken: 0, units: 2, right: 'call' });
    expect(notation(legsOfFly(fly()))).toBe('+2/−4/+2 C 6370/6400/6430');
    expect(flyOf(legs('-1 5980P', '+2 5950P', '-1 5910P'))).toMatchObject({ body: 5950, width: 30, broken: -10, units: -1 });
    expect(flyOf(legs('+1 5980P'))).toBeNull();
  });

  test('moves by a strike, widens along the widths of the heatmap', () => {
    expect(moved(fly(), 'down', STEPS).body).toBe(6395);
    expect(moved(fly(), 'up', STEPS).body).toBe(6405);
    expect(moved(fly(), 'wider', STEPS).width).toBe(40);
    expect(moved(moved(fly(), 'wider', STEPS), 'wider', STEPS).width).toBe(45);
    expect(moved(fly(), 'narrower', STEPS).width).toBe(25);
    expect(moved({ ...fly(), width: 5 }, 'narrower', STEPS).width).toBe(5);
  });

  test('one wing is broken, and mended by the opposite key', () => {
    const broken = moved(moved(fly(), 'breakUpper', STEPS), 'breakUpper', STEPS);
    expect(wingsOf(broken)).toEqual({ lower: 6370, upper: 6440 });
    const mended = moved(moved(broken, 'breakLower', STEPS), 'breakLower', STEPS);
    expect(isSameFly(mended, fly())).toBe(true);
    expect(wingsOf(moved(fly(), 'breakLower', STEPS))).toEqual({ lower: 6365, upper: 6430 });
  });

  test('is drawn by its body, by its wings together, or by one wing alone', () => {
    expect(dragged(fly(), 'body', 6411.9, 5, false)).toMatchObject({ body: 6410, width: 30, broken: 0 });
    expect(wingsOf(dragged(fly(), 'upper', 6442, 5, false))).toEqual({ lower: 6360, upper: 6440 });
    expect(wingsOf(dragged(fly(), 'lower', 6383, 5, false))).toEqual({ lower: 6385, upper: 6415 });
    expect(wingsOf(dragged(fly(), 'upper', 6442, 5, true))).toEqual({ lower: 6370, upper: 6440 });
    expect(dragged(fly(), 'lower', 6342, 5, true)).toMatchObject({ body: 6400, width: 30, broken: -30 });
    expect(wingsOf(dragged(dragged(fly(), 'lower', 6342, 5, true), 'upper', 6440, 5, false))).toEqual({ lower: 6330, upper: 6440 });
    expect(wingsOf(dragged(fly(), 'upper', 6390, 5, false)), 'never past the body').toEqual({ lower: 6395, upper: 6405 });
    expect(dragged(fly(), 'lower', -10, 5, false), 'no strike below 0').toEqual(fly());
  });
});

describe('quotes of the heatmap', () => {
  const book = takeWhole(undefined, heatmapOf());
  const at = (texts: string[]) => legs(...texts).map(({ strike, right, quantity }) => ({ strike, right, quantity, expiration: '2025-11-21' }));

  test('of the same structure, sold ones negative', () => {
    expect(quoteOf(book, at(['+1 6620C', '-2 6640C', '+1 6660C']), 'theory')).toEqual({ value: 3.2, source: 'tile' });
    expect(quoteOf(book, at(['-2 6620C', '+4 6640C', '-2 6660C']), 'theory')).toEqual({ value: -3.2, source: 'tile' });
  });

  test('of the legs where there is no such tile, nothing where a leg has none', () => {
    expect(quoteOf(book, at(['+1 6620C', '-2 6640C', '+1 6660C']), 'market')?.source).toBe('legs');
    expect(quoteOf(book, at(['+1 6620C', '-2 6640C', '+1 6670C']), 'theory')).toEqual({ value: 0, source: 'legs' });
    expect(quoteOf(book, at(['+1 9000C']), 'theory')).toBeNull();
    expect(quoteOf(undefined, at(['+1 6620C']), 'theory')).toBeNull();
  });

  test('days, volatilities and steps by date', () => {
    expect(dteOf(book, '2025-11-24')).toBe(3);
    expect(dteOf(book, '2025-11-28')).toBeNull();
    expect(ivsOf(book)).toEqual({ '2025-11-21': 0.151, '2025-11-24': 0.138 });
    expect(strikeStep(book, '2025-11-21', 10)).toBe(5);
    expect(strikeStep(book, '2025-11-28', 10)).toBe(10);
  });
});
