use crate::operator::Operator;
use serde_json::json;
use std::{pin::pin, process::Stdio};
use tokio::io::{AsyncBufReadExt, BufReader};
use wire::{
    BusId,
    system::{Status, heartbeat},
};

#[tokio::test]
async fn heartbeats_are_shown_with_age_life_and_listeners() {
    let operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 15).await;
    operator.beat("healer", Status::Degraded, 30).await;
    let _listening = pin!(operator.rig.bus.subscribe(heartbeat("vigil")).await);

    let all = operator.run(&["heartbeats", "--json"]).await;

    assert_eq!(all.code, Some(0), "{all:?}");
    let vigil = &all.json()[1];
    assert_eq!(
        [&vigil["svc"], &vigil["alive"], &vigil["i"], &vigil["status"], &vigil["subscribers"]],
        [&json!("vigil"), &json!(true), &json!(12), &json!("running"), &json!(1)]
    );
    assert!(vigil["age_sec"].as_f64().unwrap() < 5.0 && vigil["ttl_left_sec"].as_f64().unwrap() > 10.0);
    assert_eq!(all.json()[0]["status"], "degraded");

    let table = operator.run(&["heartbeats"]).await;
    assert!(table.out.starts_with("SERVICE  ALIVE"), "{table:?}");
    assert!(!table.out.contains('\x1b'), "no colour where nobody can see it: {table:?}");
}

#[tokio::test]
async fn a_silent_service_ends_with_1() {
    let operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 15).await;
    let one_silent = operator.run(&["heartbeats"]).await;
    assert_eq!(one_silent.code, Some(1), "{one_silent:?}");
    assert!(one_silent.out.contains("healer   no"), "{one_silent:?}");
}

#[tokio::test]
async fn watching_goes_on_until_the_operator_ends_it() {
    let operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 60).await;
    let mut child =
        operator.command(&["heartbeats", "--watch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..2 {
        let line = lines.next_line().await.unwrap().unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&line).unwrap().is_array());
    }
    crate::alerts::interrupt(&child);
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

/// Without containers and endpoints in this fleet: 0.3 · 4/4 + 0.5 · H + 0.2.
#[tokio::test]
async fn the_score_counts_buses_and_heartbeats() {
    let mut operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 15).await;
    operator.beat("healer", Status::Running, 30).await;
    let well = operator.run(&["health", "--json"]).await;
    assert_eq!((well.code, &well.json()["score"]), (Some(0), &json!(1.0)), "{well:?}");
    assert_eq!(well.json()["score_label"], "excellent");
    assert!(well.json()["redis"]["echo-redis"]["connected_clients"].as_u64().unwrap() > 0);

    operator.rig.kill(BusId::Echo);
    operator.beat("healer", Status::Degraded, 30).await;
    let worse = operator.run(&["health", "--json"]).await;
    assert_eq!(worse.json()["score"], json!(0.8));
    assert_eq!(worse.json()["heartbeats"]["healer"]["status"], "degraded");

    operator.rig.kill(BusId::System);
    let dark = operator.run(&["health"]).await;
    assert_eq!(dark.code, Some(1));
    assert!(dark.out.contains("critical") && dark.err.contains("system-redis"), "{dark:?}");
}

#[tokio::test]
async fn waiting_for_beats_ends_when_they_are_there_or_names_who_is_silent() {
    let operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 30).await;
    assert_eq!(operator.run(&["await-beats", "vigil", "nginx", "--wait", "5"]).await.code, Some(0));
    let silent = operator.run(&["await-beats", "--wait", "0"]).await;
    assert_eq!(silent.code, Some(1));
    assert!(silent.err.contains("healer: no heartbeat"), "{silent:?}");
}
