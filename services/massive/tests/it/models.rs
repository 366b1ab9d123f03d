//! Models end to end: the exchange's chain and trades in, every key of the contract out.

use crate::stage::{Exchange, Stage, quick};
use massive::Config;
use serde_json::Value;
use std::{collections::BTreeMap, pin::pin, time::Duration};
use testkit::{message, wait};
use truth::secret::Secret;
use wire::{
    BusId::Market,
    gex, gravity,
    gravity::{Updated, VolumeNode},
    heatmap,
    heatmap::Diff,
    regime,
};

const SPX: &str = "I:SPX";
const DAY: u64 = 86_400;

/// What the contract says of each key that a model writes: name, kind, life in seconds.
const KEYS: [(&str, &str, Option<u64>); 20] = [
    ("massive:chain:latest", "string", Some(3 * DAY)),
    ("massive:gex:model", "string", Some(DAY)),
    ("massive:gex:model:I:SPX:calls", "string", Some(DAY)),
    ("massive:gex:model:I:SPX:puts", "string", Some(DAY)),
    ("massive:gex:model:I:SPX:latest", "string", Some(DAY)),
    ("massive:heatmap:model:I:SPX:latest", "string", Some(3 * DAY)),
    ("massive:heatmap:replay:I:SPX", "stream", Some(DAY)),
    ("massive:bias_lfi:model:latest", "string", Some(3_600)),
    ("massive:bias_lfi:model:I:SPX:latest", "string", Some(3_600)),
    ("massive:market_mode:model:latest", "string", Some(3_600)),
    ("massive:market_mode:model:I:SPX:latest", "string", Some(3_600)),
    ("massive:vix_regime:model:latest", "string", Some(3_600)),
    ("massive:pin:model:I:SPX:latest", "string", Some(3_600)),
    ("massive:volume_profile:model", "string", None),
    ("massive:volume_profile:model:I:SPX:latest", "string", None),
    ("dealer_gravity:artifact:I:SPX", "string", None),
    ("dealer_gravity:context:I:SPX", "string", Some(3_600)),
    ("dealer_gravity:state:I:SPX", "string", Some(3_600)),
    ("massive:model:analytics", "hash", None),
    ("massive:volume_profile:analytics", "hash", None),
];

fn paced(config: &mut Config) {
    config.limits.profile_every = Duration::from_secs(2);
    config.models.profile.days = 2;
}

/// A stage whose profile of SPX is ready.
async fn profiled() -> Stage {
    let stage = Stage::with(paced, |_exchange| {}).await;
    wait("the profile of SPX", || async {
        let artifact = stage.rig.bus.get(&gravity::artifact(SPX)).await.unwrap();
        artifact.is_some_and(|artifact| artifact.meta.status == gravity::ArtifactStatus::Ready)
    })
    .await;
    stage
}

#[tokio::test]
async fn every_model_is_there_with_its_kind_and_its_life() {
    // Minutes of the market close every six seconds.
    let stage = Stage::with(paced, |exchange| exchange.speed = 10.0).await;
    let bus = &stage.rig.bus;
    stage.counted("chain", "cycles", 1.0).await;
    for (name, kind, life) in KEYS {
        wait(name, || async { bus.describe(Market, name).await.unwrap().is_some() }).await;
        let held = bus.describe(Market, name).await.unwrap().unwrap();
        assert_eq!(held.kind, kind, "{name}");
        let left = held.life.map(|life| life.as_secs());
        assert!(left <= life && left.map(|left| left + 60) >= life, "{name}: {left:?}, expected {life:?}");
    }
    let gex = bus.get(&gex::latest(SPX)).await.unwrap().unwrap();
    assert!(gex.summary.contracts_used > 40 && gex.summary.total_call > 0.0, "{:?}", gex.summary);
    let all = bus.get(&gex::GEX).await.unwrap().unwrap();
    assert!(all.symbols.contains_key(SPX));
    let whole = bus.get(&heatmap::latest(SPX)).await.unwrap().unwrap();
    assert!(whole.tiles.len() > 100 && !whole.dtes_available.is_empty(), "{}", whole.tiles.len());
    let mode = bus.get(&regime::MARKET_MODE).await.unwrap().unwrap();
    assert_eq!(mode.symbol, SPX);
    let vix = bus.get(&regime::VIX_REGIME).await.unwrap().unwrap();
    assert!(vix.vix.is_some() && vix.expected_move.contains_key(SPX));
    stage.recovers().await;
}

