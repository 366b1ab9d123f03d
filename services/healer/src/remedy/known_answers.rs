//! K20 to K22 of the contract and the table of states, with a simulated engine under a virtual clock.

use super::*;
use crate::wiring::Heal as Healing;
use fleet::{
    docker::{Action as Happening, Heal as Label},
    silence::Limits,
};
use wire::BusId;

const SERVICE: &str = "vigil";

fn sec(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn plan() -> Plan {
    Plan {
        limits: Some(Limits { interval: sec(5.0), timeout: sec(30.0) }),
        bus: BusId::System,
        phase: 3,
        needs: vec!["system-redis".into()],
        health_url: None,
        heal: Healing::default(),
        component: Value::Null,
    }
}

fn container(service: &str, role: Role, state: State) -> Container {
    Container {
        id: format!("{service}-0123456789abcdef"),
        service: service.into(),
        fleet: "desk".into(),
        name: service.into(),
        image: "tiny".into(),
        role,
        phase: 3,
        heal: Label::Restart,
        stop_timeout: sec(10.0),
        state,
        health: None,
        exit_code: None,
        started_at: None,
        finished_at: None,
        restart_count: 0,
        restarts_itself: true,
        networks: vec!["bus".into()],
        stop_signal: 15,
        faults: Vec::new(),
    }
}

/// A medic with one service whose container has been running for an hour, and time.
struct Ward {
    medic: Medic,
    now: Duration,
    said: Vec<(f64, String)>,
    orders: Vec<(f64, Order)>,
}

impl Ward {
    fn new(state: State) -> Self {
        Self::of(container(SERVICE, Role::Service, state))
    }

    fn of(patient: Container) -> Self {
        Self::under(Mode::Restart, patient)
    }

    fn under(mode: Mode, patient: Container) -> Self {
        let mut medic = Medic::new("healer", mode, false);
        let plans = BTreeMap::from([(SERVICE.to_owned(), plan())]);
        let wiring =
            Wiring { node: "desk".into(), alerts: wire::system::ALERTS, channels: BTreeMap::new(), plans };
        medic.rewire(Duration::ZERO, &wiring);
        let mut ward = Self { medic, now: sec(10_000.0), said: Vec::new(), orders: Vec::new() };
        ward.give(Input::Fleet(&[patient], EpochSec::new(0.0)));
        ward.now += sec(3600.0);
        ward
    }

    fn give(&mut self, input: Input<'_>) {
        let at = (self.now.as_secs_f64() - 13_600.0).max(0.0);
        let actions = self.medic.step(self.now, input);
        for action in actions {
            match action {
                Action::Tell(told) => self.said.push((at, told.kind)),
                Action::Order(order) => self.orders.push((at, order)),
                _ => {}
            }
        }
    }

    fn at(&mut self, seconds: f64) {
        self.now = sec(13_600.0 + seconds);
    }

    fn happens(&mut self, action: Happening) {
        let id = format!("{SERVICE}-0123456789abcdef");
        let event = Event { service: SERVICE.into(), container: id, action, at: self.now };
        self.give(Input::Docker(&event, None));
    }

    fn tick(&mut self) {
        self.give(Input::Tick(Duration::ZERO));
    }

    /// Seconds at which this kind was told.
    fn told(&self, kind: &str) -> Vec<f64> {
        self.said.iter().filter(|(_, said)| said == kind).map(|(at, _)| *at).collect()
    }

    /// The engine restarts the container at once, as ordered; the service never beats.
    fn obey(&mut self, from: usize) {
        for _order in from..self.orders.len() {
            self.happens(Happening::Kill { signal: 15 });
            self.happens(Happening::Die { exit_code: 143 });
            self.happens(Happening::Stop);
            self.happens(Happening::Start);
            self.give(Input::Outcome(SERVICE, Outcome::Called));
        }
    }
}

#[test]
fn k20_a_service_that_never_recovers_gets_three_attempts() {
    let mut ward = Ward::new(State::Running);
    ward.give(Input::Late(SERVICE));
    for second in 0..500 {
        ward.at(f64::from(second));
        let before = ward.orders.len();
        ward.tick();
        ward.obey(before);
    }
    let attempts: Vec<_> = ward.orders.iter().map(|(at, order)| (*at, order.deed, order.attempt)).collect();
    assert_eq!(attempts, [(0.0, Deed::Restart, 1), (70.0, Deed::Restart, 2), (160.0, Deed::Restart, 3)]);
    assert_eq!(ward.told("heal_exhausted"), [220.0]);
    assert_eq!(ward.told("heal_result"), [60.0, 130.0, 220.0]);
    assert!(ward.orders.iter().all(|(_, order)| order.grace == sec(5.0) && order.reason == "hang"));
    assert_eq!(ward.told("container_die"), Vec::<f64>::new(), "healer's own stop is no crash");
    assert_eq!(ward.told("operator_stop"), Vec::<f64>::new());
}

/// The engine starts a container that ends at once after 100 ms, then twice as long each time; 0.4 s pass in between.
#[test]
fn k21_a_process_that_exits_at_once_is_quarantined() {
    let mut ward = Ward::new(State::Running);
    let mut died_at = 0.0;
    let mut delay = 0.1;
    for _ in 0..10 {
        ward.at(died_at);
        ward.happens(Happening::Die { exit_code: 1 });
        if ward.told("quarantined").is_empty() {
            ward.at(died_at + delay);
            ward.happens(Happening::Start);
        }
        died_at += delay + 0.4;
        delay *= 2.0;
    }
    let looped = ward.told("crash_loop");
    let quarantined = ward.told("quarantined");
    assert!(looped.len() == 1 && looped[0] > 2.5 && looped[0] < 3.5, "{looped:?}");
    assert!(quarantined.len() == 1 && quarantined[0] > 50.0 && quarantined[0] < 60.0, "{quarantined:?}");
    assert_eq!(ward.told("container_die").len(), 10);
    assert_eq!(ward.orders.len(), 1);
    assert_eq!(ward.orders[0].1.deed, Deed::Stop);

    ward.happens(Happening::Stop);
    ward.give(Input::Outcome(SERVICE, Outcome::Called));
    assert_eq!(ward.medic.excuse(SERVICE), Some("quarantined"));
    ward.at(200.0);
    ward.tick();
    assert_eq!(ward.orders.len(), 1, "what is quarantined is left alone");
    assert_eq!(ward.told("operator_stop"), Vec::<f64>::new());
    ward.happens(Happening::Start);
    assert_eq!(ward.medic.excuse(SERVICE), None, "an operator's start lifts it");
}

#[test]
fn k22_one_crash_that_the_engine_heals_needs_no_remedy() {
    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Die { exit_code: 139 });
    ward.at(0.4);
    ward.happens(Happening::Start);
    for second in 1..120 {
        ward.at(f64::from(second));
        ward.give(Input::Beat(SERVICE));
        ward.tick();
    }
    assert_eq!(ward.said.len(), 1);
    assert_eq!(ward.told("container_die"), [0.0]);
    assert!(ward.orders.is_empty());
}

