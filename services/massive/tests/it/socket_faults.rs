use crate::stage::Stage;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::wait;
use wire::market;

/// The indices' connection is lost and comes back.
async fn reconnects(stage: &Stage, fault: Value, cause: &str) {
    let before = stage.count("ws", "indices_reconnects").await;
    stage.exchange.fault(fault).await;
    stage.counted("ws", "indices_reconnects", before + 1.0).await;
    let event = stage.event("feed_disconnected").await;
    assert_eq!(event.path.as_deref(), Some("/indices"));
    assert_eq!(event.detail["cause"], cause);
    stage.exchange.heal().await;
    let gap = stage.event("feed_gap").await;
    assert!(gap.detail["seconds"].as_f64().unwrap() >= 0.0);
    assert!(stage.exchange.connections("/indices").await <= 1, "never a second connection on a path");
}

/// The same with a stage of its own, to the end.
async fn reconnects_once(fault: Value, cause: &str) {
    let stage = Stage::new().await;
    reconnects(&stage, fault, cause).await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_drop() {
    reconnects_once(json!({"type": "ws_drop", "path": "/indices"}), "connection_lost").await;
}

#[tokio::test]
async fn ws_close() {
    let stage = Stage::with(|config| config.limits.network_cap = Duration::from_millis(100), |_sim| {}).await;
    for code in [1000, 1001, 1011, 1012, 1013] {
        let fault =
            json!({"type": "ws_close", "path": "/indices", "args": {"code": code, "reason": "maintenance"}});
        reconnects(&stage, fault, "closed").await;
        assert_eq!(stage.event("feed_disconnected").await.detail["code"], code);
        stage.fresh("I:SPX").await;
    }
    stage.recovers().await;
}

#[tokio::test]
async fn ws_close_1008_waits_longer() {
    let fault = json!({"type": "ws_close", "path": "/indices", "args": {"code": 1008, "reason": "policy"}});
    reconnects_once(fault, "policy_violation").await;
}

/// Auth and the first subscription succeed before the server changes its mind: the delay must grow all the same.
#[tokio::test]
async fn ws_policy() {
    let stage = Stage::with(|_config| {}, |_sim| {}).await;
    stage.exchange.fault(json!({"type": "ws_policy", "path": "/indices", "count": 2})).await;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    stage.counted("ws", "indices_reconnects", 3.0).await;
    let events = stage.events().await;
    let waits: Vec<f64> = events
        .iter()
        .filter(|event| event.kind == "policy_violation")
        .map(|event| event.detail["retry_sec"].as_f64().unwrap())
        .collect();
    assert_eq!(waits, [0.3, 0.6]);
    stage.recovers().await;
}

#[tokio::test]
async fn ws_auth_fail() {
    let stage = Stage::unready(
        |_config| {},
        |sim| {
            sim.faults = vec![
                serde_json::from_value(json!({"type": "ws_auth_fail", "path": "/indices", "count": 2}))
                    .unwrap(),
            ];
        },
    )
    .await;
    let event = stage.event("auth_failed").await;
    assert_eq!((event.severity, event.path.as_deref()), (market::Severity::Error, Some("/indices")));
    stage.counted("ws", "indices_reconnects", 2.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_auth_silent() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_auth_silent", "path": "/indices"})).await;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    wait("auth stays unanswered", || async {
        stage.events().await.iter().any(|event| event.detail["cause"] == "auth_unanswered")
    })
    .await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_connect_silent() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_connect_silent", "path": "/indices"})).await;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    wait("nobody greets", || async {
        stage.events().await.iter().any(|event| event.detail["cause"] == "greeting_timeout")
    })
    .await;
    stage.recovers().await;
}

/// An open connection without data is dead; meanwhile REST brings the prices.
#[tokio::test]
async fn ws_stall() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_stall", "path": "/indices", "for_s": 4})).await;
    let event = stage.event("feed_disconnected").await;
    assert!(["no_data", "no_pong"].contains(&event.detail["cause"].as_str().unwrap()), "{event:?}");
    stage.recovers().await;
}

#[tokio::test]
async fn ws_no_pong() {
    reconnects_once(json!({"type": "ws_no_pong", "path": "/indices"}), "no_pong").await;
}

/// Nothing comes although the link is alive: stale after its limit, recovered with the first value.
#[tokio::test]
async fn ws_gap() {
    let stage = Stage::with(
        |config| {
            config.limits.idle_indices = Duration::from_secs(60);
            config.limits.spot_healthy = Duration::from_secs(60);
            config.spot_interval_sec = 60.0;
        },
        |_sim| {},
    )
    .await;
    stage.exchange.fault(json!({"type": "ws_gap", "path": "/indices", "for_s": 3})).await;
    stage.event("feed_stale").await;
    wait("the snapshot says stale", || async {
        stage.rig.bus.fields(&market::snapshot("I:VIX")).await.unwrap().get("stale").is_some_and(|s| s == "1")
    })
    .await;
    stage.event("feed_recovered").await;
    assert_eq!(stage.count("ws", "indices_reconnects").await, 0.0);
    stage.recovers().await;
}

