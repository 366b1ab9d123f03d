//! Truth from files to buses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test bench must fail the test")]

mod folder;
mod graph;
mod load;
mod merge;
mod registry;
mod shipped;
mod validation;
