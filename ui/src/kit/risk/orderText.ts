import type { Leg, Right } from '../../api/positions';
import { MINUS } from '../format';
import { marketDate } from './expiration';
import { merged, recognise, type Structure, times } from './legs';

/** Orders as thinkorswim writes them: `BUY +1 BUTTERFLY SPX 100 (Weeklys) 17 JAN 25 5880/5900/5920 CALL @1.20 LMT`. */

export interface Order {
  symbol: string;
  legs: Leg[];
  /** Points for one unit, received is negative; null when the text names no price. */
  cost: number | null;
}

export type OrderFault = 'shape' | 'side' | 'date' | 'strikes' | 'right' | 'spread';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const INDICES = new Set(['SPX', 'NDX', 'RUT', 'XSP', 'VIX', 'DJX']);
const ROOTS: Record<string, string> = { SPXW: 'SPX', NDXP: 'NDX', RUTW: 'RUT', VIXW: 'VIX' };

const SPREADS = ['SINGLE', 'VERTICAL', '~BUTTERFLY', 'BUTTERFLY', 'IRON CONDOR', 'CONDOR', 'STRADDLE', 'STRANGLE', 'CALENDAR', 'DIAGONAL'] as const;
type Spread = (typeof SPREADS)[number];

const DATE = String.raw`\d{1,2} [A-Z]{3} \d{2}(?: \[AM\])?`;
const ORDER = new RegExp(
  String.raw`^(BUY|SELL|BOT|SOLD) ([+-]?\d+) (?:(${SPREADS.map((each) => each.replace('~', '[~]')).join('|')}) )?([A-Z]{1,6}) (?:(?:1/)?\d+ )?(?:\([A-Z ]+\) )?(${DATE}(?:/${DATE})*) ` +
    String.raw`(\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)*) (CALL|PUT)(?:/(?:CALL|PUT))*(?: @ ?(-?\d*\.?\d+))?(?: .*)?$`,
);

/** The order that `text` is, or what is wrong with it. */
export function readOrder(text: string): Order | OrderFault {
  const flat = text.trim().toUpperCase().replaceAll(/[\u2212\u2013]/g, '-').replaceAll(/\s+/g, ' ');
  const found = ORDER.exec(flat);
  if (!found) return 'shape';
  const [, word = '', count = '', spread = 'SINGLE', root = '', dates = '', strikeText = '', rightText = '', priceText] = found;
  const isBuy = word === 'BUY' || word === 'BOT';
  const size = Math.abs(Number(count));
  if (size === 0 || count.startsWith(isBuy ? '-' : '+')) return 'side';
  const quantity = isBuy ? size : -size;
  const expirations = dates.split('/').map(dateOf);
  if (expirations.some((each) => each === null)) return 'date';
  const rights = /(CALL|PUT)(?:\/(?:CALL|PUT))+/.exec(flat)?.[0].split('/').map(rightOf) ?? [rightOf(rightText)];
  const legs = legsOf(spread as Spread, strikeText.split('/').map(Number), rights, expirations.flatMap((each) => each ?? []));
  if (typeof legs === 'string') return legs;
  const name = ROOTS[root] ?? root;
  return {
    symbol: INDICES.has(name) ? `I:${name}` : name,
    legs: times(legs, quantity),
    cost: priceText === undefined ? null : (isBuy ? 1 : -1) * Number(priceText) || 0,
  };
}

const rightOf = (text: string): Right => (text === 'PUT' ? 'put' : 'call');

function dateOf(text: string): string | null {
  const [day = '', month = '', year = ''] = text.split(' ');
  const number = MONTHS.indexOf(month);
  const date = new Date(Date.UTC(2000 + Number(year), number, Number(day)));
  return number >= 0 && date.getUTCDate() === Number(day) ? date.toISOString().slice(0, 10) : null;
}

