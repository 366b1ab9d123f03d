import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MORNING_TS, serviceOf } from '../../../test/samples';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok, wrapped } from '../answers';
import { diagnosticsOf } from '../samples';
import { testStates } from '../stateTests';
import { HealthTab } from './HealthTab';

const FLEET = { ts: MORNING_TS, services: [serviceOf('massive'), serviceOf('mesh', { status: 'dead', hb_age_sec: 95, state: null })] };
const FULL = { 'GET /api/admin/diagnostics': ok(diagnosticsOf()), 'GET /api/fleet': wrapped(FLEET) };
const row = (name: RegExp) => screen.getByRole('row', { name });

beforeEach(() => show(liveIn('live')));

describe('health', () => {
  describe.each([['Services', '/api/fleet', 'massive'], ['Buses and database', '/api/admin/diagnostics', 'intel-redis'], ['Models', '/api/admin/diagnostics', 'SPX'], ['Of the whole market', '/api/admin/diagnostics', 'VIX regime']])('%s', (name, path, shows) => {
    testStates({
      element: <HealthTab />, name, paths: [path], full: FULL, shows, limitSec: 15,
      ...(name === 'Services' && { empty: { routes: { 'GET /api/fleet': wrapped({ ts: MORNING_TS, services: [] }) }, says: /No service has reported yet/ } }),
      ...(name === 'Models' && { empty: { routes: { 'GET /api/admin/diagnostics': ok(diagnosticsOf({ symbols: {} })) }, says: /No symbol is known yet/ } }),
    });
  });

  test('what is away and what is old is told in words', async () => {
    answerBy(FULL);
    render(<HealthTab />);
    expect((await screen.findByText('intel-redis')).closest('li')).toHaveTextContent('away');
    expect(screen.getByText('market-redis').closest('li')).toHaveTextContent('connectedanswers in 0.30 ms');
    expect(row(/^SPX/)).toHaveTextContent('SPX0.3 s2.0 sold · 42 snone');
  });

  test('while the market is closed nothing is old', async () => {
    answerBy(FULL);
    const live = liveIn('live');
    show({ ...live, clock: live.clock && { ...live.clock, session: 'closed' } });
    render(<HealthTab />);
    await screen.findByText('intel-redis');
    expect(row(/^SPX/)).toHaveTextContent('SPX0.3 s2.0 s42 snone');
  });

  test('models of a bus that is away are not known', async () => {
    answerBy({ ...FULL, 'GET /api/admin/diagnostics': ok(diagnosticsOf({ symbols: null, global: null })) });
    render(<HealthTab />);
    expect(await screen.findAllByText(/market-redis is away/)).toHaveLength(2);
  });

  test('services come from the stream, or from the route where that is newer; what needs attention is first', async () => {
    answerBy({ ...FULL, 'GET /api/fleet': wrapped({ ...FLEET, ts: MORNING_TS + 1 }) });
    render(<HealthTab />);
    expect(screen.getByText('1 needs attention')).toBeInTheDocument();
    await screen.findByText('intel-redis');
    const table = screen.getByRole('table', { name: /Services of the fleet/ });
    expect(within(table).getAllByRole('rowheader').map((head) => head.textContent)).toEqual(['mesh', 'massive']);
    expect(row(/^mesh/)).toHaveTextContent('dead');
  });

  test('it is asked again every five seconds, until that is switched off', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const asked = answerBy(FULL);
    const pass = async (seconds: number) => {
      for (let n = 0; n < seconds; n++) await act(() => vi.advanceTimersByTimeAsync(1000));
    };
    const count = () => asked.filter(({ url }) => url === '/api/admin/diagnostics').length;
    render(<HealthTab />);
    await pass(11);
    expect(count()).toBe(3);
    await userEvent.setup({ advanceTimers: vi.advanceTimersByTime }).click(screen.getByRole('switch', { name: 'Refresh every 5 s' }));
    const before = count();
    await pass(11);
    expect(count()).toBe(before);
    vi.useRealTimers();
  });
});
