//! massive against real Redis servers and the simulated exchange, with every fault the exchange can play.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "helpers of tests: a panic is a failed test")]

mod flow;
mod outage;
mod rest_faults;
mod secret;
mod socket_faults;
mod stage;
