import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { endJump, jumpTo } from '../../kit/jump';
import { NO_POSITIONS, usePositions } from '../../kit/positions';
import { FIRST_PREFS, usePrefs } from '../../kit/prefs';
import { NO_MODELS } from '../../live/models';
import { usePrices } from '../../live/stores';
import { candlesOf, MORNING_TS } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { ChartPanel } from './ChartPanel';
import { NO_OVERLAY, type Overlay } from './overlays';
import type { PriceChartProps } from './PriceChart';

const handle = vi.hoisted(() => ({ fit: vi.fn(), today: vi.fn(), reset: vi.fn(), zoom: vi.fn(), point: vi.fn() }));

const seen = vi.hoisted(() => ({ overlay: null as Overlay | null, mark: null as number | null }));

// The canvas needs a browser; its frame is what is tested here. The browser test draws the real one.
vi.mock('./PriceChart', async () => {
  const { useImperativeHandle } = await import('react');
  function Canvas({ bars, overlay, mark, handle: ref }: PriceChartProps) {
    seen.overlay = overlay;
    seen.mark = mark;
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
  usePrefs.setState(FIRST_PREFS);
  usePositions.setState(NO_POSITIONS);
  endJump();
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
    expect(screen.getByRole('application')).toHaveAccessibleDescription('Last 6,632.41, high 6,640.08, low 6,600.00, from Fri 21 Nov 09:55 to Fri 21 Nov 10:00 New York time. Call wall 6,700. Zero gamma 6,611.27. Flip 6,612.5. Put wall 6,600. Nearest volume node below 6,600.');
  });

  test('history that is fetched joins what the stream brought', async () => {
    const older = candlesOf('I:SPX', [{ t: MORNING_TS - 662, o: 1, h: 1, l: 1, c: 1 }]);
    const fetched = answerAll({ status: 200, body: { success: true, data: { ...older, days: 5 }, ts: 1 } });
    await drawLive();
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/models/candles/I%3ASPX?days=5');
    await vi.waitFor(() => expect(usePrices.getState().books['I:SPX']?.bars['5m']).toHaveLength(3));
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

  test('overlays show gamma of all expirations, profile, structures and levels, with a key to them', async () => {
    answerAll('pending');
    await drawLive();
    expect(seen.overlay).toMatchObject({ gexMode: 'sides', gex: [{ strike: 6620, call: 50, put: 290 }, {}, {}], profile: { step: 1 }, structures: { crevasses: [[6640, 6648]] } });
    expect(seen.overlay?.levels).toHaveLength(4);
    const key = screen.getByTestId('overlay-key');
    for (const text of ['Calls', 'Puts', 'Volume', 'Call wall 6,700', 'Zero gamma 6,611.27', 'Flip 6,612.5', 'Put wall 6,600']) expect(key).toHaveTextContent(text);
  });

  test('each overlay can be switched off, and is kept so', async () => {
    answerAll('pending');
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Overlays' }));
    for (const name of [/Gamma levels/, /Gamma flip/, /Volume profile/, /Structures/, /Expected move/, /Positions/]) await userEvent.click(screen.getByRole('switch', { name }));
    await userEvent.click(within(screen.getByRole('group', { name: 'Gamma by strike' })).getByRole('button', { name: 'Off' }));
    expect(seen.overlay).toEqual(NO_OVERLAY);
    expect(screen.getByTestId('overlay-key')).toBeEmptyDOMElement();
    expect(JSON.parse(localStorage.getItem('ms:prefs') ?? '').overlays).toMatchObject({
      gex: 'off', levels: false, flip: false, profile: false, structures: false, move: false, positions: false,
    });
  });

  test('gamma can be net, and of one expiration alone', async () => {
    answerAll('pending');
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Overlays' }));
    await userEvent.click(screen.getByRole('button', { name: 'Net' }));
    const expirations = screen.getByRole('combobox', { name: 'Expirations' });
    await userEvent.selectOptions(expirations, 'Mon 24 Nov');
    expect(seen.overlay).toMatchObject({ gex: [{ strike: 6620, put: 30 }, { strike: 6630, call: 40 }] });
    await userEvent.selectOptions(expirations, 'Nearest');
    expect(seen.overlay).toMatchObject({ gexMode: 'net', gex: [{ strike: 6620, put: 260 }, { strike: 6625 }, { strike: 6630, call: 300 }] });
    expect(screen.getByTestId('overlay-key')).toHaveTextContent('Net aboveNet below');
  });

  test('the profile can be raw, longer, and cut', async () => {
    const fetched = answerAll('pending');
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Overlays' }));
    await userEvent.click(screen.getByRole('button', { name: 'Raw' }));
    expect(fetched.mock.calls.map(([path]) => path)).toContain('/api/models/volume_profile?symbol=I%3ASPX&mode=raw');
    fireEvent.change(screen.getByRole('slider', { name: /Length/ }), { target: { value: '35' } });
    await userEvent.click(screen.getByRole('button', { name: '2 σ' }));
    expect(seen.overlay?.look).toEqual({ share: 0.35, cap: 2 });
    expect(screen.getByTestId('overlay-key')).toHaveTextContent('Volumecut at 2 σ');
  });

  test('one expected move lies around the price, and positions have their lines', async () => {
    answerAll('pending');
    const leg = (strike: number, quantity: number) => ({ expiration: '2025-11-21', strike, right: 'call' as const, quantity });
    usePositions.setState({ all: [{ id: 'a', version: 1, symbol: 'I:SPX', legs: [leg(6630, 1)], cost: 5, label: '', colour: 0, isVisible: true }] });
    await drawLive();
    expect(seen.overlay?.move?.high).toBeCloseTo(6700.11);
    expect(seen.overlay?.move?.low).toBeCloseTo(6564.71);
    expect(seen.overlay?.positions.map(({ kind, price }) => [kind, price])).toEqual([['breakEven', 6635], ['strike', 6630]]);
  });

  test('a price that is asked for is marked, also from the table, until it is taken away', async () => {
    answerAll('pending');
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Table' }));
    act(() => jumpTo('I:SPX', 6700));
    expect(await screen.findByTestId('canvas')).toBeInTheDocument();
    expect(seen.mark).toBe(6700);
    fireEvent.keyDown(screen.getByRole('application'), { key: 'Escape' });
    expect(seen.mark).toBeNull();
    act(() => jumpTo('I:SPX', 6600));
    await userEvent.click(screen.getByRole('button', { name: 'Marked 6,600' }));
    expect(seen.mark).toBeNull();
    act(() => jumpTo('I:NDX', 24_000));
    expect(seen.mark).toBeNull();
  });

  test('key o opens the overlays, Escape and a click elsewhere close them', async () => {
    answerAll('pending');
    await drawLive();
    const button = screen.getByRole('button', { name: 'Overlays' });
    fireEvent.keyDown(screen.getByRole('application'), { key: 'o' });
    expect(button).toHaveAttribute('aria-expanded', 'true');
    fireEvent.keyDown(button, { key: 'Escape' });
    expect(button).toHaveAttribute('aria-expanded', 'false');
    await userEvent.click(button);
    fireEvent.pointerDown(screen.getByTestId('legend'));
    expect(button).toHaveAttribute('aria-expanded', 'false');
  });

  test('a symbol without options has bars alone', async () => {
    answerAll(NO_DATA);
    draw();
    const live = liveIn('live');
    show({ ...live, models: NO_MODELS });
    await screen.findByTestId('canvas');
    expect(seen.overlay).toEqual(NO_OVERLAY);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
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
