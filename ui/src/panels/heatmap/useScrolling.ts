import { type RefObject, useCallback, useLayoutEffect, useRef } from 'react';
import { centred, revealed, ROW_PX } from './rows';

export interface Anchor {
  key: number;
  row: number;
}

export interface Scrolling {
  scroller: RefObject<HTMLDivElement | null>;
  strikes: number[];
  /** Where each row begins, and last where they end. */
  tops: number[];
  spotRow: number;
  /** What is looked at: a chosen strike's row, or -1 for the price. */
  anchor: Anchor;
  /** The price stays in the middle while no tile has the focus. */
  isLocked: boolean;
}

/** Brings the price to the middle, or a row just into view. What is looked at stays where it is when rows come, go or shrink. */
export function useScrolling({ scroller, strikes, tops, spotRow, anchor, isLocked }: Scrolling) {
  const laid = useRef({ strikes, tops, spotRow, anchor });
  useLayoutEffect(() => {
    const before = laid.current;
    laid.current = { strikes, tops, spotRow, anchor };
    const isLaidAnew = before.strikes !== strikes || before.tops.at(-1) !== tops.at(-1);
    const rowIn = (rows: typeof before) => rows.tops[anchor.row < 0 ? rows.spotRow : rows.anchor.row] ?? 0;
    const shift = rowIn(laid.current) - rowIn(before);
    if (isLaidAnew && before.anchor.key === anchor.key && shift !== 0) scroller.current?.scrollBy({ top: shift });
  }, [scroller, strikes, tops, spotRow, anchor]);

  const centre = useCallback(() => {
    const box = scroller.current;
    if (box) box.scrollTo({ top: centred(laid.current.tops, laid.current.spotRow, box.clientHeight - ROW_PX) });
  }, [scroller]);
  const reveal = useCallback((row: number) => {
    const box = scroller.current;
    if (box) box.scrollTo({ top: revealed(laid.current.tops, row, box.scrollTop, box.clientHeight - ROW_PX) });
  }, [scroller]);

  /** Brings what is looked at into view. */
  const revealAnchor = useCallback(() => {
    const { anchor: held, spotRow: row } = laid.current;
    reveal(held.row < 0 ? row : held.row);
  }, [reveal]);

  const spotTop = tops[spotRow];
  useLayoutEffect(() => {
    const box = scroller.current;
    const isBusy = box !== null && box !== document.activeElement && box.contains(document.activeElement);
    if (isLocked && !isBusy) centre();
  }, [isLocked, spotTop, scroller, centre]);
  return { centre, reveal, revealAnchor };
}
