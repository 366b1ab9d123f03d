import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { useSession } from '../../../live/session';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok, refused, type Sent } from '../answers';
import { gatesOf } from '../samples';
import { testStates } from '../stateTests';
import { GatesTab } from './GatesTab';

const PATH = '/api/admin/tier-gates';
const FULL = { [`GET ${PATH}`]: ok(gatesOf()) };

const open = async (routes: Parameters<typeof answerBy>[0] = {}): Promise<Sent[]> => {
  const asked = answerBy({ ...FULL, ...routes });
  render(<GatesTab />);
  await screen.findByRole('switch', { name: 'Observer' });
  return asked;
};
const button = (name: string | RegExp) => screen.getByRole('button', { name });

beforeEach(() => show(liveIn('live')));

describe('tier gates', () => {
  testStates({ element: <GatesTab />, name: 'Tier gates', paths: [PATH], full: FULL, shows: 'Active alerts' });

  test('coaching and administrators are on and stay on', async () => {
    await open();
    expect(screen.getByRole('switch', { name: 'Observer' })).not.toBeChecked();
    for (const name of ['Coaching', 'Administrator']) {
      expect(screen.getByRole('switch', { name })).toBeChecked();
      expect(screen.getByRole('switch', { name })).toBeDisabled();
    }
  });

  test('nothing is written before it was read as a list', async () => {
    const asked = await open({ [`PUT ${PATH}`]: ok(gatesOf({ allowed_tiers: { observer: true, coaching: true }, updated_at: '2025-11-21T15:00:00.000Z' })) });
    expect(button('No changes')).toBeDisabled();
    await userEvent.click(screen.getByRole('switch', { name: 'Observer' }));
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Heatmap, Navigator' }), 'closed');
    await userEvent.clear(screen.getByRole('textbox', { name: 'Active alerts, Observer' }));
    await userEvent.click(button('Review 3 changes'));
    const dialog = screen.getByRole('dialog', { name: 'Save these changes?' });
    expect(within(dialog).getAllByRole('listitem').map((line) => line.textContent)).toEqual([
      'Admission, Observerbarred → admitted', 'Heatmap, NavigatorAs every tier (open) → closed', 'Active alerts, Observer3 → As every tier (no limit)',
    ]);
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
    await userEvent.click(button('Save'));
    expect(await screen.findByText(/^Saved\./)).toBeInTheDocument();
    expect(asked.at(-1)).toMatchObject({ method: 'PUT', body: { allowed_tiers: { observer: true }, tiers: { navigator: { heatmap_access: false }, observer: { alert_max_active: null } } } });
    expect(screen.getByRole('switch', { name: 'Observer' })).toBeChecked();
    expect(button('No changes')).toBeDisabled();
  });

  test('a limit that is none is told at its field and cannot be saved', async () => {
    await open();
    const field = screen.getByRole('textbox', { name: 'Active alerts, Activator' });
    await userEvent.type(field, 'many');
    expect(field).toHaveAccessibleDescription('A whole number from −1; −1 is no limit.');
    expect(field).toBeInvalid();
    expect(button('No changes')).toBeDisabled();
    await userEvent.click(button('Reset'));
    expect(field).toHaveValue('');
  });

  test('reset takes back what is not saved', async () => {
    await open();
    await userEvent.click(button('Everything open'));
    expect(button('Review 1 change')).toBeEnabled();
    await userEvent.click(button('Reset'));
    expect(button('Gated by tier')).toHaveAttribute('aria-pressed', 'true');
    expect(button('No changes')).toBeDisabled();
  });

  test('somebody else was quicker: the changes stay, the gates are read again', async () => {
    const asked = await open({ [`PUT ${PATH}`]: refused(409, 'conflict', 'Somebody else is changing the gates. Try again.') });
    await userEvent.click(screen.getByRole('switch', { name: 'Activator' }));
    await userEvent.click(button('Review 1 change'));
    await userEvent.click(button('Save'));
    expect(await screen.findByText(/Somebody else is changing the gates/)).toBeInTheDocument();
    await userEvent.click(button('Read again'));
    expect(asked.filter(({ method }) => method === 'GET')).toHaveLength(2);
    await userEvent.click(button('Cancel'));
    expect(button('Review 1 change')).toHaveFocus();
  });

  test('what somebody else saved is read, and the own changes stay', async () => {
    const asked = await open();
    await userEvent.click(screen.getByRole('switch', { name: 'Activator' }));
    answerBy({ [`GET ${PATH}`]: ok(gatesOf({ allowed_tiers: { observer: true, activator: true, navigator: true, coaching: true } })) });
    act(() => useSession.setState({ gates: { ...gatesOf({ updated_at: '2025-11-21T15:02:00.000Z' }), user_tier: 'administrator' } }));
    await vi.waitFor(() => expect(screen.getByRole('switch', { name: 'Observer' })).toBeChecked());
    expect(screen.getByRole('switch', { name: 'Activator' })).not.toBeChecked();
    expect(button('Review 1 change')).toBeEnabled();
    expect(asked).toHaveLength(1);
  });

  test('without a connection nothing can be saved', async () => {
    await open();
    await userEvent.click(screen.getByRole('switch', { name: 'Activator' }));
    show(liveIn('disconnected'));
    expect(button('Review 1 change')).toBeDisabled();
    expect(button('Review 1 change')).toHaveAttribute('title', 'Not available while disconnected');
  });
});
