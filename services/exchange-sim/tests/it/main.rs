//! The simulator as its clients see it: over real sockets, in process, on a free port.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod chain;
mod chain_rest;
mod determinism;
mod faults_options;
mod faults_rest;
mod faults_ws;
mod official_client;
mod option_events;
mod price;
mod recorded;
mod rest;
mod rig;
mod shape;
mod sockets;
