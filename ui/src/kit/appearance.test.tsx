import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { themeOf, useAppearance, useTheme } from './appearance';
import { price } from './format';
import { FIRST_PREFS, setPrefs, usePrefs } from './prefs';

let isLight = false;
const listeners = new Set<() => void>();

beforeEach(() => {
  isLight = false;
  vi.spyOn(window, 'matchMedia').mockImplementation(() => ({
    get matches() {
      return isLight;
    },
    addEventListener: (_event: string, change: () => void) => listeners.add(change),
    removeEventListener: (_event: string, change: () => void) => listeners.delete(change),
  }) as unknown as MediaQueryList);
});

afterEach(() => act(() => usePrefs.setState(FIRST_PREFS, true)));

test.each([['dark', true, 'dark'], ['light', false, 'light'], ['system', true, 'light'], ['system', false, 'dark']] as const)('%s on a light system (%s) is %s', (chosen, light, theme) => {
  expect(themeOf(chosen, light)).toBe(theme);
});

test('the system\'s theme is followed while it is the choice', () => {
  act(() => setPrefs({ theme: 'system' }));
  const { result } = renderHook(useTheme);
  expect(result.current).toBe('dark');
  isLight = true;
  act(() => listeners.forEach((change) => change()));
  expect(result.current).toBe('light');
});

test('the page wears what is chosen, numbers included', () => {
  renderHook(useAppearance);
  expect(document.documentElement.dataset).toMatchObject({ theme: 'dark', density: 'comfortable', palette: 'standard', motion: 'system' });
  act(() => setPrefs({ theme: 'light', density: 'compact', palette: 'safe', motion: 'reduced', numbers: 'comma' }));
  expect(document.documentElement.dataset).toMatchObject({ theme: 'light', density: 'compact', palette: 'safe', motion: 'reduced' });
  expect(price(6632.41)).toBe('6.632,41');
});
