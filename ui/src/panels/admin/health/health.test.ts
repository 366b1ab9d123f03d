import { describe, expect, test } from 'vitest';
import { serviceOf } from '../../../test/samples';
import { diagnosticsOf, heldOf } from '../samples';
import { bytes, freshness, globalModels, newer, troubled, troubles } from './health';
import { healthWords } from './words';

describe('freshness', () => {
  test.each([
    ['heatmap', heldOf(9.9), false, 'fresh'], ['heatmap', heldOf(10.1), false, 'old'], ['heatmap', heldOf(3600), true, 'fresh'],
    ['epoch', heldOf(3600), false, 'fresh'], ['gex', heldOf(null), false, 'held'], ['gex', heldOf(null, { exists: false }), false, 'missing'], ['gex', heldOf(3, { exists: false }), false, 'missing'],
  ])('%s %o is %s', (kind, held, isClosed, expected) => {
    expect(freshness(kind, held, isClosed)).toBe(expected);
  });
});

test('the newer picture of the fleet counts', () => {
  const at = (ts: number) => ({ ts, services: [] });
  expect(newer(null, undefined)).toBeNull();
  expect([newer(at(5), undefined)?.ts, newer(null, at(6))?.ts, newer(at(5), at(6))?.ts, newer(at(7), at(6))?.ts]).toEqual([5, 6, 6, 7]);
});

test('a stopped service needs nobody, a degraded one does', () => {
  expect(troubled([serviceOf('a'), serviceOf('b', { status: 'stopped' }), serviceOf('c', { status: 'late' }), serviceOf('d', { state: 'degraded' })])).toBe(2);
});

test('what needs somebody is told, worst first', () => {
  const services = [serviceOf('a', { status: 'late' }), serviceOf('b', { state: 'degraded' }), serviceOf('c', { status: 'dead' }), serviceOf('d')];
  const seen = diagnosticsOf({ database: { configured: true, connected: false } });
  expect(troubles(services, seen, false)).toEqual(['c is dead', 'a is late', 'b is degraded', 'intel-redis is away', 'MySQL is away', 'SPX heatmap is old']);
  expect(troubles([serviceOf('d')], diagnosticsOf({ buses: {}, database: { configured: false, connected: false }, symbols: null }), false)).toEqual([]);
  expect(troubles([], seen, true)).toHaveLength(2);
  expect(healthWords.needs(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more.');
});

test('global models come in one order, none while the bus is away', () => {
  expect(globalModels(diagnosticsOf()).map((model) => model.id)).toEqual(['vix', 'vix_regime', 'market_mode', 'epoch', 'event']);
  expect(globalModels(diagnosticsOf({ global: null }))).toEqual([]);
});

test.each([[null, '–'], [512, '512 B'], [3400, '3.4 kB'], [1_230_000, '1.2 MB']])('%s bytes are %s', (count, expected) => {
  expect(bytes(count)).toBe(expected);
});
