import { fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FIRST_PREFS, usePrefs } from '../../kit/prefs';
import { reduce } from '../../live/reduce';
import { useLive } from '../../live/store';
import { diffOf, heatmapOf, tileOf } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, show } from '../../test/states';
import { HeatmapPanel } from './HeatmapPanel';

const draw = () => render(<HeatmapPanel symbol="I:SPX" />);
const drawLive = () => {
  answerAll('pending');
  draw();
  show(liveIn('live'));
};
const grid = () => screen.getByRole('grid');
/** Brings the rows around the price into view, as a browser would. */
const scrollTo = (row: number) => {
  grid().scrollTop = row * 24;
  fireEvent.scroll(grid());
};
const row = (strike: number) => grid().querySelector(`[data-strike="${strike}"]`) as HTMLElement;
const cells = (strike: number) => within(row(strike)).getAllByRole('gridcell').map((cell) => cell.textContent);
const key = (pressed: string) => fireEvent.keyDown(grid(), { key: pressed });

beforeEach(() => usePrefs.setState(FIRST_PREFS));

describe('heatmap states', () => {
  test('loads before the snapshot', () => {
    answerAll('pending');
    draw();
    expect(screen.getByRole('status')).toHaveTextContent('Loading');
  });

  test('is empty when there is no chain', async () => {
    answerAll(NO_DATA);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText(/No option prices for SPX yet/)).toBeInTheDocument();
  });

  test('tells why it could not be loaded, and loads on Retry', async () => {
    answerAll(REFUSED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByRole('alert')).toHaveTextContent('redis_unavailable');
    const fetched = answerAll({ status: 200, body: { success: true, data: heatmapOf(), ts: 1 } });
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await screen.findByRole('grid')).toBeInTheDocument();
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/models/heatmap/I%3ASPX');
  });

  test('is gated', async () => {
    answerAll(GATED);
    draw();
    show(liveIn('empty'));
    expect(await screen.findByText('Not part of your tier.')).toBeInTheDocument();
  });

  test('is stale after ten seconds, and not while the market is closed', () => {
    answerAll('pending');
    draw();
    show(liveIn('stale'));
    expect(screen.getByTestId('stale-badge')).toHaveTextContent('42 s old');
    const live = liveIn('stale');
    show({ ...live, clock: live.clock && { ...live.clock, session: 'closed' } });
    expect(screen.queryByTestId('stale-badge')).not.toBeInTheDocument();
  });

  test('keeps its tiles without a line', () => {
    answerAll('pending');
    draw();
    show(liveIn('disconnected'));
    expect(screen.getByText('disconnected')).toBeInTheDocument();
    expect(grid()).toBeInTheDocument();
  });

  test('what the stream brought is not asked for', () => {
    const fetched = answerAll('pending');
    draw();
    show(liveIn('live'));
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe('heatmap grid', () => {
  test('rows are strikes downwards, columns widths; a cell shows its cost to the cent', () => {
    drawLive();
    expect(within(grid()).getAllByRole('columnheader').map((head) => head.textContent)).toEqual(['Strike', '20', '25']);
    expect(grid()).toHaveAttribute('aria-rowcount', '62');
    scrollTo(30);
    expect(cells(6640)).toEqual(['3.20', '3.25']);
    const strikes = [...grid().querySelectorAll<HTMLElement>('[data-strike]')].map((each) => Number(each.dataset['strike']));
    expect(strikes).toEqual(strikes.toSorted((a, b) => b - a));
  });

  test('only rows near the view exist', () => {
    drawLive();
    expect(grid().querySelectorAll('[data-strike]').length).toBeLessThan(40);
    expect(row(6485)).toBeNull();
    scrollTo(58);
    expect(row(6485)).toBeInTheDocument();
  });

  test('the price has a line between its strikes, and one expected move is marked', () => {
    drawLive();
    scrollTo(30);
    const line = screen.getByTestId('heat-spot');
    expect(line).toHaveTextContent('Spot6,632.41');
    expect(line.style.top).toBe(`${30 * 24}px`);
    expect(row(6635).style.top).toBe(`${29 * 24}px`);
    expect(row(6630).style.top).toBe(`${31 * 24}px`);
    scrollTo(16);
    expect(row(6700)).toHaveTextContent('EM');
    expect(row(6705)).not.toHaveTextContent('EM');
  });

  test('red and bold at the threshold, blue below', async () => {
    drawLive();
    scrollTo(28);
    const cell = (strike: number) => within(row(strike)).getAllByRole('gridcell')[0];
    expect(cell(6645)).toHaveClass('hot', 'zone');
    expect(cell(6635)).toHaveClass('cold');
    fireEvent.change(screen.getByRole('slider'), { target: { value: '100' } });
    expect(cell(6645)).toHaveClass('cold', 'zone');
    expect(usePrefs.getState().heat.threshold).toBe(100);
  });

  test('a tile that costs nothing or is unknown shows a dash without colour', () => {
    drawLive();
    scrollTo(30);
    fireEvent.click(screen.getByRole('button', { name: 'Market' }));
    expect(cells(6640)).toEqual(['–', '–']);
    expect(within(row(6640)).getAllByRole('gridcell')[0]).not.toHaveClass('cold');
  });

  test('strategy, side and expiration are a click away', async () => {
    drawLive();
    await userEvent.click(screen.getByRole('button', { name: '3d' }));
    scrollTo(30);
    expect(cells(6640)).toEqual(['6.20', '6.25']);
    await userEvent.click(screen.getByRole('button', { name: 'Single' }));
    scrollTo(30);
    expect(cells(6640)).toEqual(['12.50']);
    await userEvent.click(screen.getByRole('button', { name: 'Vertical' }));
    expect(screen.getByText(/no complete structure/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Put' }));
    expect(usePrefs.getState().heat).toMatchObject({ strategy: 'vertical', side: 'put' });
  });

  test('keys: arrows, pages, Home, brackets, s, c p b', () => {
    drawLive();
    const line = () => screen.getByTestId('tile-line');
    key('Home');
    expect(line()).toHaveTextContent('Butterfly 6,610 / 6,630 / 6,650 call');
    key('ArrowRight');
    key('ArrowUp');
    expect(line()).toHaveTextContent('Butterfly 6,610 / 6,635 / 6,660 call');
    expect(line()).toHaveTextContent('theory 3.25market –max profit 21.75change 10.0 %');
    key('PageDown');
    expect(line()).toHaveTextContent('6,560 / 6,585 / 6,610');
    key(']');
    expect(screen.getByRole('button', { name: '3d' })).toHaveAttribute('aria-pressed', 'true');
    key('[');
    expect(screen.getByRole('button', { name: '0d' })).toHaveAttribute('aria-pressed', 'true');
    key('p');
    key('s');
    expect(usePrefs.getState().heat).toMatchObject({ strategy: 'vertical', side: 'put' });
  });

  test('the active tile is told to the screen reader while it exists', () => {
    drawLive();
    scrollTo(30);
    key('Home');
    const active = grid().getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(active)).toHaveAttribute('aria-selected', 'true');
    scrollTo(0);
    fireEvent.click(within(row(6780)).getAllByRole('gridcell')[1] as HTMLElement);
    expect(screen.getByTestId('tile-line')).toHaveTextContent('6,755 / 6,780 / 6,805');
  });
});

describe('heatmap diffs', () => {
  const changed = [tileOf('butterfly', 6640, 20, 9.99, 5)];

  test('one that fits changes the tile', () => {
    drawLive();
    scrollTo(30);
    show(reduce(useLive.getState(), { event: 'heatmap_diff', data: diffOf(1000, 1001, changed) }));
    expect(cells(6640)).toEqual(['9.99', '3.25']);
  });

  test('after a gap the whole is read again, and what came meanwhile is applied', async () => {
    drawLive();
    scrollTo(30);
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      new Response(JSON.stringify({ success: true, data: heatmapOf({ version: 1001 }), ts: 1 })));
    show(reduce(useLive.getState(), { event: 'heatmap_diff', data: diffOf(1001, 1002, changed) }));
    expect(cells(6640)).toEqual(['3.20', '3.25']);
    await vi.waitFor(() => expect(cells(6640)).toEqual(['9.99', '3.25']));
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(useLive.getState().models.heatmaps['I:SPX']).toMatchObject({ version: 1002, waiting: null });
  });

  test('while an answer is too old it is asked for again', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    drawLive();
    let version = 999;
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      new Response(JSON.stringify({ success: true, data: heatmapOf({ version: version++ }), ts: 1 })));
    show(reduce(useLive.getState(), { event: 'heatmap_diff', data: diffOf(1001, 1002, changed) }));
    await vi.advanceTimersByTimeAsync(9000);
    expect(useLive.getState().models.heatmaps['I:SPX']).toMatchObject({ version: 1002, waiting: null });
    expect(fetched.mock.calls.length).toBeGreaterThanOrEqual(3);
    vi.useRealTimers();
  });
});
