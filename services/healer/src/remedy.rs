//! Decides about containers: why one ended, whether it needs help, and whether it may have it.
//!
//! [`Medic`] is pure: it takes what happened together with the monotonic time, and gives back what to tell and what to
//! do. Docker and Redis are in [`hands`], which asks once more before it touches anything.

mod deaths;
mod guard;
pub(crate) mod hands;
#[cfg(test)]
mod known_answers;
mod patient;

pub(crate) use guard::{Extent, Guard};

use crate::{
    config::Mode,
    wiring::{Plan, Wiring},
};
use fleet::{
    budget::Permit,
    docker::{Container, Event, Heal, Health, Role, State},
};
use patient::Patient;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};
use wire::{EpochSec, system::Alert};

/// Loads Truth.
const SEEDER: &str = "bootstrap";
/// Remedies in the whole fleet within [`CAP_WINDOW`].
const CAP: usize = 6;
const CAP_WINDOW: Duration = Duration::from_secs(300);
/// A healer that was late itself by this much does not judge a fleet-wide silence.
const LAG: Duration = Duration::from_secs(1);

/// What is done to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Start,
    Restart,
    Stop,
}

impl Deed {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Stop => "stop",
        }
    }
}

/// One remedy, to be carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub service: String,
    pub container: Container,
    pub deed: Deed,
    /// What the container gets for stopping.
    pub grace: Duration,
    pub attempt: u32,
    /// `hang`, `unhealthy`, `exited`, `crash_loop`, `truth_changed`.
    pub reason: &'static str,
    /// A beat younger than this proves that nothing hangs.
    pub timeout: Option<Duration>,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Not carried out, because things are not as they seemed; what was seen instead.
    Refused(String, Option<Box<Container>>),
    /// The engine did it.
    Called,
    /// The engine did not.
    Failed(String),
    /// The service's own health address answered.
    Probed(bool),
}

/// What the fleet's keys say of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    pub is_quarantined: bool,
    pub is_stopped: bool,
    pub is_maintained: bool,
}

