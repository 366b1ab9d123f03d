//! The gateway behind a real nginx, as browsers meet it: the rendered template, real Redis servers, and echoing
//! stand-ins for the services that requests are passed to.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken helper must fail its test loudly")]

mod absent;
mod bench;
mod browser;
#[path = "../it/client.rs"]
#[allow(dead_code, reason = "shared with the tests without nginx")]
mod client;
mod echo;
mod identity;
mod map;
mod nginx;
mod refusals;
#[path = "../it/setup.rs"]
#[allow(dead_code, reason = "shared with the tests without nginx")]
mod setup;
mod sign_in;
mod sockets;
mod streams;
mod tokens;
mod uploads;
