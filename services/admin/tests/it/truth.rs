use crate::operator::{Operator, SECRET, VIGIL};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, process::Command};
use wire::{
    BusId,
    system::{TRUTH_REV, truth_doc, truth_hash, truth_ts},
};

fn secrets(operator: &Operator, value: &str) {
    operator.write("truth_secrets.json", &json!({"secrets": {"vigil": {"api_key": value}}}).to_string());
    fs::set_permissions(operator.path("truth_secrets.json"), fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_load_reaches_every_bus_and_says_what_it_did() {
    let operator = Operator::new().await;
    secrets(&operator, SECRET);

    let first = operator.run(&["load-truth", "--json"]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let told = first.json();
    assert_eq!((&told["version"], &told["rev"]), (&json!("1.0.0"), &json!(1)));
    assert_eq!(told["buses"]["echo-redis"], "written");

    for id in BusId::ALL {
        let document = operator.rig.bus.get(&truth_doc(id)).await.unwrap().unwrap();
        assert_eq!(document.get("secrets").is_some(), id == BusId::System, "{id}");
    }
    let again = operator.run(&["load-truth"]).await;
    assert!(again.out.contains("rev=1") && again.out.contains("nothing changed"), "{again:?}");
    assert!(!format!("{first:?}{again:?}").contains(SECRET));
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_named_with_its_place() {
    let operator = Operator::with_truth().await;
    let system = &operator.rig.bus;
    let before = (
        system.text(&truth_hash(BusId::System)).await.unwrap(),
        system.text(&truth_ts(BusId::System)).await.unwrap(),
        system.get(&TRUTH_REV).await.unwrap(),
    );
    operator.write("truth/components/vigil.json", &VIGIL.replace("\"ttl_sec\": 15", "\"ttl_sec\": 8"));

    let refused = operator.run(&["load-truth"]).await;

    assert_eq!(refused.code, Some(4), "{refused:?}");
    let place = "truth/components/vigil.json:/heartbeat/ttl_sec: E_TTL_TOO_SHORT: ";
    assert!(refused.err.lines().any(|line| line.starts_with(place)), "{refused:?}");
    let after = (
        system.text(&truth_hash(BusId::System)).await.unwrap(),
        system.text(&truth_ts(BusId::System)).await.unwrap(),
        system.get(&TRUTH_REV).await.unwrap(),
    );
    assert_eq!(before, after);
}

#[tokio::test]
async fn findings_are_one_json_value_on_request() {
    let operator = Operator::new().await;
    operator.write("truth/components/vigil.json", "{\n  \"id\": oops\n}");

    let checked = operator.run(&["check-truth", "--json"]).await;

    assert_eq!(checked.code, Some(4), "{checked:?}");
    let error = &checked.json()["errors"][0];
    assert_eq!((&error["file"], &error["code"]), (&json!("truth/components/vigil.json"), &json!("E_PARSE")));
    assert!(error["pointer"].as_str().unwrap().starts_with("2:"), "{error}");

    operator.write("truth/components/vigil.json", VIGIL);
    assert_eq!(operator.run(&["check-truth"]).await.code, Some(0));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_unknown() {
    let operator = Operator::new().await;
    assert_eq!(operator.run(&["load-truth", "--truth", "nowhere"]).await.code, Some(5));
    let named = operator.run(&["load-truth", "--secrets", "nowhere.json"]).await;
    assert_eq!(named.code, Some(5), "{named:?}");
    assert!(named.err.contains("nowhere.json: E_READ"), "{named:?}");
}

#[tokio::test]
async fn a_bus_that_is_away_is_named_and_nothing_is_written() {
    let mut operator = Operator::new().await;
    operator.rig.kill(BusId::Echo);

    let refused = operator.run(&["load-truth"]).await;

    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.err.contains("cannot reach echo-redis"), "{refused:?}");
    assert!(operator.rig.bus.get(&truth_doc(BusId::Market)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_load_that_stops_midway_lists_what_became_of_each_bus() {
    let operator = Operator::new().await;
    let url = operator.rig.url(BusId::Echo);
    let full =
        Command::new("redis-cli").args(["-u", &url, "CONFIG", "SET", "maxmemory", "1"]).output().unwrap();
    assert!(full.status.success());

    let partly = operator.run(&["load-truth", "--json"]).await;

    assert_eq!(partly.code, Some(6), "{partly:?}");
    let buses = &partly.json()["buses"];
    assert_eq!((&buses["market-redis"], &buses["echo-redis"]), (&json!("written"), &json!("failed")));
    assert_eq!(buses["system-redis"], "untouched");
    assert!(operator.rig.bus.get(&truth_doc(BusId::System)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_dry_run_prints_the_public_document_only() {
    let operator = Operator::new().await;
    secrets(&operator, SECRET);

    let shown = operator.run(&["load-truth", "--dry-run", "--json"]).await;

    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert_eq!(shown.json()["components"]["vigil"]["id"], "vigil");
    assert!(shown.json().get("secrets").is_none() && !format!("{shown:?}").contains(SECRET));
    assert!(operator.rig.bus.get(&truth_doc(BusId::System)).await.unwrap().is_none());
}

#[tokio::test]
async fn differences_are_told_by_pointer_and_secrets_by_name() {
    let operator = Operator::with_truth().await;
    let same = operator.run(&["diff-truth"]).await;
    assert_eq!((same.code, same.out.trim()), (Some(0), "no difference"), "{same:?}");

    operator.write("truth/components/vigil.json", &VIGIL.replace("30,", "45,"));
    secrets(&operator, SECRET);
    let differs = operator.run(&["diff-truth", "--json"]).await;

    assert_eq!(differs.code, Some(1), "{differs:?}");
    let difference = json!({"pointer": "/components/vigil/env/VIGIL_WINDOW_SEC", "old": 30, "new": 45});
    assert_eq!(differs.json()["differences"], json!([difference]));
    assert_eq!(differs.json()["secrets"], json!([{"name": "secrets.vigil.api_key", "change": "added"}]));
    assert!(!format!("{differs:?}").contains(SECRET));
}

#[tokio::test]
async fn another_key_is_honoured() {
    let operator = Operator::new().await;
    assert_eq!(operator.run(&["load-truth", "--key", "truth:other"]).await.code, Some(0));
    assert!(operator.rig.bus.get(&truth_doc(BusId::System)).await.unwrap().is_none());
    assert_eq!(operator.run(&["components", "--key", "truth:other"]).await.code, Some(0));
    assert_eq!(operator.run(&["components"]).await.code, Some(1));
}

/// Bootstrap seeds a checkout without secrets from the example; the operator's load must find that unchanged.
#[tokio::test]
async fn without_secrets_of_its_own_a_checkout_is_loaded_with_the_example() {
    let operator = Operator::new().await;
    operator.write("truth_secrets.example.json", r#"{"secrets": {"vigil": {"api_key": ""}}}"#);
    assert_eq!(operator.run(&["load-truth", "--secrets", "truth_secrets.example.json"]).await.code, Some(0));
    let again = operator.run(&["load-truth", "--json"]).await;
    assert_eq!(again.json()["unchanged"], true, "{again:?}");
}
