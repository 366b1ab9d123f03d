// Generated from crates/wire/src/mesh by `make types`: change the Rust types, not this file.

/** Whether a service lives. */
export type Liveness = 'alive' | 'late' | 'dead' | 'stopped' | 'unknown';
