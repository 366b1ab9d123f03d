use crate::folder::Folder;
use serde_json::{Value, json};
use std::{collections::BTreeMap, pin::pin, process::Command, time::Duration};
use testkit::{Rig, message};
use truth::{Composite, Error, Load, Outcome, build, keyed, load, repair, stored, verify};
use wire::{
    BusId, EpochSec, Key,
    system::{
        TRUTH_HISTORY, TRUTH_LOCK, TRUTH_REV, TRUTH_UPDATED, truth_doc, truth_hash, truth_ts, truth_version,
    },
};

fn by(who: &str) -> Load {
    Load { by: who.into(), ..Load::default() }
}

fn composite(folder: &Folder) -> Composite {
    build(&folder.sources()).unwrap()
}

/// Everything that Truth stores on `bus`, as text.
async fn keys(rig: &Rig, bus: BusId) -> Vec<Option<String>> {
    let mut batch = rig.bus.batch(bus);
    batch.text(&truth_doc(bus)).text(&truth_version(bus)).text(&truth_hash(bus)).text(&truth_ts(bus));
    batch.run().await.unwrap()
}

/// What `redis-cli` answers.
fn cli(rig: &Rig, bus: BusId, command: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-u", &rig.url(bus)]).args(command).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn every_bus_holds_the_document_and_only_system_the_secrets() {
    let rig = Rig::new().await;
    let composite = composite(&Folder::new());
    let mut updates = pin!(rig.bus.subscribe(TRUTH_UPDATED).await);

    let loaded = load(&rig.bus, &composite, by("test")).await.unwrap();
    assert_eq!((loaded.rev, loaded.version.as_str(), loaded.unchanged), (1, "4.2.0", false));
    assert!(loaded.buses.values().all(|outcome| *outcome == Outcome::Written));
    for bus in BusId::ALL {
        let texts = keys(&rig, bus).await;
        let document: Value = serde_json::from_str(texts[0].as_ref().unwrap()).unwrap();
        assert_eq!(document.get("secrets").is_some(), bus == BusId::System, "{bus}");
        assert_eq!(texts[1].as_deref(), Some("4.2.0"));
        assert_eq!(texts[2].as_deref(), Some(composite.hash.as_str()));
        assert_eq!(texts[3].as_ref().unwrap().parse::<i64>().unwrap() as f64, loaded.ts.seconds());
        let stored = stored(&rig.bus, bus).await.unwrap().unwrap();
        assert_eq!(stored.hash(), composite.hash);
        if bus == BusId::System {
            assert_eq!(stored.secrets.unwrap()["massive"], BTreeMap::from([("api_key".to_owned(), true)]));
        }
    }
    let update = message(&mut updates).await;
    assert_eq!((update.rev, update.by.as_str(), update.hash), (1, "test", composite.hash.clone()));
    assert!(update.changed.contains(&"components.vigil".to_owned()));
    assert!(update.changed.contains(&"secrets.massive".to_owned()));
    assert_eq!(rig.bus.text(&TRUTH_LOCK).await.unwrap(), None, "the lock is given back");
}

#[tokio::test]
async fn the_same_again_writes_the_time_only() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    let same = composite(&folder);
    load(&rig.bus, &same, by("test")).await.unwrap();
    for bus in BusId::ALL {
        rig.bus.set(&truth_ts(bus), &EpochSec::new(1.0)).await.unwrap();
    }
    let mut before = Vec::new();
    for bus in BusId::ALL {
        before.push(keys(&rig, bus).await);
    }
    let mut updates = pin!(rig.bus.subscribe(TRUTH_UPDATED).await);

    let again = load(&rig.bus, &same, by("test")).await.unwrap();
    assert!(again.unchanged && again.changed.is_empty());
    assert_eq!(again.rev, 1);
    for (bus, before) in BusId::ALL.into_iter().zip(before) {
        let after = keys(&rig, bus).await;
        assert_eq!(after[..3], before[..3]);
        assert_ne!(after[3], before[3], "the time is new");
    }

    folder.put("secrets.json", &json!({"secrets": {"massive": {"api_key": "another-value"}}}));
    load(&rig.bus, &composite(&folder), by("second")).await.unwrap();
    let update = message(&mut updates).await;
    assert_eq!((update.rev, update.by.as_str()), (2, "second"), "the load in between told nobody");
    assert_eq!(update.changed, ["secrets.massive"], "a secret counts, by its name");
}

