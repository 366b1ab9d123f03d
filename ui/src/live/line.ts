import { FIRST_LINK, type Link } from './link';

/** The line to the gateway, and the time that goes by on it. */
export interface Line {
  link: Link;
  /** This computer's clock minus the server's; null until it was measured. */
  skewMs: number | null;
  receivedMs: number;
  /** Advances with the page's own ticker. */
  nowMs: number;
  /** Grows whenever something may have been missed: fetched data is fetched again. */
  revision: number;
}

export const NO_LINE: Line = { link: FIRST_LINK, skewMs: null, receivedMs: 0, nowMs: 0, revision: 0 };

type Time = Pick<Line, 'nowMs' | 'skewMs'>;

/** The server's wall time in epoch seconds. */
export function serverNow(line: Time): number {
  return (line.nowMs - (line.skewMs ?? 0)) / 1000;
}

/** Age in seconds of something stamped `ts` by the fleet. */
export function ageOf(line: Time, ts: number): number {
  return Math.max(0, serverNow(line) - ts);
}
