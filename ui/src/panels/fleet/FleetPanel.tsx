import { useShallow } from 'zustand/react/shallow';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { usePanelState } from '../../live/hooks';
import { useLive } from '../../live/store';
import css from './FleetPanel.module.css';
import { ServiceCell } from './ServiceCell';

/** Every service of the fleet: when it last beat, how it is, what was last said of it. */
export function FleetPanel({ className }: { className?: string | undefined }) {
  const ts = useLive((live) => (live.fleet && live.fleet.services.length > 0 ? live.fleet.ts : null));
  const ids = useLive(useShallow((live) => live.fleet?.services.map((service) => service.id) ?? []));
  const alive = useLive((live) => live.fleet?.services.filter((service) => service.status === 'alive').length ?? 0);
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.fleet });
  const isWhole = alive === ids.length;

  return (
    <Panel
      title={words.fleet.title}
      className={className}
      state={state}
      asOf={ts}
      empty={words.fleet.empty}
      note={ids.length > 0 && <span className={isWhole ? css.count : css.short} data-testid="fleet-count">{words.fleet.alive(alive, ids.length)}</span>}
      skeleton={<FleetSkeleton />}
    >
      <ul className={css.grid}>
        {ids.map((id) => <li key={id}><ServiceCell id={id} /></li>)}
      </ul>
    </Panel>
  );
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
