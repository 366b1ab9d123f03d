import { Suspense, useEffect, useRef } from 'react';
import { Outlet, useLocation } from 'react-router';
import { setUserZone } from '../kit/format';
import { usePrefs } from '../kit/prefs';
import { words } from '../kit/words';
import { useSession } from '../live/session';
import { Header } from '../panels/header/Header';
import { HelpDialog } from '../panels/header/HelpDialog';
import { PageBoundary } from './PageBoundary';
import css from './Shell.module.css';
import { Starting } from './Starting';
import { useGlobalKeys } from './useGlobalKeys';
import { useHealth } from './useHealth';
import { useKept } from './useKept';
import { useStream } from './useStream';

/** What every page of somebody who is signed in has: the stream, the header, the keys. */
export function Shell() {
  const { pathname } = useLocation();
  const symbol = usePrefs((prefs) => prefs.symbol);
  const health = useHealth();
  const isDemo = useSession(({ me }) => me?.public_mode) ?? health?.public_mode ?? false;
  useStream();
  useKept();
  useGlobalKeys();
  useZone();
  return (
    <div className={css.shell} data-fill={pathname === '/' || undefined}>
      <a className={css.skip} href="#content">{words.skip}</a>
      <Header symbol={symbol} isDemo={isDemo} isDegraded={health?.status === 'degraded'} />
      <PageBoundary place={pathname}>
        <Suspense fallback={<Starting />}>
          <Outlet />
          <Arrival key={pathname.split('/')[1]} />
        </Suspense>
      </PageBoundary>
      <HelpDialog />
    </div>
  );
}

let hasArrived = false;

/** Takes the focus to a page that was gone to; the first one leaves it to the browser. */
function Arrival() {
  const isFirst = useRef(!hasArrived);
  useEffect(() => {
    hasArrived = true;
    if (!isFirst.current) document.getElementById('content')?.focus();
  }, []);
  return null;
}

/** Times of the user are in the zone of their profile. */
function useZone() {
  const zone = useSession(({ profile }) => profile?.timezone ?? null);
  useEffect(() => setUserZone(zone), [zone]);
}
