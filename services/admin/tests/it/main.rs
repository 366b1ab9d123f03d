//! The real `ms-admin` against real Redis servers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails must fail its test loudly")]

mod alerts;
mod beats;
mod compose;
mod containers;
mod engine;
mod operator;
mod registry;
mod sso_token;
mod tree;
mod truth;
mod verify;
mod wrapper;
