//! One seed makes one sequence of events, and a recorded day that is played again makes the same models.

use crate::stage::Stage;
use exchange_sim::{Hours, price::chain::ChainSize};
use massive::{Capture, Config, Limits};
use serde_json::json;
use std::{cell::Cell, collections::BTreeMap, time::Duration};
use testkit::{wait, wait_for};
use wire::{
    Log,
    chain::{self, CHAIN},
    gex, heatmap, market,
    market::Tick,
    regime,
};

const SPX: &str = "I:SPX";
const STEPS: usize = 6;
const LONG: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(40);

type Fields = BTreeMap<String, String>;

/// Time stands still but for the steps of this test, so that nothing depends on how fast anybody is. The chain is
/// read at the start and when its connection comes back, never in between.
async fn stand(edit: impl FnOnce(&mut Config), open: impl FnOnce(&mut exchange_sim::Config)) -> Stage {
    let stage = Stage::unready(
        |config| {
            config.limits = Limits {
                rest_total: PATIENCE,
                rest_spot: PATIENCE,
                disabled: Duration::from_millis(200),
                spot_healthy: Duration::from_millis(200),
                clock_poll: Duration::from_millis(50),
                network_jitter: Duration::from_millis(10),
                pulse: Duration::from_millis(100),
                idle_indices: LONG,
                idle_stocks: LONG,
                idle_options: LONG,
                dormant_after: LONG,
                stale_after: LONG,
                ..Limits::default()
            };
            config.chains.interval_sec = LONG.as_secs_f64();
            config.models.gex_interval_sec = 0.3;
            config.models.bias_interval_sec = 0.3;
            config.models.profile.days = 1;
            edit(config);
        },
        |sim| {
            sim.chain = ChainSize::Small;
            sim.hours = Hours::Frozen;
            open(sim);
        },
    )
    .await;
    wait_for(PATIENCE, "the chain is subscribed", || async {
        let topics = stage.count("chain", "subscribed").await;
        topics > 0.0
            && subscribed(&stage).await
                == BTreeMap::from([("/indices", 5), ("/options", topics as usize), ("/stocks", 14)])
    })
    .await;
    stage
}

/// Topics of each connection, as the exchange has them.
async fn subscribed(stage: &Stage) -> BTreeMap<&'static str, usize> {
    let state = stage.exchange.call("GET", "/sim/state", &json!({})).await;
    let connections = state["connections"].as_array().cloned().unwrap_or_default();
    let of = |path: &'static str| {
        let mine = connections.iter().find(|connection| connection["path"] == path)?;
        Some((path, mine["topics"].as_array().map_or(0, Vec::len)))
    };
    ["/indices", "/options", "/stocks"].into_iter().filter_map(of).collect()
}

/// Lets `seconds` of the market pass, and waits until massive's clock knows it.
async fn step(stage: &Stage, seconds: f64) {
    stage.exchange.call("POST", "/sim/step", &json!({"seconds": seconds})).await;
    let until = stage.exchange.market_ms().await / 1000.0;
    wait("massive's clock has followed", || async {
        stage
            .rig
            .bus
            .get(&market::CLOCK)
            .await
            .unwrap()
            .is_some_and(|clock| clock.market_ts.seconds() >= until)
    })
    .await;
}

/// Waits until nothing has come for half a second: time stands still, so nothing will.
async fn quiet(stage: &Stage) {
    let (known, looks) = (Cell::new(0.0), Cell::new(0));
    wait_for(PATIENCE, "everything has come", || async {
        let mut events = stage.count("spot", "updates").await;
        for path in ["options", "indices", "stocks"] {
            events += stage.count("ws", &format!("{path}_events")).await;
        }
        looks.set(if known.replace(events) == events { looks.get() + 1 } else { 0 });
        looks.get() >= 50
    })
    .await;
}

async fn play(stage: &Stage) {
    for _ in 0..STEPS {
        step(stage, 2.0).await;
    }
    quiet(stage).await;
}

async fn ticks(stage: &Stage, log: &Log<Tick>) -> Vec<Fields> {
    let (mut ticks, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let page = stage.rig.bus.entries(log, &after, 2_000).await.unwrap();
        let Some((last, _)) = page.last() else { return ticks };
        after.clone_from(last);
        ticks.extend(page.into_iter().map(|(_, fields)| fields));
    }
}

/// Ticks of contracts, of an index and of a fund, in their order.
async fn all_ticks(stage: &Stage) -> Vec<Vec<Fields>> {
    let mut all = Vec::new();
    for log in [market::option_ticks("SPX"), market::ticks(SPX), market::ticks("SPY")] {
        all.push(ticks(stage, &log).await);
    }
    all
}

