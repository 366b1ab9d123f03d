import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { describe, expect, test, vi } from 'vitest';
import { tierBlocked, useSession } from '../live/session';
import { admitted, answerBy, authConfigOf, BARRED, DOWN, type Script, UNKNOWN } from '../test/members';
import BlockedPage from './BlockedPage';

function Where() {
  const { pathname, search } = useLocation();
  return <p data-testid="where">{pathname + search}</p>;
}

const draw = (at = '/blocked') => render(<MemoryRouter initialEntries={[at]}><BlockedPage /><Where /></MemoryRouter>);
const CONFIG: Script = { '/api/auth/config': { body: authConfigOf() } };

describe('blocked', () => {
  test.each<[string, string, RegExp]>([
    ['/blocked?tier=observer', 'the tier of the address', /signed in with the Observer tier/],
    ['/blocked', 'no tier', /Your tier is not admitted/],
  ])('%s tells of %s', async (at, _what, text) => {
    answerBy(CONFIG);
    draw(at);
    expect(await screen.findByText((_content, element) => element?.tagName === 'P' && text.test(element.textContent ?? ''))).toBeInTheDocument();
    expect(screen.queryByRole('link')).toBeNull();
  });

  test('the tier that was just refused is named before the address\'s', () => {
    answerBy(CONFIG);
    tierBlocked({ tier: 'activator', message: 'No.' });
    draw('/blocked?tier=observer');
    expect(screen.getByText('Activator')).toBeInTheDocument();
  });

  test('memberships are linked where they are sold', async () => {
    answerBy({ '/api/auth/config': { body: authConfigOf({ upgrade_url: 'https://shop.example.org/' }) } });
    draw();
    expect(await screen.findByRole('link', { name: 'See memberships' })).toHaveAttribute('href', 'https://shop.example.org/');
  });

  test('an address that is none of the web is no link', async () => {
    answerBy({ '/api/auth/config': { body: authConfigOf({ upgrade_url: 'javascript:alert(1)' }) } });
    draw();
    await vi.waitFor(() => expect(useSession.getState().config).not.toBeNull());
    expect(screen.queryByRole('link')).toBeNull();
  });

  test.each<[string, Script, string, string]>([
    ['admitted again', admitted(), '/', ''],
    ['the session is gone', { '/api/auth/me': UNKNOWN }, '/login', ''],
    ['still barred', { '/api/auth/me': BARRED }, '/blocked', 'Your tier is still not admitted.'],
    ['the service is away', { '/api/auth/me': DOWN }, '/blocked', 'Service unavailable, retrying'],
  ])('try again: %s', async (_name, script, place, text) => {
    answerBy({ ...CONFIG, ...script });
    draw();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await vi.waitFor(() => expect(screen.getByTestId('where')).toHaveTextContent(new RegExp(`^${place}$`)));
    await vi.waitFor(() => expect(screen.getByRole('status').textContent).toBe(text));
  });

  test('signing out leads to the sign-in page', async () => {
    answerBy({ ...CONFIG, 'POST /api/auth/logout': { status: 204 } });
    draw();
    await userEvent.click(screen.getByRole('button', { name: 'Sign out' }));
    await vi.waitFor(() => expect(screen.getByTestId('where')).toHaveTextContent('/login?error=signed_out'));
  });

  test('a service that cannot be told is said', async () => {
    answerBy({ ...CONFIG, 'POST /api/auth/logout': DOWN });
    draw();
    await userEvent.click(screen.getByRole('button', { name: 'Sign out' }));
    expect(await screen.findByText(/still signed in/)).toBeInTheDocument();
  });

  test('without the service the page stands, and says that it tries', async () => {
    answerBy({ '/api/auth/config': DOWN });
    draw('/blocked?tier=observer');
    expect(await screen.findByText('Service unavailable, retrying')).toBeInTheDocument();
    expect(screen.getByText('Observer')).toBeInTheDocument();
  });
});
