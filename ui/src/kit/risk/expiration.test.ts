import { describe, expect, test } from 'vitest';
import { MORNING_TS } from '../../test/samples';
import { daysTo, expirySec, marketDate, yearsBetween, yearsTo } from './expiration';

describe('expiration', () => {
  // Python 3.11, zoneinfo America/New_York, 16:00 of the day; both changes of clocks are among them.
  test.each([
    ['2025-10-31', 1761940800], ['2025-11-02', 1762117200], ['2025-11-03', 1762203600], ['2025-11-21', 1763758800],
    ['2026-03-06', 1772830800], ['2026-03-08', 1773000000], ['2026-03-09', 1773086400],
  ])('closes on %s', (date, expected) => {
    expect(expirySec(date)).toBe(expected);
  });

  test('a weekend with a change of clocks is an hour shorter or longer', () => {
    expect(expirySec('2026-03-09') - expirySec('2026-03-06')).toBe(3 * 86_400 - 3600);
    expect(expirySec('2025-11-03') - expirySec('2025-10-31')).toBe(3 * 86_400 + 3600);
  });

  test('is at least an hour away until it is past', () => {
    const close = expirySec('2025-11-21');
    expect(yearsTo('2025-11-21', close - 7200) * 8760).toBeCloseTo(2, 9);
    expect(yearsTo('2025-11-21', close - 60) * 8760).toBeCloseTo(1, 9);
    expect(yearsTo('2025-11-21', close)).toBe(0);
    expect(yearsBetween('2025-11-21', '2025-11-24') * 365).toBeCloseTo(3, 9);
  });

  test('days are counted in New York', () => {
    expect(marketDate(MORNING_TS)).toBe('2025-11-21');
    // 01:30 UTC is still the evening before.
    expect(daysTo('2025-11-24', Date.parse('2025-11-22T01:30:00Z') / 1000)).toBe(3);
    expect(daysTo('2025-11-20', MORNING_TS)).toBe(0);
  });
});
