//! REST fails while the index feed is down: the last price stays, the failure is counted, and REST comes back.

use crate::stage::Stage;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use testkit::wait;
use wire::{
    EpochSec,
    market::{self, Source},
};

/// Indices have no feed here, so that every price of theirs comes over REST.
async fn only_rest(edit: impl FnOnce(&mut massive::Config)) -> Stage {
    let silent = json!({"type": "ws_auth_fail", "path": "/indices"});
    let stage = Stage::unready(
        |config| {
            config.limits.auth_failed = Duration::from_secs(60);
            edit(config);
        },
        |sim| sim.faults = vec![serde_json::from_value(silent).unwrap()],
    )
    .await;
    rest_price(&stage, "I:SPX").await;
    stage
}

/// Waits for a REST price that was published after this call.
async fn rest_price(stage: &Stage, symbol: &str) {
    let since = EpochSec::from(SystemTime::now());
    wait(&format!("a new REST price of {symbol}"), || async {
        let spot = stage.rig.bus.get(&market::spot(symbol)).await.unwrap();
        spot.is_some_and(|spot| spot.source == Source::Rest && spot.ts > since)
    })
    .await;
}

/// Plays `fault` until `counter` has grown, then ends it and waits for prices.
async fn survives(stage: Stage, fault: Value, counter: &str) {
    let before = stage.count("spot", counter).await;
    stage.exchange.fault(fault).await;
    stage.counted("spot", counter, before + 3.0).await;
    assert!(stage.spot("I:SPX").await.is_some_and(|spot| spot.value > 0.0), "the last price stays");
    stage.exchange.heal().await;
    rest_price(&stage, "I:SPX").await;
    stage.program.stop().await.unwrap();
}

#[tokio::test]
async fn rest_slow() {
    let stage = only_rest(|_config| {}).await;
    survives(stage, json!({"type": "rest_slow", "path": "/v3/snapshot", "args": {"ms": 2_000}}), "timeouts")
        .await;
}

#[tokio::test]
async fn rest_slow_drip() {
    let stage = only_rest(|_config| {}).await;
    survives(
        stage,
        json!({"type": "rest_slow", "path": "/v3/snapshot", "args": {"ms": 1, "drip": 50}}),
        "timeouts",
    )
    .await;
}

#[tokio::test]
async fn rest_status() {
    let stage = only_rest(|_config| {}).await;
    for (code, html) in [(400, false), (408, false), (500, false), (502, true), (503, true), (504, false)] {
        let before = stage.count("spot", "rest_errors").await;
        stage
            .exchange
            .fault(
                json!({"type": "rest_status", "path": "/v3/snapshot", "args": {"code": code, "html": html}}),
            )
            .await;
        stage.counted("spot", "rest_errors", before + 2.0).await;
        stage.exchange.heal().await;
        stage.exchange.fault(json!({"type": "ws_auth_fail", "path": "/indices"})).await;
        rest_price(&stage, "I:SPX").await;
    }
    stage.program.stop().await.unwrap();
}

#[tokio::test]
async fn rest_status_401_and_403() {
    let stage = only_rest(|_config| {}).await;
    stage.exchange.fault(json!({"type": "rest_status", "path": "/v3/snapshot", "args": {"code": 401}})).await;
    assert_eq!(stage.event("auth_failed").await.severity, market::Severity::Error);
    wait("the refusal came over REST", || async {
        stage
            .events()
            .await
            .iter()
            .any(|event| event.kind == "auth_failed" && event.detail["interface"] == "rest")
    })
    .await;
    stage.exchange.heal().await;
    rest_price(&stage, "I:SPX").await;
    stage.exchange.fault(json!({"type": "rest_status", "path": "/v3/snapshot", "args": {"code": 403}})).await;
    stage.event("not_entitled").await;
    stage.exchange.heal().await;
    rest_price(&stage, "I:SPX").await;
    stage.program.stop().await.unwrap();
}

