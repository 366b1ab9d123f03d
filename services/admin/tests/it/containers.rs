use crate::{
    engine::{Engine, Unit},
    operator::{Operator, SECRET},
};
use serde_json::json;
use std::process::Command;
use wire::{
    BusId,
    system::{Status, intent, stopped},
};

/// An engine whose deeds are recorded with the intent that was stored at that instant.
fn engine(operator: &mut Operator, units: Vec<Unit>) -> Engine {
    let socket = operator.path("docker.sock");
    operator.set("DOCKER_HOST", format!("unix://{}", socket.display()));
    let url = operator.rig.url(BusId::System);
    Engine::start(&socket, units, move |id| {
        let stored = Command::new("redis-cli").args(["-u", &url, "GET", &intent(id).name]).output().unwrap();
        let stored: serde_json::Value = serde_json::from_slice(&stored.stdout).unwrap_or_default();
        format!("intent {} by {}", stored["action"], stored["by"])
    })
}

#[tokio::test]
async fn an_operators_deed_is_announced_before_it_is_done() {
    let mut operator = Operator::with_truth().await;
    let engine = engine(&mut operator, vec![Unit::running("healer", 2), Unit::running("vigil", 3)]);

    let stop = operator.run(&["stop", "vigil", "--json"]).await;
    assert_eq!(stop.code, Some(0), "{stop:?}");
    assert_eq!(stop.json()[0]["message"], "stopped");
    let remembered = operator.rig.bus.get(&stopped("vigil")).await.unwrap().unwrap();
    assert_eq!(remembered.by, "cli");
    assert_eq!(operator.run(&["stop", "vigil", "--json"]).await.json()[0]["message"], "already stopped");

    let start = operator.run(&["start", "vigil"]).await;
    assert_eq!(start.code, Some(0), "{start:?}");
    assert!(operator.rig.bus.get(&stopped("vigil")).await.unwrap().is_none());
    assert_eq!(operator.run(&["restart", "vigil", "--timeout", "3"]).await.code, Some(0));

    let told = ["stop", "start", "restart"].map(|deed| format!("{deed} vigil: intent \"{deed}\" by \"cli\""));
    assert_eq!(engine.deeds(), told);
}

#[tokio::test]
async fn an_unknown_name_touches_nobody_and_a_refusal_is_partly_done() {
    let mut operator = Operator::with_truth().await;
    let stubborn = Unit { obeys: false, ..Unit::running("vigil", 3) };
    let engine = engine(&mut operator, vec![Unit::running("healer", 2), stubborn]);

    let unknown = operator.run(&["restart", "healer", "vigli"]).await;
    assert_eq!(unknown.code, Some(5), "{unknown:?}");
    assert!(engine.deeds().is_empty());

    let partly = operator.run(&["restart", "healer", "vigil"]).await;
    assert_eq!(partly.code, Some(6), "{partly:?}");
    assert!(partly.out.contains("the disk is full"), "{partly:?}");
    assert_eq!(operator.run(&["restart", "vigil"]).await.code, Some(1));
}

#[tokio::test]
async fn an_operator_may_stop_a_service_while_the_bus_is_away() {
    let mut operator = Operator::with_truth().await;
    let engine = engine(&mut operator, vec![Unit::running("vigil", 3)]);
    operator.rig.kill(BusId::System);
    let stop = operator.run(&["stop", "vigil"]).await;
    assert_eq!(stop.code, Some(0), "{stop:?}");
    assert!(stop.err.contains("healer is not told"), "{stop:?}");
    assert_eq!(engine.deeds(), ["stop vigil: intent null by null"]);
}

#[tokio::test]
async fn docker_that_does_not_answer_is_named() {
    let operator = Operator::with_truth().await;
    for command in [&["stop", "vigil"][..], &["logs", "vigil"]] {
        let away = operator.run(command).await;
        assert_eq!(away.code, Some(3), "{away:?}");
        assert!(away.err.contains("cannot reach Docker"), "{away:?}");
    }
}

