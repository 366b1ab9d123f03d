//! Watches the healer, which watches everybody else.
//!
//! Hears `healer:heartbeat`; publishes `healer_miss` and `healer_ok` on healer's alert channel, keeps `health:healer`,
//! and restarts healer's container within a budget. It needs system-redis and Docker and can do without either for a
//! while. It touches no container but healer's, and never one that an operator stopped or paused.

mod care;
mod config;
mod tell;
mod watch;

use anyhow::Context as _;
use chassis::Context;
pub use config::{Config, Mode};
use notify::Notifier;
use tell::Teller;

/// Watches until the program is asked to stop.
///
/// # Errors
/// Who is to be notified, or the address of the engine, cannot be used.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    let notifier = Notifier::new(&ctx.config().targets).context("open notification targets")?;
    let (closed, sinks) = (ctx.closed(), notifier.clone());
    ctx.spawn("notify", move || {
        let (closed, sinks) = (closed.clone(), sinks.clone());
        async move {
            closed.run_until_cancelled(sinks.run()).await;
            Ok(())
        }
    });
    let teller = Teller::new(ctx.bus.clone(), notifier);
    let watcher = watch::Watcher::new(&ctx, teller)?;
    ctx.running();
    ctx.closed().run_until_cancelled(Box::pin(watcher.run())).await.unwrap_or(Ok(()))
}
