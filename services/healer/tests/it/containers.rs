//! Against the real Docker engine. Its absence fails these tests: healing cannot be shown without it.

use crate::bench::{Alerts, Beating, healer};
use std::time::Duration;
use testkit::{Container, Program, Rig, wait};
use wire::system::{AUDIT, healer_state, quarantine, stopped};

const SOCKET: &str = "unix:///var/run/docker.sock";

async fn vigil(test: &str) -> Container {
    Container::run(test, "vigil", Container::ENDLESS).await
}

async fn healer_of(container: &Container, rig: &Rig) -> Program {
    let fleet = container.fleet();
    healer(rig, &["vigil"], |config| {
        config.docker_host = Some(SOCKET.into());
        config.fleet = Some(fleet);
        config.has_jitter = false;
    })
    .await
}

async fn is_seen(rig: &Rig) {
    wait("healer sees the container", || async {
        let view = rig.bus.get(&healer_state("vigil")).await.unwrap().unwrap_or_default();
        view["container"]["state"] == "running"
    })
    .await;
}

#[tokio::test]
async fn an_operators_stop_is_told_and_respected() {
    let (rig, vigil) = (Rig::new().await, vigil("stop").await);
    let mut alerts = Alerts::of(&rig).await;
    let beating = Beating::start(&rig.bus, "vigil");
    let _healer = healer_of(&vigil, &rig).await;
    is_seen(&rig).await;

    vigil.operator("stop").await;
    beating.silence();
    let miss = alerts.next("heartbeat_miss", "vigil").await;
    assert_eq!(miss.reason.as_deref(), Some("operator_stop"));
    if !alerts.kinds().contains(&("operator_stop", "vigil")) {
        alerts.next("operator_stop", "vigil").await;
    }
    wait("the stop is remembered", || async { rig.bus.get(&stopped("vigil")).await.unwrap().is_some() })
        .await;

    vigil.operator("start").await;
    let _beating = Beating::start(&rig.bus, "vigil");
    alerts.next("heartbeat_ok", "vigil").await;
    wait("the stop is forgotten", || async { rig.bus.get(&stopped("vigil")).await.unwrap().is_none() }).await;
    assert!(!alerts.kinds().iter().any(|(kind, _)| matches!(*kind, "heal_started" | "container_die")));
}

#[tokio::test]
async fn a_killed_process_is_told_at_once_and_left_to_the_engine() {
    let (rig, vigil) = (Rig::new().await, vigil("crash").await);
    let mut alerts = Alerts::of(&rig).await;
    let _beating = Beating::start(&rig.bus, "vigil");
    let _healer = healer_of(&vigil, &rig).await;
    is_seen(&rig).await;

    let killed = std::time::Instant::now();
    vigil.signal("KILL").await;
    let died = alerts.next("container_die", "vigil").await;
    assert!(killed.elapsed() < Duration::from_secs(5), "told after {:?}", killed.elapsed());
    assert_eq!(died.extra["exit_code"], 137);
    wait("the engine started it again", || async { vigil.state("Running").await == "true" }).await;
    assert_eq!(alerts.kinds(), [("container_die", "vigil")]);
}

#[tokio::test]
async fn a_silent_container_is_restarted_and_its_beat_proves_the_cure() {
    let (rig, vigil) = (Rig::new().await, vigil("hang").await);
    let mut alerts = Alerts::of(&rig).await;
    let beating = Beating::start(&rig.bus, "vigil");
    let _healer = healer_of(&vigil, &rig).await;
    is_seen(&rig).await;
    let started_at = vigil.state("StartedAt").await;

    vigil.signal("STOP").await;
    beating.silence();
    alerts.next("heartbeat_miss", "vigil").await;
    let started = alerts.next("heal_started", "vigil").await;
    assert_eq!((&started.extra["action"], &started.extra["attempt"]), (&"restart".into(), &1.into()));
    wait("it was restarted", || async {
        vigil.state("Running").await == "true" && vigil.state("StartedAt").await != started_at
    })
    .await;
    let _beating = Beating::start(&rig.bus, "vigil");
    alerts.next("heartbeat_ok", "vigil").await;
    let result = alerts.next("heal_result", "vigil").await;
    assert_eq!(result.extra["ok"], true, "{result:?}");
    let steps = rig.bus.entries(&AUDIT, "0", 10).await.unwrap();
    let steps: Vec<_> = steps.iter().map(|(_, fields)| fields["step"].as_str()).collect();
    assert_eq!(steps, ["heal_started", "docker", "heal_result"]);
    assert!(!alerts.kinds().iter().any(|(kind, _)| matches!(*kind, "container_die" | "operator_stop")));
}

#[tokio::test]
async fn a_crash_loop_is_told_and_ends_in_quarantine() {
    let (rig, vigil) = (Rig::new().await, vigil("loop").await);
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer_of(&vigil, &rig).await;
    is_seen(&rig).await;
    for _death in 0..4 {
        wait("it runs", || async {
            vigil.state("Running").await == "true" && vigil.state("Pid").await != "0"
        })
        .await;
        vigil.signal("KILL").await;
        alerts.next("container_die", "vigil").await;
    }
    alerts.next("quarantined", "vigil").await;
    assert!(alerts.kinds().contains(&("crash_loop", "vigil")), "{:?}", alerts.kinds());
    wait("it is stopped for good", || async { vigil.state("Status").await == "exited" }).await;
    assert_eq!(rig.bus.get(&quarantine("vigil")).await.unwrap().map(|held| held.deaths), Some(4));
}