#[test]
fn a_container_that_the_engine_does_not_start_is_started_after_its_grace() {
    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Die { exit_code: 139 });
    for second in 1..20 {
        ward.at(f64::from(second));
        ward.tick();
    }
    assert_eq!(ward.orders.len(), 1);
    let (at, order) = ward.orders[0].clone();
    assert_eq!((at, order.deed, order.reason), (15.0, Deed::Start, "exited"));
    ward.happens(Happening::Start);
    ward.give(Input::Outcome(SERVICE, Outcome::Called));
    ward.at(21.0);
    ward.give(Input::Beat(SERVICE));
    ward.tick();
    assert_eq!(ward.told("heal_result"), [21.0]);
}

#[test]
fn an_operators_stop_is_respected_and_named() {
    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Kill { signal: 15 });
    ward.happens(Happening::Die { exit_code: 0 });
    ward.happens(Happening::Stop);
    ward.at(30.0);
    ward.give(Input::Late(SERVICE));
    for second in 30..120 {
        ward.at(f64::from(second));
        ward.tick();
    }
    assert_eq!(ward.medic.excuse(SERVICE), Some("operator_stop"));
    assert_eq!(ward.told("operator_stop").len(), 1);
    assert!(ward.orders.is_empty());
}

#[test]
fn an_operators_restart_is_not_a_stop() {
    let mut ward = Ward::new(State::Running);
    for action in [Happening::Kill { signal: 15 }, Happening::Die { exit_code: 0 }, Happening::Stop] {
        ward.happens(action);
    }
    ward.at(0.5);
    ward.happens(Happening::Start);
    ward.at(5.0);
    ward.tick();
    assert_eq!(ward.said, []);
    assert_eq!(ward.medic.excuse(SERVICE), None);
}

