// Generated from crates/wire/src/intel by `make types`: change the Rust types, not this file.
import type { EpochSec } from './time';

/** The part of [`analysis`] that is shown. */
export type Analysis = {
  /** Article. */
  uid: string;
  /** Up to three sentences. */
  summary: string;
  /** `bullish`, `bearish`, `neutral`. */
  sentiment: string | null;
  /** Tickers in it. */
  tickers: Array<string>;
  /** Up to three points. */
  takeaways: Array<string>;
  /** What wrote it. */
  model: unknown;
  /** When. */
  analyzed_ts: EpochSec;
};

/** An article as readers of the gateway get it. */
export type Article = {
  /** As in [`Item`]. */
  uid: string;
  /** Headline. */
  title: string;
  /** Address. */
  url: string;
  /** Host it came from. */
  source: string;
  /** Category of its feed. */
  category: string;
  /** What it says. */
  summary: string | null;
  /** When it was published. */
  published_ts: EpochSec;
  /** When it was enriched. */
  enriched_ts: EpochSec | null;
  /** `bullish`, `bearish`, `neutral`. */
  sentiment: string | null;
  /** 0 to 1. */
  quality_score: number | null;
  /** Names in it. */
  entities: Array<string>;
  /** Tickers in it. */
  tickers: Array<string>;
  /** What was made of it; null until then, and always in the event that announces it. */
  analysis: Analysis | null;
};
