use super::made::{self, at, friday, m1};
use crate::{
    chain::view::View,
    clock::Clock,
    config::{ClockSource, Config},
    models::{
        Closing, Desk, Versions,
        desk::{Spot, Trade},
        worker::Worker,
    },
    profile::Note,
};
use bus::Outage;
use chrono::Days;
use quant::profile::Bar;
use serde_json::Value;
use std::{pin::pin, sync::Arc, time::Duration};
use testkit::{Rig, message};
use tokio::time::Instant;
use wire::{
    BusId::Market, Key, chain::CHAIN, gex, gravity, heatmap, heatmap::Diff, market::analytics, regime,
};

struct Stage {
    rig: Rig,
    desk: Desk,
    clock: Clock,
    outage: Outage,
    worker: Worker,
}

impl Stage {
    async fn new(config: Config) -> Self {
        Self::on(Rig::new().await, config).await
    }

    /// A program that starts over what another one left in Redis.
    async fn on(rig: Rig, config: Config) -> Self {
        let clock = Clock::new(ClockSource::Server);
        clock.sync(at(14) as f64, 1.0, Instant::now());
        let outage = Outage::new(&rig.bus, Market);
        let versions = Versions::recall(&rig.bus, &config.chains.symbols).await;
        let desk = Desk::default();
        let worker = Worker::new(Arc::new(config), desk.clone(), clock.clone(), outage.clone(), versions);
        Self { rig, desk, clock, outage, worker }
    }

    /// One round of the models, written.
    async fn round(&mut self) {
        assert!(self.worker.round(Duration::ZERO));
        self.flush().await;
    }

    async fn flush(&self) {
        while self.outage.backlog() > 0 {
            self.outage.flush().await.unwrap();
        }
    }

    /// The models take `view` and publish it as soon as the pace allows.
    fn think(&mut self, view: View) {
        self.desk.offer(view);
        assert!(self.worker.round(Duration::ZERO));
        while self.worker.underlyings.values().any(|of| of.is_fresh) {
            assert!(self.worker.round(Duration::from_millis(500)));
        }
    }

    /// The same, written.
    async fn show(&mut self, view: View) {
        self.think(view);
        self.flush().await;
    }

    /// The market's time goes on by `seconds`.
    fn advance(&self, seconds: i64) {
        let market_ms = self.clock.now().market.0 + seconds * 1000;
        self.clock.sync(market_ms as f64, 1.0, Instant::now());
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, key: &Key<T>) -> T {
        self.rig.bus.get(key).await.unwrap().unwrap_or_else(|| panic!("{} is there", key.name))
    }
}

fn bars() -> Vec<Bar> {
    (0..240)
        .map(|n| {
            let price = 599.0 + f64::from(n % 17) * 0.1;
            let (low, high) = (price - 0.05, price + 0.05);
            Bar { t_ms: at(9) + i64::from(n) * 60_000, low, high, close: price, volume: 1_000.0 }
        })
        .collect()
}

fn moved(view: &View, by: f64) -> View {
    let mut view = view.clone();
    view.chain.bid[0] += by;
    view.chain.ask[0] += by;
    view.now.market.0 += 250;
    view
}

