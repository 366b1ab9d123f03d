//! Notifications: which alerts people hear of, in which words, with the end of the log of what failed.

mod limit;
mod text;

use crate::wiring::{Level, Wiring};
use fleet::docker::Docker;
use futures_util::StreamExt;
use limit::{Limiter, Verdict};
use notify::{Note, Notifier};
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    join,
    sync::mpsc,
    time::{Instant, timeout},
};
use tracing::{info, warn};
use truth::secret::{Secret, mask};
use wire::system::Alert;

const LOG_LINES: usize = 20;
const LOG_CHARS: usize = 2800;
const LOG_LIMIT: Duration = Duration::from_secs(3);
const WAITING: usize = 100;
/// Heard by nobody but the log.
const UNTOLD: [&str; 3] = ["operator_stop", "heal_started", "service_restarted"];
/// Told with the end of the log.
const EXPLAINED: [&str; 6] =
    ["heartbeat_miss", "container_die", "container_oom", "crash_loop", "quarantined", "heal_exhausted"];

/// Takes alerts and makes notes of those that people should hear of.
pub(crate) struct Desk {
    notifier: Notifier,
    secrets: Vec<Secret>,
    began: Instant,
    state: Mutex<State>,
    drafts: mpsc::Sender<Draft>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Draft>>,
}

struct State {
    limiter: Limiter,
    node: String,
    levels: BTreeMap<String, Level>,
    maintained: BTreeSet<String>,
    docker: Option<Docker>,
}

struct Draft {
    text: String,
    service: Option<String>,
}

impl Desk {
    pub(crate) fn new(
        notifier: Notifier,
        secrets: Vec<Secret>,
        wiring: &Wiring,
        rate_limit: Duration,
        remind: Duration,
    ) -> Self {
        let (drafts, waiting) = mpsc::channel(WAITING);
        let state = State {
            limiter: Limiter::new(rate_limit, remind),
            node: String::new(),
            levels: BTreeMap::new(),
            maintained: BTreeSet::new(),
            docker: None,
        };
        let waiting = tokio::sync::Mutex::new(waiting);
        let desk =
            Self { notifier, secrets, began: Instant::now(), state: Mutex::new(state), drafts, waiting };
        desk.rewire(wiring);
        desk
    }

    /// Takes over the notification levels of a revision of Truth.
    pub(crate) fn rewire(&self, wiring: &Wiring) {
        let mut state = self.lock();
        state.node.clone_from(&wiring.node);
        state.levels = wiring.plans.iter().map(|(id, plan)| (id.clone(), plan.heal.notify)).collect();
    }

    /// Logs can be read from here.
    pub(crate) fn reads_logs(&self, docker: Docker) {
        self.lock().docker = Some(docker);
    }

    /// The services that are being worked on: nobody hears of them.
    pub(crate) fn maintain(&self, services: BTreeSet<String>) {
        self.lock().maintained = services;
    }

    /// Writes the alert to the log, and a note of it unless limits forbid.
    pub(crate) fn take(&self, alert: &Alert) {
        write(alert);
        if UNTOLD.contains(&alert.kind.as_str()) || self.notifier.is_deaf() {
            return;
        }
        let mut state = self.lock();
        let is_maintained =
            alert.reason.as_deref() == Some("maintenance") || state.maintained.contains(&alert.svc);
        let is_below = match state.levels.get(&alert.svc).copied().unwrap_or(Level::All) {
            Level::All => false,
            Level::Critical => alert.severity.as_deref() != Some("critical"),
            Level::None => true,
        };
        if is_maintained || is_below {
            state.limiter.hush(&alert.kind, &alert.svc);
            return;
        }
        let text = match state.limiter.judge(self.began.elapsed(), &alert.kind, &alert.svc) {
            Verdict::Silent => return,
            Verdict::Flapping => {
                format!("{} is flapping: no more of it until it is stable [{}]", alert.svc, state.node)
            }
            Verdict::Told { suppressed } => text::of(alert, &state.node, suppressed),
        };
        drop(state);
        self.draft(text, EXPLAINED.contains(&alert.kind.as_str()).then(|| alert.svc.clone()));
    }

    /// Writes the alert to the log only; its recovery will not be told either.
    pub(crate) fn log(&self, alert: &Alert) {
        write(alert);
        self.lock().limiter.hush(&alert.kind, &alert.svc);
    }

    /// Reminds of misses that stand.
    pub(crate) fn tick(&self) {
        let mut state = self.lock();
        let due = state.limiter.reminders(self.began.elapsed());
        let node = state.node.clone();
        drop(state);
        for service in due {
            self.draft(format!("{service} is still late [{node}]"), None);
        }
    }

    /// Notes that were lost, by sink.
    pub(crate) fn failures(&self) -> Vec<(&'static str, u64)> {
        self.notifier.failures()
    }

    /// Delivers for ever.
    pub(crate) async fn run(&self) {
        let edit = async {
            let mut waiting = self.waiting.lock().await;
            while let Some(draft) = waiting.recv().await {
                let detail = match &draft.service {
                    Some(service) => timeout(LOG_LIMIT, self.log_end(service)).await.ok().flatten(),
                    None => None,
                };
                self.notifier.offer(Note { text: draft.text, detail });
            }
        };
        join!(edit, self.notifier.run());
    }

    async fn log_end(&self, service: &str) -> Option<String> {
        let docker = self.lock().docker.clone()?;
        let mut lines = pin!(docker.logs(service, Some(LOG_LINES), None, false));
        let mut end = Vec::new();
        while let Some(Ok(line)) = lines.next().await {
            end.push(line.text);
        }
        let whole = mask(&end.join("\n"), &self.secrets);
        let surplus = whole.chars().count().saturating_sub(LOG_CHARS);
        let kept: String = whole.chars().skip(surplus).collect();
        (!kept.is_empty()).then_some(kept)
    }

    fn draft(&self, text: String, service: Option<String>) {
        if self.drafts.try_send(Draft { text, service }).is_err() {
            metrics::counter!("notify_lost_total", "sink" => "desk", "cause" => "full").increment(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(alert: &Alert) {
    let Alert { kind, svc, late_sec, reason, .. } = alert;
    let extra = serde_json::Value::Object(alert.extra.clone());
    if matches!(kind.as_str(), "heartbeat_miss" | "healer_miss") {
        warn!(kind, service = svc, late_sec, reason, "miss");
    } else {
        info!(kind, service = svc, reason, about = %extra, "alert");
    }
}
