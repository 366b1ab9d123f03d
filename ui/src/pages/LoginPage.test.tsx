import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { admitted, answerBy, authConfigOf, DOWN, type Script, UNKNOWN } from '../test/members';
import LoginPage from './LoginPage';

function Where() {
  const { pathname, search } = useLocation();
  return <p data-testid="where">{pathname + search}</p>;
}

const draw = (at = '/login') => render(<MemoryRouter initialEntries={[at]}><LoginPage /><Where /></MemoryRouter>);
const config = (change = {}): Script => ({ '/api/auth/config': { body: authConfigOf(change) } });

afterEach(() => void vi.useRealTimers());

describe('login', () => {
  test('a button for each site leads there and back to where one wanted to go', async () => {
    answerBy(config({ login: [{ label: 'Members', url: 'https://members.example.org/sso?redirect={redirect}' }, { label: 'Bad', url: 'javascript:{redirect}' }] }));
    draw('/login?next=/admin/users');
    const way = await screen.findByRole('link', { name: 'Members' });
    const back = new URL(new URL(way.getAttribute('href') ?? '').searchParams.get('redirect') ?? '');
    expect(back.pathname + back.search).toBe('/api/auth/sso?next=%2Fadmin%2Fusers');
    expect(screen.queryByText('Bad')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Continue as demo user' })).toBeNull();
    expect(document.title).toBe('Sign in · MarketSwarm');
  });

  test.each([
    ['sso_expired', 'The sign-in link has expired, please sign in again.'],
    ['sso_invalid', 'The sign-in link is not valid, please sign in again.'],
    ['sso_replayed', 'The sign-in link was used already, please sign in again.'],
    ['session_expired', 'Your session is over, please sign in again.'],
    ['<script>', 'Signing in did not work, please try again.'],
  ])('%s is told', async (code, text) => {
    answerBy(config());
    draw(`/login?error=${encodeURIComponent(code)}`);
    expect(await screen.findByRole('alert')).toHaveTextContent(text);
    await screen.findByRole('link', { name: 'Members' });
  });

  test('having signed out is no error', async () => {
    answerBy(config());
    draw('/login?error=signed_out');
    expect(await screen.findByText('You are signed out.')).toHaveAttribute('role', 'status');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('while the service is away it is tried again until it answers', async () => {
    vi.useFakeTimers();
    const script: Script = { '/api/auth/config': DOWN };
    const { calls } = answerBy(script);
    draw();
    await vi.advanceTimersByTimeAsync(10);
    expect(screen.getByText('Service unavailable, retrying')).toBeInTheDocument();
    await vi.advanceTimersByTimeAsync(2100);
    expect(calls).toHaveLength(2);
    script['/api/auth/config'] = { body: authConfigOf() };
    await vi.advanceTimersByTimeAsync(3100);
    expect(screen.getByRole('link', { name: 'Members' })).toBeInTheDocument();
    expect(screen.queryByText('Service unavailable, retrying')).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(3);
  });

  test('a desk without sites says so', async () => {
    answerBy(config({ login: [] }));
    draw();
    expect(await screen.findByText(/Sign-in is not set up here/)).toBeInTheDocument();
  });

  test('in public mode one goes on as the demo user', async () => {
    answerBy({ ...admitted({ public_mode: true, sid: null }), ...config({ login: [], public_mode: true }) });
    draw('/login?next=/settings/display');
    await userEvent.click(await screen.findByRole('button', { name: 'Continue as demo user' }));
    await vi.waitFor(() => expect(screen.getByTestId('where')).toHaveTextContent('/settings/display'));
  });

  test.each<[string, Script, string]>([
    ['the service is away', { '/api/auth/me': DOWN }, 'Service unavailable, retrying'],
    ['the demo ended meanwhile', { '/api/auth/me': UNKNOWN }, 'Signing in did not work, please try again.'],
  ])('%s: the demo button says so', async (_name, script, text) => {
    answerBy({ ...config({ public_mode: true }), ...script });
    draw();
    await userEvent.click(await screen.findByRole('button', { name: 'Continue as demo user' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(text);
    expect(screen.getByTestId('where')).toHaveTextContent('/login');
  });
});
