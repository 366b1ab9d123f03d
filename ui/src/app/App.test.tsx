import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closeHelp } from '../kit/help';
import { setPrefs } from '../kit/prefs';
import { setUserZone, shownZone } from '../kit/format';
import { endSession, tierBlocked, useSession } from '../live/session';
import { useLine } from '../live/stores';
import { admitted, answerBy, BARRED, DOWN, EXPIRED, gatesOf, memberOf, type Script, UNKNOWN } from '../test/members';
import { App } from './App';
import { pageOf } from './pages';

vi.mock('../pages/WorkspacePage', () => ({ default: () => <main id="content" tabIndex={-1}><h1>The workspace</h1><input aria-label="Note" /></main> }));
vi.mock('../pages/admin/AdminPage', () => ({ default: () => <main id="content" tabIndex={-1}><h1>The administration</h1></main> }));

const sources: string[] = [];

class Source extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 0;
  constructor(url: string) {
    super();
    sources.push(url);
  }
  close() {
    this.readyState = 2;
  }
}

function Where() {
  const { pathname, search } = useLocation();
  return <p data-testid="where">{pathname + search}</p>;
}

function draw(at: string, script: Script) {
  const fetched = answerBy(script);
  render(<MemoryRouter initialEntries={[at]}><App /><Where /></MemoryRouter>);
  return fetched;
}

const where = () => screen.getByTestId('where').textContent;
const heading = (name: string) => screen.findByRole('heading', { level: 1, name }, { timeout: 5000 });

beforeEach(() => {
  sources.length = 0;
  vi.stubGlobal('EventSource', Source);
});

afterEach(() => {
  closeHelp();
  setPrefs({ shortcuts: true });
  setUserZone(null);
  vi.unstubAllGlobals();
});

describe('whoever is signed in', () => {
  test.each<[string, string, string]>([
    ['/', 'The workspace', '/'],
    ['/settings', 'Settings', '/settings/profile'],
    ['/settings/display', 'Settings', '/settings/display'],
    ['/profile', 'Settings', '/settings/profile'],
    ['/settings/nothing', 'There is nothing here', '/settings/nothing'],
    ['/trades', 'There is nothing here', '/trades'],
    ['/admin/users', 'There is nothing here', '/admin/users'],
  ])('finds at %s: %s', async (at, title, place) => {
    draw(at, admitted());
    await heading(title);
    expect(where()).toBe(place);
    expect(screen.getByRole('link', { name: 'Skip to the content' })).toHaveAttribute('href', '#content');
    expect(document.querySelectorAll('main#content')).toHaveLength(1);
  });

  test('and is an administrator finds the administration', async () => {
    draw('/admin', admitted({ is_admin: true }));
    await heading('The administration');
    expect(where()).toBe('/admin/overview');
  });

  test('has one stream for all pages, and times of their own zone', async () => {
    draw('/', { ...admitted(), '/api/profile/me': { body: memberOf({ timezone: 'Asia/Tokyo' }) } });
    await heading('The workspace');
    await userEvent.keyboard('gs');
    await heading('Settings');
    expect(sources).toHaveLength(1);
    await vi.waitFor(() => expect(shownZone()).toBe('Asia/Tokyo'));
  });
});

describe('whoever is not', () => {
  test.each<[string, Script, string, string]>([
    ['/settings/display', { '/api/auth/me': UNKNOWN }, '/login?next=%2Fsettings%2Fdisplay', 'Sign in'],
    ['/', { '/api/auth/me': UNKNOWN }, '/login', 'Sign in'],
    ['/trades', { '/api/auth/me': UNKNOWN }, '/login?next=%2Ftrades', 'Sign in'],
    ['/', { '/api/auth/me': EXPIRED }, '/login?error=session_expired', 'Sign in'],
    ['/', { '/api/auth/me': BARRED }, '/blocked?tier=observer', 'Your membership does not include this desk'],
  ])('goes from %s to a page of its own', async (at, script, place, title) => {
    draw(at, { ...script, '/api/auth/config': { body: { login: [], public_mode: false, version: '1' } } });
    await heading(title);
    expect(where()).toBe(place);
    expect(sources).toEqual([]);
  });
});

describe('while one works', () => {
  test('a session that ends leads to the sign-in page and leaves nothing on it', async () => {
    draw('/settings/display', admitted());
    await heading('Settings');
    act(() => useLine.setState({ revision: 1 }));
    act(() => endSession('out', { code: 'session_revoked', message: null, tier: null }));
    await heading('Sign in');
    expect(where()).toBe('/login?next=%2Fsettings%2Fdisplay&error=session_revoked');
    expect(useLine.getState().revision).toBe(0);
  });

  test('a tier that is barred leads to the refusal', async () => {
    draw('/', admitted());
    await heading('The workspace');
    act(() => tierBlocked({ tier: 'navigator', message: 'Not any more.' }));
    await heading('Your membership does not include this desk');
    expect(where()).toBe('/blocked?tier=navigator');
  });

  test('gates that may have changed unseen are read again', async () => {
    const script = admitted();
    draw('/', script);
    await heading('The workspace');
    script['/api/tier-gates/config'] = { body: gatesOf({ user_tier: 'observer' }) };
    act(() => useLine.setState({ revision: 1 }));
    await vi.waitFor(() => expect(useSession.getState().gates?.user_tier).toBe('observer'));
  });
});

test('a gateway that is away shows the page, and says who is here once it is back', async () => {
  const script: Script = { '/api/auth/me': DOWN, '/api/tier-gates/config': DOWN };
  draw('/', script);
  await heading('The workspace');
  expect(useSession.getState().phase).toBe('away');
  Object.assign(script, admitted());
  act(() => useLine.setState(({ link }) => ({ link: { ...link, phase: 'open' } })));
  await vi.waitFor(() => expect(useSession.getState()).toMatchObject({ phase: 'in', me: { uid: 57 } }));
});

describe('keys', () => {
  test('? explains them, Esc ends that', async () => {
    draw('/', admitted());
    await heading('The workspace');
    await userEvent.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })).toHaveTextContent('Go to the settings');
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('g and a letter go to a screen and take the focus there', async () => {
    draw('/', admitted());
    await heading('The workspace');
    await userEvent.keyboard('gs');
    await heading('Settings');
    await vi.waitFor(() => expect(document.getElementById('content')).toHaveFocus());
    await userEvent.keyboard('gd');
    await heading('The workspace');
  });

  test('what is typed into a field is text', async () => {
    draw('/', admitted());
    await heading('The workspace');
    await userEvent.type(screen.getByRole('textbox', { name: 'Note' }), 'gs?');
    expect(screen.getByRole('textbox', { name: 'Note' })).toHaveValue('gs?');
    expect(where()).toBe('/');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('can be switched off', async () => {
    setPrefs({ shortcuts: false });
    draw('/', admitted());
    await heading('The workspace');
    await userEvent.keyboard('?gs');
    expect(where()).toBe('/');
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

test.each([['/', 'workspace', false], ['/login', 'login', true], ['/blocked/', 'blocked', true], ['/profile', 'settings', false], ['/admin/users', 'admin', false], ['/x', 'notFound', false]])(
  '%s begins with the page %s', (path, page, isOpen) => {
    expect(pageOf(path)).toEqual({ page, isOpen });
  },
);
