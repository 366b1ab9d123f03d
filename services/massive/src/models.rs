//! The models: what the chain, the prices and the traded volume say, worked out beside the writer and published.
//!
//! One thread owns every model. The writer hands it copies through the [`Desk`] and never waits for it; what it
//! publishes goes the way of all that leaves the process.

mod chain;
pub(crate) mod desk;
mod gex;
mod gravity;
mod heat;
mod pulse;
mod runs;
mod scores;
pub(crate) mod stamp;
mod tiles;
pub(crate) mod trial;
mod underlying;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use desk::Desk;

use crate::shared::Shared;
use bus::{Bus, Outage};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use wire::{Key, heatmap};
use worker::Worker;

/// What was published before the start is asked for this long; without an answer versions follow the clock.
const RECALL: Duration = Duration::from_secs(3);

/// The newest versions that were published before the start.
#[derive(Debug, Clone, Default, PartialEq)]
struct Versions {
    chain: u64,
    heatmaps: BTreeMap<String, u64>,
}

/// The one field of a stored value that counts here.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// Runs the models until `closed`.
///
/// # Errors
/// A model panicked; every one of them begins anew.
pub(crate) async fn run(
    shared: Arc<Shared>,
    bus: Bus,
    outage: Outage,
    closed: CancellationToken,
) -> anyhow::Result<()> {
    if shared.config.chains.symbols.is_empty() && shared.config.models.profile.sources.is_empty() {
        return Ok(());
    }
    let versions = timeout(RECALL, Versions::recall(&bus, &shared.config.chains.symbols)).await;
    let versions = versions.unwrap_or_else(|_late| {
        warn!("versions published before are unknown; new ones follow the clock");
        Versions::default()
    });
    shared.desk.open();
    let end = Closing(shared.desk.clone());
    let (config, desk, clock) = (Arc::clone(&shared.config), shared.desk.clone(), shared.clock.clone());
    let mut worker = Worker::new(config, desk, clock, outage, versions);
    let mut work = spawn_blocking(move || worker.run());
    let ended = tokio::select! {
        ended = &mut work => ended,
        () = closed.cancelled() => {
            drop(end);
            work.await
        }
    };
    shared.desk.left();
    Ok(ended?)
}

/// Ends the thread when the task that started it is given up.
struct Closing(Desk);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Versions {
    async fn recall(bus: &Bus, symbols: &[String]) -> Self {
        let mut versions = Self { chain: version(bus, &wire::chain::CHAIN).await, ..Self::default() };
        for symbol in symbols {
            versions.heatmaps.insert(symbol.clone(), version(bus, &heatmap::latest(symbol)).await);
        }
        versions
    }
}

/// The version of what is stored; 0 where nothing is.
async fn version<T>(bus: &Bus, key: &Key<T>) -> u64 {
    match bus.text(key).await {
        Ok(Some(text)) => serde_json::from_str::<Versioned>(&text).map_or(0, |stored| stored.version),
        Ok(None) => 0,
        Err(error) => {
            debug!(key = %key.name, %error, "version not read");
            0
        }
    }
}
