import { useEffect, useState } from 'react';
import type { HeatmapBook } from '../../live/heatmap';
import { serverNow } from '../../live/line';
import { marketNow } from '../../live/marketClock';
import { useHeatmaps, useLine, usePrices } from '../../live/stores';

/** What the graph needs of the live world. */
export interface Market {
  spots: Record<string, number>;
  books: Record<string, HeatmapBook>;
  vix: number | null;
  /** Market time, epoch seconds, in steps. */
  nowSec: number;
}

/** The graph follows the market this often. */
const EVERY_MS = 250;
const TIME_STEP_SEC = 10;

/** The market of `symbols` (separated by spaces), taken four times a second at most. */
export function useMarket(symbols: string): Market {
  const [held, setHeld] = useState(() => taken(symbols));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastMs = -Infinity;
    let isKnown = false;
    const take = () => {
      timer = undefined;
      lastMs = performance.now();
      const next = taken(symbols);
      isKnown = Object.keys(next.market.books).length === symbols.split(' ').length;
      setHeld((before) => (before.print === next.print ? before : next));
    };
    const onChange = () => {
      if (timer !== undefined) return;
      // What comes first is not waited for: prices and heatmaps come one after the other.
      const waitMs = isKnown ? lastMs + EVERY_MS - performance.now() : 0;
      if (waitMs > 0) timer = setTimeout(take, waitMs);
      else take();
    };
    take();
    const stops = [useLine, usePrices, useHeatmaps].map((store) => store.subscribe(onChange));
    return () => {
      for (const stop of stops) stop();
      clearTimeout(timer);
    };
  }, [symbols]);
  return held.market;
}

/** `print` is equal when nothing changed that the graph shows. */
function taken(symbols: string): { market: Market; print: string } {
  const { spots } = usePrices.getState();
  const books = useHeatmaps.getState();
  const market: Market = { spots: {}, books: {}, vix: spots['I:VIX']?.value ?? null, nowSec: presentStep() };
  let print = `${market.vix} ${market.nowSec}`;
  for (const symbol of symbols.split(' ')) {
    const book = books[symbol];
    const spot = spots[symbol]?.value ?? book?.spot;
    if (book) market.books[symbol] = book;
    if (spot !== undefined) market.spots[symbol] = spot;
    market.vix ??= book?.vix ?? null;
    print += ` ${spot} ${book?.epoch} ${book?.version}`;
  }
  return { market, print };
}

function presentStep(): number {
  const line = useLine.getState();
  const { clock } = usePrices.getState();
  const wallSec = line.skewMs === null ? Date.now() / 1000 : serverNow(line);
  const sec = clock ? marketNow(clock, wallSec) : wallSec;
  return Math.floor(sec / TIME_STEP_SEC) * TIME_STEP_SEC;
}
