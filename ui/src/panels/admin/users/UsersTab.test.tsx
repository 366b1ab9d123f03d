import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeEach, describe, expect, test } from 'vitest';
import { useSession } from '../../../live/session';
import { meOf } from '../../../test/members';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok, refused, type Sent } from '../answers';
import { detailOf, sessionOf, userOf, userPageOf, weekOf } from '../samples';
import { testStates } from '../stateTests';
import { UsersTab } from './UsersTab';

const RITA = userOf(57, { display_name: 'Rita', is_online: true });
const PAGE = userPageOf([RITA, userOf(58)], { total: 431, count: 50 });
const LIST = { 'GET /api/admin/users?': ok(PAGE) };
const FULL = { ...LIST, 'GET /api/admin/users/57/activity': ok(weekOf()), 'GET /api/admin/users/57': ok(detailOf(RITA)) };

const TAB = <MemoryRouter><UsersTab /></MemoryRouter>;

const openRita = async (routes: Parameters<typeof answerBy>[0]): Promise<Sent[]> => {
  const asked = answerBy({ ...routes, ...FULL, ...routes });
  render(TAB);
  await userEvent.click(await screen.findByRole('button', { name: 'Rita' }));
  await screen.findByRole('table', { name: /Sessions/ });
  return asked;
};

beforeEach(() => show(liveIn('live')));

describe('users', () => {
  testStates({
    element: <UsersTab />, name: 'Users', paths: ['/api/admin/users'], full: LIST, shows: 'Rita',
    empty: { routes: { 'GET /api/admin/users?': ok(userPageOf([])) }, says: /Nobody has signed in yet/ },
  });

  test('a search may come with the address', async () => {
    const asked = answerBy(LIST);
    render(<MemoryRouter initialEntries={['/admin/users?search=Rita']}><UsersTab /></MemoryRouter>);
    expect(await screen.findByRole('searchbox')).toHaveValue('Rita');
    expect(asked[0]?.url).toBe('/api/admin/users?sort=last_login_at&page=1&limit=50&search=Rita');
  });

  test('presence is a word, the order is that of the gateway', async () => {
    const asked = answerBy(LIST);
    render(TAB);
    expect(await screen.findByRole('row', { name: /Rita/ })).toHaveTextContent('online');
    expect(screen.getByRole('columnheader', { name: /Last sign-in/ })).toHaveAttribute('aria-sort', 'descending');
    await userEvent.click(screen.getByRole('button', { name: 'E-mail' }));
    expect(screen.getByRole('columnheader', { name: /E-mail/ })).toHaveAttribute('aria-sort', 'ascending');
    expect(asked.at(-1)?.url).toBe('/api/admin/users?sort=email&page=1&limit=50');
  });

  test('pages go forward and back, and a search begins at the first', async () => {
    const asked = answerBy({ 'GET /api/admin/users?': ({ url }) => ok({ ...PAGE, page: Number(new URLSearchParams(url.split('?')[1]).get('page')) }) });
    render(TAB);
    expect(await screen.findByText('1–50 of 431')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Previous page' })).toBeDisabled();
    await userEvent.click(screen.getByRole('button', { name: 'Next page' }));
    expect(await screen.findByText('51–100 of 431')).toBeInTheDocument();
    await userEvent.type(screen.getByRole('searchbox', { name: 'Search users' }), 'rita');
    await waitFor(() => expect(asked.at(-1)?.url).toBe('/api/admin/users?sort=last_login_at&page=1&limit=50&search=rita'));
    expect(asked.filter(({ url }) => url.includes('search'))).toHaveLength(1);
  });

  test('a search without a match says so and keeps the search', async () => {
    answerBy({ 'GET /api/admin/users?': ({ url }) => ok(url.includes('search') ? userPageOf([]) : PAGE) });
    render(TAB);
    await userEvent.type(await screen.findByRole('searchbox'), 'nobody');
    expect(await screen.findByText('No user matches “nobody”.')).toBeInTheDocument();
  });

  test('arrow keys go from name to name', async () => {
    answerBy(LIST);
    render(TAB);
    (await screen.findByRole('button', { name: 'Rita' })).focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('button', { name: 'User 58' })).toHaveFocus();
    await userEvent.keyboard('{Home}');
    expect(screen.getByRole('button', { name: 'Rita' })).toHaveFocus();
  });
});

describe('a user', () => {
  describe.each([['Sessions', '/api/admin/users/57', 'Firefox, Linux'], ['Activity', '/api/admin/users/57/activity', /1h 15m in all/]] as const)('%s', (name, path, shows) => {
    testStates({ element: <UsersTab />, name, paths: [path], full: FULL, shows, open: async () => userEvent.click(await screen.findByRole('button', { name: 'Rita' })) });
  });


  test('is shown with sessions and the week; logs only when the journal answered', async () => {
    await openRita({});
    const dialog = screen.getByRole('dialog', { name: 'Rita' });
    expect(within(dialog).getByText('Firefox, Linux').closest('tr')).toHaveTextContent('live');
    expect(await within(dialog).findByText(/1h 15m in all/)).toBeInTheDocument();
    expect(within(dialog).getByRole('row', { name: /Mon/ })).toHaveTextContent('5');
    expect(within(dialog).queryByText('Trade logs')).not.toBeInTheDocument();
  });

  test('shows the logs of the journal', async () => {
    await openRita({ 'GET /api/admin/users/57/activity': ok(weekOf()), 'GET /api/admin/users/57': ok({ user: RITA, sessions: [sessionOf()], tradeLogs: [{ id: 7, name: 'SPX 0DTE' }] }) });
    expect(screen.getByText('SPX 0DTE')).toBeInTheDocument();
  });

  test('is signed out everywhere, after a second yes', async () => {
    const asked = await openRita({ 'POST /api/admin/users/57/revoke-sessions': ok({ revoked: 1 }) });
    await userEvent.click(screen.getByRole('button', { name: 'Revoke all sessions' }));
    expect(screen.getByText(/Sign Rita out everywhere\? One session ends at once/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Keep them' })).toHaveFocus();
    expect(asked.some(({ method }) => method === 'POST')).toBe(false);
    await userEvent.click(screen.getByRole('button', { name: 'Yes, revoke' }));
    expect(await screen.findByText('One session was revoked.')).toBeInTheDocument();
    expect(asked.filter(({ url }) => url === '/api/admin/users/57')).toHaveLength(2);
  });

  test('whoever signs themselves out is told what it means', async () => {
    useSession.setState({ me: meOf({ uid: 57 }) });
    await openRita({});
    await userEvent.click(screen.getByRole('button', { name: 'Revoke all sessions' }));
    expect(screen.getByText(/This is you: this page ends as well/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Keep them' }));
    expect(screen.getByRole('button', { name: 'Revoke all sessions' })).toBeInTheDocument();
  });

  test('the list is read again when the dialog closes', async () => {
    const asked = await openRita({});
    await userEvent.keyboard('{Escape}');
    expect(asked.filter(({ url }) => url.startsWith('/api/admin/users?'))).toHaveLength(2);
  });

  test('why a revocation failed is told', async () => {
    await openRita({ 'POST ': refused(503, 'db_unavailable', 'The database is away.') });
    await userEvent.click(screen.getByRole('button', { name: 'Revoke all sessions' }));
    await userEvent.click(screen.getByRole('button', { name: 'Yes, revoke' }));
    expect(await screen.findByText(/The database is away/)).toHaveTextContent('Code db_unavailable · Request r-5b1d');
  });

  test('Esc closes it and the focus is back at the name', async () => {
    await openRita({});
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Rita' })).toHaveFocus();
  });
});
