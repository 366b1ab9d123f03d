//! Real servers for tests: Redis and MariaDB on free ports, programs in process, links that can be cut, conditions to wait for.
//!
//! A dev-dependency only. Nothing is shared between tests; everything started is stopped when its owner is dropped.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken test bench must fail the test loudly")]

mod container;
mod link;
mod mysql;
mod redis;
mod rig;
mod wait;

pub use container::Container;
pub use link::Link;
pub use mysql::{Database, Mysql, database};
pub use redis::RedisServer;
pub use rig::{Program, Rig};
pub use wait::{message, next, wait, wait_for};

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
};

/// A TCP port of 127.0.0.1 that is free, and that this process is not given twice.
///
/// It lies below the range from which the kernel gives out ports by itself: a server that is killed and started
/// again on its port must not find somebody else there.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97) % COUNT;
    let mut candidates = (0..COUNT).map(|_| {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        u16::try_from(port).expect("the range fits")
    });
    candidates.find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok()).expect("a free port")
}

/// A relay to `target` (`host:port`) that can be cut, delayed and black-holed.
pub async fn link(target: &str) -> Link {
    Link::to(target).await
}
