//! massive against real Redis servers and the simulated exchange, with every fault the exchange can play.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "helpers of tests: a panic is a failed test"
)]

mod bad_input;
mod chains;
mod contract;
mod flow;
mod models;
mod outage;
mod real_chain;
mod replay;
mod rest_faults;
mod secret;
mod server;
mod socket_faults;
mod stage;
