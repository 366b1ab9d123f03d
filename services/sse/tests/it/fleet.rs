//! The fleet strip: who lives, who complains.

use crate::{
    client::{Events, get},
    setup::{Gateway, is_healthy},
};
use serde_json::{Value, json};
use std::time::SystemTime;
use testkit::{Rig, free_port, wait};
use wire::{
    BusId, EpochSec,
    system::{
        ALERT_LOG, ALERTS, Alert, Beat, BeatState, LoggedAlert, Status, beat_state, health, heartbeat,
        last_beat,
    },
};

/// A Truth with a gateway and two services that exist on paper.
async fn fleet_of_three() -> Gateway {
    let rig = Rig::new().await;
    let mut document = rig.document("sse");
    document["components"]["massive"] =
        json!({"id": "massive", "heartbeat": {"interval_sec": 5, "ttl_sec": 15}, "service": {"phase": 2}});
    document["components"]["mesh"] =
        json!({"id": "mesh", "heartbeat": {"interval_sec": 5, "ttl_sec": 15}, "service": {"phase": 5}});
    document["components"]["sse"]["service"] = json!({"phase": 5});
    document["components"]["sse"]["heartbeat"] = json!({"interval_sec": 1, "ttl_sec": 3});
    Gateway::start_with(rig, free_port(), document, |_| ()).await
}

async fn beat(gateway: &Gateway, id: &str) {
    let ts: EpochSec = SystemTime::now().into();
    let state = BeatState {
        service: id.into(),
        ts,
        pid: 1,
        status: Status::Running,
        i: 1,
        inst: "x".into(),
        version: "1".into(),
        uptime_sec: 1,
        truth_rev: 1,
        restart_required: false,
        stalled: Vec::new(),
        task_restarts: 0,
        extra: serde_json::Map::new(),
    };
    let bus = &gateway.rig.bus;
    bus.set(&beat_state(id), &state).await.unwrap();
    bus.set(&last_beat(id), &ts.whole()).await.unwrap();
    bus.publish(&heartbeat(id), &Beat { svc: id.into(), i: 1, ts: ts.whole() }).await.unwrap();
}

fn alert(kind: &str, id: Option<&str>) -> Alert {
    Alert {
        kind: kind.into(),
        svc: "massive".into(),
        ts: SystemTime::now().into(),
        late_sec: Some(30.8),
        id: id.map(str::to_owned),
        ..Alert::default()
    }
}

async fn log(gateway: &Gateway, alert: &Alert) {
    let entry = LoggedAlert { id: alert.id.clone().unwrap(), d: serde_json::to_string(alert).unwrap() };
    gateway.rig.bus.append(&ALERT_LOG, &entry).await.unwrap();
}

async fn services(port: u16) -> Value {
    get(port, "/api/fleet").await.json()["data"]["services"].clone()
}

#[tokio::test]
async fn a_beat_makes_a_service_alive_within_seconds() {
    let gateway = fleet_of_three().await;
    let mut page = Events::open(gateway.port, "/sse/all?topics=fleet").await;
    beat(&gateway, "massive").await;
    let fleet = loop {
        let fleet = page.next_of("fleet").await.data;
        if fleet["services"][0]["status"] == "alive" {
            break fleet;
        }
    };
    let order: Vec<_> = fleet["services"].as_array().unwrap().iter().map(|service| &service["id"]).collect();
    assert_eq!(order, [&json!("massive"), &json!("mesh"), &json!("sse")], "in phase order");
    assert_eq!(
        (&fleet["services"][0]["phase"], &fleet["services"][0]["hb_interval_sec"]),
        (&json!(2), &json!(5.0))
    );
    assert!(fleet["services"][0]["hb_age_sec"].as_f64().unwrap() < 3.0);
    assert_eq!(fleet["services"][1]["status"], "unknown", "mesh never beat");
    wait("the state that massive tells is shown", || async {
        services(gateway.port).await[0]["state"] == "running"
    })
    .await;
    wait("the gateway sees itself, with its streams in the heartbeat", || async {
        let own = gateway.rig.bus.get(&beat_state("sse")).await.unwrap();
        services(gateway.port).await[2]["status"] == "alive"
            && own.is_some_and(|own| own.extra["clients"] == 1)
    })
    .await;
    let spot_stream = Events::open(gateway.port, "/sse/market").await.snapshot().await;
    assert!(spot_stream.iter().all(|frame| frame.event != "fleet"), "the fleet is on all only");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn an_alert_reaches_the_page_once_and_stays_with_its_service() {
    let gateway = fleet_of_three().await;
    let mut page = Events::open(gateway.port, "/sse/all").await;
    page.snapshot().await;
    let miss = alert("heartbeat_miss", Some("01A"));
    gateway.rig.bus.set(&health("massive"), &miss).await.unwrap();
    gateway.rig.bus.publish(&ALERTS, &miss).await.unwrap();
    gateway.rig.bus.publish(&ALERTS, &miss).await.unwrap();
    log(&gateway, &miss).await;
    gateway.rig.bus.publish(&ALERTS, &alert("container_die", None)).await.unwrap();
    let told = page.next_of("fleet_alert").await;
    assert_eq!(told.data, serde_json::to_value(&miss).unwrap(), "the object as it was");
    assert_eq!(
        page.next_of("fleet_alert").await.data["type"],
        "container_die",
        "the first was not told again"
    );
    wait("the strip shows health and last alert", || async {
        let massive = services(gateway.port).await[0].clone();
        massive["health"]["type"] == "heartbeat_miss" && massive["last_alert"]["type"] == "container_die"
    })
    .await;
    let alerts = get(gateway.port, "/api/fleet/alerts?limit=5").await.json()["data"].clone();
    assert_eq!(alerts, json!([miss]));
    gateway.program.stop().await.unwrap();
}

/// What was said while system-redis was out of reach is in its log, and reaches the page after all.
#[tokio::test]
async fn pages_outlive_system_redis_and_miss_no_alert() {
    let mut gateway = fleet_of_three().await;
    beat(&gateway, "massive").await;
    wait("massive is alive", || async { services(gateway.port).await[0]["status"] == "alive" }).await;
    let mut page = Events::open(gateway.port, "/sse/all").await;
    page.snapshot().await;
    gateway.rig.kill(BusId::System);
    let port = gateway.port;
    wait("nobody's silence means anything", || async { services(port).await[0]["status"] == "unknown" })
        .await;
    assert!(!is_healthy(port).await);
    gateway.rig.restart(BusId::System).await;
    log(&gateway, &alert("heartbeat_miss", Some("01B"))).await;
    beat(&gateway, "massive").await;
    assert_eq!(page.next_of("fleet_alert").await.data["id"], "01B");
    let resync = page.next_of("resync").await;
    assert_eq!(resync.data, json!({"reason": "bus_gap", "topics": ["fleet_alert"]}));
    wait("massive is alive again", || async { services(port).await[0]["status"] == "alive" }).await;
    gateway.program.stop().await.unwrap();
}
