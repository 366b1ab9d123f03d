import { expect, onTestFinished, test } from 'vitest';
import {
  age, direction, distance, dollars, etDay, etMinute, etOffsetSec, etTime, percent, percentOf, price, score, setUserZone, share, shownZone, signed, strike, ticker, userMoment,
  userTime, wholeAge,
} from './format';

test.each<[number | null | undefined, string, string, string]>([
  [6632.406, '6,632.41', '+6,632.41', '+6,632.41%'],
  [-0.314, '−0.31', '−0.31', '−0.31%'],
  [0, '0.00', '0.00', '0.00%'],
  [0.001, '0.00', '0.00', '0.00%'],
  [null, '–', '–', '–'],
  [undefined, '–', '–', '–'],
  [Number.NaN, '–', '–', '–'],
  [Number.POSITIVE_INFINITY, '–', '–', '–'],
])('%s', (value, asPrice, asChange, asPercent) => {
  expect(price(value)).toBe(asPrice);
  expect(signed(value)).toBe(asChange);
  expect(percent(value)).toBe(asPercent);
});

test.each<[number | null, string]>([
  [0, '0.0 s'], [-3, '0.0 s'], [0.44, '0.4 s'], [9.94, '9.9 s'], [9.96, '10 s'], [119, '119 s'], [120, '2 min'],
  [7199, '119 min'], [7200, '2 h'], [200_000, '2 d'], [null, '–'],
])('an age of %s s is %s', (sec, text) => {
  expect(age(sec)).toBe(text);
});

test.each<[number | null, string]>([[4.9, '4 s'], [119, '119 s'], [200, '3 min'], [null, '–']])('a whole age of %s s is %s', (sec, text) => {
  expect(wholeAge(sec)).toBe(text);
});

test.each<[number | null, string]>([[0.2, 'up'], [-0.2, 'down'], [0, 'flat'], [0.001, 'flat'], [null, 'flat']])(
  'a change of %s points %s', (change, expected) => {
    expect(direction(change)).toBe(expected);
  },
);

test.each<[string, string, string, number]>([
  ['2025-11-21T15:01:02Z', '10:01:02', 'Fri 21 Nov', -18_000],
  ['2025-07-01T13:30:00Z', '09:30:00', 'Tue 1 Jul', -14_400],
  ['2025-03-09T07:00:00Z', '03:00:00', 'Sun 9 Mar', -14_400],
  ['2025-03-09T06:59:59Z', '01:59:59', 'Sun 9 Mar', -18_000],
])('%s in New York', (iso, time, day, offset) => {
  const sec = Date.parse(iso) / 1000;
  expect(etTime(sec)).toBe(time);
  expect(etMinute(sec)).toBe(time.slice(0, 5));
  expect(etDay(sec)).toBe(day);
  expect(etOffsetSec(sec)).toBe(offset);
});

test.each<[number | null, string, string, string]>([
  [6630, '6,630', '+6,630.0', '6,630.0'], [447.5, '447.5', '+447.5', '447.5'], [6611.268, '6,611.27', '+6,611.3', '6,611.3'],
  [-32.41, '-32.41', '−32.4', '−32.4'], [0.02, '0.02', '0.0', '0.0'], [null, '–', '–', '–'],
])('%s as a strike, a distance and a score', (value, asStrike, asDistance, asScore) => {
  expect([strike(value), distance(value), score(value)]).toEqual([asStrike.replace('-', '−'), asDistance, asScore]);
});

test.each<[number | null, string, string]>([[0.623, '62 %', '62.3 %'], [0, '0 %', '0.0 %'], [1, '100 %', '100.0 %'], [null, '–', '–']])('a share of %s', (value, whole, exact) => {
  expect([share(value), percentOf(value)]).toEqual([whole, exact]);
});

test.each<[number | null, string]>([[1_234_000_000, '$1.23B'], [-340_000_000, '−$340M'], [0, '$0'], [null, '–']])('%s dollars in short', (value, text) => {
  expect(dollars(value)).toBe(text);
});

test('an index is shown without its prefix', () => {
  expect(ticker('I:SPX')).toBe('SPX');
  expect(ticker('SPY')).toBe('SPY');
});

test.each<[string | null, string, string]>([
  ['Asia/Tokyo', '00:01:02', '22 Nov 2025, 00:01'],
  ['America/New_York', '10:01:02', '21 Nov 2025, 10:01'],
])('in %s the user\'s times are its own', (zone, time, moment) => {
  onTestFinished(() => setUserZone(null));
  setUserZone(zone);
  expect(shownZone()).toBe(zone);
  expect(userTime(1_763_737_262)).toBe(time);
  expect(userMoment('2025-11-21T15:01:02.000Z')).toBe(moment);
  expect(etTime(1_763_737_262)).toBe('10:01:02');
});

test('a zone that this browser does not know is the browser\'s', () => {
  const own = shownZone();
  setUserZone('Mars/Olympus');
  expect(shownZone()).toBe(own);
  expect([userMoment(null), userMoment('soon')]).toEqual(['–', '–']);
});
