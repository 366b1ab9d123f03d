/** Numbers and times as the page shows them. What is unknown is a dash; minus is U+2212. */

import { inShort, withDecimals, withDecimalsUpTo } from './numbers';

export const NOTHING = '–';
export const MINUS = '−';
const MARKET_ZONE = 'America/New_York';

type Maybe = number | null | undefined;

/** `6,632.41` */
export function price(value: Maybe): string {
  return isKnown(value) ? withDecimals(value, 2).replace('-', '−') : NOTHING;
}

/** A strike or a level with only the decimals it has: `6,630`, `447.5`, `6,611.27` */
export function strike(value: Maybe): string {
  return isKnown(value) ? withDecimalsUpTo(value, 2).replace('-', '−') : NOTHING;
}

/** Points to a level, `+67.6`, `−21.1` */
export function distance(value: Maybe): string {
  if (!isKnown(value)) return NOTHING;
  const text = withDecimals(Math.abs(value), 1);
  if (isZero(value, 1)) return text;
  return (value > 0 ? '+' : '−') + text;
}

/** `62 %` of a share between 0 and 1. */
export function share(value: Maybe): string {
  return isKnown(value) ? `${Math.round(100 * value)} %` : NOTHING;
}

/** `15.1 %` of a share between 0 and 1. */
export function percentOf(value: Maybe): string {
  return isKnown(value) ? `${withDecimals(100 * value, 1)} %` : NOTHING;
}

/** With one decimal: `61.2`, `−12.4` */
export function score(value: Maybe): string {
  return isKnown(value) ? withDecimals(value, 1).replace('-', '−') : NOTHING;
}

/** Large amounts of dollars in short: `$1.2B`, `−$340M` */
export function dollars(value: Maybe): string {
  return isKnown(value) ? `${value < 0 ? '−' : ''}$${inShort(Math.abs(value))}` : NOTHING;
}

/** `$1,234.50`, `−$145.00` */
export function money(value: Maybe): string {
  if (!isKnown(value)) return NOTHING;
  const text = withDecimals(Math.abs(value), 2);
  return `${value < 0 && /[1-9]/.test(text) ? MINUS : ''}$${text}`;
}

/** `+15.09`, `−0.31`, `0.00` */
export function signed(value: Maybe): string {
  if (!isKnown(value)) return NOTHING;
  const text = withDecimals(Math.abs(value), 2);
  if (isZero(value, 2)) return text;
  return (value > 0 ? '+' : '−') + text;
}

/** `+0.23%` of a value that is already in percent. */
export function percent(value: Maybe): string {
  return isKnown(value) ? `${signed(value)}%` : NOTHING;
}

/** `0.4 s`, `12 s`, `3 min`, `2 h`, `4 d` */
export function age(sec: Maybe): string {
  if (!isKnown(sec)) return NOTHING;
  const passed = Math.max(0, sec);
  if (passed < 9.95) return `${withDecimals(passed, 1)} s`;
  if (passed < 119.5) return `${Math.round(passed)} s`;
  if (passed < 7200) return `${Math.floor(passed / 60)} min`;
  return passed < 172_800 ? `${Math.floor(passed / 3600)} h` : `${Math.floor(passed / 86_400)} d`;
}

/** The same without decimals: `4 s`. */
export function wholeAge(sec: Maybe): string {
  return isKnown(sec) && sec < 119.5 ? `${Math.floor(Math.max(0, sec))} s` : age(sec);
}

/** Which way a change points; an unknown one points nowhere. */
export function direction(change: Maybe): 'up' | 'down' | 'flat' {
  if (!isKnown(change) || Math.abs(change) < 0.005) return 'flat';
  return change > 0 ? 'up' : 'down';
}

const marketTime = new Intl.DateTimeFormat('en-GB', { timeZone: MARKET_ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit' });
const marketMinute = new Intl.DateTimeFormat('en-GB', { timeZone: MARKET_ZONE, hour: '2-digit', minute: '2-digit' });
const marketDay = new Intl.DateTimeFormat('en-GB', { timeZone: MARKET_ZONE, weekday: 'short', day: 'numeric', month: 'short' });

let userZone: string | undefined;
let localTime = timeIn(userZone);
let localMoment = momentIn(userZone);

function timeIn(timeZone: string | undefined) {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

function momentIn(timeZone: string | undefined) {
  return new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** Where the user is, for every time that is not the market's; null is where the browser is. */
export function setUserZone(zone: string | null) {
  const next = zone !== null && isZone(zone) ? zone : undefined;
  if (next === userZone) return;
  userZone = next;
  localTime = timeIn(next);
  localMoment = momentIn(next);
}

/** The zone that the page's times are of. */
export function shownZone(): string {
  return localTime.resolvedOptions().timeZone;
}

/** Whether this browser knows the zone. */
export function isZone(zone: string): boolean {
  try {
    return timeIn(zone) !== undefined;
  } catch {
    return false;
  }
}

/** `10:01:02` in New York. */
export function etTime(sec: Maybe): string {
  return isKnown(sec) ? marketTime.format(sec * 1000) : NOTHING;
}

/** `10:01` in New York. */
export function etMinute(sec: Maybe): string {
  return isKnown(sec) ? marketMinute.format(sec * 1000) : NOTHING;
}

/** `Fri 21 Nov` in New York. */
export function etDay(sec: Maybe): string {
  return isKnown(sec) ? marketDay.format(sec * 1000).replace(',', '') : NOTHING;
}

/** `15:01:02` where the user is. */
export function userTime(sec: Maybe): string {
  return isKnown(sec) ? localTime.format(sec * 1000) : NOTHING;
}

/** `21 Nov 2025, 15:01` where the user is, of an ISO 8601 text. */
export function userMoment(iso: string | null | undefined): string {
  const ms = Date.parse(iso ?? '');
  return Number.isNaN(ms) ? NOTHING : localMoment.format(ms);
}

const marketParts = new Intl.DateTimeFormat('en-US', {
  timeZone: MARKET_ZONE, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',
});

const offsets = new Map<number, number>();

/** Seconds that New York is ahead of UTC (negative). Offsets change at full hours only. */
export function etOffsetSec(sec: number): number {
  const hour = Math.floor(sec / 3600) * 3600;
  let offset = offsets.get(hour);
  if (offset === undefined) {
    offset = offsetAt(hour);
    offsets.set(hour, offset);
  }
  return offset;
}

function offsetAt(hour: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of marketParts.formatToParts(hour * 1000)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour: hours = 0 } = part;
  return Date.UTC(year, month - 1, day, hours) / 1000 - hour;
}

/** `SPX` of `I:SPX`. */
export function ticker(symbol: string): string {
  return symbol.replace(/^I:/, '');
}

/** Whether nothing is left of `value` at so many decimals. */
function isZero(value: number, count: number): boolean {
  return Number(Math.abs(value).toFixed(count)) === 0;
}

function isKnown(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
