import { describe, expect, test } from 'vitest';
import { clockHour, day, newYorkDate, since } from './times';

describe('times', () => {
  test('a day is the date that is written, wherever the browser is', () => {
    expect(day('2025-11-21')).toBe('Fri 21 Nov');
    expect(day('2025-02-30x')).toBe('2025-02-30x');
  });

  test("New York's date is not that of Greenwich in the evening", () => {
    expect(newYorkDate(Date.parse('2025-11-22T03:30:00Z'))).toBe('2025-11-21');
    expect(newYorkDate(Date.parse('2025-07-01T03:59:00Z'))).toBe('2025-06-30');
  });

  test('what is not known is a dash', () => {
    expect(since('soon', 0)).toBe('–');
  });

  test('time that passed is told in whole units and never negative', () => {
    const at = Date.parse('2025-11-21T15:00:00Z') / 1000;
    expect(since('2025-11-21T14:56:00.000Z', at)).toBe('4 min');
    expect(since('2025-11-21T15:00:10.000Z', at)).toBe('0 s');
  });

  test('hours have two digits', () => {
    expect(clockHour(9)).toBe('09:00');
  });
});
