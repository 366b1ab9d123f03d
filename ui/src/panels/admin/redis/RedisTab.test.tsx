import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok, refused } from '../answers';
import { keyOf } from '../samples';
import { testStates } from '../stateTests';
import { RedisTab } from './RedisTab';

const SPOT = keyOf('massive:model:spot:I:SPX');
const KEYS = { bus: 'market', pattern: '*', count: 2, keys: [SPOT, keyOf('market:snapshot:SPY', { type: 'hash', size: 12, ttl: 60, ts: null, age_sec: null })] };
const LIST = { 'GET /api/admin/diagnostics/redis?': ok(KEYS) };
const FULL = { ...LIST, 'GET /api/admin/diagnostics/redis/massive': ok({ ...SPOT, value: { value: 6632.41 }, truncated: true }) };

beforeEach(() => show(liveIn('live')));

describe('redis keys', () => {
  describe('Redis keys', () => {
    testStates({
      element: <RedisTab />, name: 'Redis keys', paths: ['/api/admin/diagnostics/redis'], full: LIST, shows: 'massive:model:spot:I:SPX',
      empty: { routes: { 'GET /api/admin/diagnostics/redis?': ok({ ...KEYS, count: 0, keys: [] }) }, says: /No key matches\. Keys appear/ },
    });
  });
  describe('Value', () => {
    testStates({
      element: <RedisTab />, name: 'Value', paths: ['/api/admin/diagnostics/redis/massive'], full: FULL, shows: /"value": 6632.41/,
      open: async () => userEvent.click(await screen.findByRole('button', { name: 'massive:model:spot:I:SPX' })),
    });
  });

  test('a key is opened by keyboard and shows what it holds', async () => {
    const asked = answerBy(FULL);
    render(<RedisTab />);
    expect(screen.getByText('Choose a key to see what it holds.')).toBeInTheDocument();
    (await screen.findByRole('button', { name: 'massive:model:spot:I:SPX' })).focus();
    await userEvent.keyboard('{Enter}');
    const panel = screen.getByRole('region', { name: 'Value' });
    expect(await within(panel).findByText(/"value": 6632.41/)).toBeInTheDocument();
    expect(panel).toHaveTextContent('Only the beginning is shown.');
    expect(asked.at(-1)?.url).toBe('/api/admin/diagnostics/redis/massive%3Amodel%3Aspot%3AI%3ASPX?bus=market');
    expect(screen.getByRole('row', { name: /massive/ })).toHaveAttribute('aria-current', 'true');
  });

  test('a key that is gone says so', async () => {
    answerBy({ ...LIST, 'GET /api/admin/diagnostics/redis/': refused(404, 'not_found', 'There is nothing under this name, or nothing to be shown.') });
    render(<RedisTab />);
    await userEvent.click(await screen.findByRole('button', { name: 'market:snapshot:SPY' }));
    expect(await screen.findByText('There is nothing under this key any more.')).toBeInTheDocument();
  });

  test('a scan is made when it is asked for, not while one types', async () => {
    const asked = answerBy(FULL);
    render(<RedisTab />);
    await screen.findByText('massive:model:spot:I:SPX');
    const pattern = screen.getByRole('textbox', { name: 'Pattern' });
    await userEvent.clear(pattern);
    await userEvent.type(pattern, 'massive:*');
    expect(asked).toHaveLength(1);
    await userEvent.keyboard('{Enter}');
    expect(asked.at(-1)?.url).toBe('/api/admin/diagnostics/redis?bus=market&pattern=massive%3A*&limit=100');
    await userEvent.click(screen.getByRole('button', { name: 'System' }));
    expect(asked.at(-1)?.url).toBe('/api/admin/diagnostics/redis?bus=system&pattern=massive%3A*&limit=100');
    expect(pattern).toHaveAccessibleDescription(/only heartbeats, health, gates/);
  });

  test('rows are ordered by any column', async () => {
    answerBy(FULL);
    render(<RedisTab />);
    await screen.findByText('massive:model:spot:I:SPX');
    const names = () => screen.getAllByRole('rowheader').map((head) => head.textContent);
    expect(names()).toEqual(['market:snapshot:SPY', 'massive:model:spot:I:SPX']);
    await userEvent.click(screen.getByRole('button', { name: 'Size' }));
    await userEvent.click(screen.getByRole('button', { name: 'Size' }));
    expect(names()).toEqual(['massive:model:spot:I:SPX', 'market:snapshot:SPY']);
    expect(screen.getByRole('columnheader', { name: 'Size' })).toHaveAttribute('aria-sort', 'descending');
  });
});
