import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../api/client';
import { positionsOf } from '../../api/positions';
import { addFromTile, addPosition, askForNew, NO_POSITIONS, openPositions, usePositions } from '../../kit/positions';
import { FIRST_PREFS, setOverlays, usePrefs } from '../../kit/prefs';
import { takeDiff } from '../../live/heatmap';
import { NOBODY, useSession } from '../../live/session';
import { diffOf, tileOf } from '../../test/samples';
import { answerAll, liveIn, show, shown } from '../../test/states';
import { RiskPanel } from './RiskPanel';

const TODAY = '2025-11-21';
const draw = () => render(<RiskPanel symbol="I:SPX" />);
const chart = () => screen.getByRole('application', { name: 'Risk graph' });
const key = (pressed: string, init: object = {}) => fireEvent.keyDown(chart(), { key: pressed, ...init });
const all = () => usePositions.getState().all;

/** A butterfly 6,620 / 6,640 / 6,660 for 3.20, as the heatmap of the samples has it. */
const addFly = (strike = 6640) => act(() => addFromTile(tileOf('butterfly', strike, 20, 3.2, 10), 'call'));
const drawLive = async () => {
  draw();
  show(liveIn('live'));
  await addFly();
  await screen.findByRole('application');
};

beforeEach(() => {
  answerAll('pending');
  usePositions.setState(NO_POSITIONS, true);
  usePrefs.setState(FIRST_PREFS);
  useSession.setState(NOBODY, true);
});

describe('risk graph states', () => {
  const keep = async () => {
    openPositions('demo');
    await addPosition({ symbol: 'I:SPX', legs: [{ expiration: TODAY, strike: 6640, right: 'call', quantity: 1 }], cost: 12, label: '' });
  };

  test('loads while there is no snapshot', async () => {
    await keep();
    draw();
    show(liveIn('loading'));
    expect(screen.getByText('Loading')).toBeInTheDocument();
  });

  test('is empty without positions, and says what fills it', async () => {
    draw();
    show(liveIn('live'));
    expect(await screen.findByText('Add a position: pick a heatmap tile or press n')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'New' })).toBeEnabled();
  });

  test('waits for a price', async () => {
    await keep();
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText('The graph appears with the first price of SPX.')).toBeInTheDocument();
  });

  test('is live', async () => {
    await keep();
    draw();
    show(liveIn('live'));
    expect(await screen.findByTestId('line-expiry')).toHaveAttribute('d', expect.stringMatching(/^M/) as string);
    expect(screen.queryByTestId('stale-badge')).not.toBeInTheDocument();
  });

  test('is stale when the price is old', async () => {
    await keep();
    draw();
    show(liveIn('stale'));
    expect(await screen.findByTestId('stale-badge')).toHaveTextContent('42 s old');
    expect(screen.getByTestId('line-expiry')).toBeInTheDocument();
  });

  test('keeps its lines without a line to the gateway', async () => {
    await keep();
    draw();
    show(liveIn('disconnected'));
    expect(await screen.findByText('disconnected')).toBeInTheDocument();
    expect(screen.getByTestId('line-expiry')).toBeInTheDocument();
  });

  test('tells why the positions could not be read, and reads them again on Retry', async () => {
    const kept = positionsOf('demo');
    const list = vi.fn<typeof kept.list>().mockRejectedValueOnce(new ApiError('http_500', 'Positions are away.', 500, 'r-1')).mockResolvedValue([]);
    draw();
    show(liveIn('live'));
    act(() => void openPositions('demo', () => ({ ...kept, list })));
    expect(await screen.findByRole('alert')).toHaveTextContent('Positions are away.');
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByText(/Add a position/)).toBeInTheDocument();
  });

  test('is gated, and asks for nothing', () => {
    useSession.setState({
      gates: { mode: 'tier_gated', user_tier: 'observer', tiers: { observer: { risk_graph_max_strategies: 0 } }, defaults: {} } as never,
    });
    draw();
    show(liveIn('live'));
    expect(screen.getByText(/not part of your tier/i)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'New' })).not.toBeInTheDocument();
    expect(usePositions.getState().status).toBe('idle');
  });
});

