/** Numbers and times as the page shows them. What is unknown is a dash; minus is U+2212. */

export const NOTHING = '–';
const MARKET_ZONE = 'America/New_York';

const decimals = new Map<number, Intl.NumberFormat>();

function digits(count: number): Intl.NumberFormat {
  let format = decimals.get(count);
  if (!format) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: count, maximumFractionDigits: count });
    decimals.set(count, format);
  }
  return format;
}

const upTo2 = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

type Maybe = number | null | undefined;

/** `6,632.41` */
export function price(value: Maybe): string {
  return isKnown(value) ? digits(2).format(value).replace('-', '−') : NOTHING;
}

/** A strike or a level with only the decimals it has: `6,630`, `447.5`, `6,611.27` */
export function strike(value: Maybe): string {
  return isKnown(value) ? upTo2.format(value).replace('-', '−') : NOTHING;
}

/** Points to a level, `+67.6`, `−21.1` */
export function distance(value: Maybe): string {
  if (!isKnown(value)) return NOTHING;
  const text = digits(1).format(Math.abs(value));
  if (Number(text.replaceAll(',', '')) === 0) return text;
  return (value > 0 ? '+' : '−') + text;
}

/** `62 %` of a share between 0 and 1. */
export function share(value: Maybe): string {
  return isKnown(value) ? `${Math.round(100 * value)} %` : NOTHING;
}

/** `15.1 %` of a share between 0 and 1. */
export function percentOf(value: Maybe): string {
  return isKnown(value) ? `${digits(1).format(100 * value)} %` : NOTHING;
}

/** With one decimal: `61.2`, `−12.4` */
export function score(value: Maybe): string {
  return isKnown(value) ? digits(1).format(value).replace('-', '−') : NOTHING;
}

/** Large amounts of dollars in short: `$1.2B`, `−$340M` */
export function dollars(value: Maybe): string {
  return isKnown(value) ? `${value < 0 ? '−' : ''}$${compact.format(Math.abs(value))}` : NOTHING;
}

/** `+15.09`, `−0.31`, `0.00` */
export function signed(value: Maybe): string {
  if (!isKnown(value)) return NOTHING;
  const text = digits(2).format(Math.abs(value));
  if (Number(text.replaceAll(',', '')) === 0) return text;
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
  if (passed < 9.95) return `${digits(1).format(passed)} s`;
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
const localTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

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

function isKnown(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
