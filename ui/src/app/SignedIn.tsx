import { useEffect } from 'react';
import { Navigate, useLocation } from 'react-router';
import { loginPath } from '../kit/paths';
import { checkSession, type Ending, useSession } from '../live/session';
import { Shell } from './Shell';
import { Starting } from './Starting';

/** Lets whoever is signed in pass; the others go where they may sign in, or hear why they may not. */
export function SignedIn() {
  const phase = useSession((session) => session.phase);
  const ending = useSession((session) => session.ending);
  const { pathname, search } = useLocation();
  useEffect(() => {
    if (phase === 'unknown') void checkSession();
  }, [phase]);
  if (phase === 'unknown') return <Starting />;
  if (phase === 'out') return <Navigate to={wayOut(ending, pathname + search)} replace />;
  if (phase === 'blocked') return <Navigate to={ending?.tier ? `/blocked?tier=${encodeURIComponent(ending.tier)}` : '/blocked'} replace />;
  return <Shell />;
}

/** To the sign-in page, and back here afterwards, unless one went of one's own accord. */
export function wayOut(ending: Ending | null, from: string): string {
  const code = ending?.code ?? null;
  if (code === 'signed_out') return loginPath('/', code);
  return loginPath(from, code === 'not_authenticated' ? null : code);
}
