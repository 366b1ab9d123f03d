import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { Button } from '../kit/Button';
import { safeNext, siteUrl } from '../kit/paths';
import { Skeleton, SkeletonBlock } from '../kit/Skeleton';
import { usePageTitle } from '../kit/usePageTitle';
import { checkSession, loadAuthConfig, useSession } from '../live/session';
import { useRetried } from '../live/useRetried';
import type { AuthConfig } from '../wire';
import { Card } from './Card';
import css from './Card.module.css';
import { pageWords } from './words';

const words = pageWords.login;

/** Where one signs in: a button for each site that members come from. */
export default function LoginPage() {
  usePageTitle(words.title);
  const [query] = useSearchParams();
  const next = safeNext(query.get('next'));
  const code = query.get('error');
  const config = useSession((session) => session.config);
  const state = useRetried(loadAuthConfig);
  return (
    <Card title={words.title}>
      {code !== null && <Told code={code} />}
      {config === null && state === 'asking' && <Skeleton><SkeletonBlock height={40} /></Skeleton>}
      {state === 'away' && <Away />}
      {config !== null && state === 'done' && <Ways config={config} next={next} />}
    </Card>
  );
}

function Told({ code }: { code: string }) {
  const isGood = code === 'signed_out';
  return <p className={isGood ? css.note : css.attention} role={isGood ? 'status' : 'alert'}>{words.errors[code] ?? words.unknown}</p>;
}

function Away() {
  return (
    <div className={css.away} role="status">
      <p><span className={css.dot} aria-hidden="true" />{words.away}</p>
      <p className={css.hint}>{words.awayHint}</p>
    </div>
  );
}

function Ways({ config, next }: { config: AuthConfig; next: string }) {
  const sites = config.login.flatMap((site) => {
    const url = siteUrl(site, window.location.origin, next);
    return url === null ? [] : [{ label: site.label, url }];
  });
  if (sites.length === 0 && !config.public_mode) return <p className={css.text}>{words.none}</p>;
  return (
    <>
      <p className={css.text}>{sites.length > 0 ? words.sites : words.lead}</p>
      <ul className={css.ways}>
        {sites.map(({ label, url }) => <li key={url}><a className={css.way} href={url}>{label}</a></li>)}
        {config.public_mode && <li><Demo next={next} /></li>}
      </ul>
    </>
  );
}

function Demo({ next }: { next: string }) {
  const navigate = useNavigate();
  const [failed, setFailed] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const enter = async () => {
    setAsking(true);
    const { phase } = await checkSession();
    setAsking(false);
    if (phase === 'in') await navigate(next, { replace: true });
    else setFailed(phase === 'away' ? pageWords.login.away : words.unknown);
  };
  return (
    <>
      <Button look="primary" blocked={isAsking ? pageWords.starting : undefined} onClick={() => void enter()}>{words.demo}</Button>
      <p className={css.hint} role={failed === null ? undefined : 'alert'}>{failed ?? words.demoHint}</p>
    </>
  );
}
