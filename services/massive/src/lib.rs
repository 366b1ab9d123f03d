//! Live market data in; prices, ticks and market events out.
//!
//! Reads the vendor's REST and WebSocket interface (or the simulator's, which speaks the same), keeps one state
//! of the market, and writes the keys, streams and channels of [`wire::market`]. It asks nobody in the fleet
//! anything, never delivers a stale value late, and no input of the vendor can stop it.

mod analytics;
mod backfill;
pub mod bench;
mod capture;
mod chain;
mod clock;
mod config;
pub mod fuzz;
mod market;
mod models;
mod notes;
mod pace;
mod probe;
mod profile;
mod provider;
mod publish;
mod shared;
mod spots;
mod symbols;
mod timekeeper;
mod trail;
mod writer;

use chassis::Context;
pub use config::{
    Capture, ChainTerms, Chains, ClockSource, Config, Limits, Models, Pricing, Probes, ProfileSource,
    Profiles,
};
use provider::socket::Feed;
use publish::Publisher;
use shared::Shared;
use std::{sync::Arc, time::Duration};
use symbols::Path;
use tokio::time::timeout;
use tracing::{info, warn};
use writer::Writer;

/// The writer goes round at least once a second.
const WRITER_SILENCE: Duration = Duration::from_secs(10);
/// A model that runs at the end may finish for this long.
const LAST_MODELS: Duration = Duration::from_millis(500);
/// What is left to write at the end gets this long.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Serves until the program is asked to stop. Without a vendor it stays up, says so, and keeps trying.
///
/// # Errors
/// The configuration names no usable address. Losing the vendor or Redis is none.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    for path in config::unknown(&ctx.settings()) {
        warn!(path, "unknown setting");
    }
    let (shared, notes) = Shared::new(ctx.config())?;
    let publisher = Publisher::new(&ctx.bus, &shared.config);
    publisher.mark_namespaces(&shared.config, &shared.clock.now());
    start_tasks(&ctx, &shared, &publisher)?;

    let closed = ctx.closed();
    let outage = publisher.outage().clone();
    let progress = ctx.progress("writer", WRITER_SILENCE);
    let mut writer = Writer::new(Arc::clone(&shared), notes, publisher);
    info!(symbols = shared.symbols.len(), clock = shared.clock.source_name(), "serving");
    ctx.running();
    writer
        .run(&closed, |is_reached| {
            progress.tick();
            ctx.degraded(!is_reached);
        })
        .await;
    writer.finish();
    if timeout(LAST_MODELS, shared.desk.vacant()).await.is_err() {
        warn!("stopped in the middle of a model");
    }
    publish::finish(&outage, LAST_WRITES).await;
    Ok(())
}

fn start_tasks(ctx: &Context<Config>, shared: &Arc<Shared>, publisher: &Publisher) -> anyhow::Result<()> {
    let closed = ctx.closed();
    for path in Path::ALL {
        let feed = Arc::new(Feed::new(path, shared)?);
        let closed = closed.clone();
        ctx.spawn(path.label(), move || {
            let (feed, closed) = (Arc::clone(&feed), closed.clone());
            async move {
                feed.run(&closed).await;
                Ok(())
            }
        });
    }
    let outage = publisher.outage().clone();
    spawn(ctx, shared, "publish", move |shared, closed| publish::run(shared, outage.clone(), closed));
    spawn(ctx, shared, "spots", spots::run);
    spawn(ctx, shared, "chains", chain::cycle::run);
    spawn(ctx, shared, "timekeeper", timekeeper::run);
    spawn(ctx, shared, "probe", probe::run);
    let bus = ctx.bus.clone();
    spawn(ctx, shared, "backfill", move |shared, closed| backfill::run(shared, bus.clone(), closed));
    let bus = ctx.bus.clone();
    spawn(ctx, shared, "profile", move |shared, closed| profile::keeper::run(shared, bus.clone(), closed));
    let (thought, closed) = (Arc::clone(shared), ctx.closed());
    let (bus, outage) = (ctx.bus.clone(), publisher.outage().clone());
    ctx.spawn("models", move || {
        models::run(Arc::clone(&thought), bus.clone(), outage.clone(), closed.clone())
    });
    let (recorded, closed) = (Arc::clone(shared), ctx.closed());
    ctx.spawn("capture", move || capture::run(Arc::clone(&recorded), closed.clone()));
    let bus = ctx.bus.clone();
    spawn(ctx, shared, "trail", move |shared, closed| trail::run(shared, bus.clone(), closed));
    Ok(())
}

fn spawn<F>(
    ctx: &Context<Config>,
    shared: &Arc<Shared>,
    name: &'static str,
    task: impl Fn(Arc<Shared>, tokio_util::sync::CancellationToken) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let (shared, closed) = (Arc::clone(shared), ctx.closed());
    ctx.spawn(name, move || {
        let work = task(Arc::clone(&shared), closed.clone());
        async move {
            work.await;
            Ok(())
        }
    });
}
