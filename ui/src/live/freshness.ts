import type { Session, Spot } from '../wire';
import type { Link } from './link';

/** Ages in seconds after which a panel says that its data is old. */
export const STALE_AFTER_SEC = {
  /** The newest price of any symbol: a live feed always moves something. */
  spot: 5,
  /** One symbol's own price: a quiet stock may rest for a while. */
  quote: 15,
  candles: 30,
  heatmap: 10,
  gex: 30,
  /** Market mode, bias, VIX regime and where the price stands among the structures. */
  regime: 60,
  fleet: 15,
} as const;

/** Why something could not be fetched. */
export interface Failure {
  code: string;
  message: string;
  requestId: string | null;
}

/** What a panel must say about its data. */
export type PanelState =
  | { kind: 'loading' }
  | { kind: 'empty' }
  | { kind: 'live' }
  | { kind: 'stale'; ageSec: number }
  | { kind: 'disconnected' }
  | { kind: 'error'; failure: Failure }
  | { kind: 'gated'; failure: Failure };

export interface PanelFacts {
  link: Link;
  /** Age of the data in seconds; null while there is none. */
  ageSec: number | null;
  /** Null where age does not matter now. */
  limitSec: number | null;
  /** Why the last fetch failed; null when it did not. */
  failure: Failure | null;
  /** A fetch that may still bring data is under way. */
  isFetching: boolean;
}

export function panelState({ link, ageSec, limitSec, failure, isFetching }: PanelFacts): PanelState {
  const isCut = link.phase === 'reconnecting' || link.phase === 'offline';
  if (failure?.code === 'feature_gated') return { kind: 'gated', failure };
  if (ageSec !== null) {
    if (isCut) return { kind: 'disconnected' };
    return limitSec !== null && ageSec > limitSec ? { kind: 'stale', ageSec } : { kind: 'live' };
  }
  if (failure && failure.code !== 'no_data') return { kind: 'error', failure };
  if (isCut) return { kind: 'disconnected' };
  return link.hasSnapshot && !isFetching ? { kind: 'empty' } : { kind: 'loading' };
}

/** Stale limits rest while the market is closed. */
export function limitIn(session: Session | null, limitSec: number): number | null {
  return session === 'closed' ? null : limitSec;
}

/** Whether a symbol's own price is old. An index is calculated in regular hours only. */
export function isQuoteStale(spot: Spot, ageSec: number): boolean {
  const isResting = spot.session === 'closed' || (spot.type === 'index' && spot.session !== 'regular');
  return spot.stale || (!isResting && ageSec > STALE_AFTER_SEC.quote);
}
