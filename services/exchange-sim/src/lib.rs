//! Plays the exchange: the vendor's REST and WebSocket interface over a market that is a function of its seed.
//!
//! Wire-compatible with the vendor's official clients, with faults on demand and a clock that can be moved.
//! It shares no message type with the service that reads it: both are held to the same recorded samples.
//! Rooms: [`price`] (the market), `recorded` (a table or a day that is served again), `clock`, `rest`, `sockets`,
//! [`script`] (faults), `control`, `routes`.

mod clock;
mod config;
mod control;
pub mod price;
mod recorded;
mod rest;
mod routes;
pub mod script;
mod sockets;

pub use config::{ClockSource, Config, Hours, Invalid, Policy, Sent, SentHook};

use clock::Clock;
use price::{
    Market,
    chain::{Chain, Model, Source},
};
use quant::calendar;
use recorded::{Day, Fixed, Table};
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
    chain: Chain,
    faults: Faults,
    hub: Hub,
    pump: Pump,
    limiter: Limiter,
    /// A recorded day in the market's place.
    day: Option<Day>,
    /// A quote table in the place of its index's chain.
    table: Option<Table>,
    tasks: TaskTracker,
    closed: CancellationToken,
}

impl Sim {
    /// Where REST finds contracts: the model, or a quote table in the place of a part of it.
    fn chains(&self) -> Box<dyn Source + '_> {
        let model = Model { chain: &self.chain, market: &self.market };
        match &self.table {
            Some(table) => Box::new(Fixed { table, model }),
            None => Box::new(model),
        }
    }

    /// Whether this key may enter.
    fn knows(&self, key: &str) -> bool {
        let keys = &self.config.api_keys;
        !key.is_empty() && (keys.is_empty() || keys.iter().any(|known| known == key))
    }
}

/// Serves until `shutdown`.
///
/// # Errors
/// A fault of the configuration that makes no sense, a quote table or a recorded day that cannot be read.
pub async fn serve(
    mut config: Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let day = config.replay.as_deref().map(Day::open).transpose()?;
    let table = config.chain_file.as_deref().map(Table::open).transpose()?;
    let begin_ms = day.as_ref().map(Day::begin_ms).or(config.chain_now_ms.filter(|_| table.is_some()));
    if let Some(begin) = begin_ms {
        let local = calendar::local(begin);
        (config.date, config.start) = (Some(local.date()), local.time());
    }
    if day.is_some() && config.hours == Hours::Loop {
        config.hours = Hours::Nyse;
    }
    let first = clock::first_date(&config);
    let mut market = Market::new(&config, first);
    if let Some(table) = &table {
        anyhow::ensure!(
            market.fix(&table.underlying, table.spot),
            "quote table of {}: not listed",
            table.underlying
        );
    }
    let faults = Faults::default();
    for fault in &config.faults {
        fault.check()?;
        faults.set(fault.clone());
    }
    let sim = Arc::new(Sim {
        clock: Clock::new(&config, first, begin_ms),
        market,
        chain: Chain::new(config.seed, config.chain, first),
        faults,
        hub: Hub::new(config.max_connections, config.policy),
        pump: Pump::default(),
        limiter: Limiter::new(config.rate_limit),
        day,
        table,
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