#[tokio::test]
async fn force_or_a_lost_key_makes_it_a_full_load() {
    let mut rig = Rig::new().await;
    let composite = composite(&Folder::new());
    load(&rig.bus, &composite, by("test")).await.unwrap();
    let forced = load(&rig.bus, &composite, Load { force: true, ..by("test") }).await.unwrap();
    assert_eq!((forced.rev, forced.unchanged), (2, false));
    assert!(forced.changed.is_empty());

    rig.restart(BusId::Echo).await; // it has no disk, so it comes back empty
    let again = load(&rig.bus, &composite, by("test")).await.unwrap();
    assert_eq!((again.rev, again.unchanged), (3, false));
    verify(&rig.bus, &composite).await.unwrap();
}

#[tokio::test]
async fn a_bus_that_fails_midway_leaves_system_as_it_was() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    let old = composite(&folder);
    load(&rig.bus, &old, by("test")).await.unwrap();
    folder.edit("mm_node.json", "/version", json!("5"));
    let new = composite(&folder);
    cli(&rig, BusId::Intel, &["CONFIG", "SET", "maxmemory", "1"]); // it reads, but refuses to write

    let Error::Incomplete { buses, .. } = load(&rig.bus, &new, by("test")).await.unwrap_err() else {
        panic!("the load is incomplete");
    };
    let expected = [Outcome::Written, Outcome::Failed, Outcome::Untouched, Outcome::Untouched];
    assert_eq!(buses, BusId::ALL.into_iter().zip(expected).collect());
    let hash = async |bus| stored(&rig.bus, bus).await.unwrap().unwrap().hash();
    assert_eq!(hash(BusId::Market).await, new.hash);
    assert_eq!(hash(BusId::System).await, old.hash);
    assert_eq!(rig.bus.get(&TRUTH_REV).await.unwrap(), Some(1));
    assert_eq!(rig.bus.text(&TRUTH_LOCK).await.unwrap(), None, "the lock is given back");

    cli(&rig, BusId::Intel, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(repair(&rig.bus).await.unwrap(), [BusId::Market], "system is right");
    assert_eq!(hash(BusId::Market).await, old.hash);
    assert_eq!(load(&rig.bus, &new, by("test")).await.unwrap().rev, 2);
}

#[tokio::test]
async fn a_bus_that_is_away_is_named_before_anything_is_written() {
    let mut rig = Rig::new().await;
    let composite = composite(&Folder::new());
    rig.kill(BusId::Echo);
    let error = load(&rig.bus, &composite, by("test")).await.unwrap_err();
    assert!(error.to_string().contains("echo-redis failed"), "{error}");
    assert_eq!(stored(&rig.bus, BusId::Market).await.unwrap(), None);
    rig.kill(BusId::System);
    let error = load(&rig.bus, &composite, by("test")).await.unwrap_err();
    assert!(error.to_string().contains("system-redis failed"), "{error}");
}

#[tokio::test]
async fn one_load_at_a_time() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    let first = composite(&folder);
    let lock = rig.bus.lock(&TRUTH_LOCK, Duration::ZERO).await.unwrap().unwrap();
    let hasty = Load { wait: Duration::ZERO, ..by("hasty") };
    assert!(matches!(load(&rig.bus, &first, hasty).await, Err(Error::Locked)));
    assert_eq!(stored(&rig.bus, BusId::Market).await.unwrap(), None);

    folder.edit("mm_node.json", "/version", json!("5"));
    let second = composite(&folder);
    let (a, b, released) =
        tokio::join!(load(&rig.bus, &first, by("a")), load(&rig.bus, &second, by("b")), async {
            assert_eq!(stored(&rig.bus, BusId::Market).await.unwrap(), None, "they wait");
            lock.release().await
        },);
    released.unwrap();
    let mut revs = [a.unwrap().rev, b.unwrap().rev];
    revs.sort_unstable();
    assert_eq!(revs, [1, 2]);
}

