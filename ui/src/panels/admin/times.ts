import { NOTHING, wholeAge } from '../../kit/format';

const dayText = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' });
const nyDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', year: 'numeric', month: '2-digit', day: '2-digit' });

/** How long ago, in a word: `4 min`. */
export function since(iso: string, nowSec: number): string {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? NOTHING : wholeAge(Math.max(0, nowSec - ms / 1000));
}

/** `Fri 21 Nov` of `2025-11-21`. */
export function day(date: string): string {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) ? date : dayText.format(ms).replace(',', '');
}

/** `2025-11-21`: the day it is in New York. */
export function newYorkDate(ms: number): string {
  return nyDay.format(ms);
}

/** `09:00` of 9. */
export function clockHour(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}
