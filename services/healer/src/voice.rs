//! Tells: every alert goes to the alert channel, to `health:<svc>` and to the alert stream in one transaction, and to
//! people. While system-redis is away alerts wait, and go out later in order with the time at which they were made.

use crate::{alert, notice::Desk, wiring::Wiring};
use bus::{Backoff, Bus};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::{info, warn};
use wire::{
    BusId, Channel, EpochSec,
    system::{ALERT_LOG, Alert, LoggedAlert, alert_id, health},
};

/// Alerts that wait for system-redis; the oldest are dropped.
const WAITING: usize = 1000;

/// Where alerts are handed in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Voice {
    bus: Bus,
    desk: Arc<Desk>,
    queue: Arc<Queue>,
}

struct Queue {
    waiting: Mutex<Waiting>,
    filled: Notify,
}

struct Waiting {
    alerts: VecDeque<(Channel<Alert>, Alert)>,
    channel: Channel<Alert>,
    dropped: u64,
}

impl Voice {
    pub(crate) fn new(bus: Bus, desk: Arc<Desk>, wiring: &Wiring) -> Self {
        let waiting = Waiting { alerts: VecDeque::new(), channel: wiring.alerts.clone(), dropped: 0 };
        let queue = Queue { waiting: Mutex::new(waiting), filled: Notify::new() };
        Self { bus, desk, queue: Arc::new(queue) }
    }

    /// Where alerts go from now on.
    pub(crate) fn rewire(&self, wiring: &Wiring) {
        self.queue.lock().channel.clone_from(&wiring.alerts);
    }

    /// Tells one alert. Returns at once.
    pub(crate) fn tell(&self, alert: Alert) {
        let alert = stamp(alert, SystemTime::now());
        self.desk.take(&alert);
        self.queue.push(alert);
    }

    /// As [`Voice::tell`], but people hear of it only as part of something larger.
    pub(crate) fn tell_quietly(&self, alert: Alert) {
        let alert = stamp(alert, SystemTime::now());
        self.desk.log(&alert);
        self.queue.push(alert);
    }

