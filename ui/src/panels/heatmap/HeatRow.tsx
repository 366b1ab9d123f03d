import clsx from 'clsx';
import { memo } from 'react';
import { price, score, strike as strikeText } from '../../kit/format';
import type { Heat } from '../../kit/prefs';
import { words } from '../../kit/words';
import type { Plane, Side } from '../../live/plane';
import { HeatCell } from './HeatCell';
import css from './HeatGrid.module.css';
import { cellAt, shadeOf } from './tiles';

/** Below this height a number cannot be read. */
const READABLE_PX = 13;

export interface HeatRowProps {
  index: number;
  strike: number;
  ariaRow: number;
  top: number;
  height: number;
  /** At one expected move from the price. */
  isMove: boolean;
  side: Side;
  plane: Plane;
  columns: number[];
  heat: Heat;
  /** The column that Tab leads to; -1 when it is on another row. */
  stop: number;
  isStopActive: boolean;
}

/** The tiles of one strike. */
export const HeatRow = memo(function HeatRow({ index, strike, ariaRow, top, height, isMove, side, plane, columns, heat, stop, isStopActive }: HeatRowProps) {
  return (
    <div role="row" className={clsx(css.row, css.tiles, isMove && css.edge, height < READABLE_PX && css.thin)} style={{ top, height }} aria-rowindex={ariaRow} data-strike={strike}>
      <span role="rowheader" className={css.strike} title={isMove ? words.heatmap.moveHint : undefined}>
        {isMove && <em className={css.move}>{words.heatmap.move}</em>}
        {strikeText(strike)}
      </span>
      {columns.map((width, column) => {
        const { cost, changePct, shown } = cellAt(plane, strike, width, side, heat);
        return (
          <HeatCell
            key={width} place={`${index}-${column}`} column={column + 2} text={textOf(shown, heat.mode)} isKnown={cost !== null} {...shadeOf(changePct, heat.threshold)}
            isInZone={changePct >= heat.zone} isStop={stop === column} isActive={isStopActive && stop === column}
          />
        );
      })}
    </div>
  );
});

function textOf(shown: number | null, mode: Heat['mode']): string {
  return mode === 'debit' ? price(shown) : score(shown);
}

/** The line of the price between its two strikes. */
export function SpotRow({ top, ariaRow, spot }: { top: number; ariaRow: number; spot: number }) {
  return (
    <div role="row" className={clsx(css.row, css.spot)} style={{ top }} aria-rowindex={ariaRow} data-testid="heat-spot">
      <span role="rowheader" className={css.strike}>{words.heatmap.spot}</span>
      <span role="gridcell" className={css.spotValue}>{price(spot)}</span>
    </div>
  );
}
