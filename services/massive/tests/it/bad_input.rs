//! Chains and contracts meet bad input: each kind behaves as the contract says, and afterwards all is as before.

use crate::stage::{Stage, two_chains};
use exchange_sim::price::chain::ChainSize;
use massive::Config;
use serde_json::{Value, json};
use std::{cell::Cell, time::Duration};
use testkit::{wait, wait_for};
use wire::{BusId::Market, Key, chain, gex, heatmap, market, regime};

const SPX: &str = "I:SPX";
const NDX: &str = "I:NDX";
const LISTS: &str = "/v3/snapshot/options";
/// Stands in the query of a list, and not in that of the walk from expiration to expiration.
const LIST: &str = "strike_price";
const PATIENCE: Duration = Duration::from_secs(20);

fn small(sim: &mut exchange_sim::Config) {
    sim.chain = ChainSize::Small;
}

/// A stage with two chains, whose cycles are short.
async fn listed(edit: impl FnOnce(&mut Config)) -> Stage {
    let edit = |config: &mut Config| {
        two_chains(config);
        config.limits.rest_total = Duration::from_secs(5);
        // No connection is given up because a machine with much to do is slow.
        let patient = Duration::from_secs(60);
        for limit in [
            &mut config.limits.idle_options,
            &mut config.limits.idle_indices,
            &mut config.limits.idle_stocks,
            &mut config.limits.pong_within,
            &mut config.limits.dormant_after,
        ] {
            *limit = patient;
        }
        edit(config);
    };
    let stage = Stage::with(edit, small).await;
    chains_are_whole(&stage).await;
    stage
}

/// Waits for a chain that was read after this call, complete and with what models need.
async fn chains_are_whole(stage: &Stage) {
    let cycles = stage.count("chain", "cycles").await;
    stage.counted("chain", "cycles", cycles + 2.0).await;
    wait_for(PATIENCE, "two whole chains", || async {
        let Some(chain) = stage.rig.bus.get(&chain::CHAIN).await.unwrap() else { return false };
        let has_interest = chain.contracts.values().filter(|contract| contract.oi.is_some()).count();
        let is_whole = |symbol| chain.symbols.get(symbol).is_some_and(|of| of.expirations.len() == 2);
        is_whole(SPX) && is_whole(NDX) && has_interest * 10 > chain.contracts.len() * 9
    })
    .await;
}

async fn chain(stage: &Stage) -> chain::Chain {
    stage.rig.bus.get(&chain::CHAIN).await.unwrap().unwrap()
}

async fn version(stage: &Stage, symbol: &str) -> u64 {
    chain(stage).await.symbols[symbol].geometry_version
}

async fn option_ticks(stage: &Stage, group: &str) -> u64 {
    let name = market::option_ticks(group).name;
    stage.rig.bus.describe(Market, &name).await.unwrap().map_or(0, |held| held.size)
}

/// Waits for ticks of contracts that were written after this call.
async fn ticking(stage: &Stage) {
    let before = option_ticks(stage, "SPX").await;
    wait("new ticks of contracts", || async { option_ticks(stage, "SPX").await > before + 20 }).await;
}

