// Generated from crates/auth/src/tier by `make types`: change the Rust types, not this file.

/** What a member has paid for, low to high. */
export type Tier = 'observer' | 'activator' | 'navigator' | 'coaching' | 'administrator';
