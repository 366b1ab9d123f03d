//! Carries out orders, after asking once more whether they are right: what the medic knows may be seconds old, and the
//! engine would start what an operator stopped and wake what he paused.

use super::{Deed, Order, Outcome};
use crate::{alert, audit::Audit, voice::Voice};
use bus::{Bus, Lock};
use fleet::docker::{Container, Docker, Role, State};
use serde_json::json;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;
use wire::{
    EpochSec,
    system::{Intent, beat_state, intent, maintenance, remedy_lock, stopped},
};

const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// What it takes to act.
#[derive(Clone)]
pub(crate) struct Hands {
    pub own: String,
    pub bus: Bus,
    pub docker: Docker,
    pub voice: Voice,
    pub audit: Audit,
    pub http: reqwest::Client,
}

impl Hands {
    /// Carries out `order`, or refuses with the reason.
    pub(crate) async fn perform(&self, order: Order) -> Outcome {
        let current = match self.docker.container(&order.service).await {
            Ok(Some(current)) if current.id == order.container.id => current,
            Ok(_) => return Outcome::Refused("another container".into(), None),
            Err(error) => return Outcome::Refused(error.to_string(), None),
        };
        let is_server = matches!(current.role, Role::Bus | Role::Db);
        let lock = match self.clear(&order, &current).await {
            Ok(lock) => Some(lock),
            // A server must be healed even while its own keys cannot be read.
            Err(Refusal::Unreachable(_)) if is_server => None,
            Err(Refusal::Unreachable(why)) => return Outcome::Refused(why, None),
            Err(Refusal::No(why)) => return Outcome::Refused(why, Some(Box::new(current))),
        };
        let outcome = self.act(&order, &current, !is_server || lock.is_some()).await;
        if let Some(lock) = lock
            && let Err(error) = lock.release().await
        {
            tracing::debug!(%error, "remedy lock expires by itself");
        }
        outcome
    }

    /// Everything that forbids the deed, asked in order of cost.
    async fn clear(&self, order: &Order, current: &Container) -> Result<Lock, Refusal> {
        let is_fit = match order.deed {
            Deed::Start => current.state == State::Exited,
            Deed::Restart => current.state == State::Running,
            Deed::Stop => true,
        };
        if !is_fit {
            return Err(Refusal::No(format!("container is {}", current.state)));
        }
        let service = &order.service;
        if order.deed != Deed::Stop {
            if self.bus.text(&maintenance(service)).await?.is_some() {
                return Err(Refusal::No("maintenance".into()));
            }
            if self.bus.text(&stopped(service)).await?.is_some() && current.state != State::Running {
                return Err(Refusal::No("operator_stop".into()));
            }
        }
        if order.reason == "hang"
            && let Some(limit) = order.timeout
            && let Ok(Some(state)) = self.bus.get(&beat_state(service)).await
            && now().since(state.ts) < limit.as_secs_f64()
        {
            return Err(Refusal::No("its key is fresh: it beats".into()));
        }
        let lock = self.bus.lock(&remedy_lock(service), Duration::ZERO).await?;
        lock.ok_or_else(|| Refusal::No("somebody else is at it".into()))
    }

    async fn act(&self, order: &Order, current: &Container, has_bus: bool) -> Outcome {
        let Order { service, deed, grace, attempt, reason, .. } = order;
        if has_bus {
            let announced = Intent {
                by: self.own.clone(),
                action: deed.name().into(),
                reason: (*reason).into(),
                epoch: 0,
                ts: now(),
            };
            if let Err(error) = self.bus.set(&intent(&current.id), &announced).await {
                return Outcome::Refused(error.to_string(), None);
            }
        }
        if *attempt > 0 {
            let mut started = alert::new("heal_started", service);
            started.container = Some(current.short_id().to_owned());
            let about = json!({"action": deed.name(), "attempt": attempt, "cause": reason});
            started.extra = about.as_object().cloned().unwrap_or_default();
            started.reason = Some((*reason).into());
            self.voice.tell(started);
            self.audit.note(service, "heal_started", about);
        }
        let called = match deed {
            Deed::Start => self.docker.start(current).await,
            Deed::Restart => self.docker.restart(current, *grace).await,
            Deed::Stop => self.docker.stop(current, *grace).await,
        };
        if has_bus && *deed != Deed::Stop {
            // It is done: what happens to the container from here on is somebody else's doing.
            if let Err(error) = self.bus.remove(&intent(&current.id)).await {
                tracing::debug!(%error, "intent record expires by itself");
            }
        }
        let error = called.as_ref().err().map(ToString::to_string);
        self.audit.note(
            service,
            "docker",
            json!({"action": deed.name(), "container": current.short_id(), "error": error}),
        );
        match called {
            Ok(()) => Outcome::Called,
            // The engine may well complete what it was slow to confirm: recovery decides.
            Err(fleet::docker::Error::Late) => Outcome::Called,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    /// Asks a service's own health address.
    pub(crate) async fn probe(&self, url: String) -> Outcome {
        let answered = timeout(PROBE_LIMIT, self.http.get(url).send()).await;
        let is_ok = matches!(answered, Ok(Ok(answer)) if answer.status().is_success());
        if !is_ok {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Outcome::Probed(is_ok)
    }
}

enum Refusal {
    No(String),
    Unreachable(String),
}

impl From<bus::Error> for Refusal {
    fn from(error: bus::Error) -> Self {
        Self::Unreachable(error.to_string())
    }
}

fn now() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
