import type { Position } from '../../api/positions';
import { daysTo } from './expiration';
import { crossings, fullRange, gridOf, type Range } from './grid';
import { unitsOf } from './legs';
import {
  type Conditions, greeksOf, isOneExpiration, MULTIPLIER, NO_WHAT_IF, type PositionGreeks, type Term, termsOf, type Underlying, valueAtExpiry, valueNow,
} from './model';
import { type Corner, extremesOf, payoffLine, slopeOf, zerosOf } from './payoff';

/** A position to be drawn. */
export interface Held extends Pick<Position, 'id' | 'symbol' | 'legs' | 'cost'> {
  /** What the market pays for one unit, points; null keeps to the model. */
  marketValue: number | null;
}

export interface RiskInput extends Conditions {
  /** The symbol whose price is the horizontal axis. */
  symbol: string;
  underlyings: Record<string, Underlying>;
  held: readonly Held[];
  /** What is looked at, for a finer line there. */
  view: Range | null;
  /** Hours from the line of now to further ones. */
  between: readonly number[];
}

/** What can be said of one position or of all; dollars. */
export interface Facts extends PositionGreeks {
  pnl: number;
  value: number;
  cost: number;
  /** At expiry; null is unlimited. */
  maxProfit: number | null;
  /** At expiry, negative when it is a loss; null is unlimited. */
  maxLoss: number | null;
  breakEvens: number[];
  /** Several expirations: extremes and break-evens are read off the graph. */
  isApproximate: boolean;
}

export interface Drawn {
  id: string;
  /** Dollars at each price of the grid. */
  expiry: Float64Array;
  today: Float64Array;
  facts: Facts;
  /** Where its strikes lie on the axis. */
  strikes: number[];
}

export interface RiskPicture {
  symbol: string;
  spot: number;
  /** The price of the what-if. */
  spotThen: number;
  range: Range;
  xs: Float64Array;
  expiry: Float64Array;
  today: Float64Array;
  /** Dollars at each price, of all, after each of the hours that were asked for. */
  between: Float64Array[];
  each: Drawn[];
  total: Facts;
  strikes: number[];
}

/** Reward to risk at expiry; null when either is unlimited or there is no risk. */
export function rewardToRisk({ maxProfit, maxLoss }: Pick<Facts, 'maxProfit' | 'maxLoss'>): number | null {
  return maxProfit === null || maxLoss === null || maxLoss >= 0 ? null : maxProfit / -maxLoss;
}

/** Everything the graph shows; null while the price of the axis is unknown. Positions without a price are left out. */
export function riskPicture(input: RiskInput): RiskPicture | null {
  const { symbol, underlyings, nowSec, vix, whatIf, view } = input;
  const spot = underlyings[symbol]?.spot;
  if (spot === undefined || !(spot > 0)) return null;
  const prepared = input.held.flatMap((held) => prepare(held, spot, input) ?? []);
  const strikes = [...new Set(prepared.flatMap((each) => each.strikes))].toSorted((a, b) => a - b);
  const days = Math.max(0, ...prepared.flatMap(({ held }) => held.legs.map(({ expiration }) => daysTo(expiration, nowSec))));
  const range = fullRange({ spot, strikes, vix: Math.max(5, vix + whatIf.volPoints), days });
  const spotThen = spot * (1 + whatIf.spotPct / 100);
  const xs = gridOf(range, strikes, spotThen, view);
  const each = prepared.map((one) => drawn(one, xs, spotThen, input.rate));
  const expiry = new Float64Array(xs.length);
  const today = new Float64Array(xs.length);
  for (const one of each) {
    for (let n = 0; n < xs.length; n++) {
      expiry[n] = (expiry[n] ?? 0) + (one.expiry[n] ?? 0);
      today[n] = (today[n] ?? 0) + (one.today[n] ?? 0);
    }
  }
  const between = input.between.map((hours) => later(prepared, hours, xs, input));
  return { symbol, spot, spotThen, range, xs, expiry, today, between, each, strikes, total: totalOf(prepared, each, xs, expiry) };
}

interface Prepared {
  held: Held;
  terms: Term[];
  /** Points that its underlying moves per point of the axis. */
  factor: number;
  /** Dollars paid. */
  cost: number;
  /** Dollars from the model to the market. */
  shift: number;
  /** Exact at expiry; null with several expirations. */
  corners: Corner[] | null;
  /** Dollars per point of the axis, far above all strikes. */
  slope: number;
  strikes: number[];
}

