//! Plays the exchange: the vendor's REST and WebSocket interface over a market that is a function of its seed.
//!
//! Wire-compatible with the vendor's official clients, with faults on demand and a clock that can be moved.
//! It shares no message type with the service that reads it: both are held to the same recorded samples.
//! Rooms: [`price`] (the market), `clock`, `rest`, `sockets`, [`script`] (faults), `control`, `routes`.

mod clock;
mod config;
mod control;
pub mod price;
mod rest;
mod routes;
pub mod script;
mod sockets;

pub use config::{ClockSource, Config, Hours, Invalid, Policy, Sent, SentHook};

use clock::Clock;
use price::Market;
use rest::Limiter;
use script::Faults;
use sockets::{Hub, Pump};
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::info;

const GRACE: Duration = Duration::from_secs(2);

/// The whole simulator.
#[derive(Debug)]
pub(crate) struct Sim {
    config: Config,
    clock: Clock,
    market: Market,
    faults: Faults,
    hub: Hub,
    pump: Pump,
    limiter: Limiter,
    tasks: TaskTracker,
    closed: CancellationToken,
}

impl Sim {
    /// Whether this key may enter.
    fn knows(&self, key: &str) -> bool {
        let keys = &self.config.api_keys;
        !key.is_empty() && (keys.is_empty() || keys.iter().any(|known| known == key))
    }
}

/// Serves until `shutdown`.
///
/// # Errors
/// A fault of the configuration that makes no sense.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let first = clock::first_date(&config);
    let faults = Faults::default();
    for fault in &config.faults {
        fault.check()?;
        faults.set(fault.clone());
    }
    let sim = Arc::new(Sim {
        clock: Clock::new(&config, first),
        market: Market::new(&config, first),
        faults,
        hub: Hub::new(config.max_connections, config.policy),
        pump: Pump::default(),
        limiter: Limiter::new(config.rate_limit),
        tasks: TaskTracker::new(),
        closed: shutdown.clone(),
        config,
    });
    info!(seed = sim.config.seed, date = %first, address = ?listener.local_addr().ok(), "market open to clients");
    sim.tasks.spawn(sockets::pump(Arc::clone(&sim)));
    sim.tasks.spawn(sockets::burst(Arc::clone(&sim)));
    sim.tasks.spawn(control::direct(Arc::clone(&sim)));
    web::serve(routes::routes(Arc::clone(&sim)), listener, shutdown, GRACE).await;
    sim.tasks.close();
    if tokio::time::timeout(GRACE, sim.tasks.wait()).await.is_err() {
        info!("connections cut at shutdown");
    }
    Ok(())
}
