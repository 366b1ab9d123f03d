use super::*;
use fleet::docker::Role;

const ID: &str = "0123456789abcdef";

fn sec(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn healer(state: State) -> Container {
    Container {
        id: ID.into(),
        service: "healer".into(),
        fleet: "desk".into(),
        name: "healer".into(),
        image: "tiny".into(),
        role: Role::Service,
        phase: 2,
        heal: Heal::Restart,
        stop_timeout: sec(10.0),
        state,
        health: None,
        exit_code: None,
        started_at: None,
        finished_at: None,
        restart_count: 0,
        restarts_itself: true,
        networks: Vec::new(),
        stop_signal: 15,
        faults: Vec::new(),
    }
}

fn care(state: State) -> Care {
    let mut care = Care::new(Config::default());
    care.seen(Duration::ZERO, Some(healer(state)), EpochSec::new(0.0));
    care
}

fn happens(care: &mut Care, at: f64, action: Event) -> Vec<Wish> {
    let event = DockerEvent { service: "healer".into(), container: ID.into(), action, at: sec(at) };
    care.docker(sec(at), &event, None)
}

/// The orders and alerts of each second from `from` to `to`; a restart is done at once and never helps.
fn live(care: &mut Care, from: u32, to: u32) -> Vec<(u32, String)> {
    let mut log = Vec::new();
    for second in from..to {
        let at = f64::from(second);
        for wish in care.tick(sec(at), 1.0) {
            match wish {
                Wish::Order(order) => {
                    log.push((second, order.deed.name().to_owned()));
                    if order.deed == Deed::Restart {
                        for action in [Event::Kill { signal: 15 }, Event::Die { exit_code: 0 }, Event::Stop] {
                            assert_eq!(happens(care, at, action), []);
                        }
                    }
                    assert_eq!(happens(care, at, Event::Start), []);
                    care.outcome(sec(at), Outcome::Called);
                }
                Wish::Tell(kind, _) => log.push((second, kind.to_owned())),
                Wish::RememberStop { .. } => log.push((second, "remember".to_owned())),
                Wish::ForgetStop | Wish::Observe(_) => {}
            }
        }
    }
    log
}

fn named(log: &[(u32, String)]) -> Vec<(u32, &str)> {
    log.iter().map(|(at, what)| (*at, what.as_str())).collect()
}

#[test]
fn a_frozen_healer_is_restarted_within_its_budget() {
    let mut care = care(State::Running);
    care.late();
    let log = live(&mut care, 43, 400);
    let expected = [
        (43, "restart"),
        (103, "heal_result"),
        (113, "restart"),
        (173, "heal_result"),
        (203, "restart"),
        (263, "heal_result"),
        (263, "heal_exhausted"),
    ];
    assert_eq!(named(&log), expected);
}

#[test]
fn a_beat_after_the_restart_is_a_success() {
    let mut care = care(State::Running);
    care.late();
    assert_eq!(named(&live(&mut care, 43, 44)), [(43, "restart")]);
    care.beat(sec(46.0));
    let wishes = care.tick(sec(46.5), 1.0);
    assert!(matches!(&wishes[..], [Wish::Tell("heal_result", about)] if about["ok"] == true), "{wishes:?}");
}

#[test]
fn a_killed_healer_is_told_and_left_to_the_engine_for_fifteen_seconds() {
    let mut care = care(State::Running);
    let wishes = happens(&mut care, 100.0, Event::Die { exit_code: 137 });
    assert!(matches!(&wishes[..], [Wish::Tell("container_die", _)]), "{wishes:?}");
    assert_eq!(named(&live(&mut care, 101, 116)), [(115, "start")]);
}

#[test]
fn what_an_operator_stopped_or_paused_stays_so() {
    let mut stopped = care(State::Running);
    for action in [Event::Kill { signal: 15 }, Event::Die { exit_code: 0 }, Event::Stop] {
        assert_eq!(happens(&mut stopped, 50.0, action), []);
    }
    stopped.late();
    assert_eq!(named(&live(&mut stopped, 50, 300)), [(52, "remember"), (52, "operator_stop")]);
    assert_eq!(stopped.excuse(), Some("operator_stop"));
    assert_eq!(happens(&mut stopped, 301.0, Event::Start), [Wish::ForgetStop]);

    for state in [State::Paused, State::Exited, State::Created, State::Restarting] {
        let mut care = care(state);
        care.late();
        assert_eq!(live(&mut care, 50, 300), [], "{state}");
    }
}

#[test]
fn a_young_container_is_still_starting() {
    let mut care = care(State::Running);
    happens(&mut care, 100.0, Event::Start);
    care.late();
    assert_eq!(named(&live(&mut care, 101, 121)), [(120, "restart")]);
}
