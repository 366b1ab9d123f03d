import type { Clock } from '../wire';

/** Market time at the server's wall time `serverSec`, epoch seconds. It stands still once its source is silent for long. */
export function marketNow(clock: Clock, serverSec: number): number {
  const sinceSec = Math.min(Math.max(0, serverSec - clock.ts), COAST_SEC);
  return clock.market_ts + sinceSec * clock.speed;
}

/** How long a clock runs on without being told. */
const COAST_SEC = 15;

/**
 * How far this computer's clock is ahead of the server's, in ms, after a frame stamped `serverTs` was received.
 * The smallest difference comes nearest, since a frame's way only adds to it; a big change means a clock was set.
 */
export function nextSkew(skewMs: number | null, receivedMs: number, serverTs: number): number {
  const measured = receivedMs - serverTs * 1000;
  return skewMs === null || Math.abs(measured - skewMs) > 2000 ? measured : Math.min(skewMs, measured);
}