/** One bought unit; strikes in the order given, the first leg bought. */
function legsOf(spread: Spread, strikes: number[], rights: Right[], dates: string[]): Leg[] | OrderFault {
  const [first = ''] = dates;
  const [right = 'call'] = rights;
  if (rights.length > 1 && spread !== 'STRADDLE' && spread !== 'STRANGLE' && spread !== 'IRON CONDOR') return 'right';
  const each = (ratios: number[]): Leg[] | OrderFault => {
    const ats = strikes.length === 1 ? ratios.map(() => strikes[0] ?? 0) : strikes;
    if (ats.length !== ratios.length) return 'strikes';
    return ratios.map((quantity, n) => ({ expiration: dates[n] ?? first, strike: ats[n] ?? 0, right, quantity }));
  };
  if (dates.length > 1 && spread !== 'CALENDAR' && spread !== 'DIAGONAL') return 'date';
  switch (spread) {
    case 'SINGLE':
      return strikes.length === 1 ? each([1]) : 'strikes';
    case 'VERTICAL':
      return distinct(strikes, 2) ? each([1, -1]) : 'strikes';
    case 'BUTTERFLY':
    case '~BUTTERFLY':
      return distinct(strikes, 3) ? each([1, -2, 1]) : 'strikes';
    case 'CONDOR':
      return distinct(strikes, 4) ? each([1, -1, -1, 1]) : 'strikes';
    case 'CALENDAR':
    case 'DIAGONAL':
      return dates.length === 2 && dates[0] !== dates[1] ? each([1, -1]) : 'date';
    case 'STRADDLE':
      return strikes.length === 1 ? twoRights(first, strikes[0] ?? 0, strikes[0] ?? 0) : 'strikes';
    case 'STRANGLE':
      return distinct(strikes, 2) ? twoRights(first, Math.min(...strikes), Math.max(...strikes)) : 'strikes';
    case 'IRON CONDOR':
      return ironCondor(first, strikes);
  }
}

function distinct(strikes: number[], count: number): boolean {
  return strikes.length === count && new Set(strikes).size === count;
}

function twoRights(expiration: string, put: number, call: number): Leg[] {
  return [{ expiration, strike: put, right: 'put', quantity: 1 }, { expiration, strike: call, right: 'call', quantity: 1 }];
}

/** Strikes come in any order; bought means that the body is. */
function ironCondor(expiration: string, strikes: number[]): Leg[] | OrderFault {
  const [a, b, c, d] = strikes.toSorted((x, y) => x - y);
  if (a === undefined || b === undefined || c === undefined || d === undefined || strikes.length !== 4 || a === b || c === d) return 'strikes';
  const leg = (strike: number, right: Right, quantity: number): Leg => ({ expiration, strike, right, quantity });
  return [leg(a, 'put', -1), leg(b, 'put', 1), leg(c, 'call', 1), leg(d, 'call', -1)];
}

const WRITTEN: Partial<Record<Structure, Spread>> = {
  vertical: 'VERTICAL', butterfly: 'BUTTERFLY', bwb: '~BUTTERFLY', condor: 'CONDOR', straddle: 'STRADDLE', strangle: 'STRANGLE', iron_fly: 'IRON CONDOR',
  iron_condor: 'IRON CONDOR', calendar: 'CALENDAR', diagonal: 'DIAGONAL',
};

/** The text of an order for `legs` at `cost`; null for what thinkorswim has no word for. */
export function writeOrder(symbol: string, legs: readonly Leg[], cost: number | null): string | null {
  const { type, direction, right, units } = recognise(legs);
  if (type === 'custom') return null;
  const all = merged(legs);
  const isTimed = type === 'calendar' || type === 'diagonal';
  // A spread over time is written with its bought leg first, like a vertical.
  const isFirstBought = (all[0]?.quantity ?? 0) > 0;
  const ordered = (type === 'vertical' && (direction === 'long') !== isFirstBought) || isTimed ? all.toReversed() : all;
  const isBuy = isTimed || type === 'vertical' ? (ordered[0]?.quantity ?? 0) > 0 : direction === 'long';
  const dates = isTimed ? ordered.map(({ expiration }) => dateText(expiration)).join('/') : dateText(all[0]?.expiration ?? marketDate(0));
  const ats = ordered.map(({ strike }) => strike);
  const isOneStrike = type === 'straddle' || type === 'calendar';
  const rights = right === 'both' ? (type === 'iron_fly' || type === 'iron_condor' ? 'CALL/PUT' : 'CALL') : right.toUpperCase();
  const price = cost === null ? '' : ` @${String((isBuy ? cost : -cost).toFixed(2)).replace(MINUS, '-')} LMT`;
  const word = WRITTEN[type];
  return `${isBuy ? 'BUY +' : 'SELL -'}${units} ${word ? `${word} ` : ''}${symbol.replace(/^I:/, '')} 100 ${dates} ${(isOneStrike ? ats.slice(0, 1) : ats).join('/')} ${rights}${price}`;
}

function dateText(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${year.slice(2)}`;
}
