//! The contract's table of known answers (control plane, 6.3), with ticks at whole seconds.

use super::*;
use proptest::prelude::*;

const SERVICE: &str = "vigil";
const BUS: BusId = BusId::System;

enum At {
    Beat(f64),
    Down(f64),
    Up(f64),
}
use At::{Beat, Down, Up};

impl At {
    const fn time(&self) -> f64 {
        match self {
            Beat(at) | Down(at) | Up(at) => *at,
        }
    }

    const fn event(&self) -> Event<'static> {
        match self {
            Beat(_) => Event::Beat(SERVICE),
            Down(_) => Event::Down(BUS),
            Up(_) => Event::Up(BUS),
        }
    }
}

/// What is said, as "miss at late" or "ok at", in tenths of a second.
#[derive(Debug, PartialEq)]
enum Told {
    Miss { at: u64, late: u64, repeat: bool },
    Ok { at: u64 },
}

const fn miss(at: u64, late_tenths: u64) -> Told {
    Told::Miss { at: at * 10, late: late_tenths, repeat: false }
}

fn sec(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn tenths(at: Duration) -> u64 {
    (at.as_millis() as u64 + 50) / 100
}

/// Runs `inputs` against the machine with a tick at every whole second up to `end`. A tick that coincides with an
/// input comes first: that is the order least favourable to the service.
fn run(limits: (u64, u64), restored: bool, inputs: &[At], end: u64) -> Vec<Told> {
    let limits = Limits { interval: Duration::from_secs(limits.0), timeout: Duration::from_secs(limits.1) };
    let mut silence = Silence::new();
    silence.step(Duration::ZERO, Event::Watch { service: SERVICE, bus: BUS, limits, restored });
    let mut moments: Vec<(Duration, Event<'_>)> =
        (1..=end).map(|second| (Duration::from_secs(second), Event::Tick)).collect();
    moments.extend(inputs.iter().map(|input| (sec(input.time()), input.event())));
    moments.sort_by_key(|(at, _)| *at);
    let mut told = Vec::new();
    for (now, event) in moments {
        told.extend(silence.step(now, event).into_iter().map(|verdict| match verdict {
            Verdict::Late { silence, repeat, .. } => {
                Told::Miss { at: tenths(now), late: tenths(silence), repeat }
            }
            Verdict::Back { .. } => Told::Ok { at: tenths(now) },
        }));
    }
    told
}

#[test]
fn the_warm_up_is_as_in_the_contract() {
    let warmup = |interval, timeout| {
        Limits { interval: Duration::from_secs(interval), timeout: Duration::from_secs(timeout) }.warmup()
    };
    assert_eq!(warmup(10, 30), sec(22.5));
    assert_eq!(warmup(15, 45), sec(33.75));
    assert_eq!(warmup(20, 30), sec(30.0));
    assert_eq!(warmup(5, 15), sec(11.25));
}

#[test]
fn the_known_answers_hold() {
    const USUAL: (u64, u64) = (10, 30);
    let steady = [Beat(4.2), Beat(14.2), Beat(24.2)];
    let steady_then_back = [Beat(4.2), Beat(14.2), Beat(24.2), Beat(80.0)];
    let lost = [Down(10.0), Up(70.5)];
    let lost_then_beats: Vec<At> = [Down(10.0), Up(70.5)]
        .into_iter()
        .chain((0..12).map(|n| Beat(f64::from(n).mul_add(10.0, 74.0))))
        .collect();

    assert_eq!(run(USUAL, false, &[], 60), [miss(23, 230)], "K1");
    assert_eq!(run(USUAL, false, &steady, 79), [miss(55, 308)], "K2");
    assert_eq!(run(USUAL, false, &steady_then_back, 100), [miss(55, 308), Told::Ok { at: 800 }], "K3");
    assert_eq!(run(USUAL, false, &[Beat(4.0), Beat(34.0)], 64), [], "K4");
    assert_eq!(run((15, 45), false, &[], 60), [miss(34, 340)], "K5");
    assert_eq!(run((20, 30), false, &[], 60), [miss(31, 310)], "K6");
    assert_eq!(run((5, 15), false, &[], 60), [miss(12, 120)], "K7");
    assert_eq!(run(USUAL, false, &[Beat(22.9)], 60), [miss(53, 301)], "K8");
    assert_eq!(run(USUAL, false, &lost, 120), [miss(94, 235)], "K9");
    assert_eq!(run(USUAL, false, &lost_then_beats, 184), [], "K10");
    assert_eq!(run(USUAL, true, &[Beat(6.0)], 20), [Told::Ok { at: 60 }], "K11");
    assert_eq!(run(USUAL, true, &[], 60), [Told::Miss { at: 230, late: 230, repeat: true }], "K12");
    assert_eq!(
        run(USUAL, false, &steady_then_back, 120),
        [miss(55, 308), Told::Ok { at: 800 }, miss(111, 310)],
        "K13"
    );
    // K14: the machine has no wall clock to jump; the alerts built from its verdicts are tested in healer.
}

/// Sentinel's table (control plane, 8): one watched service whose warm-up equals its timeout.
#[test]
fn sentinels_known_answers_hold() {
    const HEALER: (u64, u64) = (15, 30);
    assert_eq!(run(HEALER, false, &[Beat(2.0), Beat(12.0)], 49), [miss(43, 310)]);
    assert_eq!(run(HEALER, false, &[], 49), [miss(31, 310)]);
    assert_eq!(run(HEALER, false, &[Beat(50.0)], 60), [miss(31, 310), Told::Ok { at: 500 }]);
}

#[test]
fn a_miss_proven_wrong_is_forgotten_and_an_older_one_is_taken_back() {
    let limits = Limits { interval: sec(10.0), timeout: sec(30.0) };
    for (restored, expected) in [(false, vec![]), (true, vec![Verdict::Back { service: SERVICE.into() }])] {
        let mut silence = Silence::new();
        silence.step(Duration::ZERO, Event::Watch { service: SERVICE, bus: BUS, limits, restored });
        assert_eq!(silence.step(sec(23.0), Event::Tick).len(), 1);
        assert_eq!(silence.step(sec(23.1), Event::Alive { service: SERVICE, age: sec(1.0) }), expected);
        assert_eq!(silence.step(sec(24.0), Event::Tick), []);
    }
}

#[test]
fn other_limits_keep_the_state_and_a_forgotten_service_says_nothing() {
    let watch = |interval, timeout| Event::Watch {
        service: SERVICE,
        bus: BUS,
        limits: Limits { interval: sec(interval), timeout: sec(timeout) },
        restored: false,
    };
    let mut silence = Silence::new();
    silence.step(Duration::ZERO, watch(10.0, 30.0));
    silence.step(sec(20.0), Event::Beat(SERVICE));
    silence.step(sec(40.0), watch(5.0, 15.0));
    assert_eq!(silence.get(SERVICE).unwrap().last_seen, Some(sec(20.0)));
    assert_eq!(silence.step(sec(41.0), Event::Tick).len(), 1);
    silence.step(sec(42.0), Event::Forget(SERVICE));
    assert_eq!(silence.step(sec(99.0), Event::Tick), []);
}

proptest! {
    /// Whatever the beats: misses and recoveries alternate, and a miss is never early.
    #[test]
    fn misses_and_recoveries_alternate(gaps in prop::collection::vec(1_u32..700, 1..40)) {
        let mut at = 0.0;
        let beats: Vec<At> = gaps.iter().map(|gap| { at += f64::from(*gap) / 10.0; Beat(at) }).collect();
        let told = run((10, 30), false, &beats, at as u64 + 40);
        let mut late = false;
        for word in told {
            match word {
                Told::Miss { late: silence, .. } => {
                    prop_assert!(!late);
                    prop_assert!(silence > 225);
                    late = true;
                }
                Told::Ok { .. } => {
                    prop_assert!(late);
                    late = false;
                }
            }
        }
        prop_assert!(late, "after the last beat comes silence");
    }
}
