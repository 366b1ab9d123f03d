import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NO_POSITIONS, openPositions, usePositions } from '../../kit/positions';
import { FIRST_PREFS, usePrefs } from '../../kit/prefs';
import { takeWhole } from '../../live/heatmap';
import { NOBODY, useSession } from '../../live/session';
import { useHeatmaps } from '../../live/stores';
import { diffOf, heatmapOf, tileOf } from '../../test/samples';
import { answerAll, GATED, liveIn, NO_DATA, REFUSED, send, show } from '../../test/states';
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

const openView = () => fireEvent.click(screen.getByRole('button', { name: 'View' }));

beforeEach(() => {
  usePrefs.setState(FIRST_PREFS);
  useSession.setState(NOBODY, true);
  usePositions.setState(NO_POSITIONS);
});

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

  test('is not part of the tier: nothing is asked for', () => {
    const fetched = answerAll('pending');
    useSession.setState({ gates: { mode: 'tier_gated', allowed_tiers: {}, defaults: {}, tiers: { observer: { heatmap_access: false } }, user_tier: 'observer' } });
    draw();
    show(liveIn('empty'));
    expect(screen.getByText('Not part of your tier.')).toBeInTheDocument();
    show(liveIn('live'));
    expect(screen.queryByRole('grid')).not.toBeInTheDocument();
    expect(fetched).not.toHaveBeenCalled();
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
    fireEvent.change(screen.getByRole('slider', { name: /^Threshold/ }), { target: { value: '100' } });
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

  test('one tile can be reached by Tab, and the focus goes with the arrows, also out of view', () => {
    drawLive();
    scrollTo(30);
    const stops = () => [...grid().querySelectorAll<HTMLElement>('[role=gridcell][tabindex="0"]')];
    expect(stops()).toHaveLength(1);
    expect(stops()[0]?.closest('[data-strike]')).toHaveAttribute('data-strike', '6630');
    act(() => stops()[0]?.focus());
    fireEvent.keyDown(stops()[0] as HTMLElement, { key: 'ArrowUp' });
    expect(document.activeElement).toBe(stops()[0]);
    expect(document.activeElement?.closest('[data-strike]')).toHaveAttribute('data-strike', '6635');
    expect(document.activeElement).toHaveAttribute('aria-selected', 'true');
    scrollTo(0);
    expect(document.activeElement?.closest('[data-strike]')).toHaveAttribute('data-strike', '6635');
    fireEvent.click(within(row(6780)).getAllByRole('gridcell')[1] as HTMLElement);
    expect(screen.getByTestId('tile-card')).toHaveAccessibleName('Butterfly 6,755 / 6,780 / 6,805 call');
  });

  test('focus stays in the grid when another plane takes its place', () => {
    drawLive();
    scrollTo(30);
    act(() => grid().focus());
    expect(document.activeElement).toHaveAttribute('role', 'gridcell');
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: ']' });
    expect(document.activeElement).toHaveAttribute('role', 'gridcell');
    expect(grid()).toHaveAccessibleName(/3 days to expiration/);
  });

  test('m changes what is shown: debit, reward to risk, change', () => {
    drawLive();
    scrollTo(30);
    key('m');
    expect(cells(6640)).toEqual(['5.3', '6.7']);
    expect(grid()).toHaveAccessibleName(/reward to risk/);
    key('m');
    expect(cells(6640)).toEqual(['10.0', '10.0']);
    expect(screen.getByRole('button', { name: 'Δ %' })).toHaveAttribute('aria-pressed', 'true');
    key('m');
    expect(cells(6640)).toEqual(['3.20', '3.25']);
  });

  test('more planes than fit beside each other are a list', async () => {
    answerAll('pending');
    draw();
    const live = liveIn('live');
    const whole = heatmapOf({ dtes_available: [0, 1, 2, 3, 4, 5] });
    show({ ...live, heatmaps: { 'I:SPX': takeWhole(undefined, whole) } });
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Days to expiration' }), '3d');
    expect(grid()).toHaveAccessibleName(/3 days to expiration/);
  });

  test('what is outlined can be moved', () => {
    drawLive();
    scrollTo(28);
    const cell = () => within(row(6645)).getAllByRole('gridcell')[0];
    expect(cell()).toHaveClass('zone');
    openView();
    fireEvent.change(screen.getByRole('slider', { name: /Outline from/ }), { target: { value: '90' } });
    expect(cell()).not.toHaveClass('zone');
    expect(screen.getByText('outlined from 90 %')).toBeInTheDocument();
  });

  test('quiet rows near the price shrink, but not the one that is looked at', () => {
    drawLive();
    scrollTo(30);
    openView();
    fireEvent.change(screen.getByRole('slider', { name: /Shrink quiet rows/ }), { target: { value: '100' } });
    key('Home');
    expect([row(6635).style.height, row(6630).style.height, row(6625).style.height, row(6645).style.height]).toEqual(['2px', '24px', '2px', '24px']);
    expect(row(6635)).toHaveClass('thin');
  });

  test('locked, the price stays in the middle; l locks', () => {
    drawLive();
    const scrolled = vi.spyOn(grid(), 'scrollTo');
    const move = (spot: number, version: number) => send({ event: 'heatmap_diff', data: diffOf(version - 1, version, [], { spot }) });
    move(6652, 1001);
    expect(scrolled).not.toHaveBeenCalled();
    key('l');
    scrolled.mockClear();
    move(6672, 1002);
    expect(scrolled).toHaveBeenCalledTimes(1);
  });

  test('colours for eyes that confuse red are a switch away', async () => {
    drawLive();
    openView();
    await userEvent.click(screen.getByRole('switch', { name: /Blue and orange/ }));
    expect(usePrefs.getState().palette).toBe('safe');
  });
});

