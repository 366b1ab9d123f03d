//! Turns silence into alerts, and heals containers.
//!
//! Listens to every heartbeat that Truth names, publishes `healer:alerts`, `health:<svc>` and the alert stream, tells
//! people, and starts, restarts or stops containers of its own fleet within budgets. Without Docker it goes on
//! watching and says so. It never touches what an operator stopped, paused or put into maintenance, and never its own
//! container: that one is sentinel's.

mod alert;
mod audit;
mod config;
mod ears;
mod engine;
mod ledger;
mod monitor;
mod notice;
mod remedy;
mod voice;
mod wiring;

use anyhow::Context as _;
use audit::Audit;
use chassis::Context;
pub use config::{Config, Mode};
use monitor::Monitor;
use notice::Desk;
use notify::Notifier;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use voice::Voice;
use wiring::Wiring;

/// Sounds that wait for the monitor; a full queue makes the ears wait.
const SOUNDS: usize = 256;
const FLUSH: Duration = Duration::from_secs(1);

/// Watches until the program is asked to stop.
///
/// # Errors
/// Who is to be notified cannot be used.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    let config = ctx.config();
    let settings = ctx.settings();
    let wiring = Arc::new(Wiring::read(&settings));
    let notifier = Notifier::new(&config.targets).context("open notification targets")?;
    let desk = Arc::new(Desk::new(notifier, settings.secrets(), &wiring, config.rate_limit, config.remind));
    let voice = Voice::new(ctx.bus.clone(), Arc::clone(&desk), &wiring);
    let audit = Audit::new(&ctx.id());
    let (sounds, heard) = mpsc::channel(SOUNDS);
    let (wired, wirings) = watch::channel(Arc::clone(&wiring));

    beside(&ctx, "notify", Arc::clone(&desk), |desk| async move { desk.run().await });
    beside(
        &ctx,
        "audit",
        (audit.clone(), ctx.bus.clone()),
        |(audit, bus)| async move { audit.run(&bus).await },
    );
    beside(&ctx, "voice", (voice.clone(), ctx.closed()), |(voice, closed)| async move {
        closed.run_until_cancelled(voice.run()).await;
    });
    let ear = ears::Ears { own: ctx.id(), bus: ctx.bus.clone(), wirings, sounds };
    beside(&ctx, "ears", ear, ears::Ears::listen);

    let monitor = Monitor::new(&ctx, wiring, wired, Arc::clone(&desk), voice.clone(), audit)?;
    ctx.running();
    let closed = ctx.closed();
    closed.run_until_cancelled(Box::pin(monitor.run(heard))).await.unwrap_or(Ok(()))?;
    let last_words = async {
        tokio::select! { () = voice.run() => {} () = voice.emptied() => {} }
    };
    if timeout(FLUSH, last_words).await.is_err() {
        tracing::warn!("alerts left untold at shutdown");
    }
    Ok(())
}

/// Runs `task` on clones of `state` until the program is asked to stop.
fn beside<S, F>(
    ctx: &Context<Config>,
    name: &'static str,
    state: S,
    task: impl Fn(S) -> F + Send + Sync + Copy + 'static,
) where
    S: Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let closed = ctx.closed();
    ctx.spawn(name, move || {
        let (closed, state) = (closed.clone(), state.clone());
        async move {
            closed.run_until_cancelled(task(state)).await;
            Ok(())
        }
    });
}
