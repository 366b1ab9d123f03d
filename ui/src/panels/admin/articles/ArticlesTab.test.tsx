import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { liveIn, show } from '../../../test/states';
import { answerBy, refused, wrapped } from '../answers';
import { articleOf } from '../samples';
import { testStates } from '../stateTests';
import { ArticlesTab } from './ArticlesTab';

const PATH = '/api/admin/rss-articles';
const ALL = [articleOf('a'), articleOf('b', { title: 'Yields jump', category: 'rates', impact: 'shock', total_score: 4, analysis: null, url: 'javascript:alert(1)' })];
const FULL = { [`GET ${PATH}`]: wrapped(ALL) };

beforeEach(() => show(liveIn('live')));

describe('articles', () => {
  testStates({
    element: <ArticlesTab />, name: 'Articles by score', paths: [PATH], full: FULL, shows: 'Core inflation cools', limitSec: 1800,
    empty: { routes: { [`GET ${PATH}`]: refused(404, 'no_data', 'There is no data yet.') }, says: /No article was enriched yet/ },
  });

  test('a row opens and closes by keyboard', async () => {
    answerBy(FULL);
    render(<ArticlesTab />);
    const title = await screen.findByRole('button', { name: 'Core inflation cools' });
    expect(title).toHaveAttribute('aria-expanded', 'false');
    title.focus();
    await userEvent.keyboard('{Enter}');
    expect(title).toHaveAttribute('aria-expanded', 'true');
    expect(screen.getByText('Prices rose less.')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Open the article' })).toHaveAttribute('rel', 'noopener noreferrer');
    await userEvent.keyboard('{Enter}');
    expect(screen.queryByText('Prices rose less.')).not.toBeInTheDocument();
  });

  test('an address that is none of the web is no link', async () => {
    answerBy(FULL);
    render(<ArticlesTab />);
    await userEvent.click(await screen.findByRole('button', { name: 'Yields jump' }));
    expect(screen.getByText('Not analysed yet.')).toBeInTheDocument();
    expect(screen.queryByRole('link')).not.toBeInTheDocument();
  });

  test('filters narrow, another time is asked for', async () => {
    const asked = answerBy(FULL);
    render(<ArticlesTab />);
    await userEvent.selectOptions(await screen.findByLabelText('Impact'), 'shock');
    expect(screen.queryByText('Core inflation cools')).not.toBeInTheDocument();
    expect(screen.getByText('1 of 2')).toBeInTheDocument();
    await userEvent.selectOptions(screen.getByLabelText('Of the last'), '7 d');
    expect(asked.at(-1)?.url).toBe(`${PATH}?hours=168&limit=500`);
  });
});
