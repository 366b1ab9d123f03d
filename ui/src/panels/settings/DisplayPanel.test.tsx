import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import '../../kit/appearance';
import { FIRST_PREFS, usePrefs } from '../../kit/prefs';
import { DisplayPanel } from './DisplayPanel';

afterEach(() => usePrefs.setState(FIRST_PREFS, true));

test.each([
  ['Theme', 'System', { theme: 'system' }],
  ['Density', 'Compact', { density: 'compact' }],
  ['Palette', 'Blue and orange', { palette: 'safe' }],
  ['Numbers', '1.234,50', { numbers: 'comma' }],
  ['Motion', 'Reduced', { motion: 'reduced' }],
])('%s: %s is kept', async (group, choice, expected) => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  render(<DisplayPanel />);
  const option = within(screen.getByRole('group', { name: group })).getByRole('button', { name: choice });
  await userEvent.click(option);
  expect(option).toHaveAttribute('aria-pressed', 'true');
  expect(usePrefs.getState()).toMatchObject(expected);
  expect(JSON.parse(localStorage.getItem('ms:prefs') ?? '')).toMatchObject(expected);
  expect(fetched).not.toHaveBeenCalled();
});

test('shortcuts are switched off', async () => {
  render(<DisplayPanel />);
  await userEvent.click(screen.getByRole('switch', { name: 'Keyboard shortcuts' }));
  expect(usePrefs.getState().shortcuts).toBe(false);
});

test('the preview is set as chosen at once', async () => {
  render(<DisplayPanel />);
  expect(screen.getByTestId('preview')).toHaveTextContent('6,632.41 +15.09');
  await userEvent.click(screen.getByRole('button', { name: '1.234,50' }));
  expect(screen.getByTestId('preview')).toHaveTextContent('6.632,41 +15,09');
  expect(screen.getByTestId('preview')).toHaveTextContent('−1.204,75');
});
