//! What bootstrap leaves behind, and what the operator's commands make of it.

use crate::fleet::{Fleet, SERVICES, text};
use serde_json::Value;
use std::{collections::BTreeSet, fs, time::Instant};
use wire::{
    BusId,
    system::{self, TRUTH_REV},
};

#[tokio::test]
async fn truth_lies_on_four_buses_and_secrets_on_one() {
    let fleet = Fleet::healthy().await;
    let mut hashes = BTreeSet::new();
    for bus in BusId::ALL {
        let document = fleet.bus.get(&system::truth_doc(bus)).await.unwrap().expect("valid JSON");
        assert_eq!(document.get("secrets").is_some(), bus == BusId::System, "{bus}");
        for service in SERVICES {
            assert!(document["services"][service].is_object(), "{bus}: services.{service}");
        }
        hashes.insert(fleet.bus.text(&system::truth_hash(bus)).await.unwrap());
    }
    assert_eq!(hashes.len(), 1, "one hash on all buses");

    let mut listed = fleet.bus.members(&system::SERVICES).await.unwrap();
    listed.sort();
    assert_eq!(listed, SERVICES);
    for service in SERVICES {
        let mapping = fleet.bus.read(&system::service_config(service)).await.unwrap().expect("svc:cfg");
        assert_eq!(mapping.component, service);
    }
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_named_with_its_place() {
    let fleet = Fleet::healthy().await;
    let before = fleet.bus.text(&TRUTH_REV).await.unwrap();
    let folder = testkit_folder(&fleet);
    let component = folder.join("components/massive.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&component).unwrap()).unwrap();
    document["heartbeat"]["ttl_sec"] = 8.into();
    fs::write(&component, document.to_string()).unwrap();

    let answer = fleet.admin(&["load-truth", "--truth", folder.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&answer.stderr);
    assert_eq!(answer.status.code(), Some(4), "{told}");
    assert!(told.contains("components/massive.json:/heartbeat/ttl_sec: E_TTL_TOO_SHORT"), "{told}");
    assert_eq!(fleet.bus.text(&TRUTH_REV).await.unwrap(), before);
    fs::remove_dir_all(folder).unwrap();
}

fn testkit_folder(fleet: &Fleet) -> std::path::PathBuf {
    let folder = fleet.root().join(format!("target/broken-truth-{}", std::process::id()));
    fs::create_dir_all(folder.join("components")).unwrap();
    fs::copy(fleet.root().join("truth/mm_node.json"), folder.join("mm_node.json")).unwrap();
    for entry in fs::read_dir(fleet.root().join("truth/components")).unwrap().flatten() {
        fs::copy(entry.path(), folder.join("components").join(entry.file_name())).unwrap();
    }
    folder
}

#[tokio::test]
async fn the_operator_sees_a_healthy_fleet() {
    let fleet = Fleet::healthy().await;
    let status = fleet.admin(&["status"]);
    assert!(status.status.success(), "{}{}", text(&status), String::from_utf8_lossy(&status.stderr));
    for service in SERVICES {
        assert!(text(&status).contains(service), "{}", text(&status));
    }
    let verify = fleet.admin(&["verify"]);
    assert!(verify.status.success(), "{}{}", text(&verify), String::from_utf8_lossy(&verify.stderr));
}

/// The second start is quick and leaves every container alone.
#[tokio::test]
async fn coming_up_again_recreates_nothing() {
    let fleet = Fleet::healthy().await;
    let ids = || SERVICES.map(|service| fleet.container(service));
    let (before, started) = (ids(), Instant::now());
    fleet.script("up");
    let took = started.elapsed();
    assert!(took.as_secs() < 30, "{took:?}");
    fleet.compose(&["up", "-d"]);
    assert_eq!(ids(), before);
}

#[tokio::test]
async fn containers_hold_no_more_rights_than_they_need() {
    let fleet = Fleet::healthy().await;
    for service in SERVICES.iter().chain(&["exchange-sim", "nginx", "market-redis"]) {
        let container = fleet.inspect(service);
        let host = &container["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true, "{service} is read-only");
        assert!(host["CapDrop"].to_string().contains("ALL"), "{service} has no capabilities");
        assert!(host["SecurityOpt"].to_string().contains("no-new-privileges"), "{service}");
        let user = container["Config"]["User"].as_str().unwrap_or_default();
        assert!(!user.is_empty() && !user.starts_with('0') && user != "root", "{service} runs as {user:?}");
        let environment = container["Config"]["Env"].to_string().to_lowercase();
        assert!(
            !environment.contains("api_key=") && !environment.contains("password="),
            "{service}: {environment}"
        );
        for bindings in host["PortBindings"].as_object().into_iter().flat_map(|ports| ports.values()) {
            assert!(bindings.to_string().contains("127.0.0.1"), "{service} is published beyond loopback");
        }
    }
}
