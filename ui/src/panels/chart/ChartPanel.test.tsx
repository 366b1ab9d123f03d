import { fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { usePrefs } from '../../kit/prefs';
import { useLive } from '../../live/store';
import { candlesOf, MORNING_TS } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { ChartPanel } from './ChartPanel';
import type { PriceChartProps } from './PriceChart';

const handle = vi.hoisted(() => ({ fit: vi.fn(), today: vi.fn(), reset: vi.fn(), zoom: vi.fn(), point: vi.fn() }));

// The canvas needs a browser; its frame is what is tested here. The browser test draws the real one.
vi.mock('./PriceChart', async () => {
  const { useImperativeHandle } = await import('react');
  function Canvas({ bars, handle: ref }: PriceChartProps) {
    useImperativeHandle(ref, () => handle);
    return <p data-testid="canvas">{bars.length} bars</p>;
  }
  return { default: Canvas };
});

const draw = () => render(<ChartPanel symbol="I:SPX" />);
const drawLive = async () => {
  draw();
  show(liveIn('live'));
  await screen.findByTestId('canvas');
};

beforeEach(() => {
  usePrefs.setState({ symbol: 'I:SPX', timeframe: '5m', theme: 'dark' });
  for (const action of Object.values(handle)) action.mockClear();
});

describe('price chart', () => {
  test('loads before the first bars', () => {
    answerAll('pending');
    draw();
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
    expect(screen.getByRole('button', { name: 'Table' })).toBeDisabled();
  });

  test('is empty when nothing was traded', async () => {
    answerAll(NO_DATA);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText(/No trades recorded for SPX today/)).toBeInTheDocument();
  });

  test('shows bars, the newest in the legend, and a summary in words', async () => {
    answerAll('pending');
    await drawLive();
    expect(screen.getByTestId('canvas')).toHaveTextContent('2 bars');
    expect(screen.getByTestId('legend')).toHaveTextContent('O 6,605.00H 6,640.08L 6,604.00C 6,632.41');
    expect(screen.getByTestId('legend')).toHaveTextContent('+27.41');
    expect(screen.getByRole('application')).toHaveAccessibleDescription('Last 6,632.41, high 6,640.08, low 6,600.00, from Fri 21 Nov 09:55 to Fri 21 Nov 10:00 New York time.');
  });

  test('history that is fetched joins what the stream brought', async () => {
    const older = candlesOf('I:SPX', [{ t: MORNING_TS - 662, o: 1, h: 1, l: 1, c: 1 }]);
    const fetched = answerAll({ status: 200, body: { success: true, data: { ...older, days: 5 }, ts: 1 } });
    await drawLive();
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/models/candles/I%3ASPX?days=5');
    await vi.waitFor(() => expect(useLive.getState().books['I:SPX']?.bars['5m']).toHaveLength(3));
  });

  test('is stale after its own limit', async () => {
    answerAll('pending');
    draw();
    show(liveIn('stale'));
    expect(await screen.findByTestId('stale-badge')).toHaveTextContent('42 s old');
  });

  test('keeps its bars without a line', async () => {
    answerAll('pending');
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(await screen.findByTestId('canvas')).toHaveTextContent('2 bars');
  });

  test('tells why it could not be loaded', async () => {
    answerAll(REFUSED);
    draw();
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
  });

  test('is gated', async () => {
    answerAll(GATED);
    draw();
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('can be read as a table, newest bar first', async () => {
    answerAll('pending');
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Table' }));
    const rows = within(screen.getByRole('table')).getAllByRole('row');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toHaveTextContent('Fri 21 Nov 10:006,605.006,640.086,604.006,632.41+27.41');
  });

  test.each<[string, keyof typeof handle, unknown[]]>([
    ['ArrowLeft', 'point', [0]],
    ['ArrowRight', 'point', [1]],
    ['ArrowUp', 'zoom', [0.8]],
    ['ArrowDown', 'zoom', [1.25]],
    ['Home', 'point', [0]],
    ['End', 'reset', []],
    ['f', 'fit', []],
  ])('key %s asks the chart to %s', async (key, action, args) => {
    answerAll('pending');
    await drawLive();
    fireEvent.keyDown(screen.getByRole('application'), { key });
    expect(handle[action]).toHaveBeenCalledExactlyOnceWith(...args);
  });

  test('key t takes the next timeframe, and a browser shortcut is left alone', async () => {
    answerAll('pending');
    await drawLive();
    fireEvent.keyDown(screen.getByRole('application'), { key: 't' });
    expect(usePrefs.getState().timeframe).toBe('10m');
    fireEvent.keyDown(screen.getByRole('application'), { key: 'f', ctrlKey: true });
    expect(handle.fit).not.toHaveBeenCalled();
  });
});
