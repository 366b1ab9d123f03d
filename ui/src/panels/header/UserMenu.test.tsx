import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { closeHelp, useHelp } from '../../kit/help';
import { useSession } from '../../live/session';
import { answerBy, DOWN, memberOf, meOf } from '../../test/members';
import { initials, UserMenu } from './UserMenu';

const draw = () => render(<MemoryRouter><UserMenu /></MemoryRouter>);
const button = () => screen.getByRole('button', { name: /Account/ });
const items = () => screen.getAllByRole('menuitem').map((item) => item.textContent);

beforeEach(() => {
  closeHelp();
  useSession.setState({ phase: 'in', me: meOf(), profile: memberOf() });
});

describe('user menu', () => {
  test('offers what belongs to a member', async () => {
    draw();
    expect(button()).toHaveAccessibleName('Account of Ada Lovelace');
    expect(button()).toHaveAttribute('aria-expanded', 'false');
    await userEvent.click(button());
    expect(button()).toHaveAttribute('aria-expanded', 'true');
    expect(items()).toEqual(['Workspace', 'Profile', 'Settings', 'Keyboard shortcuts?', 'Sign out']);
    expect(screen.getByText('Navigator')).toBeInTheDocument();
  });

  test('and the administration to an administrator', async () => {
    useSession.setState({ me: meOf({ is_admin: true }) });
    draw();
    await userEvent.click(button());
    expect(screen.getByRole('menuitem', { name: 'Administration' })).toHaveAttribute('href', '/admin/overview');
  });

  test('is walked through with the keyboard', async () => {
    draw();
    button().focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: 'Workspace' })).toHaveFocus();
    await userEvent.keyboard('{ArrowUp}');
    expect(screen.getByRole('menuitem', { name: 'Sign out' })).toHaveFocus();
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: 'Workspace' })).toHaveFocus();
    await userEvent.keyboard('{End}{Home}{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: 'Profile' })).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    expect(button()).toHaveFocus();
    expect(button()).toHaveAttribute('aria-expanded', 'false');
  });

  test('closes when something was chosen', async () => {
    draw();
    await userEvent.click(button());
    await userEvent.click(screen.getByRole('menuitem', { name: 'Settings' }));
    expect(button()).toHaveAttribute('aria-expanded', 'false');
  });

  test('explains the keys', async () => {
    draw();
    await userEvent.click(button());
    await userEvent.click(screen.getByRole('menuitem', { name: /Keyboard shortcuts/ }));
    expect(useHelp.getState().isOpen).toBe(true);
  });

  test('signs out', async () => {
    answerBy({ 'POST /api/auth/logout': { status: 204 } });
    draw();
    await userEvent.click(button());
    await userEvent.click(screen.getByRole('menuitem', { name: 'Sign out' }));
    await vi.waitFor(() => expect(useSession.getState()).toMatchObject({ phase: 'out', ending: { code: 'signed_out' } }));
  });

  test('says when that did not work', async () => {
    answerBy({ 'POST /api/auth/logout': DOWN });
    draw();
    await userEvent.click(button());
    await userEvent.click(screen.getByRole('menuitem', { name: 'Sign out' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('You are still signed in');
    expect(useSession.getState().phase).toBe('in');
  });

  test('stands before it is known who it is of', () => {
    useSession.setState({ me: null, profile: null, phase: 'away' });
    draw();
    expect(button()).toHaveAccessibleName('Account');
    expect(button().querySelector('[data-initials]')).toHaveAttribute('data-initials', '?');
  });
});

test.each<[string | null, string]>([
  ['Ada Lovelace', 'AL'], ['ada', 'A'], ['Ada King of Lovelace', 'AL'], ['émile.zola', 'ÉZ'], ['😀 Ada', 'A'], ['7th seal', '7S'], ['--', '?'], ['', '?'], [null, '?'],
])('%s in short is %s', (name, text) => {
  expect(initials(name)).toBe(text);
});
