//! Stop, kill, freeze, crash: seen in time, told on `healer:alerts`, healed.

use crate::{
    alerts::Alerts,
    fleet::{Fleet, SERVICES},
};
use std::{
    pin::pin,
    time::{Duration, Instant},
};
use testkit::{message, wait_for};
use wire::system::{beat_state, health, heartbeat};

const SECOND: Duration = Duration::from_secs(1);
/// massive: time-out 30 s, tick 1 s, and half a second for the journey.
const MISS: Duration = Duration::from_millis(31_500);
const HEALED: Duration = Duration::from_secs(39);

#[tokio::test]
async fn an_operators_stop_is_told_and_respected() {
    let fleet = Fleet::healthy().await;
    let mut alerts = Alerts::of(&fleet).await;
    let stopped = Instant::now();
    fleet.compose(&["stop", "massive"]);
    // The last beat was at most one interval before the stop; the limit counts from there.
    let (miss, _) = alerts.expect("heartbeat_miss", "massive", stopped, MISS).await;
    assert!(miss.late_sec.unwrap() > 30.0 && miss.late_sec.unwrap() <= 31.5, "{miss:?}");
    assert_eq!(miss.reason.as_deref(), Some("operator_stop"));
    assert_eq!(fleet.bus.get(&health("massive")).await.unwrap().unwrap().kind, "heartbeat_miss");
    alerts.listen(20 * SECOND).await;
    assert_eq!(fleet.pid("massive"), None, "nobody restarts what an operator stopped");
    assert_eq!(alerts.heard("heal_started", "massive"), 0);

    let mut beats = pin!(fleet.bus.subscribe(heartbeat("massive")).await);
    let started = Instant::now();
    fleet.compose(&["start", "massive"]);
    message(&mut beats).await;
    let beat = started.elapsed();
    let (_, took) = alerts.expect("heartbeat_ok", "massive", started, 20 * SECOND).await;
    assert!(took.saturating_sub(beat) < SECOND, "ok {took:?}, first beat {beat:?}");
}

#[tokio::test]
async fn a_killed_process_is_told_within_a_second_and_beats_within_five() {
    let fleet = Fleet::healthy().await;
    wait_until_old(&fleet, "massive").await;
    let mut alerts = Alerts::of(&fleet).await;
    let mut beats = pin!(fleet.bus.subscribe(heartbeat("massive")).await);
    let killed = Instant::now();
    fleet.signal("massive", "KILL");
    alerts.expect("container_die", "massive", killed, SECOND).await;
    while message(&mut beats).await.i != 1 {}
    let took = killed.elapsed();
    eprintln!("massive beats again after {took:.2?}");
    assert!(took <= 5 * SECOND, "{took:?}");
    assert_eq!(alerts.heard("heartbeat_miss", "massive"), 0, "one crash is no miss (K22)");
}

#[tokio::test]
async fn a_frozen_process_is_missed_and_healed() {
    let fleet = Fleet::healthy().await;
    wait_until_old(&fleet, "massive").await;
    let mut alerts = Alerts::of(&fleet).await;
    let frozen = Instant::now();
    fleet.signal("massive", "STOP");
    alerts.expect("heartbeat_miss", "massive", frozen, MISS).await;
    let (_, took) = alerts.expect("heartbeat_ok", "massive", frozen, HEALED).await;
    eprintln!("massive healed after {took:.2?}");
    let (result, _) = alerts.expect("heal_result", "massive", frozen, HEALED + 20 * SECOND).await;
    assert_eq!(result.extra["ok"], true, "{result:?}");
}

#[tokio::test]
async fn a_crash_loop_is_told_then_quarantined_until_an_operator_starts_it() {
    let fleet = Fleet::healthy().await;
    let mut alerts = Alerts::of(&fleet).await;
    let began = Instant::now();
    let mut killed = None;
    while alerts.heard("quarantined", "massive") == 0 {
        assert!(began.elapsed() < 240 * SECOND, "not quarantined after ten deaths");
        let pid = fleet.pid("massive");
        if pid.is_some() && pid != killed {
            fleet.signal("massive", "KILL");
            killed = pid;
        }
        alerts.listen(Duration::from_millis(100)).await;
    }
    assert!(alerts.heard("crash_loop", "massive") >= 1);
    wait_for(20 * SECOND, "quarantine keeps it down", || async { fleet.pid("massive").is_none() }).await;

    let answer = fleet.admin(&["start", "massive"]);
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    fleet.wait_beating("massive", 20 * SECOND).await;
}

#[tokio::test]
async fn a_killed_healer_is_back_and_a_frozen_one_is_healed_by_sentinel() {
    let fleet = Fleet::healthy().await;
    wait_until_old(&fleet, "healer").await;
    let mut beats = pin!(fleet.bus.subscribe(heartbeat("healer")).await);
    let killed = Instant::now();
    fleet.signal("healer", "KILL");
    while message(&mut beats).await.i != 1 {}
    assert!(killed.elapsed() <= 5 * SECOND, "{:?}", killed.elapsed());

    wait_until_old(&fleet, "healer").await;
    let mut alerts = Alerts::of(&fleet).await;
    let frozen = Instant::now();
    fleet.signal("healer", "STOP");
    alerts.expect("healer_miss", "healer", frozen, MISS).await;
    let (_, took) = alerts.expect("healer_ok", "healer", frozen, HEALED).await;
    eprintln!("healer healed after {took:.2?}");
}

#[tokio::test]
async fn a_restart_of_system_redis_is_no_miss() {
    let fleet = Fleet::healthy().await;
    fleet.compose(&["restart", "system-redis"]);
    let (began, back) = (fleet.started("system-redis"), Instant::now());
    let mut alerts = Alerts::of(&fleet).await;
    for service in SERVICES {
        wait_for(10 * SECOND, &format!("{service} beats again"), || async {
            matches!(fleet.bus.get(&beat_state(service)).await, Ok(Some(state)) if state.ts > began)
        })
        .await;
    }
    eprintln!("all beat {:.2?} after system-redis was back", back.elapsed());
    // The longest warm-up is 22.5 s, the longest time-out 30 s: a false miss would be told by then.
    alerts.listen(33 * SECOND).await;
    for service in SERVICES {
        assert_eq!(alerts.heard("heartbeat_miss", service), 0, "{service}");
        assert_eq!(alerts.heard("healer_miss", service), 0, "{service}");
    }
}

/// The engine's restart back-off starts over after ten seconds of run time; remedies wait out the start grace.
async fn wait_until_old(fleet: &Fleet, service: &str) {
    wait_for(40 * SECOND, &format!("{service} has run for 24 s"), || async {
        let state = fleet.bus.get(&beat_state(service)).await;
        matches!(state, Ok(Some(state)) if state.uptime_sec >= 24)
    })
    .await;
}
