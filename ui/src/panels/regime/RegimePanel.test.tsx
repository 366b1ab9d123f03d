import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { endJump, useJump } from '../../kit/jump';
import { NO_MODELS } from '../../live/models';
import { biasOf, gexSummaryOf, modeOf, MORNING_TS, vixRegimeOf } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { RegimePanel } from './RegimePanel';

const draw = () => render(<RegimePanel symbol="I:SPX" />);
const fact = (id: string) => document.querySelector(`[data-fact="${id}"]`) as HTMLElement;

beforeEach(() => endJump());

describe('regime', () => {
  test('loads before the snapshot', () => {
    answerAll('pending');
    draw();
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('is empty when the symbol has no options', async () => {
    answerAll(NO_DATA);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText(/No regime for SPX yet/)).toBeInTheDocument();
  });

  test('tells regime, levels with their distances, mode, bias, VIX and expected move at once', () => {
    answerAll('pending');
    draw();
    show(liveIn('live'));
    expect(fact('gamma')).toHaveTextContent('GammaPositivedamps moves');
    expect(fact('gamma')).toHaveAttribute('data-tone', 'calm');
    expect(fact('callWall')).toHaveTextContent('6,700+67.6');
    expect(fact('below')).toHaveTextContent('6,612.5−19.9 Flip');
    expect(fact('mode')).toHaveTextContent('Transition');
    expect(fact('vix')).toHaveTextContent('Goldilocks I');
    expect(fact('move')).toHaveTextContent('±67.722 % used today');
    expect(screen.getByTestId('regime').querySelectorAll('dt')).toHaveLength(12);
  });

  test('is stale after the limit of gamma, and a part that is older alone says so', () => {
    answerAll('pending');
    draw();
    show(liveIn('stale'));
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('42 s old');
    const live = liveIn('live');
    show({ ...live, models: { ...live.models, modes: { 'I:SPX': modeOf({ ts: MORNING_TS - 70 }) } } });
    expect(screen.queryByTestId('stale-badge')).not.toBeInTheDocument();
    expect(fact('mode')).toHaveTextContent('Transitionstale');
    expect(fact('bias')).not.toHaveTextContent('stale');
  });

  test('keeps what it knew without a line, or says that there was nothing', () => {
    answerAll('pending');
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(fact('putWall')).toHaveTextContent('6,600');
    show(liveIn('offline'));
    expect(screen.getByText(/Nothing was received yet/)).toBeInTheDocument();
  });

  test('tells why it could not be read, and reads it on Retry', async () => {
    answerAll(REFUSED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
    const answers: Record<string, unknown> = { market_mode: modeOf(), bias_lfi: biasOf(), vix_regime: vixRegimeOf() };
    const fetched = answerAll('pending');
    fetched.mockImplementation(async (path) => new Response(JSON.stringify({ success: true, data: answers[String(path).split('/').at(-1) ?? ''], ts: 1 })));
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await within(await screen.findByTestId('regime')).findByText('Transition')).toBeInTheDocument();
    expect(fact('gamma')).toHaveTextContent('–');
  });

  test('is gated', async () => {
    answerAll(GATED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('asks for nothing that the stream brought', () => {
    const fetched = answerAll('pending');
    draw();
    show(liveIn('live'));
    expect(fetched).not.toHaveBeenCalled();
  });

  test('negative gamma stands out, in words too', () => {
    answerAll('pending');
    draw();
    show({ ...liveIn('live'), models: { ...NO_MODELS, gexSummaries: { ts: MORNING_TS, market_ts: MORNING_TS, symbols: { 'I:SPX': gexSummaryOf({ regime: 'negative' }) } } } });
    expect(fact('gamma')).toHaveTextContent('Negativefeeds moves');
    expect(fact('gamma')).toHaveAttribute('data-tone', 'alert');
  });

  test('a level brings itself into view on the chart', async () => {
    answerAll('pending');
    draw();
    show(liveIn('live'));
    await userEvent.click(screen.getByRole('button', { name: 'Call wall 6,700: show it on the chart' }));
    expect(useJump.getState().jump).toMatchObject({ symbol: 'I:SPX', price: 6700 });
  });
});
