import { expect, test } from 'vitest';
import { indicatorOf, scheduleOf } from '../samples';
import { daysOf, found, nextReleases, ruleText, windowDays } from './schedule';

test.each([
  [null, 'by hand'], [{ type: 'first_friday' as const }, 'first Friday'], [{ type: 'weekly' as const, weekday: 4 }, 'every Thursday'],
  [{ type: 'nth_weekday' as const, weekday: 0, n: 5 }, 'fifth Sunday'], [{ type: 'fixed_dates' as const, dates: ['2027-03-10'] }, 'on one date'],
])('%o is %s', (rule, expected) => {
  expect(ruleText(rule)).toBe(expected);
});

test('days come in order, and the next release is the first of them', () => {
  const schedule = scheduleOf();
  expect(daysOf(schedule).map(({ label, events }) => [label, events.length])).toEqual([['Wed 26 Nov', 1], ['Fri 5 Dec', 2]]);
  expect([...nextReleases(schedule)]).toEqual([['crude_oil_inventories', '2025-11-26'], ['nfp', '2025-12-05'], ['speech', '2025-12-05']]);
  expect(nextReleases(undefined).size).toBe(0);
  expect(windowDays(schedule)).toBe(15);
});

test('a search looks at name, key and aliases', () => {
  const all = [indicatorOf(), indicatorOf({ key: 'cpi', name: 'Consumer Price Index', aliases: ['Core CPI'], is_active: false })];
  expect(found(all, 'PAYROLLS', false).map((each) => each.key)).toEqual(['nfp']);
  expect(found(all, 'core', false).map((each) => each.key)).toEqual(['cpi']);
  expect(found(all, 'core', true)).toEqual([]);
  expect(found(all, ' ', false)).toHaveLength(2);
});
