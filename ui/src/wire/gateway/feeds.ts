// Generated from services/sse/src/feeds by `make types`: change the Rust types, not this file.

/** Scores of one article, whole numbers from 0 to 5. */
export type Scores = {
  relevance: number;
  urgency: number;
  /** `none`, `mild`, `structural`, `shock`. */
  impact: string;
  /** Relevance and urgency. */
  total_score: number;
};
