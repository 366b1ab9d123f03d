import { useShallow } from 'zustand/react/shallow';
import { age, userTime, wholeAge } from '../../kit/format';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { type Badge, badge } from '../../live/link';
import { ageOf, type Live, newestSpotTs } from '../../live/state';
import { useLive } from '../../live/store';
import css from './ConnectionBadge.module.css';

/** The state of the line in words. The running age is for the eye only: a screen reader hears changes of state. */
export function ConnectionBadge() {
  const state = useLive(useShallow(badgeOf));
  return (
    <div className={css.badge} data-testid="connection" data-kind={state.kind}>
      <span className={css.dot} aria-hidden="true" />
      <span role="status" aria-live="polite">
        {words.link[state.kind]}
        {state.kind === 'reconnecting' && state.attempt > 0 && ` ${words.link.attempt(state.attempt)}`}
      </span>
      <span className={css.detail} aria-hidden="true">{detail(state)}</span>
    </div>
  );
}

function badgeOf(live: Live): Badge {
  const dataTs = newestSpotTs(live.spots);
  return badge({
    link: live.link,
    dataTs,
    spotAgeSec: dataTs === null ? null : tenths(ageOf(live, dataTs)),
    spotLimitSec: STALE_AFTER_SEC.spot,
    silenceSec: Math.max(0, (live.nowMs - live.receivedMs) / 1000),
    session: live.clock?.session ?? null,
  });
}

/** Coarse enough that an unchanged text is an unchanged state. */
function tenths(sec: number): number {
  return Math.round(sec * 10) / 10;
}

function detail(state: Badge): string {
  switch (state.kind) {
    case 'live':
      return state.ageSec === null ? '' : age(state.ageSec);
    case 'delayed':
      return wholeAge(state.ageSec);
    case 'offline':
      return state.dataTs === null ? '' : words.link.dataOf(userTime(state.dataTs));
    default:
      return '';
  }
}
