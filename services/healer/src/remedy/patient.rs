//! One service with its container: what happened to it. What is done about it is in [`treatment`].

mod treatment;

use super::{
    Action, Deed, Marks, Order,
    deaths::{Deaths, Loop},
};
use crate::{
    alert,
    wiring::{Plan, seconds},
};
use fleet::{
    budget::{Budget, Permit},
    death::{Cause, Death, Past},
    docker::{Action as Event, Container, Event as DockerEvent, Heal, Health, Role, State},
};
use serde_json::{Value, json};
use std::time::Duration;
use wire::EpochSec;

/// A restart by an operator is a stop and a start: this long is waited for the start.
const SETTLE: Duration = Duration::from_millis(1500);
/// Actors whose stop is part of a remedy.
const HEALERS: [&str; 2] = ["healer", "sentinel"];

pub(super) struct Patient {
    service: String,
    pub(super) plan: Plan,
    may_act: bool,
    container: Option<Container>,
    /// Start of its run, monotonic.
    since: Duration,
    past: Past,
    end: Option<End>,
    settles: Option<Duration>,
    unhealthy_since: Option<Duration>,
    is_late: bool,
    last_beat: Option<Duration>,
    deaths: Deaths,
    quarantine: Option<&'static str>,
    /// The stop that belongs to the quarantine is done: a later start is somebody's decision.
    is_settled: bool,
    marks: Marks,
    budget: Budget,
    not_before: Duration,
    remedy: Option<Remedy>,
    last_remedy: Option<Value>,
    start_once: Option<&'static str>,
    has_given_up: bool,
    is_observed: bool,
    is_detached_told: bool,
    jitter: f64,
}

/// Why it does not run.
struct End {
    cause: Cause,
    by: Option<String>,
    at: Duration,
}

struct Remedy {
    order: Order,
    begun: Duration,
    called: bool,
    /// The old process is gone: from here on a beat proves recovery. The engine tells of the new process too late
    /// for that: its first beat may come before.
    alive_after: Option<Duration>,
    is_probing: bool,
}

/// Help that is needed.
pub(super) struct Wish {
    container: Container,
    deed: Deed,
    pub(super) reason: &'static str,
    grace: Duration,
}

impl Patient {
    /// `may_act`: containers may be touched at all.
    pub(super) fn new(service: &str, plan: Plan, may_act: bool) -> Self {
        Self {
            service: service.to_owned(),
            plan,
            may_act,
            container: None,
            since: Duration::ZERO,
            past: Past::new(),
            end: None,
            settles: None,
            unhealthy_since: None,
            is_late: false,
            last_beat: None,
            deaths: Deaths::default(),
            quarantine: None,
            is_settled: true,
            marks: Marks::default(),
            budget: Budget::new(),
            not_before: Duration::ZERO,
            remedy: None,
            last_remedy: None,
            start_once: None,
            has_given_up: false,
            is_observed: false,
            is_detached_told: false,
            jitter: 1.0,
        }
    }

    pub(super) const fn container(&self) -> Option<&Container> {
        self.container.as_ref()
    }

    pub(super) const fn is_late(&self) -> bool {
        self.is_late
    }

    pub(super) const fn is_treated(&self) -> bool {
        self.remedy.is_some()
    }

    pub(super) fn is_server(&self) -> bool {
        self.container.as_ref().is_some_and(|container| matches!(container.role, Role::Bus | Role::Db))
    }