#[test]
fn the_table_of_states_decides() {
    let late = |state: State| {
        let mut ward = Ward::new(state);
        ward.give(Input::Late(SERVICE));
        ward.tick();
        ward.orders.first().map(|(_, order)| order.deed)
    };
    assert_eq!(late(State::Running), Some(Deed::Restart), "a hang");
    for state in
        [State::Paused, State::Created, State::Removing, State::Restarting, State::Exited, State::Dead]
    {
        assert_eq!(late(state), None, "{state}");
    }
}

#[test]
fn a_paused_or_removed_container_excuses_its_miss() {
    assert_eq!(Ward::new(State::Paused).medic.excuse(SERVICE), Some("paused"));
    assert_eq!(Ward::new(State::Exited).medic.excuse(SERVICE), Some("operator_stop"), "nobody saw it end");
    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Destroy);
    assert_eq!(ward.medic.excuse(SERVICE), Some("container_gone"));
}

#[test]
fn a_young_container_is_starting_and_a_sick_one_is_restarted_after_a_minute() {
    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Start);
    ward.give(Input::Late(SERVICE));
    for second in 0..22 {
        ward.at(f64::from(second));
        ward.tick();
    }
    assert!(ward.orders.is_empty(), "the warm-up of 22.5 s is its youth");
    ward.at(23.0);
    ward.tick();
    assert_eq!(ward.orders.len(), 1);

    let mut ward = Ward::new(State::Running);
    ward.happens(Happening::Health(Health::Unhealthy));
    ward.at(59.0);
    ward.tick();
    assert!(ward.orders.is_empty());
    ward.at(60.0);
    ward.tick();
    assert_eq!(ward.orders[0].1.reason, "unhealthy");
    assert_eq!(ward.orders[0].1.grace, sec(10.0));
}

#[test]
fn labels_and_the_bus_withhold_remedies() {
    let orders = |label: Label, bus_up: bool, bus_state: State| {
        let mut ward =
            Ward::of(Container { heal: label, ..container(SERVICE, Role::Service, State::Running) });
        let bus = container("system-redis", Role::Bus, bus_state);
        ward.give(Input::Seen(&bus, EpochSec::new(0.0)));
        ward.give(Input::Bus(bus_up));
        ward.give(Input::Late(SERVICE));
        ward.tick();
        ward.orders.iter().map(|(_, order)| order.deed).collect::<Vec<_>>()
    };
    assert_eq!(orders(Label::Restart, true, State::Running), [Deed::Restart]);
    assert_eq!(orders(Label::Stop, true, State::Running), [Deed::Stop]);
    assert_eq!(orders(Label::Notify, true, State::Running), []);
    assert_eq!(orders(Label::Off, true, State::Running), []);
    assert_eq!(orders(Label::Restart, false, State::Running), [], "system-redis cannot be reached");
    assert_eq!(orders(Label::Restart, true, State::Paused), [], "a server it needs is not well");
}

#[test]
fn what_was_refused_is_no_attempt_and_is_asked_again() {
    let mut ward = Ward::new(State::Running);
    ward.give(Input::Late(SERVICE));
    ward.tick();
    ward.give(Input::Outcome(SERVICE, Outcome::Refused("its key is fresh".into(), None)));
    ward.at(4.0);
    ward.tick();
    assert_eq!(ward.orders.len(), 1);
    ward.at(5.0);
    ward.tick();
    assert_eq!(ward.orders.len(), 2);
    assert_eq!(ward.orders[1].1.attempt, 1);
}

