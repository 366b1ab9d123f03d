import { type ReactNode, useEffect, useRef } from 'react';
import { NavLink, useParams } from 'react-router';
import { useRevealedFocus } from '../../kit/reveal';
import { usePageTitle } from '../../kit/usePageTitle';
import { ArticlesTab } from '../../panels/admin/articles/ArticlesTab';
import { useHasArticles } from '../../panels/admin/articles/useHasArticles';
import { GatesTab } from '../../panels/admin/gates/GatesTab';
import { HealthTab } from '../../panels/admin/health/HealthTab';
import { IndicatorsTab } from '../../panels/admin/indicators/IndicatorsTab';
import { OverviewTab } from '../../panels/admin/overview/OverviewTab';
import { RedisTab } from '../../panels/admin/redis/RedisTab';
import { ADMIN_TABS, type AdminTab, tabOf } from '../../panels/admin/tabs';
import { UsersTab } from '../../panels/admin/users/UsersTab';
import { adminWords } from '../../panels/admin/words';
import NotFoundPage from '../NotFoundPage';
import css from './AdminPage.module.css';

const TABS: Record<AdminTab, ReactNode> = {
  overview: <OverviewTab />,
  users: <UsersTab />,
  gates: <GatesTab />,
  health: <HealthTab />,
  indicators: <IndicatorsTab />,
  articles: <ArticlesTab />,
  diagnostics: <RedisTab />,
};

/** What administrators see and change. The review of articles is there only where there can be articles. */
export default function AdminPage() {
  const tab = tabOf(useParams()['tab']);
  const hasArticles = useHasArticles();
  usePageTitle(tab ? `${adminWords.tabs[tab]} · ${adminWords.title}` : adminWords.title);
  const nav = useRef<HTMLElement>(null);
  useRevealedFocus(nav);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
  }, [tab, hasArticles]);
  if (tab === null || (tab === 'articles' && hasArticles === false)) return <NotFoundPage />;
  return (
    <main id="content" className={css.page} tabIndex={-1}>
      <header className={css.head}>
        <h1 className={css.title}>{adminWords.title}</h1>
        <nav ref={nav} className={css.tabs} aria-label={adminWords.sections}>
          {ADMIN_TABS.filter((each) => each !== 'articles' || hasArticles || tab === each).map((each) => <NavLink key={each} className={css.tab ?? ''} to={`/admin/${each}`}>{adminWords.tabs[each]}</NavLink>)}
        </nav>
      </header>
      {TABS[tab]}
    </main>
  );
}
