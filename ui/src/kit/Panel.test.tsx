import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import type { PanelState } from '../live/freshness';
import { userTime } from './format';
import { Panel } from './Panel';

const failure = { code: 'redis_unavailable', message: 'Prices are away.', requestId: 'r-5b1d' };

const draw = (state: PanelState, asOf: number | null = 1_763_737_262, onRetry = () => {}) =>
  render(<Panel title="Prices" state={state} asOf={asOf} empty="Nothing yet." onRetry={onRetry}><p>content</p></Panel>);

describe('a panel', () => {
  test('loading shows its place, not its content', () => {
    draw({ kind: 'loading' }, null);
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
    expect(screen.queryByText('content')).not.toBeInTheDocument();
  });

  test('empty says what will appear', () => {
    draw({ kind: 'empty' }, null);
    expect(screen.getByText('Nothing yet.')).toBeInTheDocument();
  });

  test('live shows the time of its data', () => {
    draw({ kind: 'live' });
    expect(screen.getByText('content')).toBeInTheDocument();
    expect(screen.getByText(userTime(1_763_737_262))).toBeInTheDocument();
  });

  test('stale keeps the content and says how old it is', () => {
    draw({ kind: 'stale', ageSec: 12 });
    expect(screen.getByText('content')).toBeInTheDocument();
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('12 s old');
  });

  test('disconnected keeps the content, or says that there is none', () => {
    const { unmount } = draw({ kind: 'disconnected' });
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(screen.getByText('content')).toBeInTheDocument();
    unmount();
    draw({ kind: 'disconnected' }, null);
    expect(screen.getByText(/keeps trying/)).toBeInTheDocument();
  });

  test('an error names message, code and request, and can be tried again', async () => {
    const retry = vi.fn<() => void>();
    draw({ kind: 'error', failure }, null, retry);
    const alert = screen.getByRole('alert');
    expect(alert).toHaveTextContent('Prices are away.');
    expect(alert).toHaveTextContent('redis_unavailable');
    expect(alert).toHaveTextContent('r-5b1d');
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(retry).toHaveBeenCalledOnce();
  });

  test('a gated feature is named and offers no retry', () => {
    draw({ kind: 'gated', failure: { ...failure, code: 'feature_gated' } }, null);
    expect(screen.getByRole('heading', { name: 'Prices' })).toBeInTheDocument();
    expect(screen.getByText('Not part of your tier.')).toBeInTheDocument();
    expect(screen.queryByRole('button')).not.toBeInTheDocument();
  });

  test('a broken panel leaves its neighbours alone and can be started again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    let isBroken = true;
    const Fragile = () => {
      if (isBroken) throw new Error('broken');
      return <p>whole again</p>;
    };
    render(
      <>
        <Panel title="One" state={{ kind: 'live' }} empty=""><Fragile /></Panel>
        <Panel title="Two" state={{ kind: 'live' }} empty=""><p>neighbour</p></Panel>
      </>,
    );
    expect(screen.getByText('neighbour')).toBeInTheDocument();
    expect(screen.getByRole('alert')).toHaveTextContent('stopped working');
    isBroken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(screen.getByText('whole again')).toBeInTheDocument();
  });
});
