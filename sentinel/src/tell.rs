//! Tells: the alert channel, `health:healer` and the alert stream in one transaction, and people. What cannot be
//! published waits, and goes out later in order with the time at which it was made.

use bus::Bus;
use notify::{Note, Notifier};
use serde_json::Value;
use std::{collections::VecDeque, time::SystemTime};
use tracing::{info, warn};
use wire::{
    BusId, Channel, EpochSec,
    system::{ALERT_LOG, Alert, LoggedAlert, alert_id, health},
};

const WAITING: usize = 1000;
const HEALER: &str = "healer";
/// Also told to people: a dead healer cannot.
const NOTED: [&str; 5] = ["healer_miss", "healer_ok", "container_die", "container_oom", "heal_exhausted"];

pub(crate) struct Teller {
    bus: Bus,
    notifier: Notifier,
    waiting: VecDeque<Alert>,
}

impl Teller {
    pub(crate) fn new(bus: Bus, notifier: Notifier) -> Self {
        Self { bus, notifier, waiting: VecDeque::new() }
    }

    /// Makes an alert about healer and queues it.
    pub(crate) fn tell(&mut self, kind: &str, edit: impl FnOnce(&mut Alert), node: &str) {
        let now = EpochSec::from(SystemTime::now());
        let mut alert = Alert {
            kind: kind.to_owned(),
            svc: HEALER.to_owned(),
            ts: now.whole(),
            id: Some(alert_id(now.into(), rand::random())),
            severity: Some(severity(kind).to_owned()),
            ..Alert::default()
        };
        edit(&mut alert);
        let about = Value::Object(alert.extra.clone());
        if kind == "healer_miss" {
            warn!(kind, service = HEALER, late_sec = alert.late_sec, reason = alert.reason, "miss");
        } else {
            info!(kind, service = HEALER, about = %about, "alert");
        }
        if NOTED.contains(&kind) {
            self.notifier.offer(Note { text: text(&alert, node), detail: None });
        }
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(alert);
    }

    /// Publishes what waits, as far as system-redis lets it.
    pub(crate) async fn flush(&mut self, channel: &Channel<Alert>) {
        while let Some(alert) = self.waiting.front() {
            match publish(&self.bus, channel, alert).await {
                Err(error) if error.is_transient() => return,
                Err(error) => warn!(%error, kind = alert.kind, "alert dropped"),
                Ok(()) => {}
            }
            self.waiting.pop_front();
        }
    }
}

fn severity(kind: &str) -> &'static str {
    match kind {
        "healer_miss" | "heal_exhausted" => "critical",
        "container_die" | "container_oom" => "warning",
        _ => "info",
    }
}

fn text(alert: &Alert, node: &str) -> String {
    let reason = alert.reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
    let about = |field: &str| alert.extra.get(field).map(Value::to_string).unwrap_or_default();
    match alert.kind.as_str() {
        "healer_miss" => format!(
            "healer is late: {} s without a beat (limit {} s){reason} [{node}]",
            alert.late_sec.unwrap_or_default(),
            alert.timeout_sec.unwrap_or_default()
        ),
        "healer_ok" => format!("healer beats again [{node}]"),
        "heal_exhausted" => format!("healer is given up after {} attempts [{node}]", about("attempts")),
        "container_oom" => format!("healer ran out of memory [{node}]"),
        _ => format!("healer died with exit code {} [{node}]", about("exit_code")),
    }
}

async fn publish(bus: &Bus, channel: &Channel<Alert>, alert: &Alert) -> Result<(), bus::Error> {
    let mut batch = bus.batch(BusId::System).atomic();
    if matches!(alert.kind.as_str(), "healer_miss" | "healer_ok") {
        batch.set(&health(HEALER), alert)?;
    }
    let d = serde_json::to_string(alert)
        .map_err(|source| bus::Error::Encode { name: channel.name.to_string(), source })?;
    batch.append(&ALERT_LOG, &LoggedAlert { id: alert.id.clone().unwrap_or_default(), d })?;
    batch.publish(channel, alert)?;
    batch.run().await.map(|_replies| ())
}
