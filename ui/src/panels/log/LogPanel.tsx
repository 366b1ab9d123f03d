import clsx from 'clsx';
import { useCallback, useMemo, useState } from 'react';
import { getData } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { Panel } from '../../kit/Panel';
import { Segmented } from '../../kit/Segmented';
import { words } from '../../kit/words';
import { usePanelState } from '../../live/hooks';
import { useLine, useWatch } from '../../live/stores';
import { takeHistory } from '../../live/watch';
import type { Alert, FeedEvent } from '../../wire';
import { entries, type Entry, type Filter, folded, type Source } from './entries';
import css from './LogPanel.module.css';
import { Line } from './Line';
import { logWords } from './words';

const SOURCES = [
  { value: 'all', text: words.log.all },
  { value: 'fleet', text: words.log.fleet },
  { value: 'feed', text: words.log.feed },
] as const;
const WEIGHTS: Entry['weight'][] = ['calm', 'notice', 'alarm'];
const SHOWN = 100;
const HISTORY = 100;

/** What happened: alerts of the fleet's watchers and events of the market feed, newest first, repeats folded. */
export function LogPanel({ className }: { className?: string | undefined }) {
  const [filter, setFilter] = useState<Filter>({ source: 'all', weight: 'calm' });
  const alerts = useWatch((watch) => watch.alerts);
  const feedEvents = useWatch((watch) => watch.feedEvents);
  const revision = useLine((line) => line.revision);
  // The stream tells what happens from now on; what happened before, or while the line was cut, is asked for.
  const load = useCallback(async (signal: AbortSignal) => {
    const [past, events] = await Promise.all([
      getData<Alert[]>(`/api/fleet/alerts?limit=${HISTORY}`, signal),
      getData<FeedEvent[]>(`/api/models/events?limit=${HISTORY}`, signal),
    ]);
    useWatch.setState((watch) => takeHistory(watch, past, events));
  }, []);
  const fetched = useFetched(load, revision);
  const list = useMemo(() => folded(entries(alerts, feedEvents, filter), SHOWN), [alerts, feedEvents, filter]);
  const newestTs = alerts.length + feedEvents.length === 0 ? null : Math.max(alerts[0]?.ts ?? 0, feedEvents[0]?.ts ?? 0);
  const state = usePanelState({ ts: newestTs, limitSec: Infinity, failure: fetched.failure, isFetching: fetched.isFetching });

  return (
    <Panel title={words.log.title} className={clsx(css.panel, className)} state={state} empty={words.log.empty} onRetry={fetched.retry} asOf={newestTs} actions={<Filters filter={filter} onFilter={setFilter} />}>
      {list.length === 0 ? <p className={css.nothing}>{logWords.nothing}</p> : (
        <ol className={css.list} data-testid="log">
          {list.map((fold) => <Line key={fold.all.at(-1)?.id} fold={fold} />)}
        </ol>
      )}
    </Panel>
  );
}

function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  return (
    <div className={css.filters}>
      <select className={css.weight} aria-label={logWords.severity} title={logWords.severity} value={filter.weight} onChange={(event) => onFilter({ ...filter, weight: event.target.value as Entry['weight'] })}>
        {WEIGHTS.map((weight) => <option key={weight} value={weight}>{logWords.severities[weight]}</option>)}
      </select>
      <Segmented<Source | 'all'> label={words.log.filter} options={SOURCES} value={filter.source} onChange={(source) => onFilter({ ...filter, source })} />
    </div>
  );
}