/// The common snapshot is gone for good: stocks are asked for one by one.
#[tokio::test]
async fn without_the_common_snapshot_stocks_are_asked_for_alone() {
    let gone = |path: &str, code: u16| {
        serde_json::from_value(json!({"type": "rest_status", "path": path, "args": {"code": code}})).unwrap()
    };
    let stage = Stage::unready(
        |_config| {},
        |sim| {
            sim.faults = vec![
                gone("/v3/snapshot", 404),
                serde_json::from_value(json!({"type": "ws_auth_fail", "path": "/stocks"})).unwrap(),
            ];
        },
    )
    .await;
    rest_price(&stage, "TSLA").await;
    assert!(stage.spot("TSLA").await.unwrap().prev_close.is_some());
    stage.program.stop().await.unwrap();
}

#[tokio::test]
async fn rest_429() {
    let stage = only_rest(|_config| {}).await;
    stage
        .exchange
        .fault(json!({"type": "rest_429", "path": "/v3/snapshot", "args": {"per_min": 1, "retry_after": 1}}))
        .await;
    let event = stage.event("rate_limited").await;
    assert_eq!(event.detail["wait_sec"], 1.0);
    stage.counted("spot", "rate_limited", 2.0).await;
    stage.exchange.heal().await;
    rest_price(&stage, "I:SPX").await;
    stage.program.stop().await.unwrap();
}

#[tokio::test]
async fn rest_200_error() {
    let stage = only_rest(|_config| {}).await;
    survives(stage, json!({"type": "rest_200_error", "path": "/v3/snapshot"}), "rest_errors").await;
}

#[tokio::test]
async fn rest_malformed() {
    let stage = only_rest(|_config| {}).await;
    for (kind, counter) in [
        ("truncated", "rest_errors"),
        ("html", "rest_errors"),
        ("empty", "rest_errors"),
        ("wrong_type", "field_errors"),
    ] {
        let before = stage.count("spot", counter).await + stage.count("spot", "rest_errors").await;
        stage
            .exchange
            .fault(json!({"type": "rest_malformed", "path": "/v3/snapshot", "args": {"kind": kind}}))
            .await;
        wait(&format!("{kind} is counted"), || async {
            stage.count("spot", counter).await + stage.count("spot", "rest_errors").await >= before + 2.0
        })
        .await;
        stage.exchange.heal().await;
        rest_price(&stage, "AAPL").await;
    }
    stage.program.stop().await.unwrap();
}

/// Unknown values and unknown fields take nothing away.
#[tokio::test]
async fn rest_malformed_without_harm() {
    let stage = Stage::new().await;
    for kind in ["null_fields", "extra_fields"] {
        stage
            .exchange
            .fault(json!({"type": "rest_malformed", "path": "/v3/snapshot", "args": {"kind": kind}}))
            .await;
        let before = stage.count("spot", "rest_calls").await;
        stage.counted("spot", "rest_calls", before + 5.0).await;
        stage.exchange.heal().await;
        let spot = stage.spot("AAPL").await.unwrap();
        assert!(spot.prev_close.is_some(), "{kind}");
    }
    stage.recovers().await;
}

#[tokio::test]
async fn rest_page_loop() {
    let stage = only_rest(|config| config.limits.page_size = 5).await;
    survives(stage, json!({"type": "rest_page_loop", "path": "/v3/snapshot"}), "page_loop").await;
}

/// What a dropped page would have brought keeps its last value.
#[tokio::test]
async fn rest_page_missing() {
    let stage = only_rest(|config| config.limits.page_size = 5).await;
    stage.counted("spot", "pages", 4.0).await;
    stage.exchange.fault(json!({"type": "rest_page_missing", "path": "/v3/snapshot"})).await;
    let before = stage.count("spot", "pages").await;
    stage.counted("spot", "pages", before + 6.0).await;
    for symbol in ["I:SPX", "SPY", "TSLA"] {
        assert!(stage.spot(symbol).await.is_some(), "{symbol}");
    }
    stage.exchange.heal().await;
    rest_price(&stage, "I:SPX").await;
    stage.program.stop().await.unwrap();
}
