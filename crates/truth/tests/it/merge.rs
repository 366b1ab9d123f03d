use crate::folder::Folder;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Map, Value, json};
use std::fs;
use truth::{Sources, Stored, build};

#[test]
fn a_later_file_wins_and_null_removes() {
    let folder = Folder::new();
    folder.edit(
        "mm_node.json",
        "/heartbeats",
        json!({"vigil": {"timeout_sec": 40}, "massive": {"timeout_sec": 50}}),
    );
    folder.edit("components/vigil.json", "/env", json!({"A": 1, "B": 2}));
    folder.edit("components/vigil.json", "/list", json!([1, 2, 3]));
    folder.put(
        "local.json",
        &json!({"node": {"env": "test"},
                "components": {"vigil": {"env": {"A": null, "C": 3}, "list": [9], "heartbeat": {"timeout_sec": 60}}}}),
    );
    let composite = build(&folder.sources()).unwrap();
    let public = composite.public();
    assert_eq!(public["node"], json!({"name": "desk", "env": "test"}));
    assert_eq!(public["components"]["vigil"]["env"], json!({"B": 2, "C": 3}));
    assert_eq!(public["components"]["vigil"]["list"], json!([9]));
    assert_eq!(public["components"]["vigil"]["heartbeat"]["timeout_sec"], 60);
    assert_eq!(public["components"]["massive"]["heartbeat"]["timeout_sec"], 50);
    assert_eq!(public["services"]["vigil"]["heartbeat"]["timeout_sec"], 60.0);
}

#[test]
fn the_overlay_may_bring_a_component_of_its_own() {
    let folder = Folder::new();
    let mut probe = folder.read("components/vigil.json");
    probe["id"] = json!("probe");
    probe["access_points"]["publish_to"][0]["key"] = json!("probe:heartbeat");
    folder.put("local.json", &json!({"components": {"probe": probe}}));
    let composite = build(&folder.sources()).unwrap();
    assert_eq!(composite.services()["probe"].phase, 3);
}

#[test]
fn services_are_derived_for_every_component() {
    let folder = Folder::new();
    folder.edit("components/vigil.json", "/service", Value::Null);
    folder.edit("components/vigil.json", "/meta/service_id", json!("vigil_a"));
    folder.edit(
        "components/vigil.json",
        "/access_points/publish_to/0",
        json!({"bus": "system-redis", "key": "vigil_a:heartbeat"}),
    );
    folder.edit("components/healer.json", "/threshold", json!({"heartbeat_cadence": 30}));
    let composite = build(&folder.sources()).unwrap();
    assert_eq!(
        composite.public()["services"]["vigil_a"],
        json!({
            "component": "vigil", "secret_scope": "vigil", "phase": 3, "port": null, "dependencies": ["massive"],
            "heartbeat": {"channel": "vigil_a:heartbeat", "interval_sec": 5.0, "ttl_sec": 15.0, "timeout_sec": 30.0,
                          "redis_url": "redis://system-redis:6379"},
            "access_points": {
                "publish_to": [{"bus": "system-redis", "key": "vigil_a:heartbeat"}, {"bus": "system-redis", "key": "vigil:heartbeat"}],
                "subscribe_to": [{"bus": "market-redis", "key": "massive:spot"}]
            }
        })
    );
    let healer = &composite.services()["healer"];
    let watched: Vec<&str> =
        healer.access_points.subscribe_to.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(watched, ["massive:heartbeat", "vigil_a:heartbeat"], "all but its own");
    assert_eq!(healer.threshold, Some(json!({"heartbeat_cadence": 30})));
}

#[test]
fn a_listed_watch_keeps_the_files_list() {
    let folder = Folder::new();
    folder.edit("components/healer.json", "/watch", json!("listed"));
    folder.edit(
        "components/healer.json",
        "/access_points/subscribe_to/0",
        json!({"bus": "system-redis", "key": "vigil:heartbeat"}),
    );
    let composite = build(&folder.sources()).unwrap();
    assert_eq!(composite.services()["healer"].access_points.subscribe_to.len(), 1);
    assert_eq!(composite.warnings.len(), 1, "massive is not watched");
}

#[test]
fn a_ready_composite_gives_the_same_document_as_its_files() {
    let folder = Folder::new();
    let from_files = build(&folder.sources()).unwrap();
    folder.write("composite.json", &from_files.public_json());
    fs::remove_dir_all(folder.path("components")).unwrap();
    let mut sources = folder.sources();
    sources.truth = folder.path("composite.json");
    assert_eq!(build(&sources).unwrap().hash, from_files.hash);
    folder.edit("composite.json", "/components/vigil/heartbeat/ttl_sec", json!(8));
    let faults = truth::check(&sources);
    assert_eq!(faults[0].pointer, "/components/vigil/heartbeat/ttl_sec");
}

#[test]
fn another_node_file_can_stand_in() {
    let folder = Folder::new();
    let mut node = folder.read("mm_node.json");
    node["version"] = json!("9");
    node["components"] = json!(["healer", "massive"]);
    folder.put("elsewhere/node.json", &node);
    fs::remove_file(folder.path("components/vigil.json")).unwrap();
    let sources = Sources { node: Some(folder.path("elsewhere/node.json")), ..folder.sources() };
    assert_eq!(build(&sources).unwrap().version, "9");
}

#[test]
fn secrets_are_neither_public_nor_shown() {
    let composite = build(&Folder::new().sources()).unwrap();
    assert!(composite.public().get("secrets").is_none());
    for text in [composite.public_json(), format!("{composite:?}")] {
        assert!(!text.contains("a-secret-value"));
    }
}

#[test]
fn a_hand_made_document_may_have_only_one_of_the_two_sections() {
    let services = json!({"services": {"vigil": {"heartbeat": {"channel": "vigil:heartbeat", "interval_sec": 5}, "port": "no"}}});
    let vigil = &truth::service::all(&services)["vigil"];
    assert_eq!((vigil.component.as_str(), vigil.port), ("vigil", None));
    assert_eq!(vigil.heartbeat.as_ref().unwrap().interval_sec, 5.0);
    let components = json!({"components": {"vigil": {"heartbeat": {"interval_sec": 5, "ttl_sec": 15}}}});
    assert_eq!(
        truth::service::all(&components)["vigil"].heartbeat.as_ref().unwrap().channel,
        "vigil:heartbeat"
    );
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((".{1,4}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The text of `value` with the members of every object in reverse order.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{} : {}", json!(name), reversed(value)))
                .collect();
            format!("{{ {} }}", members.join(" , "))
        }
        Value::Array(items) => format!("[ {} ]", items.iter().map(reversed).collect::<Vec<_>>().join(" , ")),
        scalar => scalar.to_string(),
    }
}

proptest! {
    #[test]
    fn the_hash_does_not_depend_on_order_or_white_space(document in document()) {
        let again: Value = serde_json::from_str(&reversed(&document)).unwrap();
        let hash = |document: Value| Stored { document, secrets: None }.hash();
        assert_eq!(hash(again), hash(document));
    }

    #[test]
    fn the_hash_sees_every_member(mut members in proptest::collection::btree_map("[a-z]{1,3}", any::<i32>(), 1..6)) {
        let hash = |members: &std::collections::BTreeMap<String, i32>| {
            let object: Map<String, Value> = members.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            Stored { document: Value::Object(object), secrets: None }.hash()
        };
        let before = hash(&members);
        *members.values_mut().next().unwrap() ^= 1;
        assert_ne!(hash(&members), before);
    }
}
