import { serverNow } from '../../live/line';
import { useLine } from '../../live/stores';

/** The server's time in milliseconds, to the minute: for what need not be told by the second. */
export function useMinute(): number {
  return useLine((line) => Math.floor(serverNow(line) / 60) * 60_000);
}
