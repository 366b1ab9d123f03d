//! The real binary against real servers: every exit code, and what a second run changes.

#![expect(clippy::unwrap_used, reason = "a broken test bench must fail the test")]

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use testkit::Rig;
use truth::registry;
use wire::{
    BusId, Key,
    system::{SERVICES, ServiceConfig, TRUTH_REV, truth_doc, truth_ts},
};

const SECRET: &str = "a-secret-value";

/// A Truth folder with one component, and its secrets.
fn seed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bus = |name: &str| json!({"url": format!("redis://{name}-redis:6379"), "role": name});
    let node = json!({
        "version": "1", "node": {"name": "rig", "env": "test"}, "components": ["healer", "massive"],
        "buses": {"system-redis": bus("system"), "market-redis": bus("market"),
                  "intel-redis": bus("intel"), "echo-redis": bus("echo")}
    });
    fs::create_dir_all(folder.path().join("truth/components")).unwrap();
    fs::write(folder.path().join("truth/mm_node.json"), node.to_string()).unwrap();
    for id in ["healer", "massive"] {
        let component = json!({
            "id": id, "meta": {"name": id, "description": ""},
            "access_points": {"publish_to": [{"bus": "system-redis", "key": format!("{id}:heartbeat")}], "subscribe_to": []},
            "heartbeat": {"interval_sec": 5, "ttl_sec": 15}
        });
        fs::write(folder.path().join(format!("truth/components/{id}.json")), component.to_string()).unwrap();
    }
    let secrets = json!({"secrets": {"massive": {"api_key": SECRET}}});
    let file = folder.path().join("secrets.json");
    fs::write(&file, secrets.to_string()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

fn command(rig: &Rig, folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    command
        .env_clear()
        .env("TRUTH_DIR", folder.path().join("truth"))
        .env("TRUTH_SECRETS_FILE", folder.path().join("secrets.json"))
        .env("BOOTSTRAP_WAIT_SEC", "5");
    for (bus, url) in rig.urls() {
        command.env(format!("{}_REDIS_URL", bus.role().to_uppercase()), url);
    }
    command
}

/// The exit code and all that was printed. Whatever happens, no secret is.
fn outcome(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!text.contains(SECRET), "{text}");
    (status.code(), text)
}

fn cli(rig: &Rig, bus: BusId, command: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-u", &rig.url(bus)]).args(command).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every key of every bus with its serialised value, but for `truth:ts`.
fn everything(rig: &Rig) -> BTreeMap<(BusId, String), String> {
    let mut all = BTreeMap::new();
    for bus in BusId::ALL {
        for key in
            cli(rig, bus, &["KEYS", "*"]).lines().filter(|key| !key.is_empty() && *key != truth_ts(bus).name)
        {
            all.insert((bus, key.to_owned()), cli(rig, bus, &["DUMP", key]));
        }
    }
    all
}

#[tokio::test]
async fn exit_0_everything_is_loaded_registered_and_told_step_by_step() {
    let rig = Rig::new().await;
    let (code, text) = outcome(command(&rig, &seed()));
    assert_eq!(code, Some(0), "{text}");
    let steps: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("[INFO] ")?.1.split_whitespace().next()).collect();
    assert_eq!(steps, ["wait", "build", "load", "register", "verify", "done"], "{text}");
    for bus in BusId::ALL {
        let document: Value = rig.bus.get(&truth_doc(bus)).await.unwrap().unwrap();
        assert_eq!(document.get("secrets").is_some(), bus == BusId::System);
    }
    let ids: Vec<String> =
        registry::list(&rig.bus).await.unwrap().into_iter().map(|entry| entry.service_id).collect();
    assert_eq!(ids, ["healer", "massive"]);
}

#[tokio::test]
async fn a_second_run_is_quick_and_changes_the_time_only() {
    let rig = Rig::new().await;
    let folder = seed();
    assert_eq!(outcome(command(&rig, &folder)).0, Some(0));
    let mapping = ServiceConfig { component: "massive".into(), secret_scope: "other".into() };
    registry::register(&rig.bus, "massive", &mapping).await.unwrap();
    registry::register(&rig.bus, "stranger", &mapping).await.unwrap();
    let before = everything(&rig);
    let started = Instant::now();
    let (code, text) = outcome(command(&rig, &folder));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(code, Some(0));
    assert_eq!(everything(&rig), before, "an operator's mapping too");
    assert!(text.contains("stranger"), "{text}");
}

#[tokio::test]
async fn two_at_once_take_turns() {
    let rig = Rig::new().await;
    let folder = seed();
    let mut children = [command(&rig, &folder).spawn().unwrap(), command(&rig, &folder).spawn().unwrap()];
    for child in &mut children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(rig.bus.get(&TRUTH_REV).await.unwrap(), Some(1), "the second found nothing to do");
}

#[tokio::test]
async fn exit_1_the_environment_is_not_understood() {
    let rig = Rig::new().await;
    let folder = seed();
    for (name, value) in
        [("BOOTSTRAP_BUSES", "system,main"), ("BOOTSTRAP_BUSES", "market"), ("BOOTSTRAP_WAIT_SEC", "long")]
    {
        let mut command = command(&rig, &folder);
        command.env(name, value);
        let (code, text) = outcome(command);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(name), "{text}");
    }
}

