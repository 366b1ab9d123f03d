use crate::bench::{Alerts, Beating, healer, now};
use testkit::{Rig, wait};
use wire::{BusId, system::health};

/// The marker is a service that nobody starts: its miss after the restart shows that healer judges again.
#[tokio::test]
async fn a_restart_of_system_redis_is_nobodys_miss() {
    let mut rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let vigil = Beating::start(&rig.bus, "vigil");
    let marker = Beating::start(&rig.bus, "marker");
    let _healer = healer(&rig, &["vigil", "marker"], |_| {}).await;
    for service in ["vigil", "marker"] {
        wait("it is known", || async { rig.bus.get(&health(service)).await.is_ok_and(|ok| ok.is_some()) })
            .await;
    }

    rig.kill(BusId::System);
    marker.silence();
    let killed = now();
    wait("longer than anyone may be silent", || async { now().since(killed) > 1.5 }).await;
    rig.restart(BusId::System).await;

    alerts.next("heartbeat_miss", "marker").await;
    vigil.silence();
    alerts.next("heartbeat_miss", "vigil").await;
    let misses: Vec<_> = alerts.kinds().into_iter().filter(|(kind, _)| *kind == "heartbeat_miss").collect();
    assert_eq!(misses, [("heartbeat_miss", "marker"), ("heartbeat_miss", "vigil")]);
}

#[tokio::test]
async fn without_docker_it_says_so_and_goes_on_watching() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let vigil = Beating::start(&rig.bus, "vigil");
    let healer = healer(&rig, &["vigil"], |_| {}).await;
    let down = alerts.next("docker_down", "docker").await;
    assert_eq!(down.severity.as_deref(), Some("critical"));
    vigil.silence();
    let miss = alerts.next("heartbeat_miss", "vigil").await;
    assert_eq!(miss.reason, None);
    healer.stop().await.expect("a clean stop within its grace period");
}

#[tokio::test]
async fn half_the_fleet_late_at_once_is_one_notice() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer(&rig, &["a", "b", "c", "d"], |_| {}).await;
    let told = alerts.next("fleet_miss", "fleet").await;
    assert_eq!(told.extra["count"], 4);
    let misses = alerts.kinds().into_iter().filter(|(kind, _)| *kind == "heartbeat_miss").count();
    assert_eq!(misses, 4, "each miss is still published");
}