describe('risk graph', () => {
  test('a tile becomes lines, numbers and a sentence, and the graph takes the keyboard', async () => {
    await drawLive();
    expect(chart()).toHaveFocus();
    const summary = screen.getByTestId('risk-summary');
    expect(summary).toHaveTextContent('Max profit+$1,680.00');
    expect(summary).toHaveTextContent('Max loss−$320.00');
    expect(summary).toHaveTextContent('R2R5.25');
    expect(summary).toHaveTextContent('Break-evens6,623.20 · 6,656.80');
    expect(screen.getByRole('img')).toHaveAccessibleName(
      /^At expiry: loss up to \$320 below 6,623.20; profit up to \$1,680 between 6,623.20 and 6,656.80, most at 6,640; loss up to \$320 above 6,656.80. Now [+−]\$\d+ at 6,632.41\.$/,
    );
    expect(document.querySelectorAll('[data-strike]')).toHaveLength(3);
  });

  test('follows the price', async () => {
    await drawLive();
    const before = screen.getByTestId('spot-mark').textContent;
    const live = shown();
    const spot = live.spots['I:SPX'];
    if (!spot) throw new Error('no spot');
    show({ ...live, spots: { ...live.spots, 'I:SPX': { ...spot, value: 6641.5 } } });
    await waitFor(() => expect(screen.getByTestId('spot-mark')).toHaveTextContent('6,641.50'));
    expect(before).toContain('6,632.41');
  });

  test('hidden positions do not count', async () => {
    await drawLive();
    await addFly(6600);
    fireEvent.click(screen.getAllByRole('button', { name: 'Hide Butterfly' })[1] as HTMLElement);
    await waitFor(() => expect(screen.getByTestId('risk-summary')).toHaveTextContent('+$1,680.00'));
    expect(screen.getByText('hidden')).toBeInTheDocument();
  });

  test('as a table: round prices, strikes, break-evens, the price itself', async () => {
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Table' }));
    const table = screen.getByTestId('risk-table');
    const rows = within(table).getAllByRole('row').map((row) => row.textContent);
    expect(rows).toContain(rows.find((row) => row?.startsWith('6,640.00+$1,680.00')));
    expect(rows.some((row) => row?.startsWith('6,632.41 Spot'))).toBe(true);
    expect(rows.some((row) => row?.startsWith('6,623.20$0.00'))).toBe(true);
  });

  test('what-if is labelled and reset', async () => {
    await drawLive();
    const form = screen.getByTestId('what-if');
    fireEvent.change(within(form).getByRole('slider', { name: /Spot/ }), { target: { value: '0.5' } });
    expect(screen.getByText('What-if: not the market')).toBeInTheDocument();
    expect(screen.getByTestId('risk-summary')).toHaveTextContent('P&L what-if');
    expect(screen.getByTestId('line-now')).toHaveAttribute('data-what-if', 'true');
    fireEvent.change(within(form).getByRole('slider', { name: /Time/ }), { target: { value: '6' } });
    expect(within(form).getByRole('slider', { name: /Time/ })).toHaveAttribute('aria-valuetext', '+6 h');
    await userEvent.click(within(form).getByRole('button', { name: 'Reset' }));
    expect(screen.getByTestId('risk-summary')).toHaveTextContent('P&L now');
  });

  test('the line of now can follow the market', async () => {
    await drawLive();
    const pnl = () => screen.getByTestId('risk-summary').textContent;
    const before = pnl();
    const live = shown();
    const book = live.heatmaps['I:SPX'];
    if (!book) throw new Error('no book');
    const tile = tileOf('butterfly', 6640, 20, 3.2, 10, { call: { debit: 3.2, max_profit: 16.8, max_loss: 3.2, market_debit: 7, change_pct: 1 } });
    show({ ...live, heatmaps: { 'I:SPX': takeDiff(book, diffOf(1000, 1001, [tile], { spot: 6632.41, atm_iv: book.atm_iv })) } });
    await userEvent.click(screen.getByRole('button', { name: 'Market' }));
    await waitFor(() => expect(pnl()).toContain('+$380.00'));
    expect(before).not.toContain('+$380.00');
  });

  test('zooms, pans and fits by keys when no butterfly is in hand', async () => {
    await drawLive();
    fireEvent.click(document.querySelector('[data-row]') as HTMLElement);
    const ticks = () => chart().querySelector('.axes')?.textContent;
    const first = ticks();
    key('+');
    expect(ticks()).not.toBe(first);
    expect(screen.getByRole('button', { name: 'Fit' })).toBeEnabled();
    key('0');
    expect(ticks()).toBe(first);
    key('ArrowRight');
    expect(ticks()).not.toBe(first);
  });
});

