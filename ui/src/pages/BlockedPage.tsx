import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { ApiError } from '../api/client';
import { Button } from '../kit/Button';
import { webUrl } from '../kit/paths';
import { usePageTitle } from '../kit/usePageTitle';
import { words as common } from '../kit/words';
import { checkSession, loadAuthConfig, signOut, useSession } from '../live/session';
import { useRetried } from '../live/useRetried';
import { Card } from './Card';
import css from './Card.module.css';
import { pageWords, tierName } from './words';

const words = pageWords.blocked;

/** What somebody sees whose tier is not admitted. */
export default function BlockedPage() {
  usePageTitle(words.title);
  const [query] = useSearchParams();
  const ending = useSession((session) => session.ending);
  const upgrade = webUrl(useSession((session) => session.config?.upgrade_url));
  const state = useRetried(loadAuthConfig);
  const tier = ending?.tier ?? query.get('tier');
  return (
    <Card title={words.title}>
      <p className={css.text}>
        {tier === null ? (ending?.message ?? words.noTier) : <>{words.tier[0]}<strong>{tierName(tier)}</strong>{words.tier[1]}</>}
      </p>
      <p className={css.text}>{words.kept}</p>
      <Ways upgrade={upgrade} isAway={state === 'away'} />
      <p className={css.hint}>{words.mistake}</p>
    </Card>
  );
}

function Ways({ upgrade, isAway }: { upgrade: string | null; isAway: boolean }) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const [told, setTold] = useState<string | null>(null);
  const blocked = isAsking ? words.asking : undefined;

  const again = async () => {
    setAsking(true);
    const { phase } = await checkSession();
    setAsking(false);
    if (phase === 'in') await navigate('/', { replace: true });
    else if (phase === 'out') await navigate('/login', { replace: true });
    else setTold(phase === 'blocked' ? words.still : pageWords.login.away);
  };
  const leave = async () => {
    setAsking(true);
    try {
      await signOut();
      await navigate('/login?error=signed_out', { replace: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setAsking(false);
      setTold(common.account.notSignedOut);
    }
  };
  return (
    <div className={css.ways}>
      <div className={css.actions}>
        {upgrade !== null && <a className={css.primary} href={upgrade} rel="noopener noreferrer">{words.upgrade}</a>}
        <Button look={upgrade === null ? 'primary' : 'plain'} blocked={blocked} onClick={() => void again()}>{words.again}</Button>
        <Button blocked={blocked} onClick={() => void leave()}>{words.signOut}</Button>
      </div>
      <p className={css.hint} role="status">{told ?? (isAway ? pageWords.login.away : '')}</p>
    </div>
  );
}
