import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { useSession } from '../../live/session';
import { answerBy, DOWN, memberOf, meOf, type Script } from '../../test/members';
import { answerAll, liveIn, REFUSED, show } from '../../test/states';
import { ProfilePanel } from './ProfilePanel';
import { zoneOptions } from './ZoneField';

const ME: Script = { '/api/profile/me': { body: memberOf() } };
const draw = (script: Script = ME) => {
  const fetched = answerBy(script);
  show(liveIn('live'));
  render(<ProfilePanel />);
  return fetched;
};
const panel = () => screen.getByRole('region', { name: 'Profile' });
const zone = () => screen.findByLabelText('Time zone');

describe('profile', () => {
  test('says who one is here', async () => {
    draw();
    expect(await screen.findByText('Ada Lovelace')).toBeInTheDocument();
    expect(panel()).toHaveAttribute('data-state', 'live');
    for (const text of ['ada@example.org', '0-dte', 'subscriber, fotw_navigator', 'Navigator · Navigator Membership']) expect(panel()).toHaveTextContent(text);
    expect(panel()).not.toHaveTextContent('everybody');
  });

  test('the demo user is everybody', async () => {
    useSession.setState({ me: meOf({ sid: null, public_mode: true }) });
    draw();
    expect(await screen.findByText(/everybody's/)).toBeInTheDocument();
  });

  test('without roles and subscription it says so', async () => {
    draw({ '/api/profile/me': { body: memberOf({ roles: [], subscription_tier: null, created_at: null, tier: 'observer' }) } });
    expect(await screen.findByText('Observer')).toBeInTheDocument();
    expect(screen.getByText('none')).toBeInTheDocument();
    expect(screen.getByText('–')).toBeInTheDocument();
  });

  test('loading takes its place', () => {
    answerAll('pending');
    show(liveIn('live'));
    render(<ProfilePanel />);
    expect(panel()).toHaveAttribute('data-state', 'loading');
  });

  test('a refusal is told, and tried again on demand', async () => {
    answerAll(REFUSED);
    show(liveIn('live'));
    render(<ProfilePanel />);
    expect(await screen.findByRole('alert')).toHaveTextContent('Prices are away.Code redis_unavailable · Request r-5b1d');
    answerBy(ME);
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByText('Ada Lovelace')).toBeInTheDocument();
  });

  test('disconnected it stays, and nothing can be changed', async () => {
    draw();
    await zone();
    show(liveIn('disconnected'));
    expect(panel()).toHaveAttribute('data-state', 'disconnected');
    expect(panel()).toHaveTextContent('Ada Lovelace');
    expect(await zone()).toBeDisabled();
    expect(await zone()).toHaveAttribute('title', 'Not available while disconnected');
  });

  test('disconnected from the start it waits', () => {
    answerAll('pending');
    show(liveIn('offline'));
    render(<ProfilePanel />);
    expect(panel()).toHaveAttribute('data-state', 'disconnected');
    expect(panel()).toHaveTextContent('Nothing was received yet');
  });
});

describe('time zone', () => {
  test('is saved when it is chosen', async () => {
    const { bodies } = draw({ ...ME, 'PUT /api/profile/timezone': { body: { success: true, timezone: 'Asia/Tokyo' } } });
    await userEvent.selectOptions(await zone(), 'Asia/Tokyo');
    expect(await screen.findByText('Saved')).toHaveAttribute('role', 'status');
    expect(bodies['PUT /api/profile/timezone']).toEqual({ timezone: 'Asia/Tokyo' });
    expect(useSession.getState().profile?.timezone).toBe('Asia/Tokyo');
  });

  test('the browser\'s own is none', async () => {
    const { bodies } = draw({ '/api/profile/me': { body: memberOf({ timezone: 'Asia/Tokyo' }) }, 'PUT /api/profile/timezone': { body: { success: true } } });
    await userEvent.selectOptions(await zone(), within(await zone()).getByRole('option', { name: /As the browser has it/ }));
    await screen.findByText('Saved');
    expect(bodies['PUT /api/profile/timezone']).toEqual({ timezone: null });
  });

  test.each<[string, Script, string]>([
    ['refused', { 'PUT /api/profile/timezone': { status: 400, body: { error: 'invalid_timezone', message: 'timezone: expected a time zone', field: 'timezone' } } }, 'timezone: expected a time zone'],
    ['not heard', { 'PUT /api/profile/timezone': DOWN }, 'The gateway cannot be reached.'],
  ])('%s, it is what it was, and the field says why', async (_name, script, text) => {
    draw({ ...ME, ...script });
    await userEvent.selectOptions(await zone(), 'Asia/Tokyo');
    expect(await screen.findByText(text)).toBeInTheDocument();
    expect(await zone()).toHaveValue('');
    expect(await zone()).toHaveAccessibleDescription(expect.stringContaining(text));
    expect(await zone()).toBeInvalid();
    await vi.waitFor(() => expect(useSession.getState().profile?.timezone).toBeNull());
  });

  test('one that this browser calls otherwise can stay chosen', () => {
    expect(zoneOptions('Europe/Kyjiw').map(({ value }) => value)).toContain('Europe/Kyjiw');
    expect(new Set(zoneOptions('UTC').map(({ value }) => value)).size).toBe(zoneOptions('UTC').length);
    expect(zoneOptions(null)[0]?.value).toBe('');
  });
});
