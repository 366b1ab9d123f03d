import { type Ref, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { ticker } from '../../kit/format';
import { usePrefs } from '../../kit/prefs';
import { words } from '../../kit/words';
import { type HeatmapBook, planeOf } from '../../live/heatmap';
import { usePrices } from '../../live/stores';
import { cheapestOf } from './cheapest';
import { heightsOf } from './compress';
import { HeatGrid } from './HeatGrid';
import css from './HeatmapPanel.module.css';
import { HeatToolbar } from './HeatToolbar';
import type { HeatHandle } from './HeatTools';
import { type Place, ROW_PX, rowOf, spotIndex, topsOf } from './rows';
import { TileCard } from './TileCard';
import { HeatLegend, TileLine } from './TileLine';
import { cellAt, columnsOf, expectedMove, isAtMove, nearestTo, sideAt, stepOf } from './tiles';
import { useHeatKeys } from './useHeatKeys';
import { useScrolling } from './useScrolling';
import { heatWords } from './words';

const NO_CARD = 0;

export interface HeatProps {
  book: HeatmapBook;
  dte: number;
  onDte: (dte: number) => void;
  handle: Ref<HeatHandle>;
}

/** One plane: its tiles, the one that is chosen, and what is known of it. */
export function Heat({ book, dte, onDte, handle }: HeatProps) {
  const heat = usePrefs((prefs) => prefs.heat);
  const { symbol, spot, widths, dtes_available: dtes } = book;
  const vix = usePrices((prices) => prices.spots['I:VIX']?.value) ?? book.vix;
  const [chosen, setChosen] = useState<{ strike: number; width: number } | null>(null);
  const [pointed, setPointed] = useState<Place | null>(null);
  /** 1: open; more: open, and the keyboard was taken there. */
  const [card, setCard] = useState(NO_CARD);
  const [isNothingFound, setNothingFound] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const cardBox = useRef<HTMLElement>(null);
  useEffect(() => {
    if (card > 1) cardBox.current?.querySelector<HTMLElement>('button:not([disabled])')?.focus();
  }, [card]);

  const plane = planeOf(book, heat.strategy, dte);
  const { strikes } = plane;
  const columns = useMemo(() => columnsOf(heat.strategy, widths), [heat.strategy, widths]);
  const spotRow = spotIndex(strikes, spot);
  const move = expectedMove(spot, vix, dte);
  const edges = useMemo(() => {
    const step = stepOf(strikes);
    return strikes.filter((strike) => isAtMove(strike, spot, move, step)).join();
  }, [strikes, spot, move]);
  const moveStrikes = useMemo(() => new Set(edges.split(',').map(Number)), [edges]);
  const tops = useMemo(() => {
    const heights = heightsOf({ plane, columns, spot, move, heat, openStrike: chosen?.strike ?? null });
    return topsOf(heights.toSpliced(spotRow, 0, ROW_PX));
  }, [plane, columns, spot, move, heat, chosen, spotRow]);

  const atMoney = nearestTo(strikes, spot);
  const place: Place = {
    strike: chosen ? nearestTo(strikes, chosen.strike) : atMoney,
    column: Math.max(0, chosen ? nearestTo(columns, chosen.width) : 0),
  };
  const isThere = strikes.length > 0;
  const anchorRow = chosen ? rowOf(place.strike, spotRow) : -1;
  const anchor = useMemo(() => ({ key: chosen?.strike ?? 0, row: anchorRow }), [chosen, anchorRow]);
  const { centre, reveal, revealAnchor } = useScrolling({ scroller, strikes, tops, spotRow, anchor, isLocked: heat.isLocked });
  useLayoutEffect(() => {
    if (isThere) centre();
  }, [isThere, symbol, dte, heat.strategy, centre]);

  const isOpen = card > NO_CARD;
  // The card takes its room from the tiles.
  useLayoutEffect(() => {
    if (isOpen) revealAnchor();
  }, [isOpen, revealAnchor]);

  const choose = useCallback((next: Place) => {
    const [strike, width] = [strikes[next.strike], columns[next.column]];
    if (strike === undefined || width === undefined) return;
    setChosen({ strike, width });
    setNothingFound(false);
    reveal(rowOf(next.strike, spotRow));
  }, [strikes, columns, spotRow, reveal]);
  const goHome = useCallback(() => {
    choose({ strike: atMoney, column: place.column });
    centre();
  }, [choose, atMoney, place.column, centre]);
  const goCheapest = useCallback(() => {
    const found = cheapestOf(plane, columns, spot, move, heat);
    setNothingFound(found === null);
    if (found) choose({ strike: strikes.indexOf(found.strike), column: columns.indexOf(found.width) });
    return found !== null;
  }, [plane, columns, spot, move, heat, strikes, choose]);
  useImperativeHandle(handle, () => ({
    centre,
    // From outside the tiles: the keys of the tiles go on from there.
    goCheapest: () => {
      if (goCheapest()) scroller.current?.focus({ preventScroll: true });
    },
  }), [centre, goCheapest]);
  const turnPlane = useCallback((by: 1 | -1) => {
    const next = dtes[dtes.indexOf(dte) + by];
    if (next !== undefined) onDte(next);
  }, [dtes, dte, onDte]);
  const open = useCallback((next: Place) => {
    choose(next);
    setCard((was) => Math.max(1, was));
  }, [choose]);
  const close = useCallback(() => {
    setCard(NO_CARD);
    scroller.current?.focus({ preventScroll: true });
    return card !== NO_CARD;
  }, [card]);
  const keys = useHeatKeys({
    heat, strikes: strikes.length, columns: columns.length, place, onMove: choose, onHome: goHome, onPlane: turnPlane, onCheapest: goCheapest, onClose: close,
    onOpen: () => {
      choose(place);
      setCard((was) => Math.max(1, was) + 1);
    },
  });

  const sideOf = (strike: number) => sideAt(heat.side, strike, spot);
  const at = ({ strike: row, column }: Place) => {
    const [strike = NaN, width = NaN] = [strikes[row], columns[column]];
    return { strike, width, side: sideOf(strike), tile: plane.at(strike, width) };
  };
  const shown = pointed ?? (chosen ? place : null);
  const { strike, width, side, tile } = at(shown ?? place);
  const opened = at(place);
  return (
    <>
      <HeatToolbar heat={heat} dtes={dtes} dte={dte} onDte={onDte} />
      {isThere ? (
        <HeatGrid
          label={heatWords.grid(ticker(symbol), words.heatmap.strategies[heat.strategy].toLowerCase(), dte, heatWords.modeHints[heat.mode])}
          plane={plane} columns={columns} spot={spot} spotRow={spotRow} tops={tops} moveStrikes={moveStrikes} heat={heat} place={place} isChosen={chosen !== null}
          scroller={scroller} onAppear={centre} onKey={keys} onChoose={open} onPoint={setPointed}
        />
      ) : <p className={css.nothing}>{words.heatmap.noTiles}</p>}
      {isOpen && opened.tile?.[opened.side] ? (
        <TileCard ref={cardBox} tile={opened.tile} side={opened.side} spot={spot} move={move} price={heat.price} onClose={close} />
      ) : null}
      <div className={css.foot}>
        {!isOpen && <TileLine tile={shown ? tile : undefined} side={side} cell={shown ? cellAt(plane, strike, width, side, heat) : null} />}
        {isNothingFound && <p className={css.line} role="status">{heatWords.noCheapest}</p>}
        <HeatLegend heat={heat} />
      </div>
    </>
  );
}