describe('butterfly focus', () => {
  const head = () => screen.getByTestId('fly-card').textContent;

  test('arrows move the body and the width with live debits; nothing is saved before Enter', async () => {
    await drawLive();
    expect(head()).toContain('6,620 / 6,640 / 6,660');
    key('ArrowLeft');
    expect(head()).toContain('6,615 / 6,635 / 6,655heatmap tileDebit3.20');
    key('ArrowUp');
    expect(head()).toContain('6,610 / 6,635 / 6,660heatmap tileDebit3.25');
    expect(screen.getByTestId('fly-told')).toHaveTextContent('+1/−2/+1 C 6610/6635/6660, costs 3.25');
    expect(screen.getByTestId('risk-summary')).toHaveTextContent('Break-evens6,613.25 · 6,656.75');
    expect(all()[0]?.cost).toBe(3.2);
    key('Enter');
    await waitFor(() => expect(all()[0]).toMatchObject({ cost: 3.25, version: 2 }));
    expect(all()[0]?.legs.map(({ strike }) => strike)).toEqual([6610, 6635, 6660]);
    expect(head()).toContain('as kept');
  });

  test('Shift breaks a wing, Escape restores', async () => {
    await drawLive();
    key('ArrowRight', { shiftKey: true });
    expect(head()).toContain('6,620 / 6,640 / 6,665broken wing');
    key('ArrowLeft', { shiftKey: true });
    key('ArrowLeft', { shiftKey: true });
    expect(head()).toContain('6,615 / 6,640 / 6,660broken wing');
    key('Escape');
    expect(head()).toContain('6,620 / 6,640 / 6,660as kept');
    expect(all()[0]?.version).toBe(1);
  });

  test('its neighbours show what they cost, and can be clicked', async () => {
    await drawLive();
    const neighbour = (name: RegExp) => screen.getByRole('button', { name });
    expect(neighbour(/Body up/)).toHaveTextContent('3.20');
    expect(neighbour(/Wider/)).toHaveTextContent('3.25');
    await userEvent.click(neighbour(/Body up/));
    expect(head()).toContain('6,625 / 6,645 / 6,665');
    await userEvent.click(screen.getByRole('button', { name: 'Restore' }));
    expect(head()).toContain('as kept');
  });

  test('tells debit, share of the width, distance in points and moves', async () => {
    await drawLive();
    expect(head()).toContain('Debit / width16.0 %');
    expect(head()).toContain('Body to spot+7.6 · 0.1 EM');
    expect(head()).toContain('R2R5.25');
  });
});

describe('butterfly by mouse', () => {
  const head = () => screen.getByTestId('fly-card').textContent;
  const grip = (name: string) => document.querySelector(`circle[data-grip="${name}"]`) as SVGCircleElement;
  const place = (name: string) => ({ clientX: Number(grip(name).getAttribute('cx')), clientY: Number(grip(name).getAttribute('cy')) });
  const draw10 = (name: string, way: 1 | -1, init: object = {}) => {
    const canvas = chart().querySelector('.canvas') as HTMLElement;
    const perPoint = (place('upper').clientX - place('body').clientX) / 20;
    const { clientX, clientY } = place(name);
    fireEvent.pointerDown(canvas, { clientX, clientY, button: 0, buttons: 1 });
    fireEvent.pointerMove(canvas, { clientX: clientX + way * 10 * perPoint, clientY, buttons: 1, ...init });
    fireEvent.pointerUp(canvas);
  };

  test('the body is drawn with its wings', async () => {
    await drawLive();
    draw10('body', -1);
    expect(head()).toContain('6,610 / 6,630 / 6,650');
    expect(head()).toContain('moved, not kept yet');
    expect(all()[0]?.version).toBe(1);
  });

  test('a wing takes the other along, with Shift it goes alone', async () => {
    await drawLive();
    draw10('upper', 1);
    expect(head()).toContain('6,610 / 6,640 / 6,670');
    await userEvent.click(screen.getByRole('button', { name: 'Restore' }));
    draw10('lower', -1, { shiftKey: true });
    expect(head()).toContain('6,610 / 6,640 / 6,660broken wing');
  });

  test('elsewhere the graph itself is drawn', async () => {
    await drawLive();
    const canvas = chart().querySelector('.canvas') as HTMLElement;
    const before = screen.getByTestId('line-expiry').getAttribute('d');
    fireEvent.pointerDown(canvas, { clientX: 300, clientY: 60, button: 0, buttons: 1 });
    fireEvent.pointerMove(canvas, { clientX: 250, clientY: 60, buttons: 1 });
    fireEvent.pointerUp(canvas);
    expect(screen.getByTestId('line-expiry').getAttribute('d')).not.toBe(before);
    expect(head()).toContain('as kept');
  });
});

