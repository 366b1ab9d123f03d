import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Panel } from '../Panel';
import { ColumnSet } from './ColumnSet';
import { FIRST_LAYOUT, type PanelId } from './layout';
import { useArrangement } from './store';
import { useFocusKeys } from './useFocusKeys';
import { layoutWords } from './words';

const IDS: PanelId[] = ['chart', 'heatmap', 'gravity', 'log', 'prices', 'fleet'];
const panel = (id: PanelId) => <Panel title={layoutWords.names[id]} state={{ kind: 'live' }} asOf={1} empty="">content of {id}</Panel>;
const panels = Object.fromEntries(IDS.map((id) => [id, panel(id)]));

const nowhere = () => {};

function Page({ onGo = nowhere, hasKeys = true }: { onGo?: (id: PanelId) => void; hasKeys?: boolean }) {
  useFocusKeys(onGo, hasKeys);
  return <ColumnSet panels={panels} />;
}

const columns = () => [...document.querySelectorAll<HTMLElement>('[data-column]')].map((column) => [...column.querySelectorAll<HTMLElement>('[data-slot]')].map(({ dataset }) => dataset['slot']));
const slot = (id: PanelId) => document.querySelector<HTMLElement>(`[data-slot="${id}"]`) as HTMLElement;
const grip = (id: PanelId) => screen.getByRole('button', { name: `Arrange ${layoutWords.names[id]}` });
const kept = () => JSON.parse(localStorage.getItem('ms:layout') ?? 'null') as typeof FIRST_LAYOUT;
const said = () => useArrangement.getState().said;

beforeEach(() => {
  useArrangement.setState({ layout: FIRST_LAYOUT, width: 'wide', shown: IDS, maximised: null, drag: null, said: '' });
});

