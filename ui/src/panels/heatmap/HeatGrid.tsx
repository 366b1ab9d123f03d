import clsx from 'clsx';
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type RefObject, useId, useLayoutEffect, useState } from 'react';
import { price, strike as strikeText } from '../../kit/format';
import type { Heat } from '../../kit/prefs';
import { words } from '../../kit/words';
import type { Plane } from '../../live/heatmap';
import { HeatCell } from './HeatCell';
import css from './HeatGrid.module.css';
import { inView, type Place, ROW_PX, rowOf } from './rows';
import { cellAt } from './tiles';

export interface HeatGridProps {
  label: string;
  plane: Plane;
  strikes: number[];
  columns: number[];
  spot: number;
  /** Row of the line that shows the price. */
  spotRow: number;
  /** Strikes at one expected move. */
  moveStrikes: Set<number>;
  heat: Heat;
  active: Place | null;
  scroller: RefObject<HTMLDivElement | null>;
  /** The grid came into sight: a hidden one cannot be scrolled. */
  onAppear: () => void;
  onKey: (event: KeyboardEvent) => void;
  onChoose: (place: Place) => void;
  /** The tile under the pointer; null means none. */
  onPoint: (place: Place | null) => void;
}

/** Strikes downwards, widths across. Only the rows in view exist. */
export function HeatGrid(props: HeatGridProps) {
  const { label, strikes, columns, spotRow, active, scroller, onAppear, onKey, onChoose, onPoint } = props;
  const id = useId();
  const [view, setView] = useState({ top: 0, height: 480 });
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    let wasSeen = false;
    const measure = () => {
      const isSeen = box.clientHeight > 0;
      if (isSeen && !wasSeen) onAppear();
      wasSeen = isSeen;
      setView({ top: box.scrollTop, height: box.clientHeight - ROW_PX });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    box.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', measure);
    };
  }, [scroller, onAppear]);

  const { from, to } = inView(view.top, view.height, strikes.length + 1);
  const activeRow = active === null ? -1 : rowOf(active.strike, spotRow);
  const isActiveShown = activeRow >= from && activeRow < to;
  return (
    <div
      ref={scroller}
      className={css.scroll}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-describedby={`${id}keys`}
      aria-rowcount={strikes.length + 2}
      aria-colcount={columns.length + 1}
      aria-activedescendant={active && isActiveShown ? `${id}${active.strike}-${active.column}` : undefined}
      style={{ '--columns': columns.length } as CSSProperties}
      data-testid="heat-grid"
      data-spot-row={spotRow}
      onKeyDown={onKey}
      onClick={(event) => {
        const place = placeOf(event.target);
        if (place) onChoose(place);
      }}
      onPointerOver={(event: PointerEvent) => event.pointerType === 'mouse' && onPoint(placeOf(event.target))}
      onPointerLeave={() => onPoint(null)}
    >
      <p id={`${id}keys`} className="sr-only">{words.heatmap.keys}</p>
      <div role="row" className={clsx(css.row, css.head)} aria-rowindex={1}>
        <span role="columnheader" className={css.strike}>{words.heatmap.strikes}</span>
        {columns.map((width) => <span key={width} role="columnheader" className={css.column}>{width === 0 ? words.heatmap.single : strikeText(width)}</span>)}
      </div>
      <div role="rowgroup" className={css.body} style={{ height: (strikes.length + 1) * ROW_PX }}>
        {Array.from({ length: to - from }, (_, n) => <Row key={keyOf(from + n, strikes, spotRow)} id={id} row={from + n} {...props} />)}
      </div>
    </div>
  );
}

function Row({ id, row, plane, strikes, columns, spot, spotRow, moveStrikes, heat, active }: HeatGridProps & { id: string; row: number }) {
  if (row === spotRow) return <SpotRow row={row} spot={spot} />;
  const index = row < spotRow ? row : row - 1;
  const strike = strikes[index];
  if (strike === undefined) return null;
  return (
    <div role="row" className={clsx(css.row, css.tiles)} style={{ top: row * ROW_PX }} aria-rowindex={row + 2} data-strike={strike}>
      <span role="rowheader" className={css.strike} title={moveStrikes.has(strike) ? words.heatmap.moveHint : undefined}>
        {moveStrikes.has(strike) && <em className={css.move}>{words.heatmap.move}</em>}
        {strikeText(strike)}
      </span>
      {columns.map((width, column) => {
        const { cost, shade } = cellAt(plane, strike, width, spot, heat);
        return (
          <HeatCell key={width} id={`${id}${index}-${column}`} place={`${index}-${column}`} column={column + 2} cost={cost} {...shade} isActive={active?.strike === index && active.column === column} />
        );
      })}
    </div>
  );
}

function SpotRow({ row, spot }: { row: number; spot: number }) {
  return (
    <div role="row" className={clsx(css.row, css.spot)} style={{ top: row * ROW_PX }} aria-rowindex={row + 2} data-testid="heat-spot">
      <span role="rowheader" className={css.strike}>{words.heatmap.spot}</span>
      <span role="gridcell" className={css.spotValue}>{price(spot)}</span>
    </div>
  );
}

function keyOf(row: number, strikes: number[], spotRow: number): number {
  return row === spotRow ? -1 : (strikes[row < spotRow ? row : row - 1] ?? -2);
}

function placeOf(target: EventTarget): Place | null {
  const text = target instanceof Element ? target.closest('[data-place]')?.getAttribute('data-place') : null;
  if (!text) return null;
  const [strike = 0, column = 0] = text.split('-').map(Number);
  return { strike, column };
}