#[tokio::test]
async fn ws_dup() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_dup", "rate": 1})).await;
    stage.counted("ws", "indices_dup", 5.0).await;
    stage.counted("ws", "stocks_dup", 5.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_reorder_and_ws_late() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_late", "rate": 0.5, "args": {"ms": 600}})).await;
    stage.counted("ws", "indices_late", 3.0).await;
    stage.exchange.heal().await;
    stage.exchange.fault(json!({"type": "ws_reorder"})).await;
    stage.exchange.fault(json!({"type": "ws_burst", "path": "/indices", "ticker": "I:SPX", "for_s": 2, "args": {"eps": 500}})).await;
    let before = stage.count("ws", "indices_late").await;
    stage.counted("ws", "indices_late", before + 3.0).await;
    stage.recovers().await;
}

/// Every way to damage a frame, and what counts it. None of them costs the connection, except by its mass.
#[tokio::test]
async fn ws_malformed() {
    let stage = Stage::with(|config| config.limits.decode_errors = 10_000, |_sim| {}).await;
    for (kind, counter) in [
        ("truncated", "decode_errors"),
        ("nan", "bad_price"),
        ("missing_field", "missing_field"),
        ("unknown_ev", "unknown_ev"),
        ("deep", "decode_errors"),
        ("binary", "decode_errors"),
        ("bad_utf8", "decode_errors"),
        ("bad_ticker", "unknown_symbol"),
        ("foreign_ticker", "unknown_symbol"),
        ("time_seconds", "bad_time"),
        ("time_nanoseconds", "bad_time"),
        ("time_zero", "bad_time"),
    ] {
        let field = format!("indices_{counter}");
        let before = stage.count("ws", &field).await;
        let fault = json!({"type": "ws_malformed", "path": "/indices", "rate": 0.5, "args": {"kind": kind}});
        stage.exchange.fault(fault).await;
        wait(&format!("{kind} is counted as {counter}"), || async {
            stage.count("ws", &field).await > before
        })
        .await;
        stage.exchange.heal().await;
        stage.fresh("I:SPX").await;
    }
    for kind in ["not_array", "string_number"] {
        stage
            .exchange
            .fault(json!({"type": "ws_malformed", "path": "/indices", "args": {"kind": kind}}))
            .await;
        // The first of a frame, which is all that is left of one that is no array.
        stage.fresh("I:NDX").await;
        stage.fresh("I:NDX").await;
        stage.exchange.heal().await;
    }
    assert_eq!(stage.count("ws", "indices_reconnects").await, 0.0, "the connection was kept");
    stage.recovers().await;
}

#[tokio::test]
async fn ws_malformed_without_end_is_a_new_connection() {
    let fault = json!({"type": "ws_malformed", "path": "/indices", "args": {"kind": "truncated"}});
    let stage = Stage::with(|config| config.limits.decode_errors = 3, |_sim| {}).await;
    reconnects(&stage, fault, "unreadable_frames").await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_malformed_huge() {
    let fault = json!({"type": "ws_malformed", "path": "/indices", "count": 1,
        "args": {"kind": "huge", "bytes": 17_000_000}});
    reconnects_once(fault, "frame_too_big").await;
}

/// More than the market can take at once waits or is counted, and the newest price gets through.
#[tokio::test]
async fn ws_burst() {
    let stage = Stage::with(|config| config.limits.queue = 2_000, |_sim| {}).await;
    let burst = json!({"type": "ws_burst", "path": "/indices", "for_s": 2, "args": {"eps": 20_000}});
    stage.exchange.fault(burst).await;
    stage.counted("ws", "indices_events", 20_000.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn ws_unconfirmed() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "ws_unconfirmed", "path": "/indices"})).await;
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    let event = stage.event("subscribe_unconfirmed").await;
    assert_eq!(event.detail["count"], 5);
    stage.counted("ws", "indices_unconfirmed", 5.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn spot_spike() {
    let stage = Stage::new().await;
    stage.exchange.fault(json!({"type": "spot_spike", "ticker": "I:SPX", "args": {"x": 1.5}})).await;
    let event = stage.event("spot_jump_held").await;
    assert_eq!(event.symbol.as_deref(), Some("I:SPX"));
    stage.fresh("I:SPX").await;
    let spot = stage.spot("I:SPX").await.unwrap();
    assert!(spot.high.unwrap() < event.detail["value"].as_f64().unwrap(), "the spike is not in the range");
    stage.counted("spot", "jumps_held", 1.0).await;
    stage.recovers().await;
}

/// Forward and back: prices go on with the market's new time.
#[tokio::test]
async fn clock_jump() {
    for seconds in [1_800, -1_800] {
        let stage =
            Stage::with(|_config| {}, |sim| sim.start = chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap())
                .await;
        let before = stage.spot("I:SPX").await.unwrap().market_ts;
        stage.exchange.fault(json!({"type": "clock_jump", "args": {"s": seconds}})).await;
        let event = stage.event("clock_jump").await;
        assert!((event.detail["seconds"].as_f64().unwrap() - f64::from(seconds)).abs() < 5.0, "{event:?}");
        stage.fresh("I:SPX").await;
        let after = stage.spot("I:SPX").await.unwrap().market_ts;
        assert!((after.since(before) - f64::from(seconds)).abs() < 30.0, "{before:?} {after:?}");
        stage.recovers().await;
    }
}
