//! Chains end to end: lists and frames of the exchange in, geometry, ticks and counters out.

use crate::stage::Stage;
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use testkit::{message, wait};
use wire::{chain, market};

const SPX: &str = "I:SPX";
const LISTS: &str = "/v3/snapshot/options/";

/// A stage with a chain, whose cycles are short.
async fn listed() -> Stage {
    let stage = Stage::with(|config| config.chains.interval_sec = 0.3, |_exchange| {}).await;
    stage.counted("chain", "listed", 1.0).await;
    stage
}

async fn delta(stage: &Stage) -> Option<chain::Delta> {
    stage.rig.bus.get(&chain::DELTA).await.unwrap()
}

async fn option_ticks(stage: &Stage) -> usize {
    stage.rig.bus.entries(&market::option_ticks("SPX"), "0", 200_000).await.unwrap().len()
}

/// The subscriptions of the options connection, as the exchange sees them.
async fn subscribed(stage: &Stage) -> Vec<Value> {
    let state = stage.exchange.call("GET", "/sim/state", &json!({})).await;
    let connections = state["connections"].as_array().cloned().unwrap_or_default();
    connections.into_iter().filter(|connection| connection["path"] == "/options").collect()
}

#[tokio::test]
async fn a_chain_is_listed_subscribed_and_ticks() {
    let stage = listed().await;
    let first = delta(&stage).await.unwrap();
    assert_eq!((first.symbol.as_str(), first.geometry_version), (SPX, 1));
    assert!(first.epoch.starts_with("I:SPX:") && first.exited.is_empty());
    assert!(
        first.entered.iter().all(|ticker| ticker.starts_with("O:SPXW251121") || ticker.starts_with("O:SPX"))
    );
    let event = stage.event("geometry_changed").await;
    assert_eq!((event.symbol.as_deref(), &event.detail["epoch"]), (Some(SPX), &json!(first.epoch)));
    assert_eq!(event.detail["contracts"], first.entered.len());

    wait("ticks of options", || async { option_ticks(&stage).await > 50 }).await;
    let ticks = stage.rig.bus.entries(&market::option_ticks("SPX"), "0", 1_000).await.unwrap();
    let (_, quote) = ticks.iter().find(|(_, fields)| fields["ev"] == "Q").unwrap();
    assert!(first.entered.contains(&quote["sym"]));
    for field in ["b", "a", "t", "q"] {
        assert!(quote[field].parse::<f64>().is_ok(), "{field}: {quote:?}");
    }
    for counter in ["cycles", "pages", "contracts", "subscribed", "walks"] {
        stage.counted("chain", counter, 1.0).await;
    }
    assert_eq!(stage.count("ws", "options_geometry_miss").await, 0.0);
    assert_eq!(subscribed(&stage).await.len(), 1, "one connection");
    stage.recovers().await;
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_stays_for_three_cycles_and_comes_back() {
    let stage = listed().await;
    let before = delta(&stage).await.unwrap();
    let fault = json!({"type": "rest_status", "path": LISTS, "args": {"code": 500}});
    stage.exchange.fault(fault).await;
    let event = stage.event("chain_partial").await;
    assert_eq!(event.symbol.as_deref(), Some(SPX));
    assert_eq!(delta(&stage).await.unwrap().geometry_version, before.geometry_version);
    stage.counted("chain", "errors", 1.0).await;
    stage.exchange.heal().await;
    let cycles = stage.count("chain", "cycles").await;
    stage.counted("chain", "cycles", cycles + 3.0).await;
    assert!(stage.count("chain", "listed").await > 0.0);
    stage.recovers().await;
}

#[tokio::test]
async fn a_loop_of_pages_ends() {
    let stage = Stage::with(
        |config| {
            config.chains.interval_sec = 0.3;
            config.limits.page_size = 10;
        },
        |_exchange| {},
    )
    .await;
    stage.counted("chain", "pages", 4.0).await;
    stage.exchange.fault(json!({"type": "rest_page_loop", "path": LISTS})).await;
    stage.counted("chain", "page_loop", 1.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn what_is_missing_of_a_contract_is_unknown() {
    let stage = listed().await;
    stage
        .exchange
        .fault(json!({"type": "rest_malformed", "path": LISTS, "args": {"kind": "null_fields"}}))
        .await;
    let cycles = stage.count("chain", "cycles").await;
    stage.counted("chain", "cycles", cycles + 2.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_list_that_is_refused_is_not_asked_for_again_for_a_while() {
    let stage = listed().await;
    let fault = json!({"type": "rest_status", "path": LISTS, "args": {"code": 403}});
    stage.exchange.fault(fault).await;
    let event = stage.event("not_entitled").await;
    assert_eq!(event.symbol.as_deref(), Some(SPX));
    stage.exchange.heal().await;
    let pages = stage.count("chain", "pages").await;
    stage.counted("chain", "pages", pages + 1.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_silent_feed_fetches_the_chain_at_once() {
    let stage = Stage::with(
        |config| {
            config.chains.interval_sec = 3_600.0;
            config.limits.dormant_after = Duration::from_millis(300);
            config.limits.idle_options = Duration::from_secs(30);
        },
        |_exchange| {},
    )
    .await;
    wait("ticks of options", || async { option_ticks(&stage).await > 0 }).await;
    let cycles = stage.count("chain", "cycles").await;
    stage.exchange.fault(json!({"type": "ws_stall", "path": "/options", "for_s": 5})).await;
    stage.counted("ws", "options_ws_dormant", 1.0).await;
    stage.counted("chain", "cycles", cycles + 1.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_new_geometry_is_told_on_its_channel() {
    // Prices of indices come over REST here.
    let silent = json!({"type": "ws_auth_fail", "path": "/indices"});
    let stage = Stage::unready(
        |config| config.chains.interval_sec = 0.3,
        |sim| sim.faults = vec![serde_json::from_value(silent).unwrap()],
    )
    .await;
    stage.counted("chain", "listed", 1.0).await;
    let mut updates = pin!(stage.rig.bus.subscribe(chain::GEOMETRY_UPDATED).await);
    // A larger expected move reaches further strikes.
    stage.exchange.call("POST", "/sim/vol", &json!({"vix": 90})).await;
    wait("another geometry", || async {
        delta(&stage).await.is_some_and(|delta| delta.geometry_version >= 2)
    })
    .await;
    let update = message(&mut updates).await;
    assert_eq!((update.symbol.as_str(), update.geometry_version), (SPX, 2));
    assert!(delta(&stage).await.is_some_and(|delta| !delta.entered.is_empty()));
    stage.recovers().await;
}

#[tokio::test]
async fn options_are_subscribed_anew_after_a_drop() {
    let stage = listed().await;
    wait("ticks of options", || async { option_ticks(&stage).await > 0 }).await;
    let cycles = stage.count("chain", "cycles").await;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/options"})).await;
    stage.counted("ws", "options_reconnects", 1.0).await;
    let before = option_ticks(&stage).await;
    wait("new ticks of options", || async { option_ticks(&stage).await > before }).await;
    stage.counted("chain", "cycles", cycles + 1.0).await;
    stage.recovers().await;
}
