import type { Leg, Right } from '../../api/positions';
import type { Strategy, Tile } from '../../wire';
import { MINUS } from '../format';

export type Structure =
  | 'single' | 'vertical' | 'calendar' | 'diagonal' | 'butterfly' | 'bwb' | 'condor' | 'straddle' | 'strangle' | 'iron_fly' | 'iron_condor' | 'custom';

/** What a set of legs is called. Names, rules and order are the journal's. */
export interface Recognised {
  type: Structure;
  /** Debit structures are long, credit structures short. */
  direction: 'long' | 'short';
  right: Right | 'both';
  strike: number;
  width: number | null;
  /** How many times the structure is held. */
  units: number;
}

/** Greatest common divisor of the quantities: how many units the legs are. */
export function unitsOf(legs: readonly Leg[]): number {
  return legs.reduce((gcd, { quantity }) => gcdOf(gcd, Math.abs(quantity)), 0) || 1;
}

function gcdOf(a: number, b: number): number {
  return b === 0 ? a : gcdOf(b, a % b);
}

/** Equal contracts as one leg, none with quantity 0; by expiration, strike, puts first. */
export function merged(legs: readonly Leg[]): Leg[] {
  const sums = new Map<string, Leg>();
  for (const leg of legs) {
    const key = `${leg.expiration} ${leg.strike} ${leg.right}`;
    sums.set(key, { ...leg, quantity: leg.quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()]
    .filter(({ quantity }) => quantity !== 0)
    .toSorted((a, b) => a.expiration.localeCompare(b.expiration) || a.strike - b.strike || b.right.localeCompare(a.right));
}

export function recognise(legs: readonly Leg[], cost = 0): Recognised {
  const all = merged(legs);
  const units = unitsOf(all);
  const ratios = all.map(({ quantity }) => quantity / units);
  const rights = new Set(all.map(({ right }) => right));
  const right = rights.size === 1 ? (all[0]?.right ?? 'call') : 'both';
  const isOneDay = new Set(all.map(({ expiration }) => expiration)).size === 1;
  const found = shapeOf(all, ratios, right, isOneDay);
  if (found) return { ...found, right, units };
  return { type: 'custom', direction: cost >= 0 ? 'long' : 'short', right, strike: Math.min(...all.map(({ strike }) => strike)), width: null, units };
}

type Shape = Pick<Recognised, 'type' | 'direction' | 'strike' | 'width'>;

function shapeOf(legs: Leg[], ratios: number[], right: Recognised['right'], isOneDay: boolean): Shape | null {
  const [a, b, c, d] = legs;
  const first = ratios[0] ?? 0;
  const direction = first > 0 ? 'long' : 'short';
  const isRatio = (...wanted: number[]) => ratios.length === wanted.length && wanted.every((each, n) => ratios[n] === each * Math.sign(first));
  if (a && ratios.length === 1 && Math.abs(first) === 1) return { type: 'single', direction, strike: a.strike, width: null };
  if (a && b && ratios.length === 2) return pairOf(a, b, ratios, right, isOneDay);
  if (!isOneDay) return null;
  if (a && b && c && right !== 'both' && isRatio(1, -2, 1)) {
    const wings = [b.strike - a.strike, c.strike - b.strike] as const;
    return { type: wings[0] === wings[1] ? 'butterfly' : 'bwb', direction, strike: b.strike, width: Math.min(...wings) };
  }
  if (!a || !b || !c || !d || ratios.length !== 4) return null;
  if (right !== 'both') {
    if (!isRatio(1, -1, -1, 1)) return null;
    return { type: 'condor', direction, strike: (b.strike + c.strike) / 2, width: Math.max(b.strike - a.strike, d.strike - c.strike) };
  }
  return ironOf([a, b, c, d], ratios);
}

function pairOf(a: Leg, b: Leg, [first = 0, second = 0]: number[], right: Recognised['right'], isOneDay: boolean): Shape | null {
  if (Math.abs(first) !== 1 || Math.abs(second) !== 1) return null;
  if (right === 'both') {
    if (!isOneDay || first !== second) return null;
    const isOneStrike = a.strike === b.strike;
    return { type: isOneStrike ? 'straddle' : 'strangle', direction: first > 0 ? 'long' : 'short', strike: (a.strike + b.strike) / 2, width: isOneStrike ? null : b.strike - a.strike };
  }
  if (first !== -second) return null;
  if (!isOneDay) return { type: a.strike === b.strike ? 'calendar' : 'diagonal', direction: second > 0 ? 'long' : 'short', strike: a.strike, width: null };
  const nearer = right === 'call' ? first : second;
  return { type: 'vertical', direction: nearer > 0 ? 'long' : 'short', strike: right === 'call' ? a.strike : b.strike, width: b.strike - a.strike };
}

function ironOf(legs: [Leg, Leg, Leg, Leg], ratios: number[]): Shape | null {
  const of = (right: Right) => legs.flatMap((leg, n) => (leg.right === right ? [{ strike: leg.strike, ratio: ratios[n] ?? 0 }] : []));
  const [lowPut, highPut] = of('put');
  const [lowCall, highCall] = of('call');
  if (!lowPut || !highPut || !lowCall || !highCall) return null;
  const side = lowPut.ratio;
  const isIron = Math.abs(side) === 1 && highPut.ratio === -side && lowCall.ratio === -side && highCall.ratio === side && highPut.strike <= lowCall.strike;
  if (!isIron) return null;
  return {
    type: highPut.strike === lowCall.strike ? 'iron_fly' : 'iron_condor',
    direction: side > 0 ? 'short' : 'long',
    strike: (highPut.strike + lowCall.strike) / 2,
    width: Math.max(highPut.strike - lowPut.strike, highCall.strike - lowCall.strike),
  };
}

const LETTERS: Record<Right, string> = { call: 'C', put: 'P' };

/** `+1/−2/+1 C 6370/6400/6430`; mixed rights carry their letter: `+1/+1 6400P/6400C`. */
export function notation(legs: readonly Leg[]): string {
  const all = merged(legs);
  const ratios = all.map(({ quantity }) => (quantity > 0 ? `+${quantity}` : `${MINUS}${-quantity}`)).join('/');
  const rights = new Set(all.map(({ right }) => right));
  const [only] = rights;
  if (rights.size === 1 && only) return `${ratios} ${LETTERS[only]} ${all.map(({ strike }) => plain(strike)).join('/')}`;
  return `${ratios} ${all.map(({ strike, right }) => plain(strike) + LETTERS[right]).join('/')}`;
}

/** As in an order: without thousands, whatever the style of the page's numbers. */
function plain(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The legs of one long unit of a structure that strike and width describe. */
export function shortcut(strategy: Strategy | 'straddle' | 'iron_fly', right: Right, strike: number, width: number, expiration: string): Leg[] {
  const leg = (quantity: number, at: number, of: Right = right): Leg => ({ expiration, strike: at, right: of, quantity });
  switch (strategy) {
    case 'single':
      return [leg(1, strike)];
    case 'vertical':
      return [leg(1, strike), leg(-1, right === 'call' ? strike + width : strike - width)];
    case 'butterfly':
      return [leg(1, strike - width), leg(-2, strike), leg(1, strike + width)];
    case 'straddle':
      return [leg(1, strike, 'put'), leg(1, strike, 'call')];
    case 'iron_fly':
      return [leg(-1, strike - width, 'put'), leg(1, strike, 'put'), leg(1, strike, 'call'), leg(-1, strike + width, 'call')];
  }
}

/** The same structure held `count` times as often; negative sells it. */
export function times(legs: readonly Leg[], count: number): Leg[] {
  return legs.map(({ expiration, strike, right, quantity }) => ({ expiration, strike, right, quantity: quantity * count }));
}

/** The legs of a heatmap tile, bought once. */
export function legsOfTile({ strategy, strike, width, expiration }: Tile, right: Right): Leg[] {
  return shortcut(strategy, right, strike, width, expiration);
}
