import clsx from 'clsx';
import { type CSSProperties, memo } from 'react';
import css from './HeatGrid.module.css';

export interface HeatCellProps {
  place: string;
  column: number;
  text: string;
  isKnown: boolean;
  isHot: boolean;
  amount: number;
  isInZone: boolean;
  /** The tile that was chosen. */
  isActive: boolean;
  /** The tile that Tab leads to. */
  isStop: boolean;
}

/** One tile: its number on the colour of its change. */
export const HeatCell = memo(function HeatCell({ place, column, text, isKnown, isHot, amount, isInZone, isActive, isStop }: HeatCellProps) {
  return (
    <span
      role="gridcell"
      tabIndex={isStop ? 0 : -1}
      className={clsx(css.cell, isKnown && (isHot ? css.hot : css.cold), isKnown && isInZone && css.zone, isActive && css.active)}
      style={{ '--p': `${amount * 100}%` } as CSSProperties}
      data-place={place}
      aria-colindex={column}
      aria-selected={isActive}
    >
      {text}
    </span>
  );
});
