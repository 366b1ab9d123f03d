import { expect, test } from 'vitest';
import { articleOf } from '../samples';
import { choices, NO_REVIEW, reviewed, safeUrl } from './review';

const all = [articleOf('a'), articleOf('b', { category: 'rates', impact: 'shock', title: 'Yields jump', tickers: ['IEF'], entities: ['Fed'] })];
const uids = (change: Partial<typeof NO_REVIEW>) => reviewed(all, { ...NO_REVIEW, ...change }).map((article) => article.uid);

test('a review narrows by category, impact and words', () => {
  expect(uids({})).toEqual(['a', 'b']);
  expect(uids({ category: 'rates' })).toEqual(['b']);
  expect(uids({ impact: 'shock', category: 'macro' })).toEqual([]);
  expect(uids({ search: ' tlt ' })).toEqual(['a']);
  expect(uids({ search: 'fed' })).toEqual(['b']);
});

test('choices are each value once, in order', () => {
  expect(choices([...all, articleOf('c')], (article) => article.category)).toEqual(['macro', 'rates']);
});

test.each([['https://macro.example.com/a', 'https://macro.example.com/a'], ['javascript:alert(1)', null], ['data:text/html,x', null], ['no address', null]])('%s', (url, expected) => {
  expect(safeUrl(url)).toBe(expected);
});