#[tokio::test]
async fn whoever_follows_the_differences_holds_the_heatmap() {
    let stage = Stage::new().await;
    let bus = &stage.rig.bus;
    let mut diffs = pin!(bus.subscribe(heatmap::diffs(SPX)).await);
    let first: Diff = message(&mut diffs).await;
    let mut whole = bus.get(&heatmap::latest(SPX)).await.unwrap().unwrap();
    assert!(whole.version >= first.version, "the whole comes first");
    let mut followed = 0;
    while followed < 8 {
        let diff = message(&mut diffs).await;
        if diff.version <= whole.version {
            continue;
        }
        assert_eq!(diff.prev_version, whole.version);
        whole.tiles.extend(diff.changed);
        for key in &diff.removed {
            whole.tiles.remove(key);
        }
        whole.version = diff.version;
        followed += 1;
    }
    let now = bus.get(&heatmap::latest(SPX)).await.unwrap().unwrap();
    if now.version == whole.version {
        assert_eq!(now.tiles, whole.tiles);
    }
    let entries = bus.entries(&heatmap::replay(SPX), "0", 100).await.unwrap();
    assert!(!entries.is_empty());
    for (_, fields) in entries {
        serde_json::from_str::<Diff>(&fields["payload"]).unwrap();
    }
    stage.recovers().await;
}