function prepare(held: Held, spot: number, input: RiskInput): Prepared | null {
  const underlying = input.underlyings[held.symbol];
  if (!underlying || !(underlying.spot > 0) || held.legs.length === 0) return null;
  const factor = underlying.spot / spot;
  const terms = termsOf(held.legs, underlying, input);
  const units = unitsOf(held.legs);
  const corners = terms.map(({ right, strike, quantity }) => ({ right, strike: strike / factor, quantity: quantity * factor }));
  return {
    held, terms, factor, cost: MULTIPLIER * units * held.cost, shift: shiftOf(held, units, underlying, terms, input),
    corners: isOneExpiration(held.legs) ? corners : null,
    slope: slopeOf(corners),
    strikes: [...new Set(corners.map(({ strike }) => strike))],
  };
}

/** From what the model says of the price now to what the market pays; nothing once all has expired. */
function shiftOf(held: Held, units: number, underlying: Underlying, terms: readonly Term[], input: RiskInput): number {
  if (held.marketValue === null || terms.every(({ years }) => years === 0)) return 0;
  const now = termsOf(held.legs, underlying, { ...input, whatIf: NO_WHAT_IF });
  return MULTIPLIER * units * held.marketValue - valueNow(now, underlying.spot, input.rate);
}

function drawn({ held, terms, factor, cost, shift, corners, slope, strikes }: Prepared, xs: Float64Array, spotThen: number, rate: number): Drawn {
  const expiry = new Float64Array(xs.length);
  const today = new Float64Array(xs.length);
  for (let n = 0; n < xs.length; n++) {
    const price = (xs[n] ?? 0) * factor;
    expiry[n] = valueAtExpiry(terms, price, rate) - cost;
    today[n] = valueNow(terms, price, rate) + shift - cost;
  }
  const value = valueNow(terms, spotThen * factor, rate) + shift;
  const facts = {
    pnl: value - cost, value, cost, ...greeksOf(terms, spotThen * factor, rate, factor),
    ...(corners ? exactly(corners, cost) : roughly(xs, expiry, slope)),
  };
  return { id: held.id, expiry, today, facts, strikes };
}

/** All of it so many hours after the line of now. */
function later(prepared: readonly Prepared[], hours: number, xs: Float64Array, input: RiskInput): Float64Array {
  const line = new Float64Array(xs.length);
  const conditions = { ...input, whatIf: { ...input.whatIf, hours: input.whatIf.hours + hours } };
  for (const { held, factor, shift, cost } of prepared) {
    const underlying = input.underlyings[held.symbol];
    if (!underlying) continue;
    const terms = termsOf(held.legs, underlying, conditions);
    for (let n = 0; n < xs.length; n++) line[n] = (line[n] ?? 0) + valueNow(terms, (xs[n] ?? 0) * factor, input.rate) + shift - cost;
  }
  return line;
}

type AtExpiry = Pick<Facts, 'maxProfit' | 'maxLoss' | 'breakEvens' | 'isApproximate'>;

function exactly(corners: readonly Corner[], cost: number): AtExpiry {
  const line = payoffLine(corners, cost);
  const { max, min } = extremesOf(line);
  return { maxProfit: max, maxLoss: min, breakEvens: zerosOf(line), isApproximate: false };
}

function roughly(xs: Float64Array, expiry: Float64Array, slope: number): AtExpiry {
  return { maxProfit: slope > 0 ? null : Math.max(...expiry), maxLoss: slope < 0 ? null : Math.min(...expiry), breakEvens: crossings(xs, expiry), isApproximate: true };
}

function totalOf(prepared: Prepared[], each: Drawn[], xs: Float64Array, expiry: Float64Array): Facts {
  const sum = (of: (facts: Facts) => number) => each.reduce((total, { facts }) => total + of(facts), 0);
  const cost = sum((facts) => facts.cost);
  const straight = prepared.map(({ corners }) => corners);
  const isExact = straight.every((corners) => corners !== null);
  return {
    pnl: sum((facts) => facts.pnl), value: sum((facts) => facts.value), cost,
    delta: sum((facts) => facts.delta), gamma: sum((facts) => facts.gamma), theta: sum((facts) => facts.theta), vega: sum((facts) => facts.vega),
    ...(isExact ? exactly(straight.flatMap((corners) => corners ?? []), cost) : roughly(xs, expiry, slopeOf(prepared.flatMap(({ terms, factor }) => terms.map(({ right, quantity }) => ({ right, quantity: quantity * factor })))))),
  };
}
