import { etOffsetSec } from '../format';

const DAY_SEC = 86_400;
const YEAR_SEC = 365 * DAY_SEC;
const LEAST_SEC = 3600;
const CLOSE_HOUR = 16;

const closes = new Map<string, number>();

/** 16:00 in New York on `date` (`2025-11-21`), epoch seconds. */
export function expirySec(date: string): number {
  let sec = closes.get(date);
  if (sec === undefined) {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    const asUtc = Date.UTC(year, month - 1, day, CLOSE_HOUR) / 1000;
    // Clocks change at two in the morning: at four in the afternoon UTC the day's offset holds already.
    sec = asUtc - etOffsetSec(asUtc);
    closes.set(date, sec);
  }
  return sec;
}

/** Years of 365 days from `fromSec` to the expiration, at least an hour; 0 when it is past. */
export function yearsTo(date: string, fromSec: number): number {
  const left = expirySec(date) - fromSec;
  return left <= 0 ? 0 : Math.max(left, LEAST_SEC) / YEAR_SEC;
}

/** Years between two expirations. */
export function yearsBetween(first: string, second: string): number {
  return Math.max(0, expirySec(second) - expirySec(first)) / YEAR_SEC;
}

/** The day in New York, `2025-11-21`. */
export function marketDate(sec: number): string {
  return new Date((sec + etOffsetSec(sec)) * 1000).toISOString().slice(0, 10);
}

/** Calendar days from today in New York, never below 0. */
export function daysTo(date: string, nowSec: number): number {
  return Math.max(0, Math.round((Date.parse(date) - Date.parse(marketDate(nowSec))) / (DAY_SEC * 1000)));
}
