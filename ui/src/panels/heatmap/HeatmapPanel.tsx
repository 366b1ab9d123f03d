import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { percentOf, ticker } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { usePrefs } from '../../kit/prefs';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { type HeatmapBook, planeOf } from '../../live/heatmap';
import { usePanelState } from '../../live/hooks';
import { useHeatmap } from '../../live/useModels';
import { HeatGrid } from './HeatGrid';
import css from './HeatmapPanel.module.css';
import { CentreButton, HeatToolbar } from './HeatToolbar';
import { centred, type Place, revealed, ROW_PX, rowOf, spotIndex } from './rows';
import { HeatLegend, TileLine } from './TileLine';
import { cellAt, columnsOf, expectedMove, isAtMove, stepOf, strikesOf } from './tiles';
import { useHeatKeys } from './useHeatKeys';

/** What each structure costs by strike and width, one expiration at a time. */
export function HeatmapPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const { book, fetched } = useHeatmap(symbol);
  const scroller = useRef<HTMLDivElement>(null);
  const [dteWanted, setDte] = useState<number | null>(null);
  const ts = book && book.dtes_available.length > 0 ? book.ts : null;
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.heatmap, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });
  const dte = book?.dtes_available.find((each) => each === dteWanted) ?? book?.dtes_available[0] ?? 0;
  const centre = useCallback(() => {
    const box = scroller.current;
    const row = Number(box?.dataset['spotRow']);
    if (box && Number.isFinite(row)) box.scrollTo({ top: centred(row, box.clientHeight - ROW_PX) });
  }, []);

  return (
    <Panel
      title={words.heatmap.title}
      className={className}
      state={state}
      asOf={ts}
      empty={words.heatmap.empty(ticker(symbol))}
      onRetry={fetched.retry}
      note={book && <span className={css.note}>{words.heatmap.iv(percentOf(book.atm_iv[dte]))}</span>}
      actions={ts !== null && <CentreButton onClick={centre} />}
    >
      {book && <Heat book={book} dte={dte} onDte={setDte} onCentre={centre} scroller={scroller} />}
    </Panel>
  );
}

interface HeatProps {
  book: HeatmapBook;
  dte: number;
  onDte: (dte: number) => void;
  onCentre: () => void;
  scroller: RefObject<HTMLDivElement | null>;
}

function Heat({ book, dte, onDte, onCentre, scroller }: HeatProps) {
  const heat = usePrefs((prefs) => prefs.heat);
  const { symbol, spot, vix, widths, dtes_available: dtes } = book;
  const [active, setActive] = useState<Place | null>(null);
  const [pointed, setPointed] = useState<Place | null>(null);
  const plane = planeOf(book, heat.strategy, dte);
  const strikes = useMemo(() => strikesOf(plane), [plane]);
  const columns = useMemo(() => columnsOf(heat.strategy, widths), [heat.strategy, widths]);
  const spotRow = spotIndex(strikes, spot);
  const moveStrikes = useMemo(() => {
    const step = stepOf(strikes);
    const move = expectedMove(spot, vix, dte);
    return new Set(strikes.filter((strike) => isAtMove(strike, spot, move, step)));
  }, [strikes, spot, vix, dte]);

  const isThere = strikes.length > 0;
  useLayoutEffect(() => {
    if (isThere) onCentre();
  }, [isThere, symbol, dte, heat.strategy, onCentre]);

  const move = useCallback((place: Place) => {
    setActive(place);
    const box = scroller.current;
    box?.scrollTo({ top: revealed(rowOf(place.strike, spotRow), box.scrollTop, box.clientHeight - ROW_PX) });
  }, [scroller, spotRow]);
  const onPlane = useCallback((by: 1 | -1) => {
    const next = dtes[dtes.indexOf(dte) + by];
    if (next !== undefined) onDte(next);
  }, [dtes, dte, onDte]);
  const atMoney = Math.max(0, Math.min(strikes.length - 1, nearest(strikes, spot)));
  const keys = useHeatKeys({ strikes: strikes.length, columns: columns.length, atMoney, active, onMove: move, onCentre, onPlane, strategy: heat.strategy });

  const shown = pointed ?? active;
  const shownStrike = shown ? strikes[shown.strike] : undefined;
  const shownWidth = shown ? columns[shown.column] : undefined;
  const cell = shownStrike === undefined || shownWidth === undefined ? null : cellAt(plane, shownStrike, shownWidth, spot, heat);
  return (
    <>
      <HeatToolbar heat={heat} dtes={dtes} dte={dte} onDte={onDte} />
      {isThere ? (
        <HeatGrid
          label={words.heatmap.grid(ticker(symbol), words.heatmap.strategies[heat.strategy].toLowerCase(), dte)}
          plane={plane} strikes={strikes} columns={columns} spot={spot} spotRow={spotRow} moveStrikes={moveStrikes} heat={heat} active={active}
          scroller={scroller} onAppear={onCentre} onKey={keys} onChoose={move} onPoint={setPointed}
        />
      ) : <p className={css.nothing}>{words.heatmap.noTiles}</p>}
      <div className={css.foot}>
        <TileLine cell={cell} />
        <HeatLegend heat={heat} />
      </div>
    </>
  );
}

function nearest(strikes: number[], spot: number): number {
  let best = 0;
  strikes.forEach((strike, n) => {
    if (Math.abs(strike - spot) < Math.abs((strikes[best] ?? Infinity) - spot)) best = n;
  });
  return best;
}
