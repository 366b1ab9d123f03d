import { describe, expect, test } from 'vitest';
import type { UserPage } from '../../../wire';
import { sessionOf, userOf } from '../samples';
import { device, nameOf, pageCount, rangeOf, sessionState, usersPath } from './listing';

const page = (change: Partial<UserPage>): UserPage => ({ users: [], count: 50, page: 1, limit: 50, total: 431, ...change });

test('a search is part of the address as it was typed', () => {
  expect(usersPath({ search: '', sort: 'email', page: 2, limit: 25 })).toBe('/api/admin/users?sort=email&page=2&limit=25');
  expect(usersPath({ search: 'a&b%', sort: 'id', page: 1, limit: 50 })).toBe('/api/admin/users?sort=id&page=1&limit=50&search=a%26b%25');
});

test('who has no name is called by what else is known', () => {
  expect(nameOf(userOf(57))).toBe('User 57');
  expect(nameOf(userOf(57, { display_name: null }))).toBe('user57@example.org');
  expect(nameOf(userOf(57, { display_name: null, email: '' }))).toBe('fotw 3057');
});

test('ranges count from one', () => {
  expect(rangeOf(page({}))).toEqual({ from: 1, to: 50 });
  expect(rangeOf(page({ page: 9, count: 31 }))).toEqual({ from: 401, to: 431 });
  expect(rangeOf(page({ count: 0, total: 0 }))).toEqual({ from: 0, to: 0 });
  expect([pageCount(page({})), pageCount(page({ total: 400 })), pageCount(page({ total: 0 }))]).toEqual([9, 8, 1]);
});

describe('sessionState', () => {
  const at = Date.parse('2025-11-21T15:00:00Z');
  test.each([
    ['live', {}],
    ['expired', { expires_at: '2025-11-21T15:00:00.000Z' }],
    ['revoked', { expires_at: '2025-11-20T15:00:00.000Z', revoked_at: '2025-11-20T12:00:00.000Z' }],
  ])('%s', (expected, change) => {
    expect(sessionState(sessionOf(change), at)).toBe(expected);
  });
});

test.each([
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15', 'Safari, macOS'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0', 'Edge, Windows'],
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36', 'Chrome, Android'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', null],
  [null, null],
])('%s is %s', (agent, expected) => {
  expect(device(agent)).toBe(expected);
});
