import type { Alert, Clock, FeedEvent, Fleet, SpotMap } from '../wire';
import type { CandleBook } from './candles';
import { FIRST_LINK, type Link } from './link';
import { type Models, NO_MODELS } from './models';

/** Prices of one symbol as they arrived, at most one a second, oldest first. */
export interface Trace {
  values: number[];
  lastTs: number;
}

/** When a service last beat (server's wall time) and how many beats were seen. */
export interface Pulse {
  atSec: number;
  count: number;
}

/** Everything the page holds of the live world. */
export interface Live {
  link: Link;
  /** This computer's clock minus the server's; null until it was measured. */
  skewMs: number | null;
  receivedMs: number;
  /** Advances with the page's own ticker. */
  nowMs: number;
  /** Grows whenever something may have been missed: fetched data is fetched again. */
  revision: number;
  spots: SpotMap;
  traces: Record<string, Trace>;
  clock: Clock | null;
  books: Record<string, CandleBook>;
  models: Models;
  fleet: Fleet | null;
  pulses: Record<string, Pulse>;
  /** Newest first. */
  alerts: Alert[];
  /** Newest first. */
  feedEvents: FeedEvent[];
}

export const EMPTY: Live = {
  link: FIRST_LINK,
  skewMs: null,
  receivedMs: 0,
  nowMs: 0,
  revision: 0,
  spots: {},
  traces: {},
  clock: null,
  books: {},
  models: NO_MODELS,
  fleet: null,
  pulses: {},
  alerts: [],
  feedEvents: [],
};

/** The server's wall time in epoch seconds. */
export function serverNow(live: Pick<Live, 'nowMs' | 'skewMs'>): number {
  return (live.nowMs - (live.skewMs ?? 0)) / 1000;
}

/** Age in seconds of something stamped `ts` by the fleet. */
export function ageOf(live: Pick<Live, 'nowMs' | 'skewMs'>, ts: number): number {
  return Math.max(0, serverNow(live) - ts);
}

/** Stamp of the newest price of any symbol; null while there is none. */
export function newestSpotTs(spots: SpotMap): number | null {
  const stamps = Object.values(spots).map((spot) => spot.ts);
  return stamps.length > 0 ? Math.max(...stamps) : null;
}