#[test]
fn three_deaths_for_want_of_configuration_wait_for_truth_to_change() {
    let mut ward = Ward::new(State::Running);
    for second in 0..3 {
        ward.at(f64::from(second));
        ward.happens(Happening::Die { exit_code: 78 });
        if second < 2 {
            ward.happens(Happening::Start);
        }
    }
    assert_eq!((ward.told("crash_loop").len(), ward.told("quarantined").len()), (1, 1));
    ward.give(Input::Outcome(SERVICE, Outcome::Called));
    let plans = BTreeMap::from([(SERVICE.to_owned(), Plan { component: json!({"id": SERVICE}), ..plan() })]);
    let wiring =
        Wiring { node: "desk".into(), alerts: wire::system::ALERTS, channels: BTreeMap::new(), plans };
    let lifted = ward.medic.rewire(ward.now, &wiring);
    assert_eq!(lifted, [Action::LiftQuarantine(SERVICE.into())]);
    ward.tick();
    assert_eq!(ward.orders.last().unwrap().1.deed, Deed::Start);
}

#[test]
fn after_a_fleet_wide_miss_remedies_wait() {
    let mut ward = Ward::new(State::Running);
    ward.give(Input::Late(SERVICE));
    ward.medic.hold(ward.now + sec(30.0));
    ward.at(29.0);
    ward.tick();
    assert!(ward.orders.is_empty());
    ward.at(30.0);
    ward.tick();
    assert_eq!(ward.orders.len(), 1);
}

#[test]
fn healer_does_not_treat_itself() {
    let mut ward = Ward::of(container("healer", Role::Service, State::Running));
    ward.medic.step(ward.now, Input::Late("healer"));
    ward.tick();
    assert!(ward.orders.is_empty());
}

#[test]
fn who_may_only_observe_touches_nothing() {
    for mode in [Mode::Off, Mode::Observe] {
        let mut ward = Ward::under(mode, container(SERVICE, Role::Service, State::Running));
        ward.give(Input::Late(SERVICE));
        ward.tick();
        for second in 0..12 {
            ward.at(f64::from(second));
            ward.happens(Happening::Die { exit_code: 1 });
            ward.happens(Happening::Start);
        }
        assert!(ward.orders.is_empty(), "{mode:?}");
        assert_eq!((ward.told("crash_loop").len(), ward.told("quarantined").len()), (1, 0), "{mode:?}");
    }
}

/// A new container comes in place of the old one, as an operator's `up --force-recreate` does.
#[test]
fn a_recreated_container_is_neither_stopped_nor_gone() {
    let mut ward = Ward::new(State::Running);
    for action in
        [Happening::Kill { signal: 15 }, Happening::Die { exit_code: 0 }, Happening::Stop, Happening::Destroy]
    {
        ward.happens(action);
    }
    let new = Container { id: "another".into(), ..container(SERVICE, Role::Service, State::Running) };
    ward.give(Input::Seen(&new, EpochSec::new(0.0)));
    ward.at(5.0);
    ward.tick();
    assert_eq!(ward.said, []);
    assert_eq!(ward.medic.excuse(SERVICE), None);
}

/// The engine tells of the new process after its first beat.
#[test]
fn a_beat_before_the_start_event_proves_the_cure() {
    let mut ward = Ward::new(State::Running);
    ward.give(Input::Late(SERVICE));
    ward.tick();
    ward.at(1.0);
    ward.give(Input::Beat(SERVICE));
    ward.at(5.0);
    for action in [Happening::Kill { signal: 15 }, Happening::Die { exit_code: 137 }, Happening::Stop] {
        ward.happens(action);
    }
    ward.at(5.5);
    ward.give(Input::Beat(SERVICE));
    ward.happens(Happening::Start);
    ward.give(Input::Outcome(SERVICE, Outcome::Called));
    ward.tick();
    assert_eq!(ward.told("heal_result"), [5.5]);
}

#[test]
fn keys_that_a_running_container_contradicts_are_removed() {
    let mut ward = Ward::new(State::Running);
    let marks = Marks { is_quarantined: true, is_stopped: true, is_maintained: false };
    let corrections = ward.medic.step(ward.now, Input::Marks(SERVICE, marks));
    assert_eq!(corrections, [Action::ForgetStop(SERVICE.into()), Action::LiftQuarantine(SERVICE.into())]);
    let mut ward = Ward::new(State::Exited);
    assert_eq!(ward.medic.step(ward.now, Input::Marks(SERVICE, marks)), []);
    assert_eq!(ward.medic.excuse(SERVICE), Some("quarantined"));
}