#[tokio::test]
async fn a_reader_never_sees_half_a_document() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    let mut versions = Vec::new();
    for version in ["1", "2"] {
        folder.edit("mm_node.json", "/version", json!(version));
        folder.edit("components/vigil.json", "/pad", json!(version.repeat(200_000)));
        versions.push(composite(&folder));
    }
    load(&rig.bus, &versions[0], by("test")).await.unwrap();
    let writer = async {
        for round in 1..=20 {
            load(&rig.bus, &versions[round % 2], by("test")).await.unwrap();
        }
    };
    let reader = async {
        loop {
            for bus in BusId::ALL {
                let mut batch = rig.bus.batch(bus).atomic();
                batch.text(&truth_doc(bus)).text(&truth_version(bus)).text(&truth_hash(bus));
                let texts: Vec<String> = batch.run().await.unwrap().into_iter().flatten().collect();
                let document: Value = serde_json::from_str(&texts[0]).unwrap();
                assert_eq!(document["version"], texts[1].as_str(), "{bus}");
                let version = versions.iter().find(|composite| composite.version == texts[1]).unwrap();
                assert_eq!(version.hash, texts[2], "{bus}");
            }
        }
    };
    tokio::select! { () = writer => {}, () = reader => {} }
}

#[tokio::test]
async fn ten_loads_are_remembered_without_secrets() {
    let rig = Rig::new().await;
    let folder = Folder::new();
    for version in 1..=12 {
        folder.edit("mm_node.json", "/version", json!(version.to_string()));
        load(&rig.bus, &composite(&folder), by("test")).await.unwrap();
    }
    let history = cli(&rig, BusId::System, &["LRANGE", &TRUTH_HISTORY.name, "0", "-1"]);
    let history: Vec<&str> = history.lines().collect();
    assert_eq!(history.len(), 10);
    let newest: Value = serde_json::from_str(history[0]).unwrap();
    assert_eq!(
        (&newest["rev"], &newest["by"], &newest["doc"]["version"]),
        (&json!(12), &json!("test"), &json!("12"))
    );
    assert!(history.iter().all(|entry| !entry.contains("a-secret-value")));
}

#[tokio::test]
async fn the_document_can_have_another_name_and_an_alias() {
    let rig = Rig::new().await;
    let composite = composite(&Folder::new());
    let bus = keyed(rig.bus.clone(), "truth:other");
    let how = || Load { alias: Some("truth".into()), ..by("test") };
    load(&bus, &composite, how()).await.unwrap();
    verify(&bus, &composite).await.unwrap();
    for id in BusId::ALL {
        assert!(rig.bus.exists(id, "truth:other").await.unwrap());
        assert_eq!(rig.bus.text(&truth_doc(id)).await.unwrap(), None);
    }
    let alias: Value = rig.bus.get(&Key::new(BusId::System, "truth")).await.unwrap().unwrap();
    assert!(alias.get("components").is_some() && alias.get("secrets").is_none());
    assert!(load(&bus, &composite, how()).await.unwrap().unchanged);
}

#[tokio::test]
async fn what_was_changed_behind_our_back_is_found() {
    let rig = Rig::new().await;
    let composite = composite(&Folder::new());
    load(&rig.bus, &composite, by("test")).await.unwrap();
    rig.bus.set(&truth_doc(BusId::Echo), &json!({"version": "x"})).await.unwrap();
    assert!(matches!(verify(&rig.bus, &composite).await, Err(Error::Unverified { bus: BusId::Echo, .. })));
    let with_secrets = rig.bus.text(&truth_doc(BusId::System)).await.unwrap().unwrap();
    let mut batch = rig.bus.batch(BusId::Market);
    batch.set_text(&truth_doc(BusId::Market), &with_secrets);
    batch.run().await.unwrap();
    let error = verify(&rig.bus, &composite).await.unwrap_err();
    assert_eq!(error.to_string(), "market-redis: secrets where none may be");

    assert_eq!(repair(&rig.bus).await.unwrap(), [BusId::Market, BusId::Echo]);
    verify(&rig.bus, &composite).await.unwrap();
    assert_eq!(repair(&rig.bus).await.unwrap(), []);
}

#[tokio::test]
async fn nothing_is_repaired_during_a_load_or_without_a_document() {
    let rig = Rig::new().await;
    assert_eq!(repair(&rig.bus).await.unwrap(), []);
    load(&rig.bus, &composite(&Folder::new()), by("test")).await.unwrap();
    rig.bus.remove(&truth_doc(BusId::Echo)).await.unwrap();
    let lock = rig.bus.lock(&TRUTH_LOCK, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(repair(&rig.bus).await.unwrap(), []);
    lock.release().await.unwrap();
    assert_eq!(repair(&rig.bus).await.unwrap(), [BusId::Echo]);
}
