//! The gateway against real Redis servers and real sockets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken helper must fail its test loudly")]

mod client;
mod faults;
mod fleet;
mod models;
mod page;
mod rest;
mod setup;
mod streams;
