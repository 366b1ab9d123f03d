import { type Grip, type Fly, wingsOf } from '../../kit/risk/fly';
import { valueAt } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import { PAD, type Stage, xOf, yOf } from './scale';

/** Where a butterfly can be taken: at its corner of the line, and at the mark of its strike below. */
export interface GripPlace {
  grip: Grip;
  price: number;
  dollars: number;
}

const REACH_PX = 14;
const MARK_PX = 4;

export function gripPlaces(fly: Fly, { xs, expiry }: Pick<RiskPicture, 'xs' | 'expiry'>): GripPlace[] {
  const { lower, upper } = wingsOf(fly);
  const at = (grip: Grip, price: number) => ({ grip, price, dollars: valueAt(xs, expiry, price) });
  return [at('lower', lower), at('body', fly.body), at('upper', upper)];
}

/** The nearest grip within reach of a point. */
export function gripAt(places: readonly GripPlace[], stage: Stage, x: number, y: number): GripPlace | null {
  const floor = stage.height - PAD.bottom + MARK_PX;
  let found: GripPlace | null = null;
  let least = REACH_PX;
  for (const place of places) {
    const across = x - xOf(stage, place.price);
    const far = Math.min(Math.hypot(across, y - yOf(stage, place.dollars)), Math.hypot(across, y - floor));
    if (far > least) continue;
    least = far;
    found = place;
  }
  return found;
}
