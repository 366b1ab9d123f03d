import type { Leg, Position, Right } from '../../api/positions';
import { parseNumber } from '../../kit/numbers';
import { merged, shortcut, times } from '../../kit/risk/legs';

export const PICKS = ['butterfly', 'vertical', 'single', 'straddle', 'iron_fly'] as const;
export type Pick5 = (typeof PICKS)[number];

/** One leg as it is typed. */
export interface LegText {
  key: number;
  quantity: string;
  strike: string;
  right: Right;
  expiration: string;
}

/** The form as it is typed. */
export interface Form {
  symbol: string;
  way: 'strategy' | 'legs' | 'paste';
  pick: Pick5;
  direction: 'long' | 'short';
  right: Right;
  strike: string;
  width: string;
  quantity: string;
  expiration: string;
  legs: LegText[];
  cost: string;
  label: string;
}

export type Field = 'strike' | 'width' | 'quantity' | 'expiration' | 'cost' | 'legs' | 'label';
export type Faults = Partial<Record<Field, true>>;

const LEGS_MAX = 8;
const LABEL_MAX = 60;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

let keys = 0;

export function legText(leg: Leg): LegText {
  keys += 1;
  return { key: keys, quantity: String(leg.quantity), strike: String(leg.strike), right: leg.right, expiration: leg.expiration };
}

export interface Around {
  symbol: string;
  spot: number | null;
  expiration: string;
  step: number;
  width: number;
}

/** A long butterfly around the price. */
export function newForm({ symbol, spot, expiration, step, width }: Around): Form {
  const strike = spot === null ? '' : String(Math.round(spot / step) * step);
  const form: Form = {
    symbol, way: 'strategy', pick: 'butterfly', direction: 'long', right: 'call', strike, width: String(width), quantity: '1', expiration, legs: [], cost: '', label: '',
  };
  return withLegsOfPick(form);
}

export function formOf({ symbol, legs, cost, label }: Position): Form {
  const [first] = legs;
  return {
    symbol, way: 'legs', pick: 'butterfly', direction: 'long', right: first?.right ?? 'call', strike: '', width: '', quantity: '1', expiration: first?.expiration ?? '',
    legs: legs.map(legText), cost: String(cost), label,
  };
}

export const needsWidth = (pick: Pick5) => pick !== 'single' && pick !== 'straddle';
export const needsRight = (pick: Pick5) => pick !== 'straddle' && pick !== 'iron_fly';

/** What the strategy form says, as legs; the same form while it says nothing yet. */
export function withLegsOfPick(form: Form): Form {
  const { pick, direction, right } = form;
  if (Object.keys(pickFaults(form)).length > 0) return { ...form, legs: [] };
  const [strike = 0, width = 0, quantity = 1] = [form.strike, form.width, form.quantity].map((text) => parseNumber(text) ?? undefined);
  const legs = times(shortcut(pick, right, strike, width, form.expiration), direction === 'long' ? quantity : -quantity);
  return { ...form, legs: legs.map(legText) };
}

/** What is wrong with the strategy form. */
export function pickFaults({ pick, strike, width, quantity, expiration }: Form): Faults {
  const faults: Faults = {};
  const [at, wide, count] = [strike, width, quantity].map(parseNumber);
  if (!isAbove(at)) faults.strike = true;
  if (needsWidth(pick) && (!isAbove(wide) || (isAbove(at) && wide >= at))) faults.width = true;
  if (!isAbove(count) || !Number.isInteger(count)) faults.quantity = true;
  if (!DATE.test(expiration)) faults.expiration = true;
  return faults;
}

function isAbove(value: number | null | undefined): value is number {
  return typeof value === 'number' && value > 0;
}

export interface Ready {
  legs: Leg[];
  cost: number;
  label: string;
}

/** What the form stands for, or what is wrong with it. */
export function read(form: Form): { ready: Ready | null; faults: Faults } {
  const faults: Faults = form.way === 'strategy' ? pickFaults(form) : {};
  const legs = form.legs.map(legOf);
  const whole = merged(legs.flatMap((leg) => leg ?? []));
  if (form.way !== 'strategy' && (legs.includes(null) || whole.length === 0 || whole.length > LEGS_MAX)) faults.legs = true;
  const cost = parseNumber(form.cost);
  if (cost === null) faults.cost = true;
  const label = form.label.trim();
  if (label.length > LABEL_MAX) faults.label = true;
  return { faults, ready: Object.keys(faults).length > 0 || cost === null ? null : { legs: whole, cost, label } };
}

/** Legs that can be read already, for what the form shows of itself. */
export function legsSoFar(form: Form): Leg[] {
  return merged(form.legs.flatMap((leg) => legOf(leg) ?? []));
}

export function legOf({ quantity, strike, right, expiration }: LegText): Leg | null {
  const [count, at] = [parseNumber(quantity), parseNumber(strike)];
  if (count === null || !Number.isInteger(count) || count === 0 || at === null || at <= 0 || !DATE.test(expiration)) return null;
  return { expiration, strike: at, right, quantity: count };
}
