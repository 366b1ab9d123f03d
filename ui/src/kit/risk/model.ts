import type { Leg } from '../../api/positions';
import { optionGreeks, optionValue } from './blackScholes';
import { yearsBetween, yearsTo } from './expiration';
import { unitsOf } from './legs';
import { baseVol, regimeOf, type Regime, type Skew, SKEWS, volAt } from './smile';

export const RATE = 0.05;
export const MULTIPLIER = 100;

/** What is known of an underlying. */
export interface Underlying {
  spot: number;
  /** Volatility at the money by expiration date, 1.00 = 100 %. */
  ivs: Record<string, number>;
}

export interface WhatIf {
  /** Forward from now. */
  hours: number;
  /** Of the price, percent. */
  spotPct: number;
  /** Added to volatility, in points of a percent. */
  volPoints: number;
  /** Null: the one that the VIX stands for. */
  regime: Regime | null;
}

export const NO_WHAT_IF: WhatIf = { hours: 0, spotPct: 0, volPoints: 0, regime: null };

/** One leg made ready for many prices; `quantity` includes the multiplier. */
export interface Term {
  right: Leg['right'];
  strike: number;
  quantity: number;
  years: number;
  vol: number;
  /** What is left of it at the first expiration of its position; 0 = its own. */
  yearsAfter: number;
  /** Volatility that the time after the first expiration is priced with. */
  volAfter: number;
}

export interface Conditions {
  nowSec: number;
  vix: number;
  rate: number;
  whatIf: WhatIf;
}

export function skewIn({ vix, whatIf }: Conditions): Skew {
  return SKEWS[whatIf.regime ?? regimeOf(vix + whatIf.volPoints)];
}

/** The earliest expiration of `legs`. */
export function firstExpiration(legs: readonly Leg[]): string {
  return legs.reduce((first, { expiration }) => (expiration < first ? expiration : first), legs[0]?.expiration ?? '');
}

export function isOneExpiration(legs: readonly Leg[]): boolean {
  return legs.every(({ expiration }) => expiration === legs[0]?.expiration);
}

/** The legs under `conditions`. The smile hangs on the price now: it does not move with the price that is drawn. */
export function termsOf(legs: readonly Leg[], { spot, ivs }: Underlying, conditions: Conditions, multiplier = MULTIPLIER): Term[] {
  const { nowSec, vix, whatIf } = conditions;
  const skew = skewIn(conditions);
  const first = firstExpiration(legs);
  return legs.map(({ right, strike, quantity, expiration }) => {
    const base = Math.max(0.01, baseVol(ivs[expiration], vix) + whatIf.volPoints / 100);
    const vol = volAt(base, skew, strike, spot);
    return {
      right, strike, quantity: quantity * multiplier, vol, volAfter: vol,
      years: yearsTo(expiration, nowSec + whatIf.hours * 3600), yearsAfter: yearsBetween(first, expiration),
    };
  });
}

/** What the terms are worth at `price` now, dollars. */
export function valueNow(terms: readonly Term[], price: number, rate: number): number {
  let sum = 0;
  for (const { right, strike, quantity, years, vol } of terms) sum += quantity * optionValue(right, price, strike, years, rate, vol);
  return sum;
}

/** What the terms are worth at `price` at their first expiration, dollars. */
export function valueAtExpiry(terms: readonly Term[], price: number, rate: number): number {
  let sum = 0;
  for (const { right, strike, quantity, yearsAfter, volAfter } of terms) sum += quantity * optionValue(right, price, strike, yearsAfter, rate, volAfter);
  return sum;
}

export interface PositionGreeks {
  /** Dollars per point. */
  delta: number;
  /** Change of delta per point. */
  gamma: number;
  /** Dollars per day. */
  theta: number;
  /** Dollars per point of volatility. */
  vega: number;
}

/** Sensitivities per point of a price of which the underlying moves `factor` points. */
export function greeksOf(terms: readonly Term[], price: number, rate: number, factor = 1): PositionGreeks {
  const sum: PositionGreeks = { delta: 0, gamma: 0, theta: 0, vega: 0 };
  for (const { right, strike, quantity, years, vol } of terms) {
    const one = optionGreeks(right, price, strike, years, rate, vol);
    sum.delta += quantity * one.delta * factor;
    sum.gamma += quantity * one.gamma * factor * factor;
    sum.theta += (quantity * one.theta) / 365;
    sum.vega += (quantity * one.vega) / 100;
  }
  return sum;
}

/** What one unit of `legs` is worth by the model now, points. */
export function unitValue(legs: readonly Leg[], underlying: Underlying, conditions: Conditions): number {
  return valueNow(termsOf(legs, underlying, conditions, 1), underlying.spot, conditions.rate) / unitsOf(legs);
}
