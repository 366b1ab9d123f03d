use crate::bench::{Alerts, Beating, document, healer, now};
use serde_json::json;
use std::time::Duration;
use testkit::{Rig, wait};
use wire::system::{ALERT_LOG, Alert, BeatState, Status, beat_state, healer_state, health};

#[tokio::test]
async fn silence_is_told_once_and_the_first_beat_ends_it() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let healer = healer(&rig, &["vigil"], |_| {}).await;
    let vigil = Beating::start(&rig.bus, "vigil");
    wait("health is there from the first beat on, unpublished", || async {
        rig.bus.get(&health("vigil")).await.unwrap().is_some_and(|ok| ok.kind == "heartbeat_ok")
    })
    .await;
    vigil.silence();

    let miss = alerts.next("heartbeat_miss", "vigil").await;
    assert_eq!(miss.timeout_sec, Some(1.0));
    assert!(miss.late_sec.is_some_and(|late| (1.0..1.5).contains(&late)), "{miss:?}");
    assert_eq!(rig.bus.get(&health("vigil")).await.unwrap(), Some(miss.clone()));
    let entries = rig.bus.entries(&ALERT_LOG, "0", 10).await.unwrap();
    let logged: Alert = serde_json::from_str(&entries.last().unwrap().1["d"]).unwrap();
    assert_eq!(logged, miss);

    let _vigil = Beating::start(&rig.bus, "vigil");
    let ok = alerts.next("heartbeat_ok", "vigil").await;
    assert!(ok.age_sec.is_some());
    assert_eq!(alerts.kinds(), [("heartbeat_miss", "vigil"), ("heartbeat_ok", "vigil")]);
    wait("the rich view says ok", || async {
        let view = rig.bus.get(&healer_state("vigil")).await.unwrap_or_default().unwrap_or_default();
        view["monitor"] == "ok"
    })
    .await;
    healer.stop().await.expect("a clean stop within its grace period");
}

#[tokio::test]
async fn a_service_that_never_beat_is_late_after_the_warm_up() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer(&rig, &["vigil"], |_| {}).await;
    let miss = alerts.next("heartbeat_miss", "vigil").await;
    assert!(miss.late_sec.is_some_and(|late| late > 0.7 && late < 1.0), "{miss:?}");
}

#[tokio::test]
async fn a_fresh_key_contradicts_the_silence_of_the_channel() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let state = BeatState {
        service: "written".into(),
        ts: now(),
        pid: 1,
        status: Status::Running,
        i: 1,
        inst: String::new(),
        version: String::new(),
        uptime_sec: 0,
        truth_rev: 0,
        restart_required: false,
        stalled: Vec::new(),
        task_restarts: 0,
        extra: serde_json::Map::new(),
    };
    rig.bus.set(&beat_state("written"), &state).await.unwrap();
    let started = now();
    let _healer = healer(&rig, &["silent", "written"], |_| {}).await;
    alerts.next("heartbeat_miss", "silent").await;
    assert_eq!(alerts.kinds(), [("heartbeat_miss", "silent")], "the key was fresh");
    alerts.next("heartbeat_miss", "written").await;
    assert!(now().since(started) > 1.0, "only when the key is old too");
}

#[tokio::test]
async fn a_restarted_healer_repeats_a_standing_miss_and_ends_it_at_the_first_beat() {
    let rig = Rig::new().await;
    let told: Alert = serde_json::from_value(json!({"type": "heartbeat_miss", "svc": "a", "ts": 1})).unwrap();
    for service in ["a", "b"] {
        rig.bus.set(&health(service), &told).await.unwrap();
    }
    let mut alerts = Alerts::of(&rig).await;
    let _b = Beating::start(&rig.bus, "b");
    let _healer = healer(&rig, &["a", "b"], |_| {}).await;
    alerts.next("heartbeat_ok", "b").await;
    let miss = alerts.next("heartbeat_miss", "a").await;
    assert_eq!(miss.repeat, Some(true));
}

#[tokio::test]
async fn another_payload_still_counts_as_a_beat() {
    let rig = Rig::new().await;
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer(&rig, &["odd", "silent"], |_| {}).await;
    let bus = rig.bus.clone();
    let channel: wire::Channel<String> = wire::Channel::new(wire::BusId::System, "odd:heartbeat");
    let beating = tokio::spawn(async move {
        loop {
            bus.publish(&channel, &"not a beat".to_owned()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    alerts.next("heartbeat_miss", "silent").await;
    let _silent = Beating::start(&rig.bus, "silent");
    alerts.next("heartbeat_ok", "silent").await;
    assert!(alerts.passed.iter().all(|alert| alert.svc == "silent"), "{:?}", alerts.kinds());
    beating.abort();
}

#[tokio::test]
async fn alerts_go_where_truth_says() {
    let rig = Rig::new().await;
    let mut document = document(&rig, &["vigil"]);
    document["services"]["healer"]["access_points"]["publish_to"] =
        json!([{"bus": "system-redis", "key": "desk:alerts"}]);
    let desk: wire::Channel<Alert> = wire::Channel::new(wire::BusId::System, "desk:alerts");
    let mut heard = std::pin::pin!(rig.bus.subscribe(desk).await);
    let _healer = rig
        .start_as("healer", document, healer::serve, |config: &mut healer::Config| {
            config.tick = Duration::from_millis(50);
            config.docker_host = Some(crate::bench::NO_DOCKER.into());
        })
        .await;
    assert_eq!(testkit::message(&mut heard).await.kind, "heartbeat_miss");
}
