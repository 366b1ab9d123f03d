//! sentinel against real Redis servers and a real Docker engine.
#![expect(clippy::disallowed_methods, reason = "the beating healer lives beside the test")]

use bus::{Bus, Delivery};
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use std::{
    pin::Pin,
    time::{Duration, SystemTime},
};
use testkit::{Container, Program, Rig, wait};
use tokio::{task::AbortHandle, time::timeout};
use wire::{
    BusId, EpochSec,
    system::{ALERT_LOG, ALERTS, Alert, Beat, health, heartbeat},
};

const NO_DOCKER: &str = "unix:///nowhere/docker.sock";

/// healer, as far as sentinel hears it.
struct Healer(AbortHandle);

impl Healer {
    fn beating(bus: &Bus) -> Self {
        let bus = bus.clone();
        let task = tokio::spawn(async move {
            for i in 1.. {
                let ts = EpochSec::from(SystemTime::now()).whole();
                // While the server is away a beat is lost, as in life.
                let _lost = bus.publish(&heartbeat("healer"), &Beat { svc: "healer".into(), i, ts }).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Healer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn sentinel(rig: &Rig, edit: impl FnOnce(&mut sentinel::Config)) -> Program {
    rig.start(sentinel::serve, |config: &mut sentinel::Config| {
        config.timeout = Duration::from_secs(1);
        config.tick = Duration::from_millis(50);
        config.start_grace = Duration::from_millis(200);
        config.docker_host = Some(NO_DOCKER.into());
        edit(config);
    })
    .await
}

type Heard = Pin<Box<dyn Stream<Item = Delivery<Alert>> + Send>>;

async fn alerts(rig: &Rig) -> Heard {
    Box::pin(rig.bus.subscribe(ALERTS).await)
}

/// The next alert, of whatever kind.
async fn next(heard: &mut Heard) -> Alert {
    let found = async {
        loop {
            if let Delivery::Message(alert) = heard.next().await.expect("the channel goes on") {
                return alert;
            }
        }
    };
    timeout(Duration::from_secs(20), found).await.expect("an alert within 20 s")
}

#[tokio::test]
async fn healers_silence_is_told_once_and_its_first_beat_ends_it() {
    let rig = Rig::new().await;
    let mut heard = alerts(&rig).await;
    let sentinel = sentinel(&rig, |_| {}).await;
    let miss = next(&mut heard).await;
    assert_eq!(
        (miss.kind.as_str(), miss.svc.as_str(), miss.timeout_sec),
        ("healer_miss", "healer", Some(1.0))
    );
    assert!(miss.late_sec.is_some_and(|late| (1.0..1.5).contains(&late)), "{miss:?}");
    assert_eq!(rig.bus.get(&health("healer")).await.unwrap(), Some(miss.clone()));
    let entries = rig.bus.entries(&ALERT_LOG, "0", 10).await.unwrap();
    assert_eq!(miss.id.as_ref(), Some(&entries[0].1["id"]));

    let _healer = Healer::beating(&rig.bus);
    assert_eq!(next(&mut heard).await.kind, "healer_ok");
    sentinel.stop().await.expect("a clean stop within its grace period");
}

#[tokio::test]
async fn a_restart_of_system_redis_is_no_miss() {
    let mut rig = Rig::new().await;
    let mut heard = alerts(&rig).await;
    let healer = Healer::beating(&rig.bus);
    let _sentinel = sentinel(&rig, |_| {}).await;
    rig.kill(BusId::System);
    let killed = SystemTime::now();
    wait("longer than healer may be silent", || async {
        killed.elapsed().unwrap() > Duration::from_millis(1500)
    })
    .await;
    rig.restart(BusId::System).await;
    let back = SystemTime::now();
    wait("once more as long", || async { back.elapsed().unwrap() > Duration::from_millis(1500) }).await;
    drop(healer);
    let miss = next(&mut heard).await;
    assert_eq!(miss.kind, "healer_miss");
    assert!(back.elapsed().unwrap() > Duration::from_millis(2200), "the first miss is the true one");
}

#[tokio::test]
async fn a_frozen_healer_is_restarted() {
    let rig = Rig::new().await;
    let container = Container::run("frozen", "healer", Container::ENDLESS).await;
    let started_at = container.state("StartedAt").await;
    let mut heard = alerts(&rig).await;
    let healer = Healer::beating(&rig.bus);
    let fleet = container.fleet();
    let _sentinel = sentinel(&rig, |config| {
        config.docker_host = Some("unix:///var/run/docker.sock".into());
        config.fleet = Some(fleet);
    })
    .await;
    container.signal("STOP").await;
    drop(healer);
    assert_eq!(next(&mut heard).await.kind, "healer_miss");
    let started = next(&mut heard).await;
    assert_eq!((started.kind.as_str(), &started.extra["attempt"]), ("heal_started", &Value::from(1)));
    wait("it was restarted", || async {
        container.state("Running").await == "true" && container.state("StartedAt").await != started_at
    })
    .await;
    let _healer = Healer::beating(&rig.bus);
    assert_eq!(next(&mut heard).await.kind, "healer_ok");
    let result = next(&mut heard).await;
    assert_eq!((result.kind.as_str(), &result.extra["ok"]), ("heal_result", &Value::from(true)));
}