describe('panels in columns', () => {
  test('lie as at first, without those that the page does not have', () => {
    render(<Page />);
    expect(columns()).toEqual([['chart', 'fleet'], ['heatmap', 'log'], ['gravity', 'prices']]);
    act(() => useArrangement.setState({ width: 'medium' }));
    expect(columns()).toEqual([['chart', 'heatmap'], ['gravity', 'prices', 'log', 'fleet']]);
  });

  test('move with the arrow keys on their grip; the new place is kept and told', async () => {
    render(<Page />);
    fireEvent.keyDown(grip('fleet'), { key: 'ArrowUp' });
    expect(columns()[0]).toEqual(['fleet', 'chart']);
    expect(said()).toBe('Fleet: column 1, position 1 of 2');
    await vi.waitFor(() => expect(grip('fleet')).toHaveFocus());
    fireEvent.keyDown(grip('fleet'), { key: 'ArrowRight' });
    expect(columns()).toEqual([['chart'], ['fleet', 'heatmap', 'log'], ['gravity', 'prices']]);
    await vi.waitFor(() => expect(grip('fleet')).toHaveFocus());
    expect(kept().wide[1]).toEqual(['fleet', 'heatmap', 'log']);
    expect(kept().medium).toEqual(FIRST_LAYOUT.medium);
    fireEvent.keyDown(grip('fleet'), { key: 'ArrowUp' });
    expect(said()).toBe('Fleet cannot move further');
  });

  test('move with the mouse alone, from a menu', async () => {
    render(<Page />);
    await userEvent.click(grip('log'));
    const menu = screen.getByRole('menu');
    expect(within(menu).getByRole('menuitem', { name: /Maximise/ })).toHaveFocus();
    expect(within(menu).getByRole('menuitem', { name: /Move down/ })).toBeDisabled();
    await userEvent.click(within(menu).getByRole('menuitem', { name: /Move right/ }));
    expect(columns()).toEqual([['chart', 'fleet'], ['heatmap'], ['gravity', 'log', 'prices']]);
    expect(screen.queryByRole('menu')).not.toBeInTheDocument();
    await userEvent.click(grip('log'));
    await userEvent.click(screen.getByRole('menuitem', { name: 'Reset the layout' }));
    expect(columns()[2]).toEqual(['gravity', 'prices']);
  });

  test('the menu is walked with arrow keys and closed with Escape', async () => {
    render(<Page />);
    await userEvent.click(grip('log'));
    await userEvent.keyboard('{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: /Collapse/ })).toHaveFocus();
    await userEvent.keyboard('{ArrowUp}{ArrowUp}');
    expect(screen.getByRole('menuitem', { name: /Reset/ })).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    expect(grip('log')).toHaveFocus();
    expect(grip('log')).toHaveAttribute('aria-expanded', 'false');
  });

  test('are dragged to another column; Escape calls it off', () => {
    render(<Page />);
    const at = (element: HTMLElement, left: number, top: number, width: number, height: number) =>
      vi.spyOn(element, 'getBoundingClientRect').mockReturnValue(new DOMRect(left, top, width, height));
    document.querySelectorAll<HTMLElement>('[data-column]').forEach((column, n) => at(column, n * 400, 0, 390, 800));
    IDS.forEach((id) => at(slot(id), 0, ['chart', 'heatmap', 'gravity'].includes(id) ? 0 : 400, 390, 400));
    const drag = (id: PanelId, clientX: number, clientY: number) => {
      fireEvent.pointerDown(grip(id), { button: 0, clientX: 0, clientY: 500 });
      fireEvent.pointerMove(grip(id), { clientX, clientY });
    };
    drag('fleet', 900, 100);
    expect(slot('gravity').className).toContain('before');
    fireEvent.pointerUp(grip('fleet'));
    expect(columns()).toEqual([['chart'], ['heatmap', 'log'], ['fleet', 'gravity', 'prices']]);
    drag('chart', 500, 100);
    fireEvent.keyDown(document, { key: 'Escape' });
    fireEvent.pointerUp(grip('chart'));
    expect(columns()[0]).toEqual(['chart']);
  });

  test('a press that does not move is a click', () => {
    render(<Page />);
    fireEvent.pointerDown(grip('fleet'), { button: 0, clientX: 0, clientY: 0 });
    fireEvent.pointerMove(grip('fleet'), { clientX: 2, clientY: 2 });
    fireEvent.pointerUp(grip('fleet'));
    expect(useArrangement.getState().drag).toBeNull();
    fireEvent.click(grip('fleet'));
    expect(screen.getByRole('menu')).toBeInTheDocument();
  });

  test('fold to their head and unfold, and stay so', async () => {
    render(<Page />);
    await userEvent.click(screen.getByRole('button', { name: 'Collapse Fleet' }));
    expect(screen.queryByText('content of fleet')).not.toBeInTheDocument();
    expect(kept().collapsed).toEqual(['fleet']);
    const expand = screen.getByRole('button', { name: 'Expand Fleet' });
    expect(expand).toHaveAttribute('aria-expanded', 'false');
    await userEvent.click(expand);
    expect(screen.getByText('content of fleet')).toBeInTheDocument();
  });

  test('one fills the page until Escape; the others stay as they are', async () => {
    render(<Page />);
    fireEvent.keyDown(grip('heatmap'), { key: 'm' });
    expect(slot('heatmap')).toHaveAttribute('data-maximised', 'true');
    expect(slot('chart').className).toContain('away');
    expect(screen.getByText('content of chart')).toBeInTheDocument();
    fireEvent.keyDown(document.body, { key: 'Escape' });
    expect(slot('chart').className).not.toContain('away');
    fireEvent.keyDown(grip('heatmap'), { key: 'm' });
    await userEvent.click(screen.getByRole('button', { name: 'Restore Heatmap' }));
    expect(useArrangement.getState().maximised).toBeNull();
  });
});

describe('keys', () => {
  test('Alt and a number focus a panel, whatever sign the keyboard writes', async () => {
    const onGo = vi.fn();
    render(<Page onGo={onGo} />);
    fireEvent.keyDown(document.body, { altKey: true, code: 'Digit4', key: '¢' });
    expect(onGo).toHaveBeenCalledExactlyOnceWith('gravity');
    await vi.waitFor(() => expect(screen.getByRole('region', { name: 'Dealer gravity' })).toHaveFocus());
  });

  test.each([['a panel that is not there', { altKey: true, code: 'Digit3' }], ['more keys', { altKey: true, ctrlKey: true, code: 'Digit1' }], ['no Alt', { code: 'Digit1' }]])('%s does nothing', (_name, press) => {
    const onGo = vi.fn();
    render(<Page onGo={onGo} />);
    fireEvent.keyDown(document.body, press);
    expect(onGo).not.toHaveBeenCalled();
  });

  test('are off when shortcuts are off', () => {
    const onGo = vi.fn();
    render(<Page onGo={onGo} hasKeys={false} />);
    fireEvent.keyDown(document.body, { altKey: true, code: 'Digit1' });
    expect(onGo).not.toHaveBeenCalled();
  });
});
