import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => vi.resetModules());

test.each<[string, string | null, object]>([
  ['nothing kept', null, { symbol: 'I:SPX', timeframe: '5m', theme: 'dark' }],
  ['all kept', '{"symbol":"SPY","timeframe":"1h","theme":"light"}', { symbol: 'SPY', timeframe: '1h', theme: 'light' }],
  ['a choice that no longer exists', '{"symbol":"<b>","timeframe":"2h","theme":"pink"}', { symbol: 'I:SPX', timeframe: '5m', theme: 'dark' }],
  ['rubbish', '{', { symbol: 'I:SPX', timeframe: '5m', theme: 'dark' }],
])('%s', async (_name, kept, expected) => {
  if (kept !== null) localStorage.setItem('ms:prefs', kept);
  const { usePrefs } = await import('./prefs');
  expect(usePrefs.getState()).toEqual(expected);
});