fn after(ticks: &[Vec<Fields>], ms: f64) -> Vec<Vec<Fields>> {
    let is_later = |fields: &&Fields| fields["t"].parse::<f64>().unwrap() > ms;
    ticks.iter().map(|ticks| ticks.iter().filter(is_later).cloned().collect()).collect()
}

/// What the models make of the market at this instant.
struct Models {
    chain: chain::Chain,
    gex: gex::Latest,
    bias: regime::BiasLfi,
    map: heatmap::Heatmap,
}

/// The chain is read once more at this instant, and every model after it.
async fn models(stage: &Stage) -> Models {
    let bus = &stage.rig.bus;
    let cycles = stage.count("chain", "cycles").await;
    let before = bus.get(&CHAIN).await.unwrap().unwrap().version;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/options"})).await;
    stage.counted("chain", "cycles", cycles + 1.0).await;
    wait("a newer chain", || async { bus.get(&CHAIN).await.unwrap().unwrap().version > before }).await;
    quiet(stage).await;
    let chain = bus.get(&CHAIN).await.unwrap().unwrap();
    let is_later = |ts: wire::EpochSec| ts.since(chain.ts) > 1.0;
    wait("models of this chain", || async {
        let gex = bus.get(&gex::latest(SPX)).await.unwrap().unwrap();
        let bias = bus.get(&regime::bias_lfi(SPX)).await.unwrap().unwrap();
        is_later(gex.ts) && is_later(bias.ts)
    })
    .await;
    Models {
        gex: bus.get(&gex::latest(SPX)).await.unwrap().unwrap(),
        bias: bus.get(&regime::bias_lfi(SPX)).await.unwrap().unwrap(),
        map: bus.get(&heatmap::latest(SPX)).await.unwrap().unwrap(),
        chain,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_seed_makes_one_sequence_and_a_recorded_day_the_same_models() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("days");
    let capture = Capture { rest: true, ws: true, directory: directory.to_str().unwrap().to_owned() };
    let seeded = |seed: u64| stand(|_config| {}, move |sim| sim.seed = seed);
    let recorded = stand(|config| config.capture = capture, |_sim| {}).await;
    let (same, other) = (seeded(1).await, seeded(2).await);
    let begun = recorded.exchange.market_ms().await;
    tokio::join!(play(&recorded), play(&same), play(&other));

    let live = all_ticks(&recorded).await;
    assert!(live.iter().all(|ticks| ticks.len() > 20), "{:?}", live.iter().map(Vec::len).collect::<Vec<_>>());
    assert_eq!(all_ticks(&same).await, live, "one seed");
    assert_ne!(all_ticks(&other).await, live, "another seed");
    let known = models(&recorded).await;
    let until = recorded.exchange.market_ms().await;
    for stage in [recorded, same, other] {
        stage.program.stop().await.unwrap();
    }

    let replayed = stand(|_config| {}, |sim| sim.replay = Some(directory.join("2025-11-21"))).await;
    assert_eq!(replayed.exchange.market_ms().await, begun, "the day begins where its recording does");
    play(&replayed).await;
    assert_eq!(replayed.exchange.market_ms().await, until);
    // What came before massive's clock knew of the first step was recorded at the instant where the day begins,
    // and that instant is over when somebody subscribes.
    let first_step = begun + 2_000.0;
    assert_eq!(after(&all_ticks(&replayed).await, first_step), after(&live, first_step));

    let found = models(&replayed).await;
    assert!(found.chain.contracts.len() > 50, "{}", found.chain.contracts.len());
    assert_eq!(found.chain.symbols, known.chain.symbols);
    for (ticker, contract) in &known.chain.contracts {
        assert_eq!(found.chain.contracts.get(ticker), Some(contract), "{ticker}");
    }
    assert_eq!(found.chain.contracts.len(), known.chain.contracts.len());
    assert_eq!((found.gex.market_ts, &found.gex.summary), (known.gex.market_ts, &known.gex.summary));
    let unstamped =
        |bias: &regime::BiasLfi| regime::BiasLfi { ts: known.bias.ts, ts_iso: String::new(), ..bias.clone() };
    assert_eq!(unstamped(&found.bias), unstamped(&known.bias));
    assert_eq!((found.map.spot, &found.map.atm_iv), (known.map.spot, &known.map.atm_iv));
    assert!(found.map.tiles.keys().eq(known.map.tiles.keys()));
    replayed.program.stop().await.unwrap();
}
