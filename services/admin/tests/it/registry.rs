use crate::operator::{Operator, SECRET};
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::Stdio};
use tokio::io::AsyncWriteExt;
use wire::{
    BusId,
    system::{SERVICES, ServiceConfig, Status, service_config, service_env},
};

#[tokio::test]
async fn a_service_is_registered_listed_and_forgotten() {
    let operator = Operator::with_truth().await;

    let registered = operator.run(&["register", "--service-id", "vigil_b", "--component", "vigil"]).await;
    assert_eq!(
        registered.out.trim(),
        "registered vigil_b component=vigil secret_scope=vigil",
        "{registered:?}"
    );
    let stored = operator.rig.bus.read(&service_config("vigil_b")).await.unwrap();
    assert_eq!(stored, Some(ServiceConfig { component: "vigil".into(), secret_scope: "vigil".into() }));

    let listed = operator.run(&["services", "--json"]).await.json();
    assert_eq!(listed[0]["service_id"], "vigil_b");
    assert_eq!(listed[0]["last_beat"], Value::Null);

    let forgotten = operator.run(&["unregister", "--service-id", "vigil_b"]).await;
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");
    assert!(operator.rig.bus.members(&SERVICES).await.unwrap().is_empty());
    assert_eq!(operator.run(&["unregister", "--service-id", "vigil_b"]).await.code, Some(5));
}

#[tokio::test]
async fn another_mapping_is_replaced_only_by_force() {
    let operator = Operator::with_truth().await;
    let register = ["register", "--service-id", "x", "--component", "vigil"];
    assert_eq!(operator.run(&register).await.code, Some(0));
    assert_eq!(operator.run(&register).await.code, Some(0), "the same again is fine");

    let other = ["register", "--service-id", "x", "--component", "healer"];
    let refused = operator.run(&other).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("--force"), "{refused:?}");
    assert_eq!(operator.run(&[&other[..], &["--force"]].concat()).await.code, Some(0));
}

#[tokio::test]
async fn an_unknown_component_is_refused() {
    let operator = Operator::with_truth().await;
    let refused = operator.run(&["register", "--service-id", "x", "--component", "vigli"]).await;
    assert_eq!(refused.code, Some(5));
    assert!(refused.err.contains("component vigli is unknown"), "{refused:?}");
    assert!(operator.rig.bus.members(&SERVICES).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_living_service_is_forgotten_only_when_the_operator_says_so() {
    let operator = Operator::with_truth().await;
    operator.run(&["register", "--service-id", "vigil", "--component", "vigil"]).await;
    operator.beat("vigil", Status::Running, 30).await;

    let silence = operator.run(&["unregister", "--service-id", "vigil"]).await;
    assert_eq!(silence.code, Some(1), "{silence:?}");
    assert_eq!(operator.rig.bus.members(&SERVICES).await.unwrap(), ["vigil"]);

    let mut asked = operator.command(&["unregister", "--service-id", "vigil"]);
    let mut asked = asked.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    asked.stdin.take().unwrap().write_all(b"y\n").await.unwrap();
    assert!(asked.wait().await.unwrap().success());
    assert!(operator.rig.bus.members(&SERVICES).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_service_is_shown_with_the_names_of_its_secrets_and_never_a_value() {
    let operator = Operator::new().await;
    let file = json!({"secrets": {"vigil": {"api_key": SECRET, "spare": ""}}});
    operator.write("truth_secrets.json", &file.to_string());
    assert_eq!(operator.run(&["load-truth"]).await.code, Some(0));
    let overrides = BTreeMap::from([
        ("VIGIL_WINDOW_SEC".to_owned(), "45".to_owned()),
        ("VIGIL_API_KEY".to_owned(), SECRET.to_owned()),
    ]);
    operator.rig.bus.update(&service_env("vigil"), &overrides).await.unwrap();

    let shown = operator.run(&["show", "--service-id", "vigil", "--json"]).await;

    assert_eq!(shown.code, Some(0), "{shown:?}");
    let told = shown.json();
    assert_eq!(told["secrets"], json!({"api_key": "set", "spare": "empty"}));
    assert_eq!(told["env"][2], json!({"key": "VIGIL_WINDOW_SEC", "value": "45", "source": "override"}));
    assert_eq!(told["env"][0]["value"], "***");
    let text = operator.run(&["show", "--service-id", "vigil"]).await;
    assert!(text.out.contains("api_key") && text.out.contains("VIGIL_NOTE"), "{text:?}");
    assert!(!format!("{shown:?}{text:?}").contains(SECRET));
    assert_eq!(operator.run(&["show", "--service-id", "nobody"]).await.code, Some(5));
}

#[tokio::test]
async fn components_are_those_of_the_loaded_truth() {
    let operator = Operator::with_truth().await;
    let listed = operator.run(&["components", "--json"]).await.json();
    let vigil =
        json!({"component": "vigil", "name": "Vigil", "service_id": "vigil", "description": "Sees moves"});
    assert_eq!(listed[1], vigil);
    let table = operator.run(&["components"]).await;
    assert!(table.out.starts_with("COMPONENT  NAME    SERVICE  DESCRIPTION\n"), "{table:?}");
}

#[tokio::test]
async fn keys_tell_existence_size_and_life_but_no_content() {
    let operator = Operator::with_truth().await;
    operator.beat("vigil", Status::Running, 30).await;

    let keys = operator.run(&["keys", "--json"]).await.json();

    let find = |bus: &str, name: &str| {
        keys.as_array().unwrap().iter().find(|key| key["bus"] == bus && key["key"] == name).unwrap().clone()
    };
    assert_eq!(find("echo-redis", "truth:doc")["type"], "string");
    assert!(find("system-redis", "vigil:heartbeat")["ttl_sec"].as_f64().unwrap() > 20.0);
    let health = find("system-redis", "health:vigil");
    assert_eq!((&health["exists"], &health["size"]), (&json!(false), &Value::Null));
    assert_eq!(find("system-redis", "truth:history")["type"], "list");
}

#[tokio::test]
async fn an_unreachable_server_is_named_and_ends_with_3() {
    let mut operator = Operator::with_truth().await;
    operator.rig.kill(BusId::System);
    for command in
        [&["services"][..], &["components"], &["heartbeats"], &["keys"], &["alerts", "--no-follow"]]
    {
        let away = operator.run(command).await;
        assert_eq!(away.code, Some(3), "{command:?}: {away:?}");
        assert!(away.err.contains("cannot reach system-redis"), "{command:?}: {away:?}");
        assert!(away.out.is_empty(), "{command:?}: {away:?}");
    }
    let json = operator.run(&["services", "--json"]).await.json();
    assert_eq!((&json["ok"], &json["exit"]), (&json!(false), &json!(3)));
}
