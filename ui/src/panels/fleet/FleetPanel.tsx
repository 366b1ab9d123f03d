import { useCallback } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { getData } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { usePanelState } from '../../live/hooks';
import { take, useLine, useWatch } from '../../live/stores';
import type { Fleet } from '../../wire';
import css from './FleetPanel.module.css';
import { ServiceCell } from './ServiceCell';

/** Every service of the fleet: when it last beat, how it is, what was last said of it. */
export function FleetPanel({ className }: { className?: string | undefined }) {
  const ts = useWatch((watch) => (watch.fleet && watch.fleet.services.length > 0 ? watch.fleet.ts : null));
  const ids = useWatch(useShallow((watch) => watch.fleet?.services.map((service) => service.id) ?? []));
  const alive = useWatch((watch) => watch.fleet?.services.filter((service) => service.status === 'alive').length ?? 0);
  const fetched = useFleet();
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.fleet, failure: fetched.failure, isFetching: fetched.isFetching });
  const isWhole = alive === ids.length;

  return (
    <Panel
      title={words.fleet.title}
      className={className}
      state={state}
      asOf={ts}
      empty={words.fleet.empty}
      onRetry={fetched.retry}
      note={ids.length > 0 && <span className={isWhole ? css.count : css.short} data-testid="fleet-count">{words.fleet.alive(alive, ids.length)}</span>}
      skeleton={<FleetSkeleton />}
    >
      <div className={css.scroll} role="region" aria-label={words.fleet.services} tabIndex={0}>
        <ul className={css.grid}>
          {ids.map((id) => <li key={id}><ServiceCell id={id} /></li>)}
        </ul>
      </div>
    </Panel>
  );
}

/** The stream brings the fleet; it is asked for when the stream did not. */
function useFleet() {
  const isComplete = useLine((line) => line.link.hasSnapshot);
  const isNeeded = useWatch((watch) => watch.fleet === null) && isComplete;
  const load = useCallback(async (signal: AbortSignal) => {
    if (!isNeeded) return;
    const data = await getData<Fleet>('/api/fleet', signal);
    if (useWatch.getState().fleet === null) take([{ event: 'fleet', data }]);
  }, [isNeeded]);
  return useFetched(load, 0);
}

function FleetSkeleton() {
  return (
    <Skeleton>
      <div className={css.grid}>
        {Array.from({ length: 8 }, (_, n) => <SkeletonBlock key={n} height={76} />)}
      </div>
    </Skeleton>
  );
}