#[tokio::test]
async fn exit_2_a_bus_refuses_the_write() {
    let rig = Rig::new().await;
    cli(&rig, BusId::Intel, &["CONFIG", "SET", "maxmemory", "1"]);
    let (code, text) = outcome(command(&rig, &seed()));
    assert_eq!(code, Some(2), "{text}");
    let named = "market-redis written, intel-redis failed, echo-redis untouched, system-redis untouched";
    let each = named.split(", ").all(|part| text.contains(part));
    assert!(each, "{text}");
    assert!(!rig.bus.exists(BusId::System, &truth_doc(BusId::System).name).await.unwrap());
}

#[tokio::test]
async fn exit_3_a_bus_does_not_answer() {
    let mut rig = Rig::new().await;
    rig.kill(BusId::Echo);
    let folder = seed();
    let mut command = command(&rig, &folder);
    command.env("BOOTSTRAP_WAIT_SEC", "1");
    let (code, text) = outcome(command);
    assert_eq!(code, Some(3), "{text}");
    for part in [
        "system-redis: answers",
        "market-redis: answers",
        "intel-redis: answers",
        "echo-redis: connection refused",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_bus_that_comes_up_late_is_waited_for() {
    let mut rig = Rig::new().await;
    rig.kill(BusId::Market);
    let folder = seed();
    let mut child = command(&rig, &folder).spawn().unwrap();
    rig.restart(BusId::Market).await;
    let code = tokio::task::spawn_blocking(move || child.wait().unwrap().code()).await.unwrap();
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn exit_4_truth_is_invalid() {
    let rig = Rig::new().await;
    let folder = seed();
    let file = folder.path().join("truth/components/massive.json");
    let mut component: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    component["heartbeat"]["ttl_sec"] = json!(8);
    component["env"] = json!({"FEED_TOKEN": SECRET});
    fs::write(&file, component.to_string()).unwrap();
    let (code, text) = outcome(command(&rig, &folder));
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("massive.json:/heartbeat/ttl_sec: E_TTL_TOO_SHORT: ttl_sec 8 is below"), "{text}");
    assert!(text.contains("massive.json:/env/FEED_TOKEN: E_SECRET_IN_PUBLIC"), "{text}");
    assert_eq!(everything(&rig), BTreeMap::new(), "nothing was written");
}

#[tokio::test]
async fn exit_5_a_required_file_cannot_be_read() {
    let rig = Rig::new().await;
    let folder = seed();
    let secrets = folder.path().join("secrets.json");
    fs::remove_file(&secrets).unwrap();
    let (code, text) = outcome(command(&rig, &folder));
    assert_eq!(code, Some(5), "{text}");
    fs::create_dir(&secrets).unwrap(); // what a bind mount makes of an absent file
    let (code, text) = outcome(command(&rig, &folder));
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("secrets.json: E_READ: is a directory (create it with ./admin setup)"), "{text}");
    fs::remove_dir_all(folder.path().join("truth")).unwrap();
    assert_eq!(outcome(command(&rig, &folder)).0, Some(5));
    assert_eq!(everything(&rig), BTreeMap::new(), "nothing was written");
}

#[tokio::test]
async fn exit_6_a_service_cannot_be_registered() {
    let rig = Rig::new().await;
    cli(&rig, BusId::System, &["SET", &SERVICES.name, "not a set"]);
    let (code, text) = outcome(command(&rig, &seed()));
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("register services"), "{text}");
}

#[tokio::test]
async fn the_environment_names_buses_key_and_alias() {
    let rig = Rig::new().await;
    let folder = seed();
    let mut command = command(&rig, &folder);
    command
        .env("BOOTSTRAP_BUSES", "system-redis, market")
        .env("TRUTH_REDIS_KEY", "truth:other")
        .env("TRUTH_ALIAS_KEY", "truth");
    let (code, text) = outcome(command);
    assert_eq!(code, Some(0), "{text}");
    for (bus, keys) in
        [(BusId::System, true), (BusId::Market, true), (BusId::Intel, false), (BusId::Echo, false)]
    {
        assert_eq!(rig.bus.exists(bus, "truth:other").await.unwrap(), keys, "{bus}");
        assert!(!rig.bus.exists(bus, "truth:doc").await.unwrap(), "{bus}");
    }
    let alias: Value = rig.bus.get(&Key::new(BusId::System, "truth")).await.unwrap().unwrap();
    assert!(alias.get("secrets").is_none());
}

#[tokio::test]
async fn a_ready_composite_takes_the_place_of_the_folder() {
    let rig = Rig::new().await;
    let folder = seed();
    let composite = truth::build(&truth::Sources::dir(folder.path().join("truth"))).unwrap();
    let file = folder.path().join("composite.json");
    fs::write(&file, composite.public_json()).unwrap();
    let mut command = command(&rig, &folder);
    command.env("TRUTH_FILE", file).env("TRUTH_DIR", "/nowhere");
    let (code, text) = outcome(command);
    assert_eq!(code, Some(0), "{text}");
    let stored = truth::stored(&rig.bus, BusId::Market).await.unwrap().unwrap();
    assert_eq!(stored.hash(), composite.hash);
}
