use crate::rig::{Exchange, frozen};
use exchange_sim::Config;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

const NOW: &str = "/v1/marketstatus/now";

#[tokio::test]
async fn a_status_is_made_as_asked_and_lifted_again() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(
        json!({"type": "rest_status", "path": "/v1", "args": {"code": 503, "html": true, "retry_after": 7}}),
    )
    .await;
    let refused = sim.response(NOW).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    assert!(refused.text().await.unwrap().starts_with("<html>"));
    assert_eq!(sim.get("/v3/snapshot").await.0, 200, "another path");
    sim.lift().await;
    assert_eq!(sim.get(NOW).await.0, 200);

    sim.fault(json!({"type": "rest_status", "ticker": "I:NDX", "count": 1, "args": {"code": 403}})).await;
    assert_eq!(sim.get("/v3/snapshot?ticker.any_of=I:SPX").await.0, 200);
    let (status, body) = sim.get("/v3/snapshot?ticker.any_of=I%3ANDX").await;
    assert_eq!((status, &body["status"]), (403, &json!("NOT_AUTHORIZED")));
    assert_eq!(sim.get("/v3/snapshot?ticker.any_of=I:NDX").await.0, 200, "once only");
    sim.stop().await;
}

#[tokio::test]
async fn too_many_requests_are_refused_after_the_allowed_ones() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "rest_429", "args": {"per_min": 2, "retry_after": 3}})).await;
    assert_eq!((sim.get(NOW).await.0, sim.get(NOW).await.0), (200, 200));
    let refused = sim.response(NOW).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "3"));
    sim.stop().await;
}

#[tokio::test]
async fn an_error_may_come_with_200() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "rest_200_error", "count": 1})).await;
    let mut body = sim.ok(NOW).await;
    let mut recorded: Value = serde_json::from_str(include_str!("../fixtures/200_but_error.json")).unwrap();
    let (ours, theirs) = (body["request_id"].take(), recorded["body"]["request_id"].take());
    assert_eq!(body, recorded["body"]);
    assert_eq!(ours.as_str().map(str::len), theirs.as_str().map(str::len));
    assert_eq!(sim.ok(NOW).await["market"], "open");
    sim.stop().await;
}

#[tokio::test]
async fn answers_are_slow_to_begin_and_slow_to_end() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "rest_slow", "count": 1, "args": {"ms": 300}})).await;
    let begun = Instant::now();
    sim.ok(NOW).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    sim.fault(json!({"type": "rest_slow", "count": 1, "args": {"drip": 400}})).await;
    let begun = Instant::now();
    let answer = sim.response(NOW).await;
    let head = begun.elapsed();
    answer.bytes().await.unwrap();
    assert!(begun.elapsed() - head >= Duration::from_millis(200), "about 190 zipped bytes at 400 a second");
    sim.stop().await;
}

#[tokio::test]
async fn bodies_are_damaged_as_asked() {
    let sim = Exchange::start(frozen()).await;
    for kind in ["truncated", "html", "empty"] {
        sim.fault(json!({"type": "rest_malformed", "count": 1, "args": {"kind": kind}})).await;
        let body = sim.response(NOW).await.text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&body).is_err(), "{kind}: {body}");
    }
    let snapshot = "/v3/snapshot?ticker.any_of=I:SPX";
    for (kind, pointer, check) in [
        ("wrong_type", "/results/0/value", Value::is_string as fn(&Value) -> bool),
        ("null_fields", "/results/0/value", Value::is_null),
        ("extra_fields", "/results/0/x_unheard_of", Value::is_object),
    ] {
        sim.fault(json!({"type": "rest_malformed", "count": 1, "args": {"kind": kind}})).await;
        let body = sim.ok(snapshot).await;
        assert!(check(body.pointer(pointer).unwrap()), "{kind}: {body}");
    }
    assert!(sim.ok(snapshot).await["results"][0]["value"].is_f64());
    sim.stop().await;
}

#[tokio::test]
async fn pages_loop_or_lose_one_in_the_middle() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "rest_page_loop"})).await;
    let mut links = HashSet::new();
    let mut path = "/v3/snapshot?limit=5".to_owned();
    while links.insert(path.clone()) {
        path = sim.ok(&path).await["next_url"].as_str().unwrap().to_owned();
        assert!(links.len() < 10, "no link came twice");
    }
    sim.lift().await;

    let paths = [
        ("/v3/snapshot?limit=5", 12),
        ("/v2/aggs/ticker/SPY/range/1/minute/2025-11-20/2025-11-20?limit=300", 660),
    ];
    for (path, left) in paths {
        sim.fault(json!({"type": "rest_page_missing", "count": 1})).await;
        assert_eq!(sim.pages(path).await.len(), left, "{path}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn the_clock_jumps() {
    let sim = Exchange::start(frozen()).await;
    let before = sim.ok("/sim/clock").await["sim_ms"].as_i64().unwrap();
    sim.fault(json!({"type": "clock_jump", "args": {"s": -90}})).await;
    assert_eq!(sim.ok("/sim/clock").await["sim_ms"].as_i64(), Some(before - 90_000));
    sim.stop().await;
}

#[tokio::test]
async fn faults_that_make_no_sense_are_refused_and_those_at_the_start_are_set() {
    let fault = serde_json::from_value(json!({"type": "rest_status", "args": {"code": 500}})).unwrap();
    let sim = Exchange::start(Config { faults: vec![fault], ..frozen() }).await;
    assert_eq!(sim.get(NOW).await.0, 500);
    assert_eq!(sim.ok("/sim/state").await["faults"][0]["type"], "rest_status");
    assert_eq!(sim.post_status("/sim/faults", json!({"type": "ws_burst", "args": {"eps": 0}})).await, 400);
    assert_eq!(sim.post_status("/sim/faults", json!({"type": "unheard_of"})).await, 400);
    sim.stop().await;
}