describe('a tile in full', () => {
  const card = () => screen.getByTestId('tile-card');
  const fact = (name: string) => within(card()).getByText(name).nextElementSibling?.textContent;

  test('Enter opens it and takes the keyboard there, Escape brings it back', () => {
    drawLive();
    scrollTo(30);
    act(() => grid().focus());
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'Enter' });
    expect(card()).toHaveAccessibleName('Butterfly 6,610 / 6,630 / 6,650 call');
    expect(document.activeElement).toHaveTextContent('Add to risk graph');
    expect([fact('Theory'), fact('Market'), fact('Max profit'), fact('Max loss'), fact('Reward : risk')]).toEqual(['3.20', '–', '16.80$1,680.00', '3.20$320.00', '5.3']);
    expect([fact('Break-evens'), fact('From price')]).toEqual(['6,613.20 / 6,646.80', '−2.4−0.04 EM']);
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'Escape' });
    expect(screen.queryByTestId('tile-card')).not.toBeInTheDocument();
    expect(document.activeElement?.closest('[data-strike]')).toHaveAttribute('data-strike', '6630');
  });

  test('a click opens it, and it follows the arrows without taking the focus', () => {
    drawLive();
    scrollTo(30);
    fireEvent.click(within(row(6640)).getAllByRole('gridcell')[0] as HTMLElement);
    expect(card()).toHaveAccessibleName(/6,620 \/ 6,640 \/ 6,660/);
    key('ArrowDown');
    expect(card()).toHaveAccessibleName(/6,615 \/ 6,635 \/ 6,655/);
    expect(card()).not.toContainElement(document.activeElement as HTMLElement);
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByTestId('tile-card')).not.toBeInTheDocument();
  });

  test('what has no service yet is not offered', () => {
    drawLive();
    scrollTo(30);
    key('Enter');
    expect(within(card()).getAllByRole('button').map((button) => button.textContent || button.title)).toEqual(['Add to risk graph', 'Copy order text', 'Close']);
  });

  test('it is added to the risk graph', async () => {
    const close = openPositions('u1');
    drawLive();
    scrollTo(30);
    key('Enter');
    await userEvent.click(screen.getByRole('button', { name: 'Add to risk graph' }));
    expect(await screen.findByText('Added to the risk graph')).toBeInTheDocument();
    expect(usePositions.getState().all).toMatchObject([{ symbol: 'I:SPX', cost: 3.2, legs: [{ strike: 6610, quantity: 1 }, { strike: 6630, quantity: -2 }, { strike: 6650, quantity: 1 }] }]);
    close();
  });

  test('its order text is copied, or shown where copying is not allowed', async () => {
    drawLive();
    scrollTo(30);
    key('Enter');
    const clipboard = { writeText: vi.fn<(text: string) => Promise<void>>().mockResolvedValueOnce().mockRejectedValueOnce(new Error('refused')) };
    vi.stubGlobal('navigator', { ...navigator, clipboard });
    fireEvent.click(screen.getByRole('button', { name: 'Copy order text' }));
    expect(await screen.findByText(/^Copied: BUY \+1 BUTTERFLY SPX 100 .*21 NOV 25 6610\/6630\/6650 CALL @3.20 LMT$/)).toBeInTheDocument();
    fireEvent.click(screen.getByRole('button', { name: 'Copy order text' }));
    expect(await screen.findByText(/does not let this page copy\. The text: BUY/)).toBeInTheDocument();
    vi.unstubAllGlobals();
  });

  test('f goes to the cheapest, and says when nothing is for sale', () => {
    drawLive();
    scrollTo(16);
    send({ event: 'heatmap_diff', data: diffOf(1000, 1001, [tileOf('butterfly', 6690, 25, 0.4, 5), tileOf('butterfly', 6590, 20, 0.04, 5)]) });
    key('f');
    expect(screen.getByTestId('tile-line')).toHaveTextContent('Butterfly 6,665 / 6,690 / 6,715 call');
    fireEvent.click(screen.getByRole('button', { name: 'Market' }));
    fireEvent.click(screen.getByRole('button', { name: 'Cheapest' }));
    expect(screen.getByText('Nothing here is for sale.')).toBeInTheDocument();
  });
});

