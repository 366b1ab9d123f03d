// Generated from crates/wire/src/time by `make types`: change the Rust types, not this file.

/** Unix milliseconds. */
export type EpochMs = number;

/** Unix seconds with millisecond resolution. Whole seconds are written as an integer. */
export type EpochSec = number;
