import clsx from 'clsx';
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type RefObject, useId, useLayoutEffect, useRef, useState } from 'react';
import { strike as strikeText } from '../../kit/format';
import type { Heat } from '../../kit/prefs';
import { words } from '../../kit/words';
import type { Plane } from '../../live/plane';
import css from './HeatGrid.module.css';
import { HeatRow, SpotRow } from './HeatRow';
import { inView, type Place, ROW_PX, rowOf } from './rows';
import { sideAt } from './tiles';
import { heatWords } from './words';

export interface HeatGridProps {
  label: string;
  plane: Plane;
  columns: number[];
  spot: number;
  /** Row of the line that shows the price. */
  spotRow: number;
  /** Where each row begins, and last where they end. */
  tops: number[];
  /** Strikes at one expected move. */
  moveStrikes: Set<number>;
  heat: Heat;
  /** The tile that Tab leads to. */
  place: Place;
  /** It was chosen, not only proposed. */
  isChosen: boolean;
  scroller: RefObject<HTMLDivElement | null>;
  /** The grid came into sight: a hidden one cannot be scrolled. */
  onAppear: () => void;
  onKey: (event: KeyboardEvent) => void;
  onChoose: (place: Place) => void;
  /** The tile under the pointer; null means none. */
  onPoint: (place: Place | null) => void;
}

/** Strikes downwards, widths across. Only the rows in view exist, and the one that Tab leads to. */
export function HeatGrid(props: HeatGridProps) {
  const { label, plane, columns, tops, spotRow, place, scroller, onAppear, onKey, onChoose, onPoint } = props;
  const id = useId();
  const view = useView(scroller, onAppear);
  const focus = useRovingFocus(scroller, place, plane.strikes);
  const { from, to } = inView(tops, view.top, view.height);
  const rows = Array.from({ length: to - from }, (_, n) => from + n);
  const stopRow = rowOf(place.strike, spotRow);
  if (stopRow < from) rows.unshift(stopRow);
  else if (stopRow >= to) rows.push(stopRow);
  return (
    <>
      <p id={`${id}keys`} className="sr-only">{heatWords.keys}</p>
      <div
        ref={scroller}
        className={css.scroll}
        role="grid"
        tabIndex={-1}
        aria-label={label}
        aria-describedby={`${id}keys`}
        aria-rowcount={plane.strikes.length + 2}
        aria-colcount={columns.length + 1}
        style={{ '--columns': columns.length } as CSSProperties}
        data-testid="heat-grid"
        data-spot-row={spotRow}
        onKeyDown={onKey}
        {...focus}
        onClick={(event) => {
          const chosen = placeOf(event.target);
          if (chosen) onChoose(chosen);
        }}
        onPointerOver={(event: PointerEvent) => event.pointerType === 'mouse' && onPoint(placeOf(event.target))}
        onPointerLeave={() => onPoint(null)}
      >
        <div role="row" className={clsx(css.row, css.head)} aria-rowindex={1}>
          <span role="columnheader" className={css.strike}>{words.heatmap.strikes}</span>
          {columns.map((width) => <span key={width} role="columnheader" className={css.column}>{width === 0 ? words.heatmap.single : strikeText(width)}</span>)}
        </div>
        <div role="rowgroup" className={css.body} style={{ height: tops.at(-1) }}>
          {rows.map((row) => <AnyRow key={keyOf(row, plane.strikes, spotRow)} row={row} {...props} />)}
        </div>
      </div>
    </>
  );
}

function AnyRow({ row, plane, columns, spot, spotRow, tops, moveStrikes, heat, place, isChosen }: HeatGridProps & { row: number }) {
  const top = tops[row] ?? 0;
  if (row === spotRow) return <SpotRow top={top} ariaRow={row + 2} spot={spot} />;
  const index = row < spotRow ? row : row - 1;
  const strike = plane.strikes[index];
  if (strike === undefined) return null;
  const hasStop = place.strike === index;
  return (
    <HeatRow
      index={index} strike={strike} ariaRow={row + 2} top={top} height={(tops[row + 1] ?? top) - top} isMove={moveStrikes.has(strike)}
      side={sideAt(heat.side, strike, spot)} plane={plane} columns={columns} heat={heat} stop={hasStop ? place.column : -1} isStopActive={hasStop && isChosen}
    />
  );
}

function keyOf(row: number, strikes: number[], spotRow: number): number {
  return row === spotRow ? -1 : (strikes[row < spotRow ? row : row - 1] ?? -2);
}

/** The part of the rows that can be seen. */
function useView(scroller: RefObject<HTMLDivElement | null>, onAppear: () => void): { top: number; height: number } {
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
  return view;
}

/** Focus that is in the grid follows the place, even when the tile that had it is gone. */
function useRovingFocus(scroller: RefObject<HTMLDivElement | null>, { strike, column }: Place, strikes: number[]) {
  const isInside = useRef(false);
  useLayoutEffect(() => {
    if (!isInside.current) return;
    const stop = scroller.current?.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]');
    if (stop && stop !== document.activeElement) stop.focus({ preventScroll: true });
  }, [scroller, strike, column, strikes]);
  return {
    onFocus: ({ target, currentTarget }: { target: EventTarget; currentTarget: HTMLElement }) => {
      isInside.current = true;
      if (target === currentTarget) currentTarget.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]')?.focus({ preventScroll: true });
    },
    // A tile that was taken out of the page did not give its focus to anything else.
    onBlur: ({ target, relatedTarget, currentTarget }: { target: EventTarget; relatedTarget: EventTarget | null; currentTarget: HTMLElement }) => {
      const hasLeft = relatedTarget instanceof Node ? !currentTarget.contains(relatedTarget) : target instanceof Node && target.isConnected;
      if (hasLeft) isInside.current = false;
    },
  };
}

function placeOf(target: EventTarget): Place | null {
  const text = target instanceof Element ? target.closest('[data-place]')?.getAttribute('data-place') : null;
  if (!text) return null;
  const [strike = 0, column = 0] = text.split('-').map(Number);
  return { strike, column };
}
