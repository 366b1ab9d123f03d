import { expect, test } from 'vitest';
import { keysPath, sizeText, valuePath, written } from './keys';

test('names with any character are part of the address', () => {
  expect(keysPath({ bus: 'market', pattern: 'massive:*', limit: 100 })).toBe('/api/admin/diagnostics/redis?bus=market&pattern=massive%3A*&limit=100');
  expect(valuePath('intel', 'rss:item:a/b?c')).toBe('/api/admin/diagnostics/redis/rss%3Aitem%3Aa%2Fb%3Fc?bus=intel');
});

test('sizes are bytes of texts and members of the rest', () => {
  expect(sizeText({ type: 'string', size: 2048 })).toBe('2.0 kB');
  expect(sizeText({ type: 'zset', size: 1 })).toBe('1 member');
  expect(sizeText({ type: 'hash', size: 12_000 })).toBe('12,000 members');
});

test('a text is shown as it is, everything else as JSON', () => {
  expect(written('{not json')).toBe('{not json');
  expect(written({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(written(null)).toBe('null');
});
