/** Written by hand: generated types put together, or narrowed to one of their shapes. */
import type { Outcome } from './econ';
import type { Scores } from './gateway/feeds';
import type { Side } from './heatmap';
import type { Article } from './intel';
import type { Candles } from './sse';

/** A side of a vertical or a butterfly. */
export type SpreadSide = Extract<Side, { debit: number }>;

/** A side of a single option. */
export type SingleSide = Extract<Side, { mid: number }>;

/** Answer of `/api/models/candles/{symbol}`. */
export interface CandleHistory extends Candles {
  days: number;
}

/** One of `/api/admin/rss-articles`. */
export type ScoredArticle = Article & Scores;

/** What a release brought, as an administrator enters it; the date is New York's. */
export interface Release extends Outcome {
  date: string;
  key: string;
}
