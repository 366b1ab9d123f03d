import clsx from 'clsx';
import { type CSSProperties, memo } from 'react';
import { price } from '../../kit/format';
import css from './HeatGrid.module.css';

export interface HeatCellProps {
  id: string;
  place: string;
  column: number;
  cost: number | null;
  isHot: boolean;
  amount: number;
  isInZone: boolean;
  isActive: boolean;
}

/** One tile: what it costs, on the colour of its change. */
export const HeatCell = memo(function HeatCell({ id, place, column, cost, isHot, amount, isInZone, isActive }: HeatCellProps) {
  const isKnown = cost !== null;
  return (
    <span
      id={id}
      role="gridcell"
      className={clsx(css.cell, isKnown && (isHot ? css.hot : css.cold), isKnown && isInZone && css.zone, isActive && css.active)}
      style={{ '--p': `${amount * 100}%` } as CSSProperties}
      data-place={place}
      aria-colindex={column}
      aria-selected={isActive}
    >
      {price(cost)}
    </span>
  );
});
