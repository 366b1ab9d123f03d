//! What healer keeps in Redis about containers, and what others tell it there.

use crate::{alert, remedy::Marks};
use bus::Bus;
use fleet::docker::Event;
use std::time::{Duration, SystemTime};
use tracing::debug;
use wire::{
    BusId, EpochSec,
    system::{
        Quarantine, Stopped, beat_state, healer_state, health, intent, maintenance, quarantine, stopped,
        truth_doc,
    },
};

/// An intent explains what follows within this time.
const INTENT_SEC: f64 = 30.0;

/// What the keys say of each of `services`, in their order.
pub(crate) async fn marks(bus: &Bus, services: &[String]) -> Result<Vec<Marks>, bus::Error> {
    let mut batch = bus.batch(BusId::System);
    for service in services {
        batch.text(&quarantine(service)).text(&stopped(service)).text(&maintenance(service));
    }
    let replies = batch.run().await?;
    let mark = |reply: &[Option<String>]| Marks {
        is_quarantined: reply[0].is_some(),
        is_stopped: reply[1].is_some(),
        is_maintained: reply[2].is_some(),
    };
    Ok(replies.chunks_exact(3).map(mark).collect())
}

/// True when an earlier healer called `service` late.
pub(crate) async fn was_late(bus: &Bus, service: &str) -> bool {
    matches!(bus.get(&health(service)).await, Ok(Some(last)) if last.kind == "heartbeat_miss")
}

/// Makes readers of `health:<svc>` find something from the first beat on.
pub(crate) async fn first_beat(bus: &Bus, service: &str, age_sec: f64) {
    let mut ok = alert::back(service, age_sec);
    ok.ts = now().whole();
    let Ok(text) = serde_json::to_string(&ok) else { return };
    let mut batch = bus.batch(BusId::System);
    batch.set_new(&health(service), &text);
    if let Err(error) = batch.run().await {
        debug!(%error, service, "health not initialised");
    }
}

/// Who had announced what then happened to the container.
pub(crate) async fn announced(bus: &Bus, event: &Event) -> Option<String> {
    let intent = bus.get(&intent(&event.container)).await.ok().flatten()?;
    let since = event.at.as_secs_f64() - intent.ts.seconds();
    (since < INTENT_SEC).then_some(intent.by)
}

/// Age of the beat in the service's key, when that beat is in time.
pub(crate) async fn written(bus: &Bus, service: &str, timeout: Duration) -> Option<Duration> {
    let state = bus.get(&beat_state(service)).await.ok().flatten()?;
    let age = now().since(state.ts).max(0.0);
    (age < timeout.as_secs_f64()).then(|| Duration::from_secs_f64(age))
}

pub(crate) async fn remember_stop(
    bus: &Bus,
    service: &str,
    by: String,
    container: String,
) -> Result<(), bus::Error> {
    bus.set(&stopped(service), &Stopped { by, container, ts: now() }).await
}

pub(crate) async fn forget_stop(bus: &Bus, service: &str) -> Result<(), bus::Error> {
    bus.remove(&stopped(service)).await.map(|_existed| ())
}

pub(crate) async fn quarantined(
    bus: &Bus,
    service: &str,
    reason: &str,
    deaths: u32,
) -> Result<(), bus::Error> {
    bus.set(&quarantine(service), &Quarantine { reason: reason.to_owned(), deaths, ts: now() }).await
}

pub(crate) async fn lifted(bus: &Bus, service: &str) -> Result<(), bus::Error> {
    bus.remove(&quarantine(service)).await.map(|_existed| ())
}

/// Writes the rich views.
pub(crate) async fn show(bus: &Bus, views: &[(String, String)]) -> Result<(), bus::Error> {
    let mut batch = bus.batch(BusId::System);
    for (service, view) in views {
        batch.set_text(&healer_state(service), view);
    }
    batch.run().await.map(|_replies| ())
}

/// True when Truth is where it belongs.
pub(crate) async fn has_truth(bus: &Bus) -> Result<bool, bus::Error> {
    bus.exists(BusId::System, &truth_doc(BusId::System).name).await
}

fn now() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