/// A stage goes on until `counter` has grown by `by` under this fault; then the fault ends.
async fn counts(stage: &Stage, fault: Value, (part, counter): (&str, &str), by: f64) {
    let before = stage.count(part, counter).await;
    let what = fault.to_string();
    stage.exchange.fault(fault).await;
    wait_for(PATIENCE, &format!("{what} grows {part} {counter}"), || async {
        stage.count(part, counter).await >= before + by
    })
    .await;
    stage.exchange.heal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_contracts() {
    let stage = listed(|config| config.limits.decode_errors = 100_000).await;
    ticking(&stage).await;
    for (kind, counter) in [
        ("truncated", "options_decode_errors"),
        ("deep", "options_decode_errors"),
        ("binary", "options_decode_errors"),
        ("bad_utf8", "options_decode_errors"),
        ("nan", "options_bad_price"),
        ("missing_field", "options_missing_field"),
        ("string_number", "options_missing_field"),
        ("unknown_ev", "options_unknown_ev"),
        ("crossed", "options_crossed"),
        ("bad_ticker", "options_parse_fail"),
        ("foreign_ticker", "options_geometry_miss"),
        ("time_seconds", "options_bad_time"),
        ("time_nanoseconds", "options_bad_time"),
        ("time_zero", "options_bad_time"),
    ] {
        let fault = json!({"type": "ws_malformed", "path": "/options", "args": {"kind": kind}});
        counts(&stage, fault, ("ws", counter), 3.0).await;
        ticking(&stage).await;
    }
    // The first of a frame, which is all that is left of one that is no array, is taken as it is.
    stage
        .exchange
        .fault(json!({"type": "ws_malformed", "path": "/options", "args": {"kind": "not_array"}}))
        .await;
    let frames = stage.count("ws", "options_frames").await;
    stage.counted("ws", "options_frames", frames + 5.0).await;
    let before = option_ticks(&stage, "NDX").await;
    wait("single events are ticks", || async { option_ticks(&stage, "NDX").await > before + 3 }).await;
    stage.exchange.heal().await;

    let dup = json!({"type": "ws_dup", "path": "/options"});
    counts(&stage, dup, ("ws", "options_dup"), 5.0).await;
    let late = json!({"type": "ws_late", "path": "/options", "rate": 0.5, "args": {"ms": 900}});
    stage.exchange.fault(late).await;
    stage.counted("ws", "options_late", 5.0).await;
    wait_for(PATIENCE, "late trades are ticks, late quotes are not", || async {
        let ticks = stage.rig.bus.newest(&market::option_ticks("SPX"), 500).await.unwrap();
        let mut late = ticks.iter().filter(|(_, fields)| fields.contains_key("late")).peekable();
        late.peek().is_some() && late.all(|(_, fields)| fields["ev"] == "T")
    })
    .await;
    stage.exchange.heal().await;
    ticking(&stage).await;
    // Events that are shuffled within a frame are late only where a contract has several in it.
    stage.exchange.call("POST", "/sim/speed", &json!({"speed": 4})).await;
    let reorder = json!({"type": "ws_reorder", "path": "/options"});
    counts(&stage, reorder, ("ws", "options_late"), 5.0).await;
    stage.exchange.call("POST", "/sim/speed", &json!({"speed": 1})).await;
    ticking(&stage).await;
    assert_eq!(stage.count("ws", "options_reconnects").await, 0.0, "the connection was kept");
    // A frame that no client should hold is the one thing that costs the connection.
    let huge = json!({"type": "ws_malformed", "path": "/options", "count": 1,
        "args": {"kind": "huge", "bytes": 17_000_000}});
    counts(&stage, huge, ("ws", "options_reconnects"), 1.0).await;
    ticking(&stage).await;
    stage.recovers().await;
}

/// Streams and hashes whose place somebody else took are written anew, once, and it is told.
#[tokio::test]
async fn keys_of_another_kind() {
    let stage = listed(|_config| {}).await;
    ticking(&stage).await;
    let streams = [market::option_ticks("SPX").name, heatmap::replay(SPX).name];
    let names = streams.into_iter().chain([market::analytics("model").name, market::analytics("chain").name]);
    for name in names {
        let foreign: Key<u32> = Key::of(Market, name.to_string());
        stage.rig.bus.remove(&foreign).await.unwrap();
        stage.rig.bus.set(&foreign, &1).await.unwrap();
        wait(&format!("{name} is of its own kind again"), || async {
            // It may change its kind while it is looked at.
            let held = stage.rig.bus.describe(Market, &name).await.ok().flatten();
            held.is_some_and(|held| held.kind != "string")
        })
        .await;
    }
    // Of several in a row the first is told, the others are counted as its repeats.
    let gap = stage.event("bus_gap").await;
    assert!(gap.detail["key"].is_string(), "{gap:?}");
    ticking(&stage).await;
    stage.recovers().await;
}

/// Lists that cannot be read, or whose contracts cannot: the chain that was there stays.
#[tokio::test]
async fn lists_without_a_usable_contract() {
    let stage = listed(|config| config.chains.interval_sec = 1.0).await;
    for (kind, counter) in [
        ("truncated", "errors"),
        ("html", "errors"),
        ("empty", "errors"),
        ("wrong_type", "dropped"),
        ("null_fields", "dropped"),
    ] {
        let (before, partial) = (version(&stage, SPX).await, stage.count("chain", "partial").await);
        let listed = stage.count("chain", "listed").await;
        let fault = json!({"type": "rest_malformed", "path": LISTS, "ticker": LIST, "args": {"kind": kind}});
        counts(&stage, fault, ("chain", counter), 1.0).await;
        stage.counted("chain", "partial", partial + 1.0).await;
        let now = stage.count("chain", "listed").await;
        assert!((now / listed - 1.0).abs() < 0.1, "{kind}: {listed} contracts, now {now}");
        assert!(version(&stage, SPX).await <= before + 1, "{kind}");
        chains_are_whole(&stage).await;
    }
    assert_eq!(stage.event("chain_partial").await.severity, market::Severity::Warn);
    stage.recovers().await;
}

/// What is unknown of a contract, and what nobody knows, take no contract away.
#[tokio::test]
async fn lists_with_holes_and_strange_fields() {
    let stage = listed(|_config| {}).await;
    let (listed, partial) = (stage.count("chain", "listed").await, stage.count("chain", "partial").await);
    let fault = json!({"type": "rest_malformed", "path": LISTS, "args": {"kind": "extra_fields"}});
    counts(&stage, fault, ("chain", "cycles"), 3.0).await;
    stage.exchange.fault(json!({"type": "rest_hole", "path": LISTS, "args": {"share": 0.5}})).await;
    wait_for(PATIENCE, "contracts without open interest", || async {
        let chain = chain(&stage).await;
        let unknown = chain.contracts.values().filter(|contract| contract.oi.is_none()).count();
        unknown * 4 > chain.contracts.len()
    })
    .await;
    let pierced = chain(&stage).await;
    for contract in pierced.contracts.values() {
        assert_eq!(contract.iv.is_none(), contract.iv_src == chain::Origin::None, "{contract:?}");
    }
    let is_alive = |gex: gex::Latest| gex.summary.contracts_used > 10 && gex.summary.contracts_skipped > 10;
    wait_for(PATIENCE, "exposure of what is left", || async {
        stage.rig.bus.get(&gex::latest(SPX)).await.unwrap().is_some_and(is_alive)
    })
    .await;
    let now = stage.count("chain", "listed").await;
    assert!((now / listed - 1.0).abs() < 0.1, "{listed} contracts, now {now}");
    assert_eq!(stage.count("chain", "partial").await, partial);
    stage.exchange.heal().await;
    chains_are_whole(&stage).await;
    stage.recovers().await;
}

/// Numbers that cannot be true: open interest is rounded down or unknown, the vendor's volatilities are not believed.
#[tokio::test]
async fn lists_with_numbers_that_cannot_be() {
    let stage = listed(|_config| {}).await;
    let is_vendors = |contract: &chain::Contract| contract.iv_src == chain::Origin::Vendor;
    wait_for(PATIENCE, "volatilities of the vendor", || async {
        chain(&stage).await.contracts.values().any(is_vendors)
    })
    .await;
    let whole = chain(&stage).await;
    let partial = stage.count("chain", "partial").await;
    let fault = json!({"type": "rest_malformed", "path": LISTS, "args": {"kind": "out_of_range"}});
    stage.exchange.fault(fault).await;
    wait_for(PATIENCE, "no volatility of the vendor's, some interest unknown", || async {
        let contracts = chain(&stage).await.contracts;
        let unknown = contracts.values().filter(|contract| contract.oi.is_none()).count();
        unknown * 4 > contracts.len() && !contracts.values().any(is_vendors)
    })
    .await;
    let odd = chain(&stage).await;
    for (ticker, contract) in &odd.contracts {
        let before = whole.contracts.get(ticker).and_then(|contract| contract.oi);
        assert!(contract.oi.is_none() || before.is_none() || contract.oi == before, "{ticker} {contract:?}");
        assert!(contract.gamma.is_none_or(|gamma| gamma >= 0.0), "{contract:?}");
        assert!(contract.delta.is_none_or(|delta| delta.abs() <= 1.01), "{contract:?}");
    }
    assert!(
        odd.contracts.values().all(|contract| contract.iv.is_none()),
        "no volatility but the vendor's is asked for"
    );
    assert_eq!(stage.count("chain", "partial").await, partial, "no contract was taken away");
    stage.exchange.heal().await;
    chains_are_whole(&stage).await;
    stage.recovers().await;
}

/// A link that leads in a circle, pages that are left out, and events of contracts that are gone meanwhile.
#[tokio::test]
async fn pages_in_a_circle_and_pages_that_are_missing() {
    let stage = listed(|config| config.limits.page_size = 10).await;
    let duplicates = stage.count("chain", "duplicates").await;
    counts(&stage, json!({"type": "rest_page_loop", "path": LISTS}), ("chain", "page_loop"), 2.0).await;
    assert!(stage.count("chain", "duplicates").await > duplicates);
    stage.event("chain_partial").await;
    chains_are_whole(&stage).await;

    let geometries = stage.count("chain", "geometries").await;
    stage.exchange.fault(json!({"type": "ws_late", "path": "/options", "args": {"ms": 1_500}})).await;
    let missing = json!({"type": "rest_page_missing", "path": LISTS, "rate": 0.15});
    counts(&stage, missing, ("ws", "options_geometry_miss"), 1.0).await;
    assert!(stage.count("chain", "geometries").await > geometries, "contracts went and came");
    chains_are_whole(&stage).await;
    ticking(&stage).await;
    stage.recovers().await;
}

/// In a regular session an empty chain is not believed for three cycles.
#[tokio::test]
async fn an_empty_chain() {
    let stage = listed(|_config| {}).await;
    let before = version(&stage, SPX).await;
    let since = stage.events().await.len();
    let gone = json!({"type": "rest_status", "path": LISTS, "ticker": LIST, "args": {"code": 404}});
    stage.exchange.fault(gone).await;
    let kept = || async {
        let events = stage.events().await;
        let partial = events.iter().skip(since).filter(|event| event.kind == "chain_partial");
        let of_spx = partial.filter(|event| event.symbol.as_deref() == Some(SPX));
        of_spx.map(|event| event.detail["kept_cycles"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    wait_for(PATIENCE, "three cycles", || async { kept().await.len() >= 3 }).await;
    assert_eq!(kept().await[..3], [1, 2, 3]);
    wait_for(PATIENCE, "an empty chain", || async {
        let events = stage.events().await;
        events
            .iter()
            .skip(since)
            .any(|event| event.kind == "geometry_changed" && event.detail["contracts"] == 0)
    })
    .await;
    stage.counted("chain", "empty", 1.0).await;
    stage.exchange.heal().await;
    chains_are_whole(&stage).await;
    wait("gone and back", || async { version(&stage, SPX).await > before + 1 }).await;
    ticking(&stage).await;
    stage.recovers().await;
}

/// Neither the Nasdaq's price nor the VIX comes: the one chain waits, the other goes on with what stands in for it.
#[tokio::test]
async fn no_spot_and_no_vix() {
    let fault = |fault: Value| serde_json::from_value(fault).unwrap();
    let gap = |ticker: &str| fault(json!({"type": "ws_gap", "path": "/indices", "ticker": ticker}));
    let stage = Stage::unready(two_chains, |sim| {
        small(sim);
        let lists =
            json!({"type": "rest_status", "path": "/v3/snapshot", "ticker": "any_of", "args": {"code": 500}});
        sim.faults = vec![gap(NDX), gap("I:VIX"), fault(lists)];
    })
    .await;
    let bus = &stage.rig.bus;
    wait_for(PATIENCE, "the chain of the S&P", || async { bus.get(&chain::CHAIN).await.unwrap().is_some() })
        .await;
    wait("the other is skipped", || async {
        stage.events().await.iter().any(|event| {
            event.kind == "feed_stale"
                && event.symbol.as_deref() == Some(NDX)
                && event.detail["chain"] == "skipped"
        })
    })
    .await;
    stage.counted("chain", "no_spot", 1.0).await;
    let chain = chain(&stage).await;
    assert!(chain.symbols.keys().eq([SPX]));
    let of = &chain.symbols[SPX];
    let today = &of.expirations[0];
    // Without the VIX: 3 % of the price, for one day.
    let lowest = of.atm - (0.03 * of.spot).floor();
    assert!(of.vix.is_none() && (today.strike_min - lowest).abs() < 10.0, "{lowest} {today:?}");
    wait_for(PATIENCE, "a heatmap of the S&P", || async {
        bus.get(&heatmap::latest(SPX)).await.unwrap().is_some()
    })
    .await;
    let whole = bus.get(&heatmap::latest(SPX)).await.unwrap().unwrap();
    assert_eq!((whole.vix, whole.skew_regime.as_str()), (None, "normal"));
    assert!(bus.get(&heatmap::latest(NDX)).await.unwrap().is_none());
    let vix = bus.get(&regime::VIX_REGIME).await.unwrap();
    assert!(vix.is_none_or(|vix| vix.vix.is_none() && vix.regime.is_none()));

    stage.exchange.heal().await;
    chains_are_whole(&stage).await;
    wait_for(PATIENCE, "the VIX and the Nasdaq's heatmap", || async {
        let vix = bus.get(&regime::VIX_REGIME).await.unwrap().and_then(|vix| vix.vix);
        vix.is_some() && bus.get(&heatmap::latest(NDX)).await.unwrap().is_some()
    })
    .await;
    stage.recovers().await;
}

/// A step back is held, a leap is followed: to another date with other contracts.
#[tokio::test]
async fn a_clock_that_goes_back_and_one_that_leaps() {
    let stage = listed(|config| config.limits.clock_poll = Duration::from_secs(1)).await;
    let bus = &stage.rig.bus;
    let now = || async { bus.get(&market::CLOCK).await.unwrap().unwrap().market_ts };
    let years = || async { chain(&stage).await.symbols[SPX].expirations[0].t_years };
    let begun = now().await;
    let (time, left) = (Cell::new(begun), Cell::new(years().await));
    stage.exchange.fault(json!({"type": "clock_jump", "args": {"s": -1.5}})).await;
    wait("three seconds of the market", || async {
        let (later, less) = (now().await, years().await);
        assert!(later >= time.replace(later), "the market's time went back");
        assert!(less <= left.replace(less), "the time to expiration grew");
        later.since(begun) > 3.0
    })
    .await;
    assert!(!stage.events().await.iter().any(|event| event.kind == "clock_jump"), "no jump");

    ticking(&stage).await;
    stage.exchange.fault(json!({"type": "clock_jump", "args": {"s": 3 * 86_400}})).await;
    stage.event("clock_jump").await;
    stage.event("trading_date").await;
    wait_for(PATIENCE, "Monday's chain", || async {
        let chain = chain(&stage).await;
        chain
            .symbols
            .values()
            .all(|of| of.expirations.first().is_some_and(|first| first.date == "2025-11-24"))
    })
    .await;
    stage.event("expiration_rolled").await;
    chains_are_whole(&stage).await;
    ticking(&stage).await;
    stage.recovers().await;
}
