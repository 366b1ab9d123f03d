import { useCallback, useMemo, useState } from 'react';
import { getData } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { ticker, userTime } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import { usePanelState } from '../../live/hooks';
import { takeHistory } from '../../live/reduce';
import { useLive } from '../../live/store';
import type { Alert, FeedEvent } from '../../wire';
import { entries, type Entry, type Source } from './entries';
import css from './LogPanel.module.css';

const FILTERS = [
  { value: 'all', text: words.log.all },
  { value: 'fleet', text: words.log.fleet },
  { value: 'feed', text: words.log.feed },
] as const;
const SHOWN = 100;
const HISTORY = 100;

/** What happened: alerts of the fleet's watchers and events of the market feed, newest first. */
export function LogPanel({ className }: { className?: string | undefined }) {
  const [filter, setFilter] = useState<Source | 'all'>('all');
  const alerts = useLive((live) => live.alerts);
  const feedEvents = useLive((live) => live.feedEvents);
  const revision = useLive((live) => live.revision);
  // The stream tells what happens from now on; what happened before, or while the line was cut, is asked for.
  const load = useCallback(async (signal: AbortSignal) => {
    const [past, events] = await Promise.all([
      getData<Alert[]>(`/api/fleet/alerts?limit=${HISTORY}`, signal),
      getData<FeedEvent[]>(`/api/models/events?limit=${HISTORY}`, signal),
    ]);
    useLive.setState((live) => takeHistory(live, past, events));
  }, []);
  useFetched(load, revision);
  const list = useMemo(() => entries(alerts, feedEvents, filter, SHOWN), [alerts, feedEvents, filter]);
  const newestTs = list[0]?.ts ?? null;
  const state = usePanelState({ ts: newestTs, limitSec: Infinity });

  return (
    <Panel title={words.log.title} className={className} state={state} asOf={newestTs} empty={words.log.empty} actions={<Segmented label={words.log.filter} options={FILTERS} value={filter} onChange={setFilter} />}>
      <ol className={css.list} data-testid="log">
        {list.map((entry) => <Line key={entry.id} entry={entry} />)}
      </ol>
    </Panel>
  );
}

function Line({ entry }: { entry: Entry }) {
  return (
    <li className={css.line} data-weight={entry.weight} data-id={entry.id}>
      <time className={css.time} dateTime={new Date(entry.ts * 1000).toISOString()}>{userTime(entry.ts)}</time>
      <span className={css.mark} aria-hidden="true" />
      <span className={css.subject}>{ticker(entry.subject)}</span>
      <span className={css.text}>
        {entry.text}
        {entry.detail && <span className={css.detail}> {entry.detail}</span>}
      </span>
    </li>
  );
}
