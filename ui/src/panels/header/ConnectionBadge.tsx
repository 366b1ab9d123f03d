import { useShallow } from 'zustand/react/shallow';
import { age, userTime, wholeAge } from '../../kit/format';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { type Badge, badge } from '../../live/link';
import { ageOf, type Line } from '../../live/line';
import { newestSpotTs } from '../../live/prices';
import { useLine, usePrices } from '../../live/stores';
import type { Session } from '../../wire';
import css from './ConnectionBadge.module.css';

/** The state of the line in words. The running age is for the eye only: a screen reader hears changes of state. */
export function ConnectionBadge() {
  const dataTs = usePrices((prices) => newestSpotTs(prices.spots));
  const session = usePrices((prices) => prices.clock?.session ?? null);
  const state = useLine(useShallow((line) => badgeOf(line, dataTs, session)));
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

function badgeOf(line: Line, dataTs: number | null, session: Session | null): Badge {
  return badge({
    link: line.link,
    dataTs,
    spotAgeSec: dataTs === null ? null : tenths(ageOf(line, dataTs)),
    spotLimitSec: STALE_AFTER_SEC.spot,
    silenceSec: Math.max(0, (line.nowMs - line.receivedMs) / 1000),
    session,
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
