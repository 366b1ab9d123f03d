// Generated from crates/wire/src/econ by `make types`: change the Rust types, not this file.

/** One day of a [`Schedule`]. */
export type Day = {
  /** By time, those without one last; then by rating, the highest first. */
  events: Array<Event>;
};

/** One release. */
export type Event = {
  /** `cpi`. */
  indicator_key: string;
  /** For people. */
  name: string;
  /** New York time, `HH:MM`; `None` when it is not fixed. */
  time_et: string | null;
  /** 1 to 10. */
  rating: number;
  /** What the rating means. */
  tier: Tier;
  /** What it brought; only in answers of the gateway, and only once it is known. */
  result?: Outcome;
};

/** [`result`]. Figures as they were entered: `0.3%`, `1,250K`. */
export type Outcome = {
  /** What was released. */
  actual: string;
  /** What was expected; `None` when nobody said. */
  expected: string | null;
  /** How the two compare. */
  status: Verdict;
};

/** [`SCHEDULE`]. Dates are New York's, `YYYY-MM-DD`. */
export type Schedule = {
  /** 1. */
  schema_version: number;
  /** First day. */
  window_start: string;
  /** Last day, included. */
  window_end: string;
  /** When it was made, ISO 8601, UTC. */
  generated_at: string;
  /** Active indicators it was made from. */
  indicator_count: number;
  /** Days with releases. */
  days: Record<string, Day>;
};

/** How much a release can move the market. */
export type Tier = 'low' | 'medium' | 'high' | 'critical';

/** How a figure compares with the one expected, by number; not whether that is good news. */
export type Verdict = 'beat' | 'missed' | 'met';