#[tokio::test]
async fn the_status_joins_containers_beats_and_what_the_operator_wanted() {
    let mut operator = Operator::with_truth().await;
    let bus = Unit { role: "bus", ..Unit::running("system-redis", 1) };
    let job = Unit { role: "job", status: "exited", health: None, ..Unit::running("bootstrap", 1) };
    let _engine =
        engine(&mut operator, vec![bus, job, Unit::running("healer", 2), Unit::running("vigil", 3)]);
    operator.beat("healer", Status::Running, 30).await;
    operator.beat("vigil", Status::Running, 15).await;

    let well = operator.run(&["status", "--json"]).await;
    assert_eq!(well.code, Some(0), "{well:?}");
    let vigil = &well.json()["services"][3];
    assert_eq!(
        (&vigil["service"], &vigil["state"], &vigil["restarts"]),
        (&json!("vigil"), &json!("healthy"), &json!(2))
    );
    assert_eq!(well.json()["truth"]["rev"], 1);

    operator.run(&["stop", "vigil"]).await;
    let stopped = operator.run(&["status"]).await;
    assert_eq!(stopped.code, Some(0), "a service that the operator stopped is not unwell: {stopped:?}");
    assert!(
        stopped.out.contains("stopped") && stopped.out.contains("Truth: version=1.0.0 rev=1"),
        "{stopped:?}"
    );

    operator.run(&["start", "vigil"]).await;
    operator.rig.bus.remove(&wire::system::beat_state("vigil")).await.unwrap();
    let silent = operator.run(&["status", "--json"]).await;
    assert_eq!((silent.code, &silent.json()["services"][3]["state"]), (Some(1), &json!("no_heartbeat")));

    operator.rig.kill(BusId::System);
    let dark = operator.run(&["status", "--json"]).await;
    assert_eq!(dark.code, Some(3), "{dark:?}");
    assert_eq!(dark.json()["services"][2]["container"]["state"], "running", "what can be seen is shown");
    assert_eq!(dark.json()["services"][2]["state"], "unknown");
    assert!(dark.err.contains("cannot reach system-redis"), "{dark:?}");
}

const LOG: &str = "[2026-03-02T14:05:09Z][vigil][INFO] started\n\
                   [2026-03-02T14:05:10Z][vigil][WARN] key hunter2-hunter2-hunter2 refused\n\
                   [2026-03-02T14:05:11Z][vigil][ERROR] gave up";

#[tokio::test]
async fn logs_are_chosen_and_never_show_a_secret() {
    let mut operator = Operator::new().await;
    operator.write("truth_secrets.json", &json!({"secrets": {"vigil": {"api_key": SECRET}}}).to_string());
    assert_eq!(operator.run(&["load-truth"]).await.code, Some(0));
    std::fs::remove_file(operator.path("truth_secrets.json")).unwrap();
    let _engine = engine(&mut operator, vec![Unit { log: LOG, ..Unit::running("vigil", 3) }]);

    let all = operator.run(&["logs", "vigil"]).await;
    assert_eq!((all.code, all.out.lines().count()), (Some(0), 3), "{all:?}");
    assert!(all.out.contains("key *** refused") && !all.out.contains(SECRET), "{all:?}");

    let severe = operator.run(&["logs", "vigil", "--level", "warn", "--json"]).await;
    assert_eq!(severe.out.lines().count(), 2, "{severe:?}");
    assert!(!severe.out.contains(SECRET));
    let found = operator.run(&["logs", "vigil", "--grep", "gave (up|in)"]).await;
    assert_eq!(found.out.lines().count(), 1, "{found:?}");
    assert_eq!(operator.run(&["logs", "nobody"]).await.code, Some(5));

    operator.rig.kill(BusId::System);
    operator.write("truth_secrets.json", &json!({"secrets": {"vigil": {"api_key": SECRET}}}).to_string());
    let dark = operator.run(&["logs", "vigil"]).await;
    assert!(dark.out.contains("key *** refused"), "the file's secrets are masked all the same: {dark:?}");
}
