import type { Position } from '../../api/positions';
import type { PriceKind } from '../../kit/risk/quotes';
import { quoteOf, ivsOf, tileValue, type Quote } from '../../kit/risk/quotes';
import { type Fly, isSameFly, legsOfFly } from '../../kit/risk/fly';
import { expirySec } from '../../kit/risk/expiration';
import type { Range } from '../../kit/risk/grid';
import { type Conditions, RATE, type Underlying, unitValue, type WhatIf } from '../../kit/risk/model';
import type { Held, RiskInput } from '../../kit/risk/picture';
import { expectedMove } from './facts';
import { fitView } from './scale';
import type { Market } from './useMarket';

/** Without a VIX the market is taken to be an ordinary one. */
const VIX_FALLBACK = 16;

export function underlyingsOf({ spots, books }: Market): Record<string, Underlying> {
  return Object.fromEntries(Object.entries(spots).map(([symbol, spot]) => [symbol, { spot, ivs: ivsOf(books[symbol]) }]));
}

export function conditionsOf({ vix, nowSec }: Market, whatIf: WhatIf): Conditions {
  return { nowSec, vix: vix ?? VIX_FALLBACK, rate: RATE, whatIf };
}

export interface Shown {
  symbol: string;
  market: Market;
  positions: readonly Position[];
  /** The butterfly as it is moved about, in the place of what is kept. */
  draft: { id: string; legs: Position['legs']; cost: number } | null;
  whatIf: WhatIf;
  price: PriceKind;
  view: Range | null;
  /** Whether lines between now and the next expiration are wanted. */
  hasBetween: boolean;
}

/** What the graph is calculated from: the visible positions in today's market. */
export function riskInput({ symbol, market, positions, draft, whatIf, price, view, hasBetween }: Shown): RiskInput {
  const held = positions.filter(({ isVisible }) => isVisible).map((position): Held => {
    const { id, symbol: of, legs, cost } = draft?.id === position.id ? { ...position, ...draft } : position;
    const book = market.books[of];
    return { id, symbol: of, legs, cost, marketValue: price === 'market' && book ? tileValue(book, legs, 'market') : null };
  });
  return { ...conditionsOf(market, whatIf), symbol, underlyings: underlyingsOf(market), held, view, between: hasBetween ? quartersOf(held, market.nowSec, whatIf.hours) : [] };
}

/** A quarter, a half and three quarters of the hours that are left until the next expiration. */
export function quartersOf(held: readonly Pick<Held, 'legs'>[], nowSec: number, hours: number): number[] {
  const left = held.flatMap(({ legs }) => legs.map(({ expiration }) => (expirySec(expiration) - nowSec) / 3600 - hours)).filter((each) => each > 0);
  return left.length === 0 ? [] : [0.25, 0.5, 0.75].map((share) => share * Math.min(...left));
}

/** Strikes of the visible positions and the price, with room. */
export function fittingView(input: RiskInput): Range | null {
  const spot = input.underlyings[input.symbol]?.spot;
  if (spot === undefined) return null;
  const strikes = input.held.flatMap(({ symbol, legs }) => {
    const own = input.underlyings[symbol]?.spot;
    return own === undefined ? [] : legs.map(({ strike }) => (strike * spot) / own);
  });
  const spotThen = spot * (1 + input.whatIf.spotPct / 100);
  return fitView({ spot, strikes: [...strikes, spotThen], move: expectedMove(spot, input.vix, 0) });
}

export type PricedBy = Quote['source'] | 'own' | 'model';

export interface PricedFly {
  fly: Fly;
  cost: number;
  by: PricedBy;
}

/** What one unit of a butterfly costs: as kept when it was not moved, else by the heatmap, else by the model. */
export function pricedFly(fly: Fly, position: Position, kept: Fly, market: Market, price: PriceKind): PricedFly | null {
  if (isSameFly(fly, kept)) return { fly, cost: position.cost, by: 'own' };
  return livePrice(fly, position.symbol, market, price);
}

/** The same without regard to what was paid. */
export function livePrice(fly: Fly, symbol: string, market: Market, price: PriceKind): PricedFly | null {
  const legs = legsOfFly(fly);
  const quote = quoteOf(market.books[symbol], legs, price) ?? (price === 'market' ? quoteOf(market.books[symbol], legs, 'theory') : null);
  if (quote) return { fly, cost: rounded(quote.value), by: quote.source };
  const underlying = underlyingsOf(market)[symbol];
  if (!underlying) return null;
  const conditions = conditionsOf(market, { hours: 0, spotPct: 0, volPoints: 0, regime: null });
  return { fly, cost: rounded(unitValue(legs, underlying, conditions)), by: 'model' };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
