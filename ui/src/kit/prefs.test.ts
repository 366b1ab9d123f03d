import { beforeEach, expect, test, vi } from 'vitest';
import { FIRST_PREFS as FIRST } from './prefs';

beforeEach(() => vi.resetModules());

const { overlays, heat } = FIRST;

test.each<[string, string | null, object]>([
  ['nothing kept', null, FIRST],
  ['all kept', '{"symbol":"SPY","timeframe":"1h","theme":"light"}', { ...FIRST, symbol: 'SPY', timeframe: '1h', theme: 'light' }],
  ['a choice that no longer exists', '{"symbol":"<b>","timeframe":"2h","theme":"pink"}', FIRST],
  ['a look of its own', '{"theme":"system","density":"compact","palette":"safe","numbers":"comma","motion":"reduced","shortcuts":false}',
    { ...FIRST, theme: 'system', density: 'compact', palette: 'safe', numbers: 'comma', motion: 'reduced', shortcuts: false }],
  ['a look that does not exist', '{"density":"airy","palette":7,"numbers":"roman","motion":"fast","shortcuts":"yes"}', FIRST],
  ['rubbish', '{', FIRST],
  ['null', 'null', FIRST],
  ['some overlays off', '{"overlays":{"gex":"net","profile":false,"levels":"no"}}', { ...FIRST, overlays: { ...overlays, gex: 'net', profile: false } }],
  ['a heatmap of single puts', '{"heat":{"strategy":"single","side":"put","threshold":900}}', { ...FIRST, heat: { ...heat, strategy: 'single', side: 'put' } }],
  ['a heatmap that shrinks beyond sight', '{"heat":{"mode":"r2r","zone":90,"compression":120,"isLocked":true}}', { ...FIRST, heat: { ...heat, mode: 'r2r', zone: 90, isLocked: true } }],
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
