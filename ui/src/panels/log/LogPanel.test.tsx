import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { alertOf, MORNING_TS } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { LogPanel } from './LogPanel';

beforeEach(() => {
  answerAll('pending');
});

describe('activity log', () => {
  test('loads before the snapshot', () => {
    render(<LogPanel />);
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('is quiet when nothing happened', async () => {
    answerAll(NO_DATA);
    render(<LogPanel />);
    show(liveIn('empty'));
    expect(await screen.findByText(/All quiet/)).toBeInTheDocument();
  });

  test('tells why the past could not be read while there is nothing else, and reads it on Retry', async () => {
    answerAll(REFUSED);
    render(<LogPanel />);
    show(liveIn('empty'));
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
    answerAll({ status: 200, body: { success: true, data: [], ts: 1 } });
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByText(/All quiet/)).toBeInTheDocument();
  });

  test('is gated', async () => {
    answerAll(GATED);
    render(<LogPanel />);
    show(liveIn('empty'));
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('repeats are one line with a count that opens the single times; light ones can be left out', async () => {
    render(<LogPanel />);
    const events = [30, 20, 10].map((ago) => ({ type: 'geometry_changed', ts: MORNING_TS - ago, market_ts: 1, severity: 'info', symbol: 'I:SPX', path: null, detail: {} }) as const);
    show({ ...liveIn('live'), feedEvents: events });
    expect(within(screen.getByTestId('log')).getAllByRole('listitem')).toHaveLength(2);
    const count = screen.getByRole('button', { name: 'SPX Geometry changed: 3 times, show each' });
    expect(count).toHaveTextContent('×3');
    await userEvent.click(count);
    expect(within(screen.getByTestId('log')).getAllByRole('listitem')).toHaveLength(5);
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Least weight' }), 'Alarms');
    expect(within(screen.getByTestId('log')).getAllByRole('listitem')).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: 'Feed' }));
    expect(screen.getByText('Nothing of this kind has happened.')).toBeInTheDocument();
  });

  test('lists alerts and feed events, and filters them', async () => {
    render(<LogPanel />);
    const feedEvent = { type: 'feed_gap', ts: MORNING_TS + 1, market_ts: 1, severity: 'warn', symbol: null, path: '/indices', detail: {} } as const;
    show({ ...liveIn('live'), feedEvents: [feedEvent] });
    const lines = () => within(screen.getByTestId('log')).getAllByRole('listitem').map((line) => line.textContent);
    expect(lines()).toHaveLength(2);
    expect(lines()[0]).toContain('/indicesFeed gap');
    expect(lines()[1]).toContain('healerHeartbeat missed no beat for 30.8 s (limit 30 s)');
    await userEvent.click(screen.getByRole('button', { name: 'Fleet' }));
    expect(lines()).toHaveLength(1);
  });

  test('asks for what happened before it was opened, and again when something may be missing', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (path) =>
      new Response(JSON.stringify({ success: true, data: String(path).includes('/fleet/') ? [alertOf({ svc: 'sse', ts: MORNING_TS - 60 })] : [], ts: 1 })));
    render(<LogPanel />);
    show(liveIn('live'));
    expect(await screen.findByText('sse')).toBeInTheDocument();
    expect(fetched).toHaveBeenCalledTimes(2);
    show({ ...liveIn('live'), revision: 1 });
    await vi.waitFor(() => expect(fetched).toHaveBeenCalledTimes(4));
  });

  test('never calls what happened stale', () => {
    render(<LogPanel />);
    show(liveIn('stale'));
    expect(screen.queryByTestId('stale-badge')).not.toBeInTheDocument();
    expect(screen.getByTestId('log')).toBeInTheDocument();
  });

  test('keeps its lines without a line to the gateway', () => {
    render(<LogPanel />);
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(screen.getByTestId('log')).toBeInTheDocument();
  });
});
