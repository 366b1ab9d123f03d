// Generated from crates/auth/src/gates by `make types`: change the Rust types, not this file.
import type { Tier } from './tier';

/** A feature as tiers have it that say nothing of their own. */
export type Default = {
  /** Type of every value of the feature. */
  type: Kind;
  /** For people. */
  label: string;
  /** What holds. */
  value: Setting;
};

/**
 * The document `tier_gates`.
 * Its default is what holds when none is stored: everybody is admitted to everything.
 */
export type Gates = {
  /** Whether features are gated. It has no influence on admission. */
  mode: Mode;
  /** ISO 8601, UTC; whoever writes the document sets it. */
  updated_at?: string;
  /** An absent tier is admitted. */
  allowed_tiers: Partial<Record<Tier, boolean>>;
  /** Features by key, for tiers that say nothing of their own. */
  defaults: Record<string, Default>;
  /** What a tier says of features, by key. */
  tiers: Partial<Record<Tier, Record<string, Setting>>>;
};

/** Type of a feature's values. */
export type Kind = 'boolean' | 'number';

/** Whether features are gated. */
export type Mode = 'full_production' | 'tier_gated';

/** A value that a document holds for a feature. */
export type Setting = boolean | number;
