import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';
import { usePrefs } from '../../kit/prefs';
import { spotOf } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show, shown } from '../../test/states';
import { TilesPanel } from './TilesPanel';

const draw = () => render(<TilesPanel symbol="I:SPX" />);
const tile = (symbol: string) => screen.getAllByTestId('tile').find((each) => each.dataset['symbol'] === symbol) as HTMLElement;

describe('price tiles', () => {
  test('load before the first answer', () => {
    answerAll('pending');
    draw();
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('are empty when nothing was published', async () => {
    answerAll(NO_DATA);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText(/No prices yet/)).toBeInTheDocument();
  });

  test('show value, change and percent of every symbol, grouped', () => {
    answerAll('pending');
    draw();
    show(liveIn('live'));
    const spx = within(tile('I:SPX'));
    expect(tile('I:SPX')).toHaveTextContent('6,632.41');
    expect(spx.getByText('+15.09')).toBeInTheDocument();
    expect(spx.getByText('+0.23%')).toBeInTheDocument();
    expect(tile('I:SPX')).toHaveAttribute('aria-pressed', 'true');
    expect(tile('I:VIX')).toHaveTextContent('−0.31');
    expect(within(screen.getByRole('region', { name: 'ETFs' })).getAllByTestId('tile')).toHaveLength(1);
  });

  test('say how old they are when the feed is silent', () => {
    answerAll('pending');
    draw();
    show(liveIn('stale'));
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('42 s old');
    expect(tile('I:SPX')).toHaveTextContent('stale');
  });

  test('one resting symbol is stale alone', () => {
    answerAll('pending');
    draw();
    show({ ...liveIn('live'), spots: { 'I:SPX': spotOf('I:SPX'), SPY: spotOf('SPY', { stale: true, type: 'etf' }) } });
    expect(screen.queryByTestId('stale-badge')).not.toBeInTheDocument();
    expect(tile('SPY')).toHaveTextContent('stale');
    expect(tile('I:SPX')).not.toHaveTextContent('stale');
  });

  test('keep their data without a line, and cannot be chosen then', () => {
    answerAll('pending');
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(tile('I:SPX')).toHaveTextContent('6,632.41');
    expect(tile('SPY')).toBeDisabled();
    expect(tile('SPY')).toHaveAttribute('title', 'Not available while disconnected');
  });

  test('tell why they could not be loaded, and load on Retry', async () => {
    answerAll(REFUSED);
    draw();
    expect(await screen.findByRole('alert')).toHaveTextContent('Prices are away.');
    answerAll({ status: 200, body: { success: true, data: { 'I:SPX': spotOf('I:SPX') }, ts: 1 } });
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByTestId('tile')).toHaveTextContent('6,632.41');
  });

  test('are gated', async () => {
    answerAll(GATED);
    draw();
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('choose the symbol of the chart', async () => {
    answerAll('pending');
    draw();
    show(liveIn('live'));
    await userEvent.click(tile('SPY'));
    expect(usePrefs.getState().symbol).toBe('SPY');
  });

  test('light up only the digits that changed', () => {
    answerAll('pending');
    draw();
    show(liveIn('live'));
    show({ ...shown(), spots: { ...shown().spots, 'I:SPX': spotOf('I:SPX', { value: 6632.55 }) } });
    expect(within(tile('I:SPX')).getByText('55')).toHaveClass('up');
  });
});
