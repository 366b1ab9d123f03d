//! The gateway against real Redis servers and real sockets.

mod client;
mod faults;
mod fleet;
mod page;
mod rest;
mod setup;
mod streams;