#[tokio::test]
async fn the_lines_of_people_stay_until_they_are_given_back() {
    let stage = profiled().await;
    let bus = &stage.rig.bus;
    let own = vec![VolumeNode { price: 6123.0, weight: 3.0, color: "#00ff00".into() }];
    let mut artifact = bus.get(&gravity::artifact(SPX)).await.unwrap().unwrap();
    let told = |version: &str| Updated {
        kind: "dealer_gravity_artifact_updated".into(),
        symbol: SPX.into(),
        artifact_version: version.into(),
        occurred_at: String::new(),
        ts: wire::EpochSec::new(1.0),
    };
    artifact.structures.volume_nodes.clone_from(&own);
    artifact.meta.edited = Some(true);
    bus.set(&gravity::artifact(SPX), &artifact).await.unwrap();
    bus.publish(&gravity::UPDATED, &told("v1")).await.unwrap();
    let later = |version: String, is_edited: bool| async move {
        let now = bus.get(&gravity::artifact(SPX)).await.unwrap().unwrap();
        (now.meta.artifact_version != version && (now.meta.edited == Some(true)) == is_edited).then_some(now)
    };
    for _ in 0..2 {
        let before = artifact.meta.artifact_version.clone();
        wait("a newer artifact", || async { later(before.clone(), true).await.is_some() }).await;
        artifact = bus.get(&gravity::artifact(SPX)).await.unwrap().unwrap();
        assert_eq!(artifact.structures.volume_nodes, own);
    }
    artifact.meta.edited = Some(false);
    bus.set(&gravity::artifact(SPX), &artifact).await.unwrap();
    bus.publish(&gravity::UPDATED, &told("v2")).await.unwrap();
    let before = artifact.meta.artifact_version.clone();
    wait("the computed nodes", || async {
        later(before.clone(), false).await.is_some_and(|now| now.structures.volume_nodes != own)
    })
    .await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_profile_made_elsewhere_becomes_the_base() {
    let stage = profiled().await;
    let bus = &stage.rig.bus;
    let mut model = bus.get(&gravity::volume_profile(SPX)).await.unwrap().unwrap();
    let price = *model.buckets_tv.keys().next().unwrap();
    model.buckets_tv = BTreeMap::from([(price, 7e9)]);
    model.buckets_raw = BTreeMap::from([(price, 7e9)]);
    model.version = "v123".into();
    model.days = 500;
    let word = Updated {
        kind: "dealer_gravity_artifact_updated".into(),
        symbol: SPX.into(),
        artifact_version: "v123".into(),
        occurred_at: String::new(),
        ts: wire::EpochSec::new(1.0),
    };
    wait("the adopted profile, published anew", || async {
        let now = bus.get(&gravity::volume_profile(SPX)).await.unwrap().unwrap();
        if now.days < 500 {
            // The service may have written its own at the same instant: whoever loads one looks whether it took.
            bus.set(&gravity::volume_profile(SPX), &model).await.unwrap();
            bus.publish(&gravity::UPDATED, &word).await.unwrap();
        }
        now.version != "v123" && now.total_volume >= 7e9 && now.total_volume < 8e9 && now.days >= 500
    })
    .await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_restart_goes_on_from_the_stored_profile() {
    let stage = profiled().await;
    stage.program.stop().await.unwrap();
    let bus = &stage.rig.bus;
    let before = bus.get(&gravity::volume_profile(SPX)).await.unwrap().unwrap();
    let bars = stage.rig.bus.fields(&wire::market::analytics("volume_profile")).await.unwrap();
    assert!(bars["bars"].parse::<f64>().unwrap() > 300.0, "{bars:?}");
    let edit = |config: &mut Config| {
        quick(config, &stage.exchange);
        paced(config);
    };
    let program = stage.rig.start(massive::serve, edit).await;
    wait("a newer profile", || async {
        let now = bus.get(&gravity::volume_profile(SPX)).await.unwrap().unwrap();
        now.version > before.version
    })
    .await;
    let now = bus.get(&gravity::volume_profile(SPX)).await.unwrap().unwrap();
    assert!(now.days == before.days && now.total_volume >= before.total_volume, "{now:?}");
    let bars = bus.fields(&wire::market::analytics("volume_profile")).await.unwrap();
    assert!(bars["bars"].parse::<f64>().unwrap() < 300.0, "only what was missing is loaded: {bars:?}");
    program.stop().await.unwrap();
}

#[tokio::test]
async fn what_arrives_is_recorded_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("days");
    let exchange = Exchange::open(|_config| {}).await;
    let rig = testkit::Rig::new().await;
    let program = rig
        .start(massive::serve, |config: &mut Config| {
            quick(config, &exchange);
            config.api_key = Some(Secret::new("s3cret-of-the-recording"));
            config.capture =
                massive::Capture { rest: true, ws: true, directory: directory.to_str().unwrap().to_owned() };
        })
        .await;
    let day = directory.join("2025-11-21");
    let lines = |file: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(day.join(file)).unwrap_or_default();
        // The last line may not be whole yet.
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let is_trade = |line: &Value| line["p"] == "/stocks" && line["f"].as_str().unwrap().contains("\"T\"");
    wait("a trade's frame, and answers", || async {
        lines("ws.jsonl").iter().any(is_trade) && lines("rest.jsonl").len() > 5
    })
    .await;
    program.stop().await.unwrap();
    let frames = lines("ws.jsonl");
    assert!(frames.iter().all(|line| line["t"].as_i64().unwrap() > 1_763_700_000_000), "market time");
    let answers = lines("rest.jsonl");
    let paths: Vec<&str> = answers.iter().map(|line| line["u"].as_str().unwrap()).collect();
    assert!(paths.iter().any(|path| path.starts_with("/v3/snapshot")), "{paths:?}");
    assert!(answers.iter().any(|line| line["s"] == 200 && line["b"]["results"].is_array()));
    for file in ["ws.jsonl", "rest.jsonl"] {
        assert!(!std::fs::read_to_string(day.join(file)).unwrap().contains("s3cret"), "{file}");
    }
}
