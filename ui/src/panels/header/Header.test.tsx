import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeEach, describe, expect, test } from 'vitest';
import { usePrefs } from '../../kit/prefs';
import { userTime } from '../../kit/format';
import { clockOf, MORNING_TS } from '../../test/samples';
import { liveIn, show } from '../../test/states';
import { Header } from './Header';

const draw = (change: Partial<Parameters<typeof Header>[0]> = {}) => render(<Header symbol="I:SPX" isDemo={false} isDegraded={false} {...change} />, { wrapper: MemoryRouter });
const badge = () => screen.getByTestId('connection');

beforeEach(() => usePrefs.setState({ symbol: 'I:SPX', timeframe: '5m', theme: 'dark' }));

describe('header', () => {
  test('shows the chosen symbol, VIX and the market\'s time', () => {
    draw();
    show(liveIn('live'));
    expect(screen.getByTestId('main-quote')).toHaveTextContent('SPX6,632.41+15.09+0.23%');
    expect(screen.getByTestId('vix-quote')).toHaveTextContent('VIX16.20−0.31−1.88%');
    expect(screen.getByTestId('market-clock')).toHaveTextContent('10:01:02 ETFri 21 Nov · Open');
  });

  test('a market that runs faster says so', () => {
    draw();
    show({ ...liveIn('live'), clock: clockOf({ speed: 60, session: 'pre' }) });
    expect(screen.getByTestId('market-clock')).toHaveTextContent('Pre-market · ×60');
  });

  test.each<[Parameters<typeof liveIn>[0], string, string]>([
    ['loading', 'Connecting…', ''],
    ['live', 'Live', '0.4 s'],
    ['stale', 'Delayed', '42 s'],
    ['disconnected', 'Reconnecting (2)', ''],
    ['offline', 'Offline', ''],
  ])('%s: the badge says %s', (situation, word, detail) => {
    draw();
    show(liveIn(situation));
    expect(badge()).toHaveTextContent(`${word}${detail}`);
    expect(screen.getByText(word)).toHaveAttribute('aria-live', 'polite');
  });

  test('offline names the time of the data', () => {
    draw();
    const live = liveIn('live');
    show({ ...live, link: { ...live.link, phase: 'offline' } });
    expect(badge()).toHaveTextContent(`Offlineshowing data of ${userTime(MORNING_TS)}`);
    expect(screen.getByTestId('main-quote')).toHaveAttribute('data-old');
  });

  test('a closed market is closed, not late', () => {
    draw();
    show({ ...liveIn('stale'), clock: clockOf({ session: 'closed' }) });
    expect(badge()).toHaveTextContent('Closed');
  });

  test('the demo and a gateway without all its sources are announced', () => {
    draw({ isDemo: true, isDegraded: true });
    expect(screen.getByTestId('demo-banner')).toHaveTextContent('Demo mode');
    expect(screen.getByText(/may be incomplete/)).toBeInTheDocument();
  });

  test('SPX and NDX are one click away, the rest in a list', async () => {
    draw();
    show(liveIn('live'));
    await userEvent.click(screen.getByRole('button', { name: 'NDX' }));
    expect(usePrefs.getState().symbol).toBe('I:NDX');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Symbol' }), 'SPY');
    expect(usePrefs.getState().symbol).toBe('SPY');
  });

  test('no symbol can be asked for without a line', () => {
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByRole('button', { name: 'NDX' })).toBeDisabled();
    expect(screen.getByRole('combobox', { name: 'Symbol' })).toBeDisabled();
  });

  test('the theme is switched and kept', async () => {
    draw();
    await userEvent.click(screen.getByRole('button', { name: 'Switch to the light theme' }));
    expect(usePrefs.getState().theme).toBe('light');
    expect(localStorage.getItem('ms:prefs')).toContain('"theme":"light"');
  });
});
