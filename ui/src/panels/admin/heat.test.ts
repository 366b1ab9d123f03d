import { describe, expect, test } from 'vitest';
import { hourRows, largest, level, weekRows } from './heat';

const hour = (hour_start: string, db_hour: number, user_count: number) => ({ hour_start, db_hour, db_dow: 0, user_count });

describe('level', () => {
  test.each([[null, 8, 0], [0, 8, 0], [1, 8, 1], [2, 8, 1], [3, 8, 2], [6, 8, 3], [7, 8, 4], [8, 8, 4], [1, 1, 4], [3, 0, 0]])('%s of %s is %s', (count, most, expected) => {
    expect(level(count, most)).toBe(expected);
  });
});

describe('hourRows', () => {
  test("days are New York's, oldest first, and what was not written down is not zero", () => {
    const rows = hourRows({ days: 7, timezone: 'America/New_York', busiestHours: [], data: [hour('2025-11-21T04:00:00Z', 23, 3), hour('2025-11-20T14:00:00Z', 9, 0), hour('2025-11-21T14:00:00Z', 9, 5)] });
    expect(rows.map(({ label, counts }) => [label, counts[9], counts[23], counts[12]])).toEqual([['Thu 20 Nov', 0, 3, null], ['Fri 21 Nov', 5, null, null]]);
    expect(rows[0]?.counts).toHaveLength(24);
    expect(largest(rows)).toBe(5);
  });

  test('the hour that comes twice keeps its larger count', () => {
    const [row] = hourRows({ days: 7, timezone: 'America/New_York', busiestHours: [], data: [hour('2025-11-02T05:00:00Z', 1, 4), hour('2025-11-02T06:00:00Z', 1, 2)] });
    expect(row?.counts[1]).toBe(4);
  });
});

test('a week begins on Monday', () => {
  const rows = weekRows({ heatmapData: [[9, 1, 3], [1, 0, 7]], totalActiveTime: { hours: 2, minutes: 30, formatted: '2h 30m' }, days: 30 });
  expect(rows.map((row) => row.label)).toEqual(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']);
  expect([rows[0]?.counts[9], rows[6]?.counts[1], rows[3]?.counts[9]]).toEqual([3, 7, 0]);
});
