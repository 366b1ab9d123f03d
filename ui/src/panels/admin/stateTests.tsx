import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { MemoryRouter } from 'react-router';
import { expect, test } from 'vitest';
import { liveIn, show, shown } from '../../test/states';
import { answerBy, type Sent } from './answers';

type Routes = Parameters<typeof answerBy>[0];

export interface StatefulPanel {
  element: ReactElement;
  /** The panel's name. */
  name: string;
  /** The routes it asks, by which they are refused. */
  paths: string[];
  full: Routes;
  /** Routes that bring nothing, and what is said then; left out where there is always something. */
  empty?: { routes: Routes; says: RegExp };
  /** What is on the page when there is data. */
  shows: string | RegExp;
  /** Seconds without an answer after which it is old. */
  limitSec?: number;
  /** Left out where the panel opens itself. */
  open?: () => Promise<void>;
}

const gone = (paths: string[], status: number, error: string, message: string): Routes =>
  Object.fromEntries(paths.map((path) => [`GET ${path}`, { status, body: { success: false, error, message } }]));

/** The states that every panel has, seen on one that asks the gateway. */
export function testStates({ element, name, paths, full, empty, shows, limitSec = 180, open: unfold = async () => {} }: StatefulPanel) {
  const panel = () => screen.getByRole('region', { name });
  const open = async (routes: Routes): Promise<Sent[]> => {
    const asked = answerBy({ ...routes, ...full, ...routes });
    show(liveIn('empty'));
    render(<MemoryRouter>{element}</MemoryRouter>);
    await unfold();
    return asked;
  };
  const isShown = async () => expect((await screen.findAllByText(shows)).length).toBeGreaterThan(0);

  test('loading', async () => {
    await open(Object.fromEntries(paths.map((path) => [`GET ${path}`, 'pending'])));
    expect(panel()).toHaveAttribute('data-state', 'loading');
    expect(panel()).toHaveTextContent('Loading');
  });

  test('live', async () => {
    await open(full);
    await isShown();
    expect(panel()).toHaveAttribute('data-state', 'live');
  });

  test('stale: what is there stays, and says how old it is', async () => {
    await open(full);
    await isShown();
    show({ ...shown(), skewMs: 0, nowMs: Date.now() + (limitSec + 5) * 1000 });
    expect(panel()).toHaveAttribute('data-state', 'stale');
    expect(panel()).toHaveTextContent(/\d+ (s|min|h|d) old/);
    await isShown();
  });

  test('disconnected: what is there stays', async () => {
    await open(full);
    await isShown();
    show(liveIn('disconnected'));
    expect(panel()).toHaveAttribute('data-state', 'disconnected');
    await isShown();
  });

  test('error, and the way out of it', async () => {
    await open(gone(paths, 400, 'broken', 'It broke.'));
    expect((await screen.findAllByText('It broke.'))[0]).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'error');
    expect(panel()).toHaveTextContent('Code broken · Request r-5b1d');
    answerBy(full);
    await Promise.all(screen.getAllByRole('button', { name: 'Retry' }).map((button) => userEvent.click(button)));
    await isShown();
  });

  test('refused: the rights were taken away, and who one is is asked again', async () => {
    const asked = await open(gone(paths, 403, 'admin_required', 'This is for administrators.'));
    expect((await screen.findAllByText('This is for administrators.'))[0]).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'error');
    expect(asked.some(({ url }) => url === '/api/auth/me')).toBe(true);
  });

  test('gated', async () => {
    await open(gone(paths, 403, 'feature_gated', 'Not yours.'));
    expect((await screen.findAllByText('Not part of your tier.'))[0]).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'gated');
  });

  if (!empty) return;
  test('empty', async () => {
    await open(empty.routes);
    expect((await screen.findAllByText(empty.says))[0]).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'empty');
  });
}
