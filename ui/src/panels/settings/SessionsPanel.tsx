import { useCallback, useState } from 'react';
import { ApiError, getJson, sendJson } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { Button } from '../../kit/Button';
import { userMoment, wholeAge } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { words as common } from '../../kit/words';
import type { Failure, PanelState } from '../../live/freshness';
import { useIsCut, usePanelState } from '../../live/hooks';
import { signOut } from '../../live/session';
import { serverNow } from '../../live/line';
import { useLine } from '../../live/stores';
import type { OwnSession } from '../../wire';
import { deviceOf } from './device';
import css from './Settings.module.css';
import { settingsWords } from './words';

const words = settingsWords.sessions;

/** Where else the user is signed in; each can be ended. */
export function SessionsPanel() {
  const [sessions, setSessions] = useState<OwnSession[] | null>(null);
  const [readTs, setReadTs] = useState<number | null>(null);
  const [told, setTold] = useState('');
  const revision = useLine((line) => line.revision);
  const load = useCallback(async (signal: AbortSignal) => {
    const answer = await getJson<{ sessions: OwnSession[] }>('/api/profile/sessions', signal);
    setSessions(answer.sessions);
    setReadTs(serverNow(useLine.getState()));
  }, []);
  const { failure, isFetching, retry } = useFetched(load, revision);
  const state = usePanelState({ ts: sessions && sessions.length > 0 ? readTs : null, limitSec: Infinity, failure, isFetching });
  const forget = (gone: OwnSession) => {
    setTold(words.ended(deviceText(gone)));
    setSessions((held) => held && held.filter(({ id }) => id !== gone.id));
  };
  return (
    <Panel title={words.title} state={shown(state, failure)} asOf={readTs} empty={words.empty} onRetry={retry} skeleton={<SessionsSkeleton />}>
      <ul className={css.sessions}>
        {inOrder(sessions ?? []).map((session) => <Row key={session.id} session={session} onEnded={() => forget(session)} />)}
      </ul>
      <p className="sr-only" role="status">{told}</p>
    </Panel>
  );
}

/** An account that is not stored yet has no sessions to show: nothing is wrong with it. */
function shown(state: PanelState, failure: Failure | null): PanelState {
  return state.kind === 'error' && failure?.code === 'not_authenticated' ? { kind: 'empty' } : state;
}

/** This browser first, then by when they were last seen. */
export function inOrder(sessions: OwnSession[]): OwnSession[] {
  return sessions.toSorted((a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at));
}

function Row({ session, onEnded }: { session: OwnSession; onEnded: () => void }) {
  const { current, last_seen_at: seenAt, created_at: createdAt, expires_at: expiresAt, ip } = session;
  const minute = useLine((line) => Math.floor(serverNow(line) / 60) * 60);
  const [isEnding, setEnding] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const isCut = useIsCut();
  const device = deviceText(session);
  const blocked = isEnding ? words.ending : isCut ? common.needsServer : undefined;

  const end = async () => {
    setEnding(true);
    setFailure(null);
    try {
      if (current) await signOut();
      else await sendJson('DELETE', `/api/profile/sessions/${encodeURIComponent(session.id)}`);
      onEnded();
    } catch (error) {
      setEnding(false);
      setFailure(error instanceof ApiError ? error.message : String(error));
    }
  };

  return (
    <li className={css.session} data-testid="session" data-current={current || undefined}>
      <div>
        <p className={css.device}>{device}{current && <span className={css.tag}>{words.current}</span>}</p>
        <p className={css.hint}>
          {[ip, words.seen(wholeAge(Math.max(0, minute - Date.parse(seenAt) / 1000))), words.since(userMoment(createdAt)), words.until(userMoment(expiresAt))].filter(Boolean).join(' · ')}
        </p>
        {failure !== null && <p className={css.failed} role="alert">{failure}</p>}
      </div>
      <Button look={current ? 'plain' : 'danger'} blocked={blocked} aria-label={current ? words.signOut : words.endOf(device)} onClick={() => void end()}>
        {current ? words.signOut : words.end}
      </Button>
    </li>
  );
}

function deviceText({ user_agent }: OwnSession): string {
  const device = deviceOf(user_agent);
  return device === null ? words.unknownDevice : words.on(device.browser, device.system);
}

function SessionsSkeleton() {
  return <Skeleton><div className={css.body}><SkeletonBlock height={48} /><SkeletonBlock height={48} /></div></Skeleton>;
}
