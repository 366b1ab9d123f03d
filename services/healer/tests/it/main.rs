//! healer against real servers: Redis, a Docker engine, a webhook and a mail server that speak their protocols.
#![expect(clippy::disallowed_methods, reason = "the doubles and the beating services live beside the test")]
#![expect(clippy::unwrap_used, reason = "a helper that fails must fail the test loudly")]

mod bench;
mod containers;
mod faults;
mod notes;
mod watching;
