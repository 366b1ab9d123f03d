import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { endJump, jumpTo } from '../kit/jump';
import { FIRST_LAYOUT } from '../kit/layout/layout';
import { setMaximised, useArrangement } from '../kit/layout/store';
import { answerAll, liveIn, show } from '../test/states';
import WorkspacePage from './WorkspacePage';

// The panels have tests of their own; here it matters where they lie.
vi.mock('../panels/chart/PriceChart', () => ({ default: () => null }));
vi.mock('../panels/risk/RiskPanel', () => ({ RiskPanel: () => <section aria-label="Risk graph" /> }));

function resize(width: number) {
  vi.spyOn(window, 'matchMedia').mockImplementation((query) => {
    const least = Number(/min-width: (\d+)px/.exec(query)?.[1] ?? Infinity);
    return { matches: width >= least, addEventListener: () => {}, removeEventListener: () => {} } as unknown as MediaQueryList;
  });
}

const draw = (width: number) => {
  resize(width);
  answerAll('pending');
  render(<WorkspacePage />);
  show(liveIn('live'));
};
const slots = () => [...document.querySelectorAll<HTMLElement>('[data-slot]')].map(({ dataset }) => dataset['slot']);

beforeEach(() => {
  useArrangement.setState({ layout: FIRST_LAYOUT, width: 'wide', shown: [], maximised: null, drag: null, said: '' });
  endJump();
});

describe('workspace', () => {
  test('has the regime above three columns on a wide window', () => {
    draw(1440);
    expect(slots()).toEqual(['regime', ...FIRST_LAYOUT.wide.flat()]);
    expect(document.querySelectorAll('[data-column]')).toHaveLength(3);
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
    expect(screen.queryByRole('navigation')).not.toBeInTheDocument();
  });

  test('has two columns on a medium one', () => {
    draw(1024);
    expect(document.querySelectorAll('[data-column]')).toHaveLength(2);
    expect(slots()).toEqual(['regime', ...FIRST_LAYOUT.medium.flat()]);
  });

  test('has one tab at a time on a narrow one, without a way to arrange', async () => {
    draw(390);
    const tabs = screen.getByRole('navigation', { name: 'Sections' });
    expect(within(tabs).getAllByRole('button').map((tab) => tab.textContent)).toEqual(['Chart', 'Heatmap', 'Risk', 'Gravity', 'Prices', 'Fleet']);
    const isShown = (id: string) => document.querySelector(`[data-slot="${id}"]`)?.className.includes('shown');
    expect([isShown('regime'), isShown('chart'), isShown('heatmap')]).toEqual([true, true, false]);
    await userEvent.click(within(tabs).getByRole('button', { name: 'Fleet' }));
    expect([isShown('chart'), isShown('fleet'), isShown('log')]).toEqual([false, true, true]);
    expect(screen.queryByRole('button', { name: /^Arrange/ })).not.toBeInTheDocument();
    act(() => jumpTo('I:SPX', 6600));
    expect([isShown('chart'), isShown('fleet')]).toEqual([true, false]);
    expect(screen.getByTestId('said')).toHaveTextContent('The chart shows 6,600.00');
  });

  test('a price that is asked for brings the chart back from behind a maximised panel', () => {
    draw(1440);
    act(() => setMaximised('heatmap'));
    act(() => jumpTo('I:SPX', 6600));
    expect(useArrangement.getState().maximised).toBeNull();
  });
});
