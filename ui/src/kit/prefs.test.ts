import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => vi.resetModules());

const overlays = { gex: 'sides', expirations: 'all', levels: true, profile: true, structures: true };
const heat = { strategy: 'butterfly', side: 'call', price: 'theory', threshold: 50 };
const FIRST = { symbol: 'I:SPX', timeframe: '5m', theme: 'dark', overlays, heat };

test.each<[string, string | null, object]>([
  ['nothing kept', null, FIRST],
  ['all kept', '{"symbol":"SPY","timeframe":"1h","theme":"light"}', { ...FIRST, symbol: 'SPY', timeframe: '1h', theme: 'light' }],
  ['a choice that no longer exists', '{"symbol":"<b>","timeframe":"2h","theme":"pink"}', FIRST],
  ['rubbish', '{', FIRST],
  ['null', 'null', FIRST],
  ['some overlays off', '{"overlays":{"gex":"net","profile":false,"levels":"no"}}', { ...FIRST, overlays: { ...overlays, gex: 'net', profile: false } }],
  ['a heatmap of single puts', '{"heat":{"strategy":"single","side":"put","threshold":900}}', { ...FIRST, heat: { ...heat, strategy: 'single', side: 'put' } }],
  ['parts of another shape', '{"overlays":7,"heat":null}', FIRST],
])('%s', async (_name, kept, expected) => {
  if (kept !== null) localStorage.setItem('ms:prefs', kept);
  const { usePrefs } = await import('./prefs');
  expect(usePrefs.getState()).toEqual(expected);
});

test('a switch is kept', async () => {
  const { setOverlays } = await import('./prefs');
  setOverlays({ profile: false });
  expect(JSON.parse(localStorage.getItem('ms:prefs') ?? '')).toMatchObject({ overlays: { ...overlays, profile: false } });
});
