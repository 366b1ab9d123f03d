import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, Route, Routes } from 'react-router';
import { beforeEach, describe, expect, test } from 'vitest';
import { answerBy, ok, refused, wrapped } from '../../panels/admin/answers';
import { articleOf, gatesOf, hoursOf, statsOf } from '../../panels/admin/samples';
import { liveIn, show } from '../../test/states';
import AdminPage from './AdminPage';

const ROUTES = { 'GET /api/admin/stats': ok(statsOf()), 'GET /api/admin/activity': ok(hoursOf()), 'GET /api/admin/tier-gates': ok(gatesOf()) };
const NO_ARTICLES = { 'GET /api/admin/rss-articles': refused(404, 'no_data', 'There is no data yet.') };

const open = (path: string, routes: Parameters<typeof answerBy>[0] = NO_ARTICLES) => {
  answerBy({ ...ROUTES, ...routes });
  return render(<MemoryRouter initialEntries={[path]}><Routes><Route path="admin/:tab" element={<AdminPage />} /></Routes></MemoryRouter>);
};

beforeEach(() => show(liveIn('live')));

describe('administration', () => {
  test('each section has its address', async () => {
    open('/admin/overview');
    expect(screen.getByRole('heading', { level: 1, name: 'Administration' })).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Overview' })).toHaveAttribute('aria-current', 'page');
    await userEvent.click(screen.getByRole('link', { name: 'Tier gates' }));
    expect(await screen.findByRole('switch', { name: 'Observer' })).toBeInTheDocument();
    expect(document.title).toMatch(/^Tier gates · Administration/);
  });

  test('the review of articles is there only where there are articles', async () => {
    const { unmount } = open('/admin/overview');
    await screen.findAllByText('Rita');
    expect(screen.queryByRole('link', { name: 'RSS review' })).not.toBeInTheDocument();
    unmount();
    open('/admin/overview', { 'GET /api/admin/rss-articles': wrapped([articleOf('a')]) });
    expect(await screen.findByRole('link', { name: 'RSS review' })).toBeInTheDocument();
  });

  test('a gateway that fails does not take the review of articles away', async () => {
    open('/admin/articles', { 'GET /api/admin/rss-articles': refused(500, 'internal', 'Something went wrong on our side.') });
    expect(await screen.findByText('Something went wrong on our side.')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'RSS review' })).toHaveAttribute('aria-current', 'page');
  });

  test.each(['/admin/nothing', '/admin/articles'])('%s is no page', async (path) => {
    open(path);
    expect(await screen.findByRole('heading', { level: 1, name: /not/i })).toBeInTheDocument();
  });
});