describe('what lies behind and between the lines', () => {
  test('the levels of gamma with their names, of the same choice as on the chart', async () => {
    await drawLive();
    const levels = screen.getByTestId('risk-levels');
    expect(levels).toHaveTextContent('Spot 6,632.41');
    expect(levels.querySelector('[data-level="callWall"]')).toHaveAttribute('data-price', '6700');
    expect(levels).toHaveTextContent('Call wall 6,700 ›');
    expect(levels).toHaveTextContent('Put wall 6,600');
    expect(screen.getByTestId('risk-key')).toHaveTextContent('At expiryNowNet gammaVolume');
    act(() => setOverlays({ levels: false }));
    expect(levels).not.toHaveTextContent('wall');
  });

  test('lines in between, and no backdrop, are chosen', async () => {
    await drawLive();
    expect(screen.queryAllByTestId('line-between')).toHaveLength(0);
    await userEvent.click(screen.getByRole('button', { name: 'Layers' }));
    await userEvent.click(screen.getByRole('switch', { name: /between/ }));
    expect(screen.getAllByTestId('line-between')).toHaveLength(3);
    fireEvent.change(screen.getByRole('slider', { name: /Backdrop/ }), { target: { value: '0' } });
    expect(screen.getByTestId('risk-key')).toHaveTextContent(/^At expiryNow$/);
    expect(screen.getByTestId('risk-levels')).not.toHaveTextContent('wall');
  });
});

describe('list of positions', () => {
  const row = (n: number) => document.querySelectorAll<HTMLElement>('[data-row]')[n] as HTMLElement;

  test('keys: down, Space, duplicate, reorder, delete and undo', async () => {
    await drawLive();
    await addFly(6600);
    row(0).focus();
    fireEvent.keyDown(row(0), { key: 'ArrowDown' });
    expect(row(1)).toHaveFocus();
    fireEvent.keyDown(row(1), { key: ' ' });
    await waitFor(() => expect(all()[1]?.isVisible).toBe(false));
    fireEvent.keyDown(row(1), { key: 'd' });
    await waitFor(() => expect(all()).toHaveLength(3));
    fireEvent.keyDown(row(2), { key: 'ArrowUp', altKey: true });
    await waitFor(() => expect(all().map(({ legs }) => legs[1]?.strike)).toEqual([6640, 6600, 6600]));
    fireEvent.keyDown(row(0), { key: 'Delete' });
    await waitFor(() => expect(all()).toHaveLength(2));
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(all()[0]?.legs[1]?.strike).toBe(6640));
  });

  test('the colour changes', async () => {
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: /Change the colour/ }));
    await waitFor(() => expect(all()[0]?.colour).toBe(1));
  });
});

describe('editor', () => {
  test('n opens it; a butterfly around the price is ready but for its cost', async () => {
    draw();
    show(liveIn('live'));
    fireEvent.keyDown(await screen.findByText(/Add a position/), { key: 'n' });
    const dialog = screen.getByRole('dialog');
    expect(screen.getByTestId('editor-reads')).toHaveTextContent('Butterfly +1/−2/+1 C 6610/6630/6650');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add' }));
    expect(within(dialog).getByText('A number of points')).toBeInTheDocument();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Use 3.20' }));
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add' }));
    await waitFor(() => expect(all()).toMatchObject([{ cost: 3.2, symbol: 'I:SPX' }]));
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  test('an order is pasted', async () => {
    draw();
    show(liveIn('live'));
    act(askForNew);
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Paste order' }));
    fireEvent.change(within(dialog).getByLabelText('Order text'), { target: { value: 'nonsense' } });
    expect(within(dialog).getByText(/not an order/)).toBeInTheDocument();
    fireEvent.change(within(dialog).getByLabelText('Order text'), { target: { value: 'SELL -3 VERTICAL SPX 100 (Weeklys) 24 NOV 25 6600/6580 PUT @2.10 LMT' } });
    expect(screen.getByTestId('editor-reads')).toHaveTextContent('Short vertical +3/−3 P 6580/6600');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add' }));
    await waitFor(() => expect(all()).toMatchObject([{ cost: -2.1, legs: [{ quantity: 3, strike: 6580, expiration: '2025-11-24' }, { quantity: -3, strike: 6600 }] }]));
  });

  test('is not opened beyond what the tier keeps, and says so', async () => {
    useSession.setState({ gates: { mode: 'tier_gated', user_tier: 'observer', tiers: { observer: { risk_graph_max_strategies: 1 } }, defaults: {} } as never });
    await drawLive();
    act(askForNew);
    expect(await screen.findByText(/Your tier keeps 1 positions at most/)).toBeInTheDocument();
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  test('legs are edited one by one', async () => {
    await drawLive();
    await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
    const dialog = screen.getByRole('dialog');
    const first = within(dialog).getAllByLabelText('Strike')[0] as HTMLInputElement;
    fireEvent.change(first, { target: { value: '0' } });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
    expect(within(dialog).getByRole('alert')).toHaveTextContent('A strike above 0'.toLowerCase());
    fireEvent.change(first, { target: { value: '6610' } });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(all()[0]?.legs.map(({ strike }) => strike)).toEqual([6610, 6640, 6660]));
    expect(screen.getByTestId('fly-card')).toHaveTextContent('broken wing');
  });
});