#[tokio::test]
async fn every_model_is_written_with_its_kind_and_its_life() {
    let (view, config) = m1();
    let mut stage = Stage::new(config).await;
    let symbol = "I:SPX".to_owned();
    stage.desk.note(Note::Base { symbol: symbol.clone(), model: None });
    stage.desk.note(Note::Bars { symbol: symbol.clone(), bars: bars() });
    stage.desk.note(Note::Ready { symbol });
    stage.desk.note(Note::Publish);
    stage.desk.spot("I:VIX", Spot { value: 16.2, t_ms: at(14), is_stale: false });
    stage.show(view).await;
    stage.advance(60);
    stage.round().await;

    let day = 86_400;
    for (name, kind, life) in [
        (CHAIN.name, "string", Some(3 * day)),
        (gex::GEX.name, "string", Some(day)),
        (gex::calls("I:SPX").name, "string", Some(day)),
        (gex::puts("I:SPX").name, "string", Some(day)),
        (gex::latest("I:SPX").name, "string", Some(day)),
        (heatmap::latest("I:SPX").name, "string", Some(3 * day)),
        (heatmap::replay("I:SPX").name, "stream", Some(day)),
        (gravity::artifact("I:SPX").name, "string", None),
        (gravity::context("I:SPX").name, "string", Some(3600)),
        (gravity::state("I:SPX").name, "string", Some(3600)),
        (gravity::VOLUME_PROFILE.name, "string", None),
        (gravity::volume_profile("I:SPX").name, "string", None),
        (regime::BIAS_LFI.name, "string", Some(3600)),
        (regime::bias_lfi("I:SPX").name, "string", Some(3600)),
        (regime::MARKET_MODE.name, "string", Some(3600)),
        (regime::market_mode("I:SPX").name, "string", Some(3600)),
        (regime::VIX_REGIME.name, "string", Some(3600)),
        (regime::pin("I:SPX").name, "string", Some(3600)),
        (analytics("model").name, "hash", None),
        (analytics("volume_profile").name, "hash", None),
    ] {
        let held = stage.rig.bus.describe(Market, &name).await.unwrap();
        let held = held.unwrap_or_else(|| panic!("{name} is there"));
        assert_eq!(held.kind, kind, "{name}");
        let left = held.life.map(|life| life.as_secs_f64());
        let is_right = match (left, life) {
            (Some(left), Some(life)) => left <= f64::from(life) && left > f64::from(life) - 30.0,
            (left, life) => left.is_none() && life.is_none(),
        };
        assert!(is_right, "{name}: {left:?}, expected {life:?}");
    }
    let state = stage.get(&gravity::state("I:SPX")).await;
    assert_eq!(state.minute.seconds(), at(14) as f64 / 1000.0);
    let context = stage.get(&gravity::context("I:SPX")).await;
    assert_eq!((context.spot, context.symbol.as_str()), (5998.4, "I:SPX"));
    assert!(context.nearest_volume_node.is_some() && context.gamma_alignment.is_some());
    let pin = stage.get(&regime::pin("I:SPX")).await;
    assert_eq!((pin.expiration.as_str(), pin.tiers.len()), ("2025-11-21", 3));
    let vix = stage.get(&regime::VIX_REGIME).await;
    assert_eq!((vix.vix, vix.regime, vix.stale), (Some(16.2), Some(regime::VixKind::Zombieland), false));
    assert!((vix.expected_move["I:SPX"].dte0 - 61.21).abs() < 0.01);
    let fields = stage.rig.bus.fields(&analytics("model")).await.unwrap();
    for model in
        ["chain", "gex", "heatmap", "bias_lfi", "vix_regime", "pin", "dealer_gravity", "volume_profile"]
    {
        assert!(
            fields[&format!("{model}_runs")] != "0" && fields[&format!("{model}_errors")] == "0",
            "{model}"
        );
        assert!(
            fields.contains_key(&format!("{model}_last_ms"))
                && fields.contains_key(&format!("{model}_p95_ms"))
        );
    }
    let profile = stage.rig.bus.fields(&analytics("volume_profile")).await.unwrap();
    assert_eq!((profile["bars"].as_str(), profile["trades"].as_str()), ("240", "0"));
}

