//! What every test here needs: a healer on short limits, services that beat, and an ear for its alerts.

use bus::{Bus, Delivery};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use std::{
    pin::Pin,
    time::{Duration, SystemTime},
};
use testkit::{Program, Rig};
use tokio::{task::AbortHandle, time::timeout};
use wire::{
    EpochSec,
    system::{ALERTS, Alert, Beat, heartbeat},
};

/// No engine listens here.
pub(crate) const NO_DOCKER: &str = "unix:///nowhere/docker.sock";

/// A Truth in which healer watches `services`, each beating five times a second and late after one second.
pub(crate) fn document(rig: &Rig, services: &[&str]) -> Value {
    let mut document = rig.document("healer");
    let mut subscribe_to = Vec::new();
    for service in services {
        document["components"][service] = json!({"service": {"heal": {
            "start_grace_sec": 0.2, "restart_grace_sec": 5, "verify_sec": 8, "hang_stop_timeout_sec": 2,
            "loop_deaths": 3, "loop_window_sec": 60, "quarantine_deaths": 4, "quarantine_window_sec": 60,
        }}});
        document["services"][service] = json!({
            "component": service, "phase": 3,
            "heartbeat": {"channel": format!("{service}:heartbeat"), "interval_sec": 0.2, "timeout_sec": 1.0},
        });
        subscribe_to.push(json!({"bus": "system-redis", "key": format!("{service}:heartbeat")}));
    }
    document["services"]["healer"] = json!({
        "component": "healer", "heartbeat": {"channel": "healer:heartbeat", "interval_sec": 0.2, "ttl_sec": 1},
        "access_points": {"subscribe_to": subscribe_to},
    });
    document
}

/// healer on short limits, without Docker unless `edit` says so.
pub(crate) async fn healer(rig: &Rig, services: &[&str], edit: impl FnOnce(&mut healer::Config)) -> Program {
    let document = document(rig, services);
    rig.start_as("healer", document, healer::serve, |config: &mut healer::Config| {
        config.tick = Duration::from_millis(50);
        config.docker_host = Some(NO_DOCKER.into());
        edit(config);
    })
    .await
}

/// A service that beats until it is silenced.
pub(crate) struct Beating(AbortHandle);

impl Beating {
    pub(crate) fn start(bus: &Bus, service: &str) -> Self {
        let (bus, service) = (bus.clone(), service.to_owned());
        let task = tokio::spawn(async move {
            for i in 1.. {
                let beat = Beat { svc: service.clone(), i, ts: now().whole() };
                // While the server is away a beat is lost, as in life.
                let _lost = bus.publish(&heartbeat(&service), &beat).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self(task.abort_handle())
    }

    pub(crate) fn silence(self) {
        self.0.abort();
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The alert channel.
pub(crate) struct Alerts {
    heard: Pin<Box<dyn Stream<Item = Delivery<Alert>> + Send>>,
    /// Every alert that went by, oldest first.
    pub(crate) passed: Vec<Alert>,
}

impl Alerts {
    pub(crate) async fn of(rig: &Rig) -> Self {
        Self { heard: Box::pin(rig.bus.subscribe(ALERTS).await), passed: Vec::new() }
    }

    /// The next alert of this kind about this service, within twenty seconds.
    pub(crate) async fn next(&mut self, kind: &str, service: &str) -> Alert {
        let found = async {
            loop {
                let Delivery::Message(alert) = self.heard.next().await.expect("the channel goes on") else {
                    continue;
                };
                self.passed.push(alert.clone());
                if alert.kind == kind && alert.svc == service {
                    return alert;
                }
            }
        };
        let found = timeout(Duration::from_secs(20), found).await;
        assert!(found.is_ok(), "{kind} of {service} within 20 s; heard {:#?}", self.kinds());
        found.unwrap()
    }

    /// What went by, as (kind, service).
    pub(crate) fn kinds(&self) -> Vec<(&str, &str)> {
        self.passed.iter().map(|alert| (alert.kind.as_str(), alert.svc.as_str())).collect()
    }
}

pub(crate) fn now() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
