//! Decides about healer's container. Pure: the time is an argument.

use crate::config::{Config, Mode};
use fleet::{
    budget::{Budget, Permit, Rules},
    death::{Cause, Death, Past},
    docker::{Action as Event, Container, Event as DockerEvent, Heal, State},
};
use serde_json::{Value, json};
use std::time::Duration;
use wire::EpochSec;

/// A restart by an operator is a stop and a start: this long is waited for the start.
const SETTLE: Duration = Duration::from_millis(1500);
const RECONSIDER: Duration = Duration::from_secs(5);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Whoever acts under this name is sentinel itself.
const OWN: &str = "sentinel";

/// What is done to the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Start,
    Restart,
}

impl Deed {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
        }
    }
}

/// One remedy, to be carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub container: Container,
    pub deed: Deed,
    pub grace: Duration,
    pub attempt: u32,
    pub reason: &'static str,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Refused(String),
    Called,
    Failed(String),
}

/// What is wanted.
#[derive(Debug, PartialEq)]
pub(crate) enum Wish {
    /// An alert: its kind and fields.
    Tell(&'static str, Value),
    Order(Box<Order>),
    RememberStop {
        by: String,
        container: String,
    },
    ForgetStop,
    /// What would be done, were it allowed.
    Observe(Deed),
}

/// healer's container, as far as it is known.
pub(crate) struct Care {
    config: Config,
    container: Option<Container>,
    since: Duration,
    past: Past,
    end: Option<(Cause, Option<String>, Duration)>,
    settles: Option<Duration>,
    is_late: bool,
    last_beat: Option<Duration>,
    budget: Budget,
    not_before: Duration,
    remedy: Option<(Order, Duration, Option<Duration>)>,
    has_given_up: bool,
    is_observed: bool,
}

impl Care {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            container: None,
            since: Duration::ZERO,
            past: Past::new(),
            end: None,
            settles: None,
            is_late: false,
            last_beat: None,
            budget: Budget::new(),
            not_before: Duration::ZERO,
            remedy: None,
            has_given_up: false,
            is_observed: false,
        }
    }

    /// Why healer's silence is no surprise.
    pub(crate) fn excuse(&self) -> Option<&'static str> {
        match self.container.as_ref()?.state {
            State::Paused => Some("paused"),
            State::Running | State::Restarting => None,
            _ => self.is_wanted().then_some("operator_stop"),
        }
    }

    pub(crate) fn container(&self) -> Option<&Container> {
        self.container.as_ref()
    }

    /// The container as the engine shows it now; `None`: there is none.
    pub(crate) fn seen(&mut self, now: Duration, seen: Option<Container>, wall: EpochSec) {
        if self.container.as_ref().map(|known| &known.id) != seen.as_ref().map(|seen| &seen.id) {
            self.past = Past::new();
            self.end = None;
            self.settles = None;
        }
        match seen.as_ref().map(|seen| (seen.state, seen.started_at)) {
            Some((State::Running | State::Paused, started_at)) => {
                let age = started_at.map_or(0.0, |started| wall.since(started)).max(0.0);
                self.since = now.saturating_sub(Duration::try_from_secs_f64(age).unwrap_or_default());
                self.end = None;
            }
            // Nobody saw it end: never start something whose stop was not seen.
            Some((State::Exited, _)) if self.end.is_none() => self.end = Some((Cause::Requested, None, now)),
            _ => {}
        }
        self.container = seen;
    }

    /// An event, and who had announced an intent for that container.
    pub(crate) fn docker(&mut self, now: Duration, event: &DockerEvent, by: Option<String>) -> Vec<Wish> {
        let Some(container) = self.container.as_mut().filter(|known| known.id == event.container) else {
            return Vec::new();
        };
        let death = self.past.step(now, event.at, event.action, false, container.stop_signal);
        let mut wishes = Vec::new();
        match event.action {
            Event::Start => {
                container.state = State::Running;
                self.since = now;
                self.settles = None;
                if self
                    .end
                    .take()
                    .is_some_and(|(cause, by, _)| cause == Cause::Requested && !is_own(by.as_deref()))
                {
                    self.budget.reset();
                    self.has_given_up = false;
                    wishes.push(Wish::ForgetStop);
                }
            }
            Event::Die { .. } => container.state = State::Exited,
            Event::Pause => container.state = State::Paused,
            Event::Unpause => container.state = State::Running,
            Event::Destroy => {
                self.container = None;
                self.settles = None;
            }
            _ => {}
        }
        if let Some(death) = death {
            let is_own_doing = self.remedy.as_ref().is_some_and(|(.., alive_after)| alive_after.is_none());
            // The old process is gone: a beat from here on is the new one's. The engine tells of that one too late.
            if let Some((.., alive_after)) = &mut self.remedy {
                *alive_after = Some(now);
            }
            self.died(now, death, by.or_else(|| is_own_doing.then(|| OWN.to_owned())), &mut wishes);
        }
        wishes
    }

    fn died(&mut self, now: Duration, death: Death, by: Option<String>, wishes: &mut Vec<Wish>) {
        match death.cause {
            Cause::Requested => self.settles = (!is_own(by.as_deref())).then(|| now + SETTLE),
            Cause::Oom => wishes.push(Wish::Tell("container_oom", json!({"exit_code": death.exit_code}))),
            _ => wishes.push(Wish::Tell("container_die", json!({"exit_code": death.exit_code}))),
        }
        self.end = Some((death.cause, by, now));
    }

    pub(crate) const fn late(&mut self) {
        self.is_late = true;
    }

    pub(crate) const fn beat(&mut self, now: Duration) {
        self.is_late = false;
        self.is_observed = false;
        self.last_beat = Some(now);
    }

    pub(crate) fn outcome(&mut self, now: Duration, outcome: Outcome) -> Vec<Wish> {
        match (outcome, &mut self.remedy) {
            (_, None) => Vec::new(),
            (Outcome::Refused(why), Some(_)) => {
                tracing::info!(why, "remedy withheld");
                self.remedy = None;
                self.budget.withdraw();
                self.not_before = now + RECONSIDER;
                Vec::new()
            }
            (Outcome::Called, Some((.., alive_after))) => {
                alive_after.get_or_insert(now);
                Vec::new()
            }
            (Outcome::Failed(error), Some(_)) => self.conclude(now, Err(error), 1.0),
        }
    }

    /// Time passes. `jitter` stretches the wait after a failure (1 = exactly).
    pub(crate) fn tick(&mut self, now: Duration, jitter: f64) -> Vec<Wish> {
        let mut wishes = Vec::new();
        if let Some(death) = self.past.settle(now) {
            self.died(now, death, None, &mut wishes);
        }
        if self.settles.is_some_and(|at| now >= at) {
            self.settles = None;
            let by = self.end.as_ref().and_then(|(_, by, _)| by.clone()).unwrap_or_else(|| "operator".into());
            let container = self.container.as_ref().map(|container| container.id.clone()).unwrap_or_default();
            wishes.push(Wish::RememberStop { by: by.clone(), container });
            wishes.push(Wish::Tell("operator_stop", json!({"by": by})));
        }
        if let Some((order, begun, alive_after)) = &self.remedy {
            let is_alive = alive_after.is_some_and(|since| self.last_beat.is_some_and(|beat| beat > since));
            let limit =
                self.config.verify.max(if alive_after.is_some() { Duration::ZERO } else { 8 * order.grace });
            if is_alive {
                wishes.extend(self.conclude(now, Ok(()), jitter));
            } else if now >= *begun + limit {
                wishes.extend(self.conclude(now, Err("no beat in time".into()), jitter));
            }
        }
        if self.is_late || self.container.as_ref().is_none_or(|container| container.state != State::Running) {
            self.budget.unhealthy();
        } else {
            self.budget.healthy(now, &rules());
        }
        self.treat(now, &mut wishes);
        wishes
    }

    fn treat(&mut self, now: Duration, wishes: &mut Vec<Wish>) {
        let Some((deed, reason)) = self.complaint(now) else { return };
        match self.budget.ask(now, &rules()) {
            Permit::Now if self.config.mode == Mode::Observe => {
                if !std::mem::replace(&mut self.is_observed, true) {
                    wishes.push(Wish::Observe(deed));
                }
            }
            Permit::Now => {
                let Some(container) = self.container.clone() else { return };
                let attempt = self.budget.begin(now);
                let order = Order { container, deed, grace: STOP_TIMEOUT, attempt, reason };
                let alive_after = (deed == Deed::Start).then_some(now);
                self.remedy = Some((order.clone(), now, alive_after));
                wishes.push(Wish::Order(Box::new(order)));
            }
            Permit::At(_) => {}
            Permit::Exhausted(_) => {
                if !std::mem::replace(&mut self.has_given_up, true) {
                    wishes.push(Wish::Tell("heal_exhausted", json!({"attempts": self.budget.attempt()})));
                }
            }
        }
    }

    /// What is wrong with the container that nobody wanted.
    fn complaint(&self, now: Duration) -> Option<(Deed, &'static str)> {
        let container = self.container.as_ref()?;
        let is_free = self.remedy.is_none() && now >= self.not_before && self.config.mode != Mode::Off;
        if !is_free || container.heal != Heal::Restart {
            return None;
        }
        match container.state {
            State::Running if self.is_late && now >= self.since + self.config.start_grace => {
                Some((Deed::Restart, "hang"))
            }
            State::Exited if !self.is_wanted() => {
                let (_, _, ended) = self.end.as_ref()?;
                (now >= *ended + self.config.restart_grace).then_some((Deed::Start, "exited"))
            }
            _ => None,
        }
    }

    /// True when it does not run because somebody wanted that, or because that cannot be ruled out.
    fn is_wanted(&self) -> bool {
        match &self.end {
            None => true,
            Some((Cause::Requested, by, _)) => !is_own(by.as_deref()),
            Some(_) => false,
        }
    }

    fn conclude(&mut self, now: Duration, result: Result<(), String>, jitter: f64) -> Vec<Wish> {
        let Some((order, begun, _)) = self.remedy.take() else { return Vec::new() };
        let took_sec = (now.saturating_sub(begun).as_secs_f64() * 10.0).round() / 10.0;
        let mut about = json!({
            "action": order.deed.name(), "attempt": order.attempt, "ok": result.is_ok(), "took_sec": took_sec,
        });
        match result {
            Ok(()) => self.has_given_up = false,
            Err(error) => {
                about["error"] = json!(error);
                self.budget.failed(now, jitter);
            }
        }
        vec![Wish::Tell("heal_result", about)]
    }
}

fn is_own(by: Option<&str>) -> bool {
    by == Some(OWN)
}

/// 3 in 10 minutes.
fn rules() -> Rules {
    Rules { daily_max: u32::MAX, ..Rules::default() }
}

#[cfg(test)]
#[path = "care/tests.rs"]
mod tests;