    pub(super) fn excuse(&self, engine_up: bool) -> Option<&'static str> {
        if self.marks.is_maintained {
            return Some("maintenance");
        }
        if self.quarantine.is_some() {
            return Some("quarantined");
        }
        match &self.container {
            None => engine_up.then_some("container_gone"),
            Some(container) if container.state == State::Paused => Some("paused"),
            Some(container) if matches!(container.state, State::Running | State::Restarting) => None,
            Some(_) => self.is_wanted().then_some("operator_stop"),
        }
    }

    pub(super) fn gone(&mut self) {
        self.settles = None;
        self.container = None;
        self.remedy = None;
    }

    /// The container as the engine shows it now.
    pub(super) fn seen(
        &mut self,
        now: Duration,
        seen: &Container,
        wall: EpochSec,
        actions: &mut Vec<Action>,
    ) {
        let is_new = self.container.as_ref().is_none_or(|known| known.id != seen.id);
        if is_new {
            self.past = Past::new();
            self.end = None;
            self.settles = None;
            for fault in &seen.faults {
                actions.push(Action::Tell(alert::label_fault(&seen.service, fault)));
            }
        }
        if matches!(seen.state, State::Running | State::Paused) {
            let age = seen.started_at.map_or(0.0, |started| wall.since(started));
            self.since = now.saturating_sub(seconds(age));
            self.end = None;
            self.settles = None;
            let is_sick = seen.health == Some(Health::Unhealthy) && seen.state == State::Running;
            self.unhealthy_since = is_sick.then(|| self.unhealthy_since.unwrap_or(now));
        } else if seen.state == State::Exited && self.end.is_none() {
            // Nobody saw it end: never start something whose stop was not seen.
            self.end = Some(End { cause: Cause::Requested, by: None, at: now });
        }
        self.container = Some(seen.clone());
    }

    pub(super) fn docker(
        &mut self,
        now: Duration,
        event: &DockerEvent,
        by: Option<String>,
        needs_ok: bool,
        actions: &mut Vec<Action>,
    ) {
        let Some(container) = self.container.as_ref().filter(|known| known.id == event.container) else {
            return;
        };
        let (is_job, signal) = (container.role == Role::Job, container.stop_signal);
        let death = self.past.step(now, event.at, event.action, is_job, signal);
        match event.action {
            Event::Start => self.started(now, actions),
            Event::Die { .. } => self.enter(State::Exited),
            Event::Pause => self.enter(State::Paused),
            Event::Unpause => self.enter(State::Running),
            Event::Destroy => self.gone(),
            Event::Health(health) => self.health(now, health, actions),
            _ => {}
        }
        if let Some(death) = death {
            let by = by.or_else(|| self.is_being_stopped().then(|| HEALERS[0].to_owned()));
            if let Some(remedy) = &mut self.remedy {
                remedy.alive_after = Some(now);
            }
            self.died(now, death, by, needs_ok, actions);
        }
    }

    /// A remedy is stopping it right now, even if its intent record could not be read.
    fn is_being_stopped(&self) -> bool {
        !self.is_settled || self.remedy.as_ref().is_some_and(|remedy| remedy.alive_after.is_none())
    }

    fn enter(&mut self, state: State) {
        if let Some(container) = &mut self.container {
            container.state = state;
        }
        if state != State::Running {
            self.unhealthy_since = None;
        }
    }

    fn started(&mut self, now: Duration, actions: &mut Vec<Action>) {
        self.enter(State::Running);
        if let Some(health) = self.container.as_mut().and_then(|container| container.health.as_mut()) {
            *health = Health::Starting;
        }
        self.since = now;
        self.settles = None;
        self.unhealthy_since = None;
        self.is_detached_told = false;
        let was_stopped =
            self.end.take().is_some_and(|end| end.cause == Cause::Requested && !is_healer(end.by.as_deref()));
        if std::mem::take(&mut self.marks.is_stopped) {
            actions.push(Action::ForgetStop(self.service.clone()));
        }
        if self.quarantine.is_some() && self.is_settled {
            self.lift(actions);
        }
        if was_stopped {
            self.budget.reset();
            self.has_given_up = false;
        }
    }

    fn health(&mut self, now: Duration, health: Health, actions: &mut Vec<Action>) {
        let Some(container) = self.container.as_mut().filter(|known| known.state != State::Paused) else {
            return;
        };
        container.health = Some(health);
        match health {
            Health::Unhealthy => {
                self.unhealthy_since.get_or_insert(now);
                actions.push(self.tell_of("container_unhealthy", json!({})));
            }
            Health::Healthy if self.unhealthy_since.take().is_some() => {
                actions.push(self.tell_of("container_healthy", json!({})));
            }
            Health::Healthy | Health::Starting => {}
        }
    }

    fn died(
        &mut self,
        now: Duration,
        death: Death,
        by: Option<String>,
        needs_ok: bool,
        actions: &mut Vec<Action>,
    ) {
        let exit_code = json!({"exit_code": death.exit_code});
        self.enter(State::Exited);
        match death.cause {
            Cause::JobDone => {}
            Cause::JobFailed => actions.push(self.tell_of("job_failed", exit_code)),
            Cause::Requested => {
                self.is_settled = true;
                self.settles = (!is_healer(by.as_deref())).then(|| now + SETTLE);
            }
            Cause::Oom => actions.push(self.tell_of("container_oom", exit_code)),
            Cause::Exited | Cause::Crash => actions.push(self.tell_of("container_die", exit_code)),
        }
        let by_itself = matches!(death.cause, Cause::Oom | Cause::Exited | Cause::Crash);
        self.end = Some(End { cause: death.cause, by, at: now });
        if by_itself && needs_ok {
            self.deaths.add(now, death.exit_code);
            self.judge(now, actions);
        }
    }

    fn judge(&mut self, now: Duration, actions: &mut Vec<Action>) {
        let heal = self.plan.heal;
        let Loop { is_new, is_hopeless, cause, recent, all } = self.deaths.judge(now, &heal);
        if is_new {
            let about = json!({"deaths": recent, "window_sec": heal.loop_window_sec, "cause": cause});
            actions.push(self.tell_of("crash_loop", about));
        }
        let Some(container) = self.container.clone() else { return };
        let may_stop =
            self.may_act && matches!(container.heal, Heal::Restart | Heal::Stop) && !self.is_server();
        if is_hopeless && may_stop && self.quarantine.is_none() {
            self.quarantine = Some(cause);
            self.is_settled = false;
            actions.push(Action::Quarantine { service: self.service.clone(), reason: cause, deaths: all });
            actions.push(self.tell_of("quarantined", json!({"deaths": all, "cause": cause})));
            let grace = container.stop_timeout;
            let wish = Wish { container, deed: Deed::Stop, reason: "crash_loop", grace };
            actions.push(Action::Order(self.order(wish, 0)));
        }
    }

    fn lift(&mut self, actions: &mut Vec<Action>) {
        self.quarantine = None;
        self.marks.is_quarantined = false;
        self.deaths.clear();
        self.has_given_up = false;
        self.budget.reset();
        actions.push(Action::LiftQuarantine(self.service.clone()));
    }

    pub(super) fn truth_changed(&mut self, now: Duration, actions: &mut Vec<Action>) {
        if self.quarantine.is_some() {
            self.lift(actions);
            self.start_once = Some("truth_changed");
            self.not_before = now;
        }
    }

    pub(super) fn late(&mut self) {
        self.is_late = true;
    }

    pub(super) fn beat(&mut self, now: Duration) {
        self.is_late = false;
        self.is_observed = false;
        self.last_beat = Some(now);
    }

    /// What the keys say. A key that a running container contradicts could not be removed in time.
    pub(super) fn marks(&mut self, marks: Marks, actions: &mut Vec<Action>) {
        let is_running = self.container.as_ref().is_some_and(|container| container.state == State::Running);
        if marks.is_stopped && is_running {
            actions.push(Action::ForgetStop(self.service.clone()));
        }
        if self.quarantine.is_some() && self.marks.is_quarantined && !marks.is_quarantined {
            // Somebody removed the key: the case is closed, the container stays as it is.
            self.quarantine = None;
            self.deaths.clear();
            self.budget.reset();
        } else if self.quarantine.is_none() && marks.is_quarantined && is_running {
            actions.push(Action::LiftQuarantine(self.service.clone()));
        } else if self.quarantine.is_none() && marks.is_quarantined {
            self.quarantine = Some("crash_loop");
            self.is_settled = true;
        }
        self.marks = marks;
    }

    pub(super) fn tick(&mut self, now: Duration, jitter: f64, needs_ok: bool, actions: &mut Vec<Action>) {
        self.jitter = jitter;
        if let Some(death) = self.past.settle(now) {
            self.died(now, death, None, needs_ok, actions);
        }
        if self.settles.is_some_and(|at| now >= at) {
            self.settles = None;
            self.operator_stopped(actions);
        }
        self.verify(now, actions);
        let is_well = self.container.as_ref().is_some_and(|container| container.state == State::Running)
            && !self.is_late
            && self.unhealthy_since.is_none();
        if is_well && self.remedy.is_none() {
            self.budget.healthy(now, &self.plan.heal.rules());
        } else {
            self.budget.unhealthy();
        }
    }

    fn operator_stopped(&mut self, actions: &mut Vec<Action>) {
        let Some(end) = &self.end else { return };
        let by = end.by.clone().unwrap_or_else(|| "operator".into());
        let container = self.container.as_ref().map(|container| container.id.clone()).unwrap_or_default();
        self.marks.is_stopped = true;
        actions.push(Action::RememberStop { service: self.service.clone(), by: by.clone(), container });
        actions.push(self.tell_of("operator_stop", json!({"by": by})));
    }

    /// True when it does not run because somebody wanted that, or because that cannot be ruled out.
    fn is_wanted(&self) -> bool {
        match &self.end {
            None => true,
            Some(end) => match end.cause {
                Cause::JobDone | Cause::JobFailed => true,
                Cause::Requested => !is_healer(end.by.as_deref()),
                Cause::Oom | Cause::Exited | Cause::Crash => false,
            },
        }
    }

    pub(super) fn view(&self, now: Duration) -> Value {
        let rules = self.plan.heal.rules();
        let next = match self.permit(now) {
            Permit::Now => self.not_before.saturating_sub(now),
            Permit::At(at) | Permit::Exhausted(at) => at.saturating_sub(now),
        };
        json!({
            "container": self.container.as_ref().map(|container| json!({
                "id": container.short_id(), "state": container.state.name(),
                "health": container.health.map(Health::name), "image": container.image,
            })),
            "last_remedy": self.last_remedy,
            "treated": self.remedy.as_ref().map(|remedy| remedy.order.deed.name()),
            "budget": {"used": self.budget.used(now, &rules), "max": rules.max, "window_sec": rules.window.as_secs()},
            "next_attempt_sec": next.as_secs(),
            "quarantine": self.quarantine,
            "deaths": self.deaths.count(),
        })
    }

    fn tell_of(&self, kind: &'static str, about: Value) -> Action {
        let container = self.container.as_ref();
        let mut told = alert::new(kind, &self.service);
        told.container = container.map(|container| container.short_id().to_owned());
        told.extra = about.as_object().cloned().unwrap_or_default();
        Action::Tell(told)
    }
}

fn is_healer(by: Option<&str>) -> bool {
    by.is_some_and(|by| HEALERS.contains(&by))
}
