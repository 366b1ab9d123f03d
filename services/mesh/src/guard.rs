//! Copies Truth again to a bus that lost it: one without a disk does at every restart.

use crate::{Config, now};
use chassis::Context;
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;
use wire::mesh::{EVENTS, Event};

pub(crate) async fn watch(ctx: Context<Config>) -> anyhow::Result<()> {
    let bus = match ctx.settings().environment("TRUTH_REDIS_KEY") {
        Some(key) => truth::keyed(ctx.bus.clone(), &key),
        None => ctx.bus.clone(),
    };
    let mut ticks = interval(ctx.config().guard_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let closed = ctx.closed();
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        // Without system-redis there is nothing to compare with; the main work tells of its absence.
        for repaired in truth::repair(&bus).await.unwrap_or_default() {
            warn!(bus = %repaired, "truth was lost or differed, copied again");
            let event = Event { kind: "truth_repaired".into(), svc: None, bus: Some(repaired), ts: now() };
            ctx.bus.publish(&EVENTS, &event).await?;
        }
    }
    Ok(())
}
