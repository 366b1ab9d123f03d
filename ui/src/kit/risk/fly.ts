import type { Leg, Right } from '../../api/positions';
import { merged, recognise } from './legs';

/** A butterfly as it is moved about: equal wings, one of them widened by `broken`. */
export interface Fly {
  expiration: string;
  right: Right;
  body: number;
  width: number;
  /** Points by which the upper wing (positive) or the lower one (negative) is wider. */
  broken: number;
  /** Signed: how many are bought. */
  units: number;
}

/** The butterfly that `legs` are; null when they are something else. */
export function flyOf(legs: readonly Leg[]): Fly | null {
  const { type, direction, right, strike, width, units } = recognise(legs);
  if ((type !== 'butterfly' && type !== 'bwb') || right === 'both' || width === null) return null;
  const [low, , high] = merged(legs);
  if (!low || !high) return null;
  return {
    expiration: low.expiration, right, body: strike, width, broken: high.strike - strike - (strike - low.strike), units: direction === 'long' ? units : -units,
  };
}

export function wingsOf({ body, width, broken }: Fly): { lower: number; upper: number } {
  return { lower: body - width - Math.max(0, -broken), upper: body + width + Math.max(0, broken) };
}

export function legsOfFly(fly: Fly): Leg[] {
  const { expiration, right, body, units } = fly;
  const { lower, upper } = wingsOf(fly);
  return [
    { expiration, right, strike: lower, quantity: units },
    { expiration, right, strike: body, quantity: -2 * units },
    { expiration, right, strike: upper, quantity: units },
  ];
}

export type FlyMove = 'down' | 'up' | 'wider' | 'narrower' | 'breakLower' | 'breakUpper';

/** What may be chosen: the distance of strikes and the widths of the heatmap. */
export interface FlySteps {
  strike: number;
  widths: readonly number[];
}

/** The butterfly after one step; the same one where there is no room. */
export function moved(fly: Fly, move: FlyMove, steps: FlySteps): Fly {
  const next = after(fly, move, steps);
  return next.width > 0 ? kept(fly, next) : fly;
}

function after(fly: Fly, move: FlyMove, { strike, widths }: FlySteps): Fly {
  switch (move) {
    case 'down':
      return { ...fly, body: fly.body - strike };
    case 'up':
      return { ...fly, body: fly.body + strike };
    case 'wider':
      return { ...fly, width: widths.find((width) => width > fly.width) ?? fly.width + strike };
    case 'narrower':
      return { ...fly, width: widths.toReversed().find((width) => width < fly.width) ?? fly.width - strike };
    case 'breakLower':
      return { ...fly, broken: fly.broken - strike };
    case 'breakUpper':
      return { ...fly, broken: fly.broken + strike };
  }
}

/** What of a butterfly can be taken by the mouse. */
export type Grip = 'lower' | 'body' | 'upper';

/** The butterfly whose `grip` is drawn to `price`: the body takes the wings along, a wing takes the other one along unless it goes alone. */
export function dragged(fly: Fly, grip: Grip, price: number, step: number, isAlone: boolean): Fly {
  const steps = (points: number) => Math.round(points / step) * step;
  const { lower, upper } = wingsOf(fly);
  if (grip === 'body') return kept(fly, { ...fly, body: fly.body + steps(price - fly.body) });
  const [low, high] = [fly.body - lower, upper - fly.body];
  const far = Math.max(step, steps(grip === 'lower' ? fly.body - price : price - fly.body));
  if (isAlone) {
    const [nextLow, nextHigh] = grip === 'lower' ? [far, high] : [low, far];
    return kept(fly, { ...fly, width: Math.min(nextLow, nextHigh), broken: nextHigh - nextLow });
  }
  return kept(fly, { ...fly, width: Math.max(step, fly.width + far - (grip === 'lower' ? low : high)) });
}

/** `next`, unless a strike of it would not be above 0. */
function kept(fly: Fly, next: Fly): Fly {
  return wingsOf(next).lower > 0 ? next : fly;
}

export function isSameFly(a: Fly, b: Fly): boolean {
  return a.body === b.body && a.width === b.width && a.broken === b.broken;
}
