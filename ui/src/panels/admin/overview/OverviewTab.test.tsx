import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { describe, expect, test } from 'vitest';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok } from '../answers';
import { hoursOf, statsOf } from '../samples';
import { testStates } from '../stateTests';
import { OverviewTab } from './OverviewTab';

const FULL = { 'GET /api/admin/stats': ok(statsOf()), 'GET /api/admin/activity/hourly': ok(hoursOf()) };

const PAGE = <MemoryRouter><OverviewTab /></MemoryRouter>;

describe('overview', () => {
  describe.each(['Right now', 'Users by hour', 'Most active, 30 days'])('%s', (name) => {
    const isHours = name === 'Users by hour';
    testStates({
      element: <OverviewTab />, name, paths: isHours ? ['/api/admin/activity'] : ['/api/admin/stats'], full: FULL, shows: isHours ? '09:00 ET' : 'Rita',
      ...(name !== 'Right now' && {
        empty: {
          routes: { 'GET /api/admin/stats': ok(statsOf({ mostActiveUsers: [] })), 'GET /api/admin/activity': ok({ ...hoursOf(), data: [], busiestHours: [] }) },
          says: isHours ? /No full day was recorded yet/ : /Nobody was seen/,
        },
      }),
    });
  });

  test('nobody there is told, beside the sign-ins', async () => {
    answerBy({ ...FULL, 'GET /api/admin/stats': ok(statsOf({ liveUserCount: 0, liveUsers: [] })) });
    show(liveIn('live'));
    render(PAGE);
    expect(await screen.findByText(/Nobody has the page open/)).toBeInTheDocument();
    expect(screen.getByText('41')).toBeInTheDocument();
  });

  test('whoever is there is one step from being looked at; a nameless one is not', async () => {
    answerBy({ ...FULL, 'GET /api/admin/stats': ok(statsOf({ mostActiveUsers: [{ id: 9, displayName: null, snapshots: 2, activeTime: { hours: 0, minutes: 30, formatted: '0h 30m' } }] })) });
    show(liveIn('live'));
    render(PAGE);
    expect((await screen.findByRole('link', { name: 'Zoe' })).getAttribute('href')).toBe('/admin/users?search=Zoe');
    expect(screen.getByText('No name')).toBeInTheDocument();
  });

  test('counts users, streams and sign-ins, and says since when who is there', async () => {
    answerBy(FULL);
    show(liveIn('live'));
    render(PAGE);
    const table = await screen.findByRole('table', { name: 'Who has the page open' });
    expect(within(table).getByRole('row', { name: /Rita/ })).toHaveTextContent('Rita11 min3');
    expect(screen.getByText('Users live').closest('div')).toHaveTextContent('2');
    expect(screen.getByText('Sign-ins, 24 h').closest('div')).toHaveTextContent('41');
    expect(screen.getAllByText('Streams')[0]?.closest('div')).toHaveTextContent('4');
    expect(screen.getByText('1h 45m')).toBeInTheDocument();
  });

  test('hours are numbers, not only colours, and what was not written down is not zero', async () => {
    answerBy(FULL);
    show(liveIn('live'));
    render(PAGE);
    const table = await screen.findByRole('table', { name: /Most users in each hour/ });
    const cells = within(within(table).getByRole('row', { name: /Thu 20 Nov/ })).getAllByRole('cell');
    expect(cells.map((cell) => cell.textContent).slice(8, 12)).toEqual(['not recorded', '8', '0', 'not recorded']);
    expect(cells[9]).toHaveAttribute('data-level', '4');
    expect(screen.getByText('09:00 ET').closest('li')).toHaveTextContent('8.0 on average');
  });

  test('another span is asked for', async () => {
    const asked = answerBy(FULL);
    show(liveIn('live'));
    render(PAGE);
    await userEvent.click(await screen.findByRole('button', { name: '30 d' }));
    expect(asked.at(-1)?.url).toBe('/api/admin/activity/hourly?days=30');
  });
});
