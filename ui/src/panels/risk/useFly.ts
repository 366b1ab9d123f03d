import { type KeyboardEvent, useCallback, useMemo, useState } from 'react';
import type { Position } from '../../api/positions';
import { updatePosition } from '../../kit/positions';
import { dragged, type Fly, type FlyMove, type FlySteps, flyOf, type Grip, isSameFly, legsOfFly, moved } from '../../kit/risk/fly';
import { type PriceKind, strikeStep } from '../../kit/risk/quotes';
import { livePrice, type PricedFly, pricedFly } from './input';
import type { Market } from './useMarket';

/** The butterfly that the graph is focused on, as it is kept and as it is moved about. */
export interface FlyFocus {
  position: Position;
  kept: Fly;
  now: PricedFly;
  /** What one unit costs in the market of now; null when that is unknown. */
  live: number | null;
  isMoved: boolean;
  steps: FlySteps;
  /** The same butterfly one step on, with what it costs. */
  neighbours: { move: 'down' | 'up' | 'wider' | 'narrower'; priced: PricedFly | null }[];
  move: (move: FlyMove) => void;
  drag: (grip: Grip, price: number, isAlone: boolean) => void;
  keep: () => void;
  restore: () => void;
}

const STEP_FALLBACK: Record<string, number> = { 'I:NDX': 10 };
const NEIGHBOURS = ['up', 'wider', 'narrower', 'down'] as const;

/** Nothing is saved before `keep`. Null when `position` is no butterfly. */
export function useFly(position: Position | null, market: Market, price: PriceKind): FlyFocus | null {
  const [draft, setDraft] = useState<{ id: string; fly: Fly } | null>(null);
  const kept = useMemo(() => (position ? flyOf(position.legs) : null), [position]);
  const symbol = position?.symbol ?? '';
  const book = market.books[symbol];
  const expiration = kept?.expiration ?? '';
  const widths = book?.widths;
  const step = useMemo(() => strikeStep(book, expiration, STEP_FALLBACK[symbol] ?? 5), [book, expiration, symbol]);
  const steps = useMemo(() => ({ strike: step, widths: (widths ?? []).toSorted((a, b) => a - b) }), [step, widths]);
  const fly = draft && draft.id === position?.id ? draft.fly : kept;

  const move = useCallback((way: FlyMove) => {
    if (position && fly) setDraft({ id: position.id, fly: moved(fly, way, steps) });
  }, [position, fly, steps]);
  const drag = useCallback((grip: Grip, to: number, isAlone: boolean) => {
    if (position && fly) setDraft({ id: position.id, fly: dragged(fly, grip, to, steps.strike, isAlone) });
  }, [position, fly, steps]);
  const restore = useCallback(() => setDraft(null), []);

  return useMemo(() => {
    if (!position || !kept || !fly) return null;
    const now = pricedFly(fly, position, kept, market, price) ?? { fly, cost: position.cost, by: 'own' as const };
    const isMoved = !isSameFly(fly, kept);
    return {
      position, kept, now, isMoved, steps, move, drag, restore,
      live: livePrice(fly, position.symbol, market, price)?.cost ?? null,
      neighbours: NEIGHBOURS.map((way) => {
        const next = moved(fly, way, steps);
        return { move: way, priced: isSameFly(next, fly) ? null : livePrice(next, position.symbol, market, price) };
      }),
      keep: () => {
        if (!isMoved) return;
        void updatePosition(position.id, { legs: legsOfFly(fly), cost: now.cost });
        setDraft(null);
      },
    };
  }, [position, kept, fly, market, price, steps, move, drag, restore]);
}

const MOVES: Record<string, FlyMove> = {
  ArrowLeft: 'down', ArrowRight: 'up', ArrowUp: 'wider', ArrowDown: 'narrower', 'Shift ArrowLeft': 'breakLower', 'Shift ArrowRight': 'breakUpper',
};

/** Whether the key was one of the butterfly's; what it did is told. */
export function takeFlyKey(event: KeyboardEvent, focus: FlyFocus | null): FlyMove | 'keep' | 'restore' | null {
  if (!focus || event.altKey || event.ctrlKey || event.metaKey) return null;
  const move = MOVES[event.shiftKey ? `Shift ${event.key}` : event.key];
  if (move) {
    focus.move(move);
    return move;
  }
  if (!focus.isMoved || (event.key !== 'Enter' && event.key !== 'Escape')) return null;
  const end = event.key === 'Enter' ? 'keep' : 'restore';
  focus[end]();
  return end;
}