/// What the medic is told.
#[derive(Debug)]
pub(crate) enum Input<'a> {
    /// Every container there is.
    Fleet(&'a [Container], EpochSec),
    /// One container as it is now.
    Seen(&'a Container, EpochSec),
    /// An event, and who had announced an intent for that container.
    Docker(&'a Event, Option<String>),
    /// The engine is away.
    EngineDown,
    /// system-redis is there, or is not.
    Bus(bool),
    Late(&'a str),
    Beat(&'a str),
    Outcome(&'a str, Outcome),
    Marks(&'a str, Marks),
    /// Time passes; how late the clock was.
    Tick(Duration),
}

/// What the medic wants.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    Tell(Alert),
    Order(Order),
    /// Ask the service's own health address.
    Probe(String, String),
    RememberStop {
        service: String,
        by: String,
        container: String,
    },
    ForgetStop(String),
    Quarantine {
        service: String,
        reason: &'static str,
        deaths: u32,
    },
    LiftQuarantine(String),
}

/// The fleet as its doctor knows it.
pub(crate) struct Medic {
    own: String,
    mode: Mode,
    has_jitter: bool,
    home: Vec<String>,
    patients: BTreeMap<String, Patient>,
    plans: BTreeMap<String, Plan>,
    made: VecDeque<Duration>,
    engine_up: bool,
    bus_up: bool,
    hold_until: Option<Duration>,
    steady_since: Duration,
}

impl Medic {
    /// `own`: the service that never heals itself.
    pub(crate) fn new(own: &str, mode: Mode, has_jitter: bool) -> Self {
        Self {
            own: own.to_owned(),
            mode,
            has_jitter,
            home: Vec::new(),
            patients: BTreeMap::new(),
            plans: BTreeMap::new(),
            made: VecDeque::new(),
            engine_up: false,
            bus_up: true,
            hold_until: None,
            steady_since: Duration::ZERO,
        }
    }

    /// The networks that healer itself is attached to: without one of them a restart cannot help.
    pub(crate) fn at_home_in(&mut self, networks: Vec<String>) {
        self.home = networks;
    }

    /// Takes over a revision of Truth. A changed component lifts its quarantine.
    pub(crate) fn rewire(&mut self, now: Duration, wiring: &Wiring) -> Vec<Action> {
        self.plans.clone_from(&wiring.plans);
        let mut actions = Vec::new();
        for (service, plan) in &wiring.plans {
            if let Some(patient) = self.patients.get_mut(service) {
                let is_changed = patient.plan.component != plan.component;
                patient.plan = plan.clone();
                if is_changed {
                    patient.truth_changed(now, &mut actions);
                }
            }
        }
        actions
    }

    /// The order to run the job that loads Truth once more.
    pub(crate) fn seed(&self) -> Option<Order> {
        let container = self.container(SEEDER)?.clone();
        (self.mode == Mode::Restart && self.engine_up).then(|| Order {
            service: SEEDER.into(),
            container,
            deed: Deed::Start,
            grace: Duration::ZERO,
            attempt: 1,
            reason: "truth_missing",
            timeout: None,
        })
    }

    /// After a fleet-wide miss: wait, then one at a time.
    pub(crate) fn hold(&mut self, until: Duration) {
        self.hold_until = Some(self.hold_until.map_or(until, |held| held.max(until)));
    }

    /// Why a miss of `service` is no surprise.
    pub(crate) fn excuse(&self, service: &str) -> Option<&'static str> {
        match self.patients.get(service) {
            Some(patient) => patient.excuse(self.engine_up),
            None => self.engine_up.then_some("container_gone"),
        }
    }

    /// The container of `service`, as last seen.
    pub(crate) fn container(&self, service: &str) -> Option<&Container> {
        self.patients.get(service)?.container()
    }

    /// True when `container` is the one known for `service`.
    pub(crate) fn knows(&self, event: &Event) -> bool {
        self.container(&event.service).is_some_and(|container| container.id == event.container)
    }

    /// Every service whose keys matter.
    pub(crate) fn services(&self) -> Vec<String> {
        self.patients
            .keys()
            .chain(self.plans.keys())
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The rich view of one service.
    pub(crate) fn view(&self, service: &str, now: Duration) -> Value {
        self.patients.get(service).map_or_else(|| json!({}), |patient| patient.view(now))
    }

    /// Takes one input at `now` (monotonic, since a fixed origin).
    pub(crate) fn step(&mut self, now: Duration, input: Input<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        match input {
            Input::Fleet(containers, wall) => self.resync(now, containers, wall, &mut actions),
            Input::Seen(container, wall) => self.patient(container).seen(now, container, wall, &mut actions),
            Input::Docker(event, by) => {
                let needs_ok = self.needs_ok(&event.service);
                if let Some(patient) = self.patients.get_mut(&event.service) {
                    patient.docker(now, event, by, needs_ok, &mut actions);
                }
            }
            Input::EngineDown => self.engine_up = false,
            Input::Bus(is_up) => self.bus_up = is_up,
            Input::Late(service) => {
                if let Some(patient) = self.patients.get_mut(service) {
                    patient.late();
                }
            }
            Input::Beat(service) => {
                if let Some(patient) = self.patients.get_mut(service) {
                    patient.beat(now);
                }
            }
            Input::Outcome(service, outcome) => {
                if let Some(patient) = self.patients.get_mut(service) {
                    patient.outcome(now, outcome, &mut actions);
                }
            }
            Input::Marks(service, marks) => {
                if let Some(patient) = self.patients.get_mut(service) {
                    patient.marks(marks, &mut actions);
                }
            }
            Input::Tick(lag) => self.tick(now, lag, &mut actions),
        }
        actions.retain(|action| !matches!(action, Action::Tell(told) if self.is_off(&told.svc)));
        actions
    }

    /// Of what is labelled so not even events are told.
    fn is_off(&self, service: &str) -> bool {
        self.container(service).is_some_and(|container| container.heal == Heal::Off)
    }

    fn resync(&mut self, now: Duration, containers: &[Container], wall: EpochSec, actions: &mut Vec<Action>) {
        self.engine_up = true;
        let mut newest: BTreeMap<&str, &Container> = BTreeMap::new();
        for container in containers {
            let best = newest.entry(&container.service).or_insert(container);
            if is_better(container, best) {
                *best = container;
            }
        }
        for (service, patient) in &mut self.patients {
            if !newest.contains_key(service.as_str()) {
                patient.gone();
            }
        }
        for container in newest.into_values() {
            self.patient(container).seen(now, container, wall, actions);
        }
    }

    fn patient(&mut self, container: &Container) -> &mut Patient {
        let is_server = matches!(container.role, Role::Bus | Role::Db);
        let plan = self.plans.get(&container.service);
        self.patients.entry(container.service.clone()).or_insert_with(|| {
            let plan = plan.cloned().unwrap_or_else(|| Plan::unknown(container.phase, is_server));
            Patient::new(&container.service, plan, self.mode == Mode::Restart)
        })
    }

    fn needs_ok(&self, service: &str) -> bool {
        let is_well = |need: &String| {
            self.container(need).is_none_or(|server| {
                server.state == State::Running && server.health != Some(Health::Unhealthy)
            })
        };
        self.plans.get(service).is_none_or(|plan| plan.needs.iter().all(is_well))
    }

    fn tick(&mut self, now: Duration, lag: Duration, actions: &mut Vec<Action>) {
        if lag >= LAG {
            self.steady_since = now;
        }
        let services: Vec<String> = self.patients.keys().cloned().collect();
        for service in &services {
            let needs_ok = self.needs_ok(service);
            let jitter = if self.has_jitter { rand::random_range(0.9..=1.1) } else { 1.0 };
            if let Some(patient) = self.patients.get_mut(service) {
                patient.tick(now, jitter, needs_ok, actions);
            }
        }
        self.treat(now, actions);
    }

    /// Gives help to whoever needs it and may have it, in start order.
    fn treat(&mut self, now: Duration, actions: &mut Vec<Action>) {
        if self.mode == Mode::Off || !self.engine_up {
            return;
        }
        self.made.retain(|at| *at + CAP_WINDOW > now);
        let nobody_late = !self.patients.values().any(Patient::is_late);
        if nobody_late && self.hold_until.is_some_and(|until| now >= until) {
            self.hold_until = None;
        }
        let mut order: Vec<(u32, String)> =
            self.patients.iter().map(|(service, patient)| (patient.plan.phase, service.clone())).collect();
        order.sort();
        for (_, service) in order {
            let needs_ok = self.needs_ok(&service);
            let one_at_a_time = self.hold_until.is_some();
            let is_anyone_treated = self.patients.values().any(Patient::is_treated);
            let is_held = self.hold_until.is_some_and(|until| now < until || self.steady_since + LAG > now);
            let Some(patient) = self.patients.get_mut(&service) else { continue };
            let Some(wish) = patient.wish(now, &self.home, actions) else { continue };
            let is_server = patient.is_server();
            let is_silence = wish.reason == "hang";
            let must_wait = service == self.own
                || (!self.bus_up && !is_server)
                || (is_silence && (is_held || !needs_ok))
                || (one_at_a_time && is_anyone_treated);
            if must_wait {
                continue;
            }
            match patient.permit(now) {
                Permit::Now if self.made.len() >= CAP => {}
                Permit::Now if self.mode == Mode::Observe => patient.observe(&wish),
                Permit::Now => {
                    self.made.push_back(now);
                    actions.push(Action::Order(patient.begin(now, wish)));
                }
                Permit::At(_) => {}
                Permit::Exhausted(_) => patient.give_up(actions),
            }
        }
    }
}

/// The one that lives, else the newer one.
fn is_better(container: &Container, than: &Container) -> bool {
    let is_alive =
        |container: &Container| matches!(container.state, State::Running | State::Paused | State::Restarting);
    match (is_alive(container), is_alive(than)) {
        (true, false) => true,
        (false, true) => false,
        _ => container.started_at > than.started_at,
    }
}
