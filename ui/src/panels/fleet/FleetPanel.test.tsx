import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { MORNING_TS, serviceOf } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, send, show, shown } from '../../test/states';
import { FleetPanel } from './FleetPanel';

const cell = (id: string) => screen.getByRole('article', { name: id });

beforeEach(() => {
  answerAll('pending');
});

describe('fleet strip', () => {
  test('loads before the first frame', () => {
    render(<FleetPanel />);
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('is empty when no service has reported', async () => {
    answerAll(NO_DATA);
    render(<FleetPanel />);
    show(liveIn('empty'));
    expect(await screen.findByText(/No service has reported/)).toBeInTheDocument();
  });

  test('what the stream did not bring is asked for; why it could not be read is told', async () => {
    answerAll(REFUSED);
    render(<FleetPanel />);
    show(liveIn('empty'));
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
    answerAll({ status: 200, body: { success: true, data: { ts: MORNING_TS, services: [serviceOf('massive')] }, ts: 1 } });
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByRole('article', { name: 'massive' })).toHaveTextContent('alive');
  });

  test('is gated', async () => {
    answerAll(GATED);
    render(<FleetPanel />);
    show(liveIn('empty'));
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('shows beat, condition and last alert of each service', () => {
    render(<FleetPanel />);
    show(liveIn('live'));
    expect(screen.getByTestId('fleet-count')).toHaveTextContent('1 of 2 alive');
    expect(cell('massive')).toHaveTextContent('alive');
    expect(within(cell('massive')).getByTestId('beat-age')).toHaveTextContent('1.2 s');
    expect(cell('massive')).toHaveTextContent('no alerts');
    expect(cell('healer')).toHaveAttribute('data-status', 'late');
    expect(within(cell('healer')).getByTestId('health')).toHaveTextContent('missed');
    expect(within(cell('healer')).getByTestId('last-alert')).toHaveTextContent('Heartbeat missed · 0 s ago');
  });

  test('ages grow between frames', () => {
    render(<FleetPanel />);
    show(liveIn('live'));
    show({ ...shown(), nowMs: (MORNING_TS + 3) * 1000 });
    expect(within(cell('massive')).getByTestId('beat-age')).toHaveTextContent('3.8 s');
  });

  test('a service that never beat says so', () => {
    render(<FleetPanel />);
    show(liveIn('live'));
    send({ event: 'fleet', data: { ts: MORNING_TS, services: [serviceOf('mesh', { status: 'unknown', hb_age_sec: null, state: null })] } });
    expect(cell('mesh')).toHaveTextContent('no beat yet');
    expect(cell('mesh')).toHaveTextContent('unknown');
  });

  test('is stale when frames stop', () => {
    render(<FleetPanel />);
    show(liveIn('stale'));
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('42 s old');
  });

  test('keeps the last frame without a line, or says that there was none', () => {
    render(<FleetPanel />);
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(cell('massive')).toBeInTheDocument();
    show(liveIn('offline'));
    expect(screen.getByText(/Nothing was received yet/)).toBeInTheDocument();
  });
});
