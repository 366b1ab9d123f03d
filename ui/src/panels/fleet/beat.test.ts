import { expect, test } from 'vitest';
import { alertOf, serviceOf } from '../../test/samples';
import { beatAge, beatShare, condition } from './beat';

test.each<[string, number | null, number, number | null]>([
  ['an age grows between frames', 1.5, 102, 3.5],
  ['a clock that is behind takes nothing away', 1.5, 99, 1.5],
  ['no beat has no age', null, 102, null],
])('%s', (_name, hb_age_sec, nowSec, expected) => {
  expect(beatAge(serviceOf('massive', { hb_age_sec }), 100, nowSec)).toBe(expected);
});

test.each<[number | null, number, number]>([[2.5, 5, 0.5], [50, 5, 1], [null, 5, 0], [1, 0, 0]])('%s s of %s s is %s', (ageSec, interval, share) => {
  expect(beatShare(ageSec, interval)).toBe(share);
});

test.each<[string, Parameters<typeof serviceOf>[1], { text: string; isBad: boolean }]>([
  ['what it says of itself', {}, { text: 'running', isBad: false }],
  ['degraded', { state: 'degraded' }, { text: 'degraded', isBad: true }],
  ['a miss outranks its own word', { health: alertOf({ type: 'heartbeat_miss' }) }, { text: 'missed', isBad: true }],
  ['a heard beat does not', { health: alertOf({ type: 'heartbeat_ok' }) }, { text: 'running', isBad: false }],
  ['nothing known', { state: null }, { text: 'silent', isBad: false }],
])('%s', (_name, change, expected) => {
  expect(condition(serviceOf('massive', change))).toEqual(expected);
});
