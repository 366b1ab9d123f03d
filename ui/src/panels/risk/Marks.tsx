import { memo } from 'react';
import { price as priceText, strike as strikeText } from '../../kit/format';
import type { RiskPicture } from '../../kit/risk/picture';
import type { GripPlace } from './grips';
import css from './RiskChart.module.css';
import { PAD, type Stage, xOf, yOf } from './scale';

/** A break-even has its number on the side away from the next one when that is nearer than this. */
const LABEL_PX = 64;
/** Room for a number at either edge. */
const EDGE_PX = 56;

export interface MarksProps {
  picture: RiskPicture;
  stage: Stage;
  /** Where the butterfly in hand can be taken. */
  places: readonly GripPlace[];
}

/** Strikes, break-evens and grips. */
export const Marks = memo(function Marks({ picture, stage, places }: MarksProps) {
  const { view, height } = stage;
  const floor = height - PAD.bottom;
  const isIn = (price: number) => price >= view[0] && price <= view[1];
  const zero = yOf(stage, 0);
  const breakEvens = picture.total.breakEvens.filter(isIn);
  const gripOf = (price: number) => places.find((place) => place.price === price)?.grip;
  return (
    <g aria-hidden="true">
      {picture.strikes.filter(isIn).map((price) => (
        <path key={price} className={css.strike} data-grip={gripOf(price)} data-strike={price} d={`M${xOf(stage, price)} ${floor}l-5 8h10z`}>
          <title>{strikeText(price)}</title>
        </path>
      ))}
      {breakEvens.map((price) => <circle key={price} className={css.breakEven} cx={xOf(stage, price)} cy={zero} r={3.5} />)}
      {breakEvens.map((price, n) => {
        const anchor = anchorOf(breakEvens.map((each) => xOf(stage, each)), n, stage.width);
        return anchor && (
          <text key={price} className={css.breakEvenText} data-break-even={price} x={xOf(stage, price) + { start: 6, middle: 0, end: -6 }[anchor]} y={zero - 8} textAnchor={anchor}>{priceText(price)}</text>
        );
      })}
      {places.filter(({ price }) => isIn(price)).map(({ grip, price, dollars }) => (
        <circle key={grip} className={css.grip} data-grip={grip} data-grip-price={price} cx={xOf(stage, price)} cy={yOf(stage, dollars)} r={4.5} />
      ))}
    </g>
  );
});

/** Where the number of the `n`th point of ascending `xs` lies so that it covers no other; null when there is no room. */
export function anchorOf(xs: readonly number[], n: number, width: number): 'start' | 'middle' | 'end' | null {
  const x = xs[n] ?? 0;
  const isFreeLeft = x - (xs[n - 1] ?? -Infinity) > 2 * LABEL_PX && x - PAD.left > EDGE_PX;
  const isFreeRight = (xs[n + 1] ?? Infinity) - x > 2 * LABEL_PX && width - PAD.right - x > EDGE_PX;
  const isNear = (xs[n + 1] ?? Infinity) - x < LABEL_PX || x - (xs[n - 1] ?? -Infinity) < LABEL_PX;
  if (!isNear && x - PAD.left > EDGE_PX / 2 && width - PAD.right - x > EDGE_PX / 2) return 'middle';
  if (isFreeLeft) return 'end';
  return isFreeRight ? 'start' : null;
}
