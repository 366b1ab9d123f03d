import { useShallow } from 'zustand/react/shallow';
import type { Session } from '../wire';
import { type Failure, limitIn, type PanelState, panelState } from './freshness';
import { ageOf } from './line';
import { useLine, usePrices } from './stores';

export interface PanelSource {
  /** Stamp of the held data; null while there is none. */
  ts: number | null;
  limitSec: number;
  /** Whether the limit rests while the market is closed. */
  isMarketBound?: boolean;
  failure?: Failure | null;
  isFetching?: boolean;
}

/** Whether what needs the server can be asked for now. */
export function useIsCut(): boolean {
  return useLine(({ link }) => link.phase === 'reconnecting' || link.phase === 'offline');
}

/** What a panel must say about its data now. Ages are whole seconds, so that it changes once a second at most. */
export function usePanelState({ ts, limitSec, isMarketBound = false, failure = null, isFetching = false }: PanelSource): PanelState {
  const session = useSessionOf(isMarketBound);
  return useLine(
    useShallow((line) => {
      const ageSec = ts === null ? null : ageOf(line, ts);
      const state = panelState({ link: line.link, ageSec, limitSec: limitIn(session, limitSec), failure, isFetching });
      return state.kind === 'stale' ? { ...state, ageSec: Math.floor(state.ageSec) } : state;
    }),
  );
}

/** Whether a part of a panel, stamped `ts`, is older than its own limit while the market is open. */
export function useIsOld(ts: number | undefined, limitSec: number): boolean {
  const limit = limitIn(useSessionOf(true), limitSec);
  return useLine((line) => ts !== undefined && limit !== null && ageOf(line, ts) > limit);
}

function useSessionOf(isMarketBound: boolean): Session | null {
  return usePrices(({ clock }) => (isMarketBound ? (clock?.session ?? null) : null));
}
