import { describe, expect, test } from 'vitest';
import { indicatorOf } from '../samples';
import { bodyOf, draftOf, errorsOf, type IndicatorDraft, isDate, ruleOf, tierOf, withDate } from './draft';

const good: IndicatorDraft = { ...draftOf(null), key: 'cpi', name: 'CPI' };

test.each([[1, 'low'], [4, 'low'], [5, 'medium'], [6, 'medium'], [7, 'high'], [8, 'high'], [9, 'critical'], [10, 'critical']])('a rating of %s is %s', (rating, tier) => {
  expect(tierOf(rating)).toBe(tier);
});

describe('a draft', () => {
  test('of each rule comes back as that rule', () => {
    for (const rule of [
      null, { type: 'first_friday' as const }, { type: 'weekly' as const, weekday: 0 }, { type: 'nth_weekday' as const, weekday: 2, n: 5 },
      { type: 'fixed_dates' as const, dates: ['2027-03-10'], time_et: '10:00' }, { type: 'fixed_dates' as const, dates: ['2027-03-10'] },
    ]) expect(ruleOf(draftOf(indicatorOf({ rule_json: rule })))).toEqual(rule);
  });

  test('is sent trimmed, with null for what is empty, and with its key only when new', () => {
    const draft = { ...good, name: ' CPI ', time: '', description: '  ', aliases: 'Consumer Prices\n\n Core CPI ' };
    expect(bodyOf(draft, true)).toEqual({
      key: 'cpi', name: 'CPI', rating: 5, description: null, is_active: true, release_time_et: null, rule_json: null, aliases: ['Consumer Prices', 'Core CPI'],
    });
    expect(bodyOf(draft, false)).not.toHaveProperty('key');
  });
});

describe('errorsOf', () => {
  test('a good draft has none', () => {
    expect(errorsOf(good)).toEqual({});
    expect(errorsOf(draftOf(indicatorOf()))).toEqual({});
  });

  test.each<[string, Partial<IndicatorDraft>]>([
    ['key', { key: 'CPI' }], ['key', { key: '' }], ['key', { key: 'a'.repeat(65) }], ['name', { name: '  ' }], ['release_time_et', { time: '24:00' }],
    ['release_time_et', { time: '8:30' }], ['aliases', { aliases: Array.from({ length: 51 }, (_, n) => `a${n}`).join('\n') }], ['rule_json.dates', { cadence: 'fixed_dates' }],
    ['rule_json.time_et', { cadence: 'fixed_dates', dates: ['2027-03-10'], ownTime: '8' }],
  ])('%s', (field, change) => {
    expect(Object.keys(errorsOf({ ...good, ...change }))).toEqual([field]);
  });
});

test('dates are kept in order, each once', () => {
  expect(withDate(['2027-03-10'], '2027-01-13')).toEqual(['2027-01-13', '2027-03-10']);
  expect(withDate(['2027-03-10'], '2027-03-10')).toEqual(['2027-03-10']);
  expect([isDate('2027-03-10'), isDate('2027-13-10'), isDate('10.3.2027'), isDate('')]).toEqual([true, false, false, false]);
});
