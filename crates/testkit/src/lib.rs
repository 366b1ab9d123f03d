//! Real servers for tests: Redis on free ports, programs in process, links that can be cut, conditions to wait for.
//!
//! A dev-dependency only. Nothing is shared between tests; everything started is stopped when its owner is dropped.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken test bench must fail the test loudly")]

mod container;
mod link;
mod redis;
mod rig;
mod wait;

pub use container::Container;
pub use link::Link;
pub use redis::RedisServer;
pub use rig::{Program, Rig};
pub use wait::{message, next, wait, wait_for};

/// A TCP port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A relay to `target` (`host:port`) that can be cut, delayed and black-holed.
pub async fn link(target: &str) -> Link {
    Link::to(target).await
}