describe('heatmap diffs', () => {
  const changed = [tileOf('butterfly', 6640, 20, 9.99, 5)];

  test('of 200 tiles only the ones in view touch the page', () => {
    drawLive();
    scrollTo(30);
    const observer = new MutationObserver(() => {});
    observer.observe(grid(), { subtree: true, childList: true, characterData: true, attributes: true });
    const elsewhere = [0, 3].flatMap((dte) => [20, 25].flatMap((width) => Array.from({ length: 50 }, (_, n) =>
      tileOf('butterfly', 6630 + 5 * (n - 25), width, 3 + width / 100 + dte, 6630 + 5 * (n - 25) > 6640 ? 80 : 10, { dte }))));
    const tiles = elsewhere.map((tile) => (tile.strike === 6640 && tile.width === 20 && tile.dte === 0 ? changed[0] : tile)).filter((tile) => tile !== undefined);
    expect(tiles).toHaveLength(200);
    send({ event: 'heatmap_diff', data: diffOf(1000, 1001, tiles, { spot: 6632.41 }) });
    const touched = new Set(observer.takeRecords().map(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest('[data-place], [data-testid]')));
    observer.disconnect();
    expect(cells(6640)).toEqual(['9.99', '3.25']);
    expect([...touched]).toEqual([within(row(6640)).getAllByRole('gridcell')[0]]);
  });

  test('one that fits changes the tile', () => {
    drawLive();
    scrollTo(30);
    send({ event: 'heatmap_diff', data: diffOf(1000, 1001, changed) });
    expect(cells(6640)).toEqual(['9.99', '3.25']);
  });

  test('after a gap the whole is read again, and what came meanwhile is applied', async () => {
    drawLive();
    scrollTo(30);
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      new Response(JSON.stringify({ success: true, data: heatmapOf({ version: 1001 }), ts: 1 })));
    send({ event: 'heatmap_diff', data: diffOf(1001, 1002, changed) });
    expect(cells(6640)).toEqual(['3.20', '3.25']);
    await vi.waitFor(() => expect(cells(6640)).toEqual(['9.99', '3.25']));
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(useHeatmaps.getState()['I:SPX']).toMatchObject({ version: 1002, waiting: null });
  });

  test('while an answer is too old it is asked for again', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    drawLive();
    let version = 999;
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      new Response(JSON.stringify({ success: true, data: heatmapOf({ version: version++ }), ts: 1 })));
    send({ event: 'heatmap_diff', data: diffOf(1001, 1002, changed) });
    await vi.advanceTimersByTimeAsync(9000);
    expect(useHeatmaps.getState()['I:SPX']).toMatchObject({ version: 1002, waiting: null });
    expect(fetched.mock.calls.length).toBeGreaterThanOrEqual(3);
    vi.useRealTimers();
  });
});
