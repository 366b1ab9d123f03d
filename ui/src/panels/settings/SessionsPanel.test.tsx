import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { useSession } from '../../live/session';
import { answerBy, DOWN, ownSessionOf, type Script, UNKNOWN } from '../../test/members';
import { answerAll, liveIn, REFUSED, show } from '../../test/states';
import { inOrder, SessionsPanel } from './SessionsPanel';

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const OTHER = ownSessionOf({ id: 'b/2', user_agent: IPHONE, last_seen_at: '2025-11-21T14:31:00.000Z', ip: null });
const OWN = ownSessionOf({ current: true });
const listed = (sessions = [OTHER, OWN]): Script => ({ '/api/profile/sessions': { body: { success: true, sessions } } });

const draw = (script: Script = listed()) => {
  const fetched = answerBy(script);
  show(liveIn('live'));
  render(<SessionsPanel />);
  return fetched;
};
const panel = () => screen.getByRole('region', { name: 'Sessions' });

describe('sessions', () => {
  test('this browser comes first', async () => {
    draw();
    const rows = await screen.findAllByTestId('session');
    expect(rows.map((row) => row.dataset['current'])).toEqual(['true', undefined]);
    expect(rows[0]).toHaveTextContent('Chrome on LinuxThis browser203.0.113.7 · seen 60 s ago');
    expect(rows[1]).toHaveTextContent('Safari on iOSseen 30 min ago');
    expect(panel()).toHaveAttribute('data-state', 'live');
  });

  test('another one is ended, and gone', async () => {
    const { calls } = draw({ ...listed(), 'DELETE /api/profile/sessions/b%2F2': { body: { success: true } } });
    await userEvent.click(await screen.findByRole('button', { name: 'End session of Safari on iOS' }));
    await vi.waitFor(() => expect(screen.getAllByTestId('session')).toHaveLength(1));
    expect(calls).toContain('DELETE /api/profile/sessions/b%2F2');
    expect(screen.getByText('The session of Safari on iOS is over.')).toHaveAttribute('role', 'status');
  });

  test('one that could not be ended stays, and says why', async () => {
    draw({ ...listed(), 'DELETE /api/profile/sessions/b%2F2': DOWN });
    await userEvent.click(await screen.findByRole('button', { name: 'End session of Safari on iOS' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The gateway cannot be reached.');
    expect(screen.getAllByTestId('session')).toHaveLength(2);
  });

  test('ending one\'s own is signing out', async () => {
    draw({ ...listed(), 'POST /api/auth/logout': { status: 204 } });
    await userEvent.click(await screen.findByRole('button', { name: 'Sign out' }));
    await vi.waitFor(() => expect(useSession.getState()).toMatchObject({ phase: 'out', ending: { code: 'signed_out' } }));
  });

  test.each<[string, Script]>([['no sessions', listed([])], ['an account that is not stored', { '/api/profile/sessions': UNKNOWN }]])('%s: empty', async (_name, script) => {
    draw(script);
    expect(await screen.findByText(/No signed-in session/)).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'empty');
  });

  test('loading takes its place', () => {
    answerAll('pending');
    show(liveIn('live'));
    render(<SessionsPanel />);
    expect(panel()).toHaveAttribute('data-state', 'loading');
  });

  test('a refusal is told', async () => {
    answerAll(REFUSED);
    show(liveIn('live'));
    render(<SessionsPanel />);
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
    expect(screen.getByRole('button', { name: 'Retry' })).toBeInTheDocument();
  });

  test('disconnected the list stays, and nothing can be ended', async () => {
    draw();
    await screen.findAllByTestId('session');
    show(liveIn('disconnected'));
    expect(panel()).toHaveAttribute('data-state', 'disconnected');
    for (const button of screen.getAllByRole('button')) expect(button).toBeDisabled();
  });
});

test('the others are in the order they were seen', () => {
  const ids = inOrder([ownSessionOf({ id: 'a', last_seen_at: '2025-11-20T00:00:00Z' }), ownSessionOf({ id: 'b', last_seen_at: '2025-11-21T00:00:00Z' }), ownSessionOf({ id: 'c', current: true })]);
  expect(ids.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});
