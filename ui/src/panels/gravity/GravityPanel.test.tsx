import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { endJump, useJump } from '../../kit/jump';
import { type Models, NO_MODELS } from '../../live/models';
import { artifactOf, contextOf, gexSummaryOf, MORNING_TS } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { GravityPanel } from './GravityPanel';

const draw = () => render(<GravityPanel symbol="I:SPX" />);
const drawLive = (change: Partial<Models> = {}) => {
  answerAll('pending');
  draw();
  const live = liveIn('live');
  show({ ...live, models: { ...live.models, ...change } });
};
const where = () => screen.getByTestId('gravity-where');
const stat = (name: string) => document.querySelector(`[data-stat="${name}"]`) as HTMLElement;
const rung = (kind: string) => within(screen.getByTestId('ladder')).getAllByRole('listitem').find((each) => each.dataset['kind'] === kind);

afterEach(() => {
  vi.useRealTimers();
  endJump();
});

describe('dealer gravity states', () => {
  test('loads before the snapshot', () => {
    answerAll('pending');
    draw();
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('is empty when there is no profile and no chain', async () => {
    answerAll(NO_DATA);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText(/No gravity for SPX yet/)).toBeInTheDocument();
  });

  test('tells why it could not be loaded, and loads on Retry', async () => {
    answerAll(REFUSED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByRole('alert')).toHaveTextContent('Prices are away.');
    const fetched = answerAll({ status: 200, body: { success: true, data: contextOf(), ts: 1 } });
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByTestId('gravity-where')).toHaveTextContent('32.4 points above volume node 6,600');
    expect(fetched.mock.calls.map(([path]) => path)).toContain('/api/dealer-gravity/context?symbol=I%3ASPX');
  });

  test('is gated', async () => {
    answerAll(GATED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('is stale after a minute', () => {
    answerAll('pending');
    draw();
    show({ ...liveIn('stale'), nowMs: (MORNING_TS + 61) * 1000 });
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('61 s old');
  });

  test('keeps its numbers without a line', () => {
    answerAll('pending');
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(where()).toHaveTextContent('volume node 6,600');
  });
});

describe('dealer gravity card', () => {
  test('says where the price stands and lists the levels around it', () => {
    drawLive();
    expect(where()).toHaveTextContent('32.4 points above volume node 6,600next well 0.11 % away');
    expect(rung('callWall')).toHaveTextContent('Call wall6,700+67.6');
    expect(rung('putWall')).toHaveTextContent('Put wall6,600−32.4');
    expect(rung('zeroGamma')).toHaveTextContent('Zero gamma6,611.27−21.1');
    expect(rung('spot')).toHaveTextContent('Spot6,632.41');
    expect(screen.getByTestId('gamma-regime')).toHaveTextContent('Positive gammadealers damp moves−$340M per 1 %');
    expect(screen.getByTestId('mini-profile')).toBeInTheDocument();
  });

  test('tells memory and alignment, and which profile they are of', () => {
    drawLive();
    expect(stat('Market memory')).toHaveTextContent('62 %');
    expect(stat('Gamma alignment')).toHaveTextContent('74 %');
    expect(screen.getByTestId('gravity-version')).toHaveTextContent('Profile v1763737260 · 30 trading days · 0 s old');
  });

  test('asks the chart for a level that is chosen', async () => {
    drawLive();
    await userEvent.click(screen.getByRole('button', { name: /^Put wall 6,600/ }));
    expect(useJump.getState().jump).toMatchObject({ symbol: 'I:SPX', price: 6600, count: 1 });
    await userEvent.click(within(where()).getByRole('button', { name: 'Volume node 6,600: show it on the chart' }));
    expect(useJump.getState().jump).toMatchObject({ price: 6600, count: 2 });
    expect(screen.queryByRole('button', { name: /^Spot/ })).not.toBeInTheDocument();
  });

  test.each<[string, Parameters<typeof contextOf>[0], string]>([
    ['in a crevasse', { in_crevasse: true, volume_well_proximity: 0 }, 'In a crevasse'],
    ['in a well', { volume_well_proximity: 0 }, 'In a volume well'],
    ['without nodes', { nearest_volume_node: null }, 'No volume node is known yet'],
    ['at the node', { nearest_volume_node: 6632.41 }, 'At volume node 6,632.41'],
    ['below the node', { nearest_volume_node: 6640 }, '7.6 points below volume node 6,640'],
  ])('%s', (_name, change, text) => {
    drawLive({ contexts: { 'I:SPX': contextOf(change) } });
    expect(where()).toHaveTextContent(text);
  });

  test('what is unknown is a dash, and a level that is unknown has no rung', () => {
    drawLive({ contexts: { 'I:SPX': contextOf({ gamma_alignment: null }) }, gexSummaries: { ts: MORNING_TS, market_ts: MORNING_TS, symbols: { 'I:SPX': gexSummaryOf({ call_wall: null }) } } });
    expect(stat('Gamma alignment')).toHaveTextContent('–');
    expect(rung('callWall')).toBeUndefined();
  });

  test('shows gamma alone while the volume profile is not there yet', () => {
    drawLive({ contexts: {}, artifacts: {}, gexSummaries: { ts: MORNING_TS, market_ts: MORNING_TS, symbols: { 'I:SPX': gexSummaryOf({ regime: 'negative' }) } } });
    expect(where()).toHaveTextContent('No volume node is known yet');
    expect(screen.getByTestId('gamma-regime')).toHaveTextContent('Negative gammadealers feed moves');
    expect(screen.queryByTestId('mini-profile')).not.toBeInTheDocument();
  });
});

describe('dealer gravity fetches', () => {
  const asked = (fetched: ReturnType<typeof answerAll>, what: string) => fetched.mock.calls.filter(([path]) => String(path).includes(what)).length;

  test('the context is polled every 5 s while the page is looked at', async () => {
    vi.useFakeTimers();
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (path) =>
      new Response(JSON.stringify({ success: true, data: String(path).includes('context') ? contextOf() : artifactOf([1, 2], 6632), ts: 1 })));
    draw();
    show({ ...liveIn('live'), models: NO_MODELS });
    for (const ms of [100, 5000, 5000]) await act(() => vi.advanceTimersByTimeAsync(ms));
    expect(asked(fetched, 'context')).toBe(3);
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    await act(() => vi.advanceTimersByTimeAsync(20_000));
    expect(asked(fetched, 'context')).toBe(3);
  });

  test('what does not exist is asked for once a minute', async () => {
    vi.useFakeTimers();
    const fetched = answerAll(NO_DATA);
    draw();
    show({ ...liveIn('live'), models: NO_MODELS });
    for (const ms of [100, 30_000, 31_000]) await act(() => vi.advanceTimersByTimeAsync(ms));
    expect(asked(fetched, 'context')).toBe(2);
    expect(asked(fetched, 'artifact')).toBe(1);
  });

  test('a new artifact is read when the stream tells of it, at most every 15 s', async () => {
    vi.useFakeTimers();
    const fetched = answerAll('pending');
    draw();
    const live = liveIn('live');
    const told = (n: number) => show({
      ...live,
      models: { ...live.models, artifactPointers: { 'I:SPX': { type: 'dealer_gravity_artifact_updated', symbol: 'I:SPX', artifact_version: `v${n}`, occurred_at: '', ts: n } } },
    });
    for (let n = 1; n <= 20; n++) {
      told(n);
      await act(() => vi.advanceTimersByTimeAsync(1000));
    }
    expect(asked(fetched, 'artifact')).toBeGreaterThanOrEqual(2);
    expect(asked(fetched, 'artifact')).toBeLessThanOrEqual(4);
  });
});