#[tokio::test]
async fn the_whole_is_there_before_the_difference_is_told() {
    let (view, config) = m1();
    let mut stage = Stage::new(config).await;
    let mut diffs = pin!(stage.rig.bus.subscribe(heatmap::diffs("I:SPX")).await);
    stage.show(view.clone()).await;
    let first = message(&mut diffs).await;
    let mut tiles = first.changed.clone();
    let mut last = first.version;
    for n in 1..=3 {
        stage.show(moved(&view, 0.1 * f64::from(n))).await;
        let diff: Diff = message(&mut diffs).await;
        let whole = stage.get(&heatmap::latest("I:SPX")).await;
        assert_eq!((diff.prev_version, diff.version), (last, whole.version));
        assert!(
            !diff.changed.is_empty() && diff.changed.len() < 10,
            "only what changed: {}",
            diff.changed.len()
        );
        tiles.extend(diff.changed);
        assert_eq!(tiles, whole.tiles);
        last = diff.version;
    }
    let entries = stage.rig.bus.entries(&heatmap::replay("I:SPX"), "0", 100).await.unwrap();
    assert!(!entries.is_empty() && entries.len() < 4, "one a second: {}", entries.len());
    let told: Diff = serde_json::from_str(&entries[0].1["payload"]).unwrap();
    assert_eq!(told.version, first.version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_told_within_its_interval() {
    let (view, config) = m1();
    let allowed = Duration::from_millis(config.models.heatmap_interval_ms + 50);
    let Stage { rig, desk, outage, mut worker, .. } = Stage::new(config).await;
    let mut diffs = pin!(rig.bus.subscribe(heatmap::diffs("I:SPX")).await);
    let end = Closing(desk.clone());
    let thinking = tokio::task::spawn_blocking(move || worker.run());
    let mut took = Vec::new();
    let mut rhythm = tokio::time::interval(Duration::from_millis(250));
    let offers = async {
        for n in 0..12 {
            rhythm.tick().await;
            desk.offer(moved(&view, 0.1 * f64::from(n)));
            let started = Instant::now();
            assert!(!message(&mut diffs).await.changed.is_empty());
            took.push(started.elapsed());
        }
    };
    let writes = async {
        loop {
            outage.waiting().await;
            outage.flush().await.unwrap();
        }
    };
    tokio::select! {
        () = offers => drop(end),
        () = writes => unreachable!("it never ends"),
    }
    thinking.await.unwrap();
    took.sort();
    assert!(took[10] <= allowed, "{took:?}");
}

#[tokio::test]
async fn a_new_start_goes_on_from_the_versions_that_are_stored() {
    let (view, config) = m1();
    let mut stage = Stage::new(config.clone()).await;
    let ahead = 9_000_000_000_000_u64;
    let chain: Key<Value> = Key::of(Market, CHAIN.name.to_string());
    let map: Key<Value> = Key::of(Market, heatmap::latest("I:SPX").name.to_string());
    stage
        .rig
        .bus
        .set(&chain, &serde_json::json!({"version": ahead, "rest": [1, {"version": 3}]}))
        .await
        .unwrap();
    stage.rig.bus.set(&map, &serde_json::json!({"version": ahead})).await.unwrap();
    stage = Stage::on(stage.rig, config).await;
    let mut diffs = pin!(stage.rig.bus.subscribe(heatmap::diffs("I:SPX")).await);
    stage.show(view).await;
    assert_eq!(stage.get(&heatmap::latest("I:SPX")).await.version, ahead + 1);
    assert_eq!(stage.get(&CHAIN).await.version, ahead + 1);
    assert_eq!(message(&mut diffs).await.prev_version, 0, "nobody holds what it fits on: read it anew");
}

#[tokio::test]
async fn what_was_newest_is_written_when_redis_returns() {
    let (view, config) = m1();
    let mut stage = Stage::new(config).await;
    stage.show(view.clone()).await;
    stage.rig.kill(Market);
    for n in 1..=5 {
        stage.think(moved(&view, f64::from(n)));
        assert!(stage.outage.flush().await.is_err());
    }
    stage.rig.restart(Market).await;
    stage.flush().await;
    let replay = heatmap::replay("I:SPX");
    let mut entries = Vec::new();
    while entries.is_empty() {
        assert!(stage.worker.round(Duration::from_millis(100)));
        stage.flush().await;
        entries = stage.rig.bus.entries(&replay, "0", 100).await.unwrap();
    }
    let whole = stage.get(&heatmap::latest("I:SPX")).await;
    let singles = &whole.tiles[&"single:0:0:5970".parse().unwrap()];
    let newest = serde_json::to_value(singles).unwrap();
    assert_eq!(newest["call"]["market_mid"], 37.0, "the last of the five");
    assert_eq!(entries.len(), 1, "the absence is one difference");
    assert_eq!(serde_json::from_str::<Diff>(&entries[0].1["payload"]).unwrap().version, whole.version);
}

#[tokio::test]
async fn a_minute_is_told_when_it_closes_and_not_changed_after() {
    let (view, config) = m1();
    let mut stage = Stage::new(config).await;
    stage.show(view).await;
    assert!(stage.rig.bus.get(&gravity::state("I:SPX")).await.unwrap().is_none());
    stage.advance(60);
    stage.round().await;
    let told = stage.get(&gravity::state("I:SPX")).await;
    assert_eq!((told.basins.len(), told.gravity.best), (1, Some(6010.0)));
    stage.advance(20);
    stage.round().await;
    assert_eq!(stage.get(&gravity::state("I:SPX")).await, told);
    stage.advance(60);
    stage.round().await;
    let next = stage.get(&gravity::state("I:SPX")).await;
    assert_eq!(next.minute.since(told.minute), 60.0);
    assert!(next.gravity.confidence > told.gravity.confidence, "it held for a minute");
}

#[tokio::test]
async fn trades_make_a_profile_without_any_history() {
    let (view, config) = m1();
    let mut stage = Stage::new(config).await;
    let mut updates = pin!(stage.rig.bus.subscribe(gravity::UPDATED).await);
    for n in 0..50 {
        let price = 599.8 + 0.01 * f64::from(n);
        stage.desk.trade(Trade { source: "SPY".into(), price, size: 100.0, t_ms: at(14) + i64::from(n) });
        stage.desk.trade(Trade { source: "AAPL".into(), price, size: 100.0, t_ms: at(14) });
    }
    stage.show(view).await;
    stage.desk.note(Note::Base { symbol: "I:SPX".into(), model: None });
    stage.desk.note(Note::Publish);
    stage.round().await;
    let model = stage.get(&gravity::VOLUME_PROFILE).await;
    assert_eq!((model.symbol.as_str(), model.total_volume, model.days), ("I:SPX", 5_000.0, 1));
    assert_eq!(model.last_bar_t.map(|t| t.0), Some(at(14)));
    let artifact = stage.get(&gravity::artifact("I:SPX")).await;
    assert_eq!((artifact.meta.status, artifact.meta.spot), (gravity::ArtifactStatus::Building, Some(5998.4)));
    assert_eq!(artifact.profile.bins.iter().max(), Some(&1000));
    assert_eq!(message(&mut updates).await.artifact_version, artifact.meta.artifact_version);
    assert!(stage.rig.bus.get(&gravity::artifact("I:NDX")).await.unwrap().is_none(), "no trades, no profile");
}

/// Forty expirations of which four have planes; a tenth of that without optimisation, where times say nothing about
/// the budgets. The times are printed.
#[tokio::test]
async fn a_full_cycle_of_twenty_thousand_contracts_is_written() {
    let expirations = if cfg!(debug_assertions) { 4 } else { 40 };
    let dates: Vec<_> =
        (0..expirations).map(|n| friday() + Days::new(if n < 4 { n } else { n * 7 })).collect();
    let view = made::grid("I:SPX", &dates, 250);
    let contracts = view.chain.len();
    let mut stage = Stage::new(Config::default()).await;
    stage.show(view.clone()).await;
    let (mut cycles, mut maps) = (Vec::new(), Vec::new());
    for n in 1..=9 {
        let mut next = view.clone();
        next.cycle += n;
        next.spot += n as f64;
        next.chain.bid.iter_mut().for_each(|bid| *bid += 0.01 * n as f64);
        // The pace of heatmaps is not what is measured.
        stage.worker.underlyings.values_mut().for_each(|of| of.sheet.published_at = None);
        stage.desk.offer(next);
        let started = Instant::now();
        stage.round().await;
        cycles.push(started.elapsed());
        let of = stage.worker.underlyings.get("I:SPX").unwrap();
        let (config, before) = (Config::default(), of.sheet.map.clone());
        let mut inputs = of.inputs(&config);
        inputs.spot += 5.0;
        let started = Instant::now();
        let after = before.advance(&inputs);
        maps.push(started.elapsed());
        assert!(!before.diff(&after).is_empty());
    }
    cycles.sort();
    maps.sort();
    eprintln!("full cycle: median {:?}, worst {:?}; heatmap: median {:?}", cycles[4], cycles[8], maps[4]);
    let told = stage.get(&CHAIN).await;
    assert_eq!((told.contracts.len(), told.truncated), (contracts, false));
}
