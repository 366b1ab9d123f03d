// Generated from services/sse/src/calendar by `make types`: change the Rust types, not this file.
import type { IndicatorRule } from '../admin';
import type { Tier } from '../econ';

/** How often a release comes. All but `Manual` need a [`Rule`] of their name. */
export type Cadence = 'fixed_dates' | 'first_friday' | 'nth_weekday' | 'weekly' | 'manual';

/** One indicator. */
export type Indicator = {
  id: string;
  key: string;
  name: string;
  /** 1 to 10. */
  rating: number;
  /** What the rating means. */
  tier: Tier;
  description: string | null;
  /** Whether it is in the schedule. */
  is_active: boolean;
  release_time_et: string | null;
  /** That of the rule; `Manual` without one. */
  cadence: Cadence;
  rule_json: IndicatorRule | null;
  aliases: Array<string>;
  created_at: string;
  updated_at: string;
};
