//! The fleet seen as one, and Truth kept whole.
//!
//! Reads the heartbeat keys and the operators' stops, writes [`wire::mesh::SERVICES`], publishes
//! [`wire::mesh::GOSSIP`] and [`wire::mesh::EVENTS`], and copies Truth again to a bus that lost it. It never touches a
//! container and never writes Truth on system-redis.

mod config;
mod guard;
mod pulse;
mod view;

use bus::Bus;
use chassis::Context;
pub use config::Config;
use pulse::Pulse;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{info, warn};
use truth::service::Service;
use view::{Heard, View};
use wire::{
    BusId, EpochSec,
    system::{BeatState, beat_state, last_beat, stopped},
};

/// Serves until the program is asked to stop.
///
/// # Errors
/// None: an outage of system-redis is waited out.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    let config = ctx.config();
    let guarded = ctx.clone();
    ctx.spawn("guard", move || guard::watch(guarded.clone()));

    let looks = ctx.progress("looks", Duration::from_secs(30).max(config.tick * 10));
    let mut view = View::default();
    let mut pulse = Pulse::new(&ctx);
    let started = Instant::now();
    let mut ticks = interval(config.tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut is_away = false;
    let closed = ctx.closed();
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        looks.tick();
        let services = beating(&ctx);
        let seen = match hear(&ctx.bus, &services).await {
            Ok(heard) => {
                let (nodes, news) = view.look(started.elapsed(), now(), &services, &heard);
                pulse.send(&ctx, nodes, news).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &seen {
            view.gap();
            if !is_away {
                warn!(%error, "system-redis lost, nobody is judged");
            }
        } else if is_away {
            info!("system-redis back, watching anew");
        }
        is_away = seen.is_err();
        ctx.degraded(is_away);
        if !is_away {
            ctx.running();
        }
    }
    Ok(())
}

/// Every service that has a heartbeat, as Truth says now.
fn beating(ctx: &Context<Config>) -> BTreeMap<String, Service> {
    let mut services = truth::service::all(ctx.settings().document());
    services.retain(|_, service| service.heartbeat.is_some());
    services
}

/// Reads what system-redis says of each service, in one transaction: key and last beat belong together.
async fn hear(
    bus: &Bus,
    services: &BTreeMap<String, Service>,
) -> Result<BTreeMap<String, Heard>, bus::Error> {
    let mut batch = bus.batch(BusId::System).atomic();
    for id in services.keys() {
        batch.text(&beat_state(id)).text(&last_beat(id)).text(&stopped(id));
    }
    let mut replies = batch.run().await?.into_iter();
    let mut next = || replies.next().flatten();
    let mut heard = BTreeMap::new();
    for id in services.keys() {
        let state = next().and_then(|text| serde_json::from_str::<BeatState>(&text).ok());
        let last = next().and_then(|text| text.parse().ok()).map(EpochSec::new);
        heard.insert(id.clone(), Heard { state, last, is_stopped: next().is_some() });
    }
    Ok(heard)
}

fn now() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
