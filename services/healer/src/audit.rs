//! `healer:audit`: every step of every remedy.

use bus::Bus;
use serde_json::{Value, json};
use std::{sync::Arc, time::SystemTime};
use tokio::sync::{Mutex, mpsc};
use tracing::debug;
use wire::{EpochSec, system::AUDIT};

/// Entries that wait to be written; what comes on top is dropped and counted.
const WAITING: usize = 256;

/// Where steps are handed in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Audit {
    actor: String,
    entries: mpsc::Sender<Value>,
    waiting: Arc<Mutex<mpsc::Receiver<Value>>>,
}

impl Audit {
    pub(crate) fn new(actor: &str) -> Self {
        let (entries, waiting) = mpsc::channel(WAITING);
        Self { actor: actor.to_owned(), entries, waiting: Arc::new(Mutex::new(waiting)) }
    }

    /// Notes one step. Returns at once.
    pub(crate) fn note(&self, service: &str, step: &str, data: Value) {
        let ts = EpochSec::from(SystemTime::now());
        let entry = json!({
            "case": format!("{service}-{}", ts.whole().seconds()),
            "svc": service, "step": step, "actor": self.actor, "epoch": 0, "ts": ts, "data": data.to_string(),
        });
        if self.entries.try_send(entry).is_err() {
            metrics::counter!("healer_audit_dropped_total").increment(1);
        }
    }

    /// Writes for ever. An entry that cannot be written is dropped: remedies wait while system-redis is away, so
    /// there is next to nothing to lose.
    pub(crate) async fn run(&self, bus: &Bus) {
        let mut waiting = self.waiting.lock().await;
        while let Some(entry) = waiting.recv().await {
            if let Err(error) = bus.append(&AUDIT, &entry).await {
                metrics::counter!("healer_audit_dropped_total").increment(1);
                debug!(%error, "audit entry not written");
            }
        }
    }
}
