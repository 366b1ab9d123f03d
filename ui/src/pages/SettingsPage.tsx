import type { ReactNode } from 'react';
import { NavLink, useParams } from 'react-router';
import { usePageTitle } from '../kit/usePageTitle';
import { words as common } from '../kit/words';
import { useSession } from '../live/session';
import { DisplayPanel } from '../panels/settings/DisplayPanel';
import { ProfilePanel } from '../panels/settings/ProfilePanel';
import { SessionsPanel } from '../panels/settings/SessionsPanel';
import NotFoundPage from './NotFoundPage';
import css from './SettingsPage.module.css';
import { pageWords } from './words';

const words = pageWords.settings;

const TABS: Record<keyof typeof words.tabs, ReactNode> = {
  profile: <><ProfilePanel /><SessionsPanel /></>,
  display: <DisplayPanel />,
};

const isTab = (tab: string | undefined): tab is keyof typeof TABS => tab !== undefined && Object.hasOwn(TABS, tab);

/** What the user may set: about the account, and about this browser. */
export default function SettingsPage() {
  const { tab } = useParams();
  const version = useSession((session) => session.config?.version);
  usePageTitle(isTab(tab) ? `${words.tabs[tab]} · ${words.title}` : words.title);
  if (!isTab(tab)) return <NotFoundPage />;
  return (
    <main id="content" className={css.page} tabIndex={-1}>
      <h1 className={css.title}>{words.title}</h1>
      <nav className={css.tabs} aria-label={words.nav}>
        {Object.entries(words.tabs).map(([id, text]) => <NavLink key={id} className={css.tab ?? ''} to={`/settings/${id}`}>{text}</NavLink>)}
        {version !== undefined && <p className={css.version}>{common.version(version)}</p>}
      </nav>
      <div className={css.panels}>{TABS[tab]}</div>
    </main>
  );
}