    /// Completes when nothing waits any more.
    pub(crate) async fn emptied(&self) {
        while self.queue.first().is_some() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Publishes for ever.
    pub(crate) async fn run(&self) {
        let mut backoff = Backoff::default();
        loop {
            let Some((channel, alert)) = self.queue.first() else {
                self.queue.filled.notified().await;
                continue;
            };
            match timeout(Duration::from_secs(5), publish(&self.bus, &channel, &alert)).await {
                Ok(Ok(())) => {
                    backoff.reset();
                    self.queue.done(&alert);
                }
                Ok(Err(error)) if !error.is_transient() => {
                    warn!(%error, kind = alert.kind, "alert dropped");
                    self.queue.done(&alert);
                }
                Ok(Err(_)) | Err(_) => backoff.wait().await,
            }
        }
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, alert: Alert) {
        let mut waiting = self.lock();
        if waiting.alerts.len() == WAITING {
            waiting.alerts.pop_front();
            waiting.dropped += 1;
            metrics::counter!("healer_alerts_dropped_total").increment(1);
        }
        let channel = waiting.channel.clone();
        waiting.alerts.push_back((channel, alert));
        drop(waiting);
        self.filled.notify_one();
    }

    fn first(&self) -> Option<(Channel<Alert>, Alert)> {
        self.lock().alerts.front().cloned()
    }

    /// Takes `alert` out, unless the queue overflowed meanwhile and it is gone already.
    fn done(&self, alert: &Alert) {
        let mut waiting = self.lock();
        if waiting.alerts.front().is_some_and(|(_, first)| first.id == alert.id) {
            waiting.alerts.pop_front();
        }
        if waiting.alerts.is_empty() && waiting.dropped > 0 {
            info!(dropped = waiting.dropped, "alerts were dropped while system-redis was away");
            waiting.dropped = 0;
        }
    }
}

fn stamp(mut alert: Alert, at: SystemTime) -> Alert {
    let now = EpochSec::from(at);
    alert.id = Some(alert_id(now.into(), rand::random()));
    alert.ts = now.whole();
    alert
}

async fn publish(bus: &Bus, channel: &Channel<Alert>, alert: &Alert) -> Result<(), bus::Error> {
    let mut batch = bus.batch(BusId::System).atomic();
    if alert::is_health(&alert.kind) {
        batch.set(&health(&alert.svc), alert)?;
    }
    let d = serde_json::to_string(alert)
        .map_err(|source| bus::Error::Encode { name: channel.name.to_string(), source })?;
    batch.append(&ALERT_LOG, &LoggedAlert { id: alert.id.clone().unwrap_or_default(), d })?;
    batch.publish(channel, alert)?;
    batch.run().await.map(|_replies| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::{Notifier, Targets};
    use serde_json::json;
    use std::collections::BTreeMap;
    use testkit::Rig;
    use truth::settings::{Identity, Settings};

    fn voice(bus: Bus) -> Voice {
        let document = json!({"components": {"healer": {}}});
        let settings = Settings::from_document(
            document,
            Identity::of("healer"),
            BTreeMap::default(),
            std::collections::HashMap::default(),
            1,
        );
        let wiring = Wiring::read(&settings.unwrap());
        let notifier = Notifier::new(&Targets::default()).unwrap();
        let desk = Desk::new(notifier, Vec::new(), &wiring, Duration::ZERO, Duration::ZERO);
        Voice::new(bus, Arc::new(desk), &wiring)
    }

    /// K14 of the contract: the wall clock jumps by an hour.
    #[test]
    fn the_wall_clock_changes_nothing_but_the_instant() {
        let late = || alert::miss("vigil", Duration::from_millis(30_800), Duration::from_secs(30), false);
        let now = SystemTime::now();
        for jumped in [now - Duration::from_secs(3600), now + Duration::from_secs(3600)] {
            let (usual, mut other) = (stamp(late(), now), stamp(late(), jumped));
            assert_ne!(usual.ts, other.ts);
            (other.ts, other.id) = (usual.ts, usual.id.clone());
            assert_eq!(usual, other);
        }
    }

    #[tokio::test]
    async fn alerts_made_during_an_outage_are_told_later_in_order() {
        let rig = Rig::new().await;
        let (bus, link) = rig.behind_link(BusId::System).await;
        let voice = voice(bus);
        link.cut().await;
        let made = EpochSec::from(SystemTime::now()).whole();
        for service in ["a", "b", "c"] {
            voice.tell(alert::miss(service, Duration::from_secs(31), Duration::from_secs(30), false));
        }
        let speaking = async {
            tokio::select! { () = voice.run() => {} () = voice.emptied() => {} }
        };
        let mending = async {
            testkit::wait("a second has passed", || async {
                EpochSec::from(SystemTime::now()).since(made) > 1.5
            })
            .await;
            link.mend().await;
        };
        tokio::join!(speaking, mending);

        let entries = rig.bus.entries(&ALERT_LOG, "0", 10).await.unwrap();
        let alerts: Vec<Alert> =
            entries.iter().map(|(_, fields)| serde_json::from_str(&fields["d"]).unwrap()).collect();
        let told: Vec<&str> = alerts.iter().map(|alert| alert.svc.as_str()).collect();
        assert_eq!(told, ["a", "b", "c"]);
        assert!(alerts.iter().all(|alert| alert.ts.since(made) <= 1.0), "the instant is that of the making");
        assert!(
            entries.iter().zip(&alerts).all(|((_, fields), alert)| alert.id.as_ref() == Some(&fields["id"]))
        );
    }

    #[test]
    fn the_oldest_alert_gives_way_to_the_thousand_and_first() {
        let voice = voice(Bus::open([]).unwrap());
        for n in 0..=WAITING {
            voice.tell(alert::new("service_restarted", &n.to_string()));
        }
        assert_eq!(voice.queue.first().unwrap().1.svc, "1");
        assert_eq!(voice.queue.lock().dropped, 1);
    }
}
