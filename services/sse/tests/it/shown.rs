//! Snapshots by REST that are no stream's alone, and streams of one topic.

use crate::{
    client::{Events, get, request},
    people::closed,
    setup::{Gateway, TEN, spot_of},
};
use serde_json::{Value, json};
use testkit::{Rig, free_port, wait};
use wire::{
    BusId::{self, Market},
    Channel, EpochSec, Key,
    access::{TIER_GATES, TIER_GATES_UPDATED},
    chain::{CHAIN, GEOMETRY_UPDATED},
    selector,
};

async fn set<T>(gateway: &Gateway, key: Key<T>, value: &Value) {
    gateway.rig.bus.set(&Key::<Value>::of(Market, key.name.into_owned()), value).await.unwrap();
}

fn chain(ts: u64, strikes: &[f64]) -> Value {
    let contracts: serde_json::Map<_, _> = strikes
        .iter()
        .flat_map(|k| ["C", "P"].map(|cp| (format!("O:{cp}{k}"), json!({"u": "I:SPX", "k": k, "cp": cp}))))
        .collect();
    json!({"version": ts, "ts": ts, "market_ts": ts, "symbols": {}, "contracts": contracts})
}

#[tokio::test]
async fn strikes_come_from_the_chain_and_follow_its_geometry() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::Market).await;
    let document = rig.document("sse");
    let gateway = Gateway::start_on(bus, rig, free_port(), document, |_| ()).await;
    let path = "/api/options/strikes/SPX";
    let missing = get(gateway.port, path).await;
    assert_eq!((missing.status, missing.json()["error"].as_str().unwrap()), (404, "no_data"));
    set(&gateway, CHAIN, &chain(10, &[6010.0, 10_000.0, 6000.0, 6002.5])).await;
    wait("the chain is read", || async { get(gateway.port, path).await.status == 200 }).await;
    let answer = get(gateway.port, "/api/options/strikes/i%3Aspx").await;
    let expected = json!({"symbol": "I:SPX", "strikes": [6000.0, 6002.5, 6010.0, 10_000.0], "ts": 10});
    assert_eq!(answer.json()["data"], expected);
    let tag = answer.header("etag").to_owned();
    let known = request(gateway.port, "GET", path, &[("If-None-Match", &tag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(get(gateway.port, "/api/options/strikes/NDX").await.json()["error"], "no_data");
    assert_eq!(get(gateway.port, "/api/options/strikes/%FF").await.json()["error"], "bad_request");
    set(&gateway, CHAIN, &chain(20, &[6500.0])).await;
    let told: Channel<Value> = Channel::of(Market, GEOMETRY_UPDATED.name.to_string());
    gateway.rig.bus.publish(&told, &json!({"symbol": "I:SPX"})).await.unwrap();
    wait("the new chain is read", || async {
        get(gateway.port, path).await.json()["data"]["strikes"] == json!([6500.0])
    })
    .await;
    link.cut().await;
    wait("the bus is lost", || async {
        get(gateway.port, "/api/health").await.json()["status"] == "degraded"
    })
    .await;
    assert_eq!(get(gateway.port, path).await.json()["data"]["ts"], 20, "from memory");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_worth_a_look_has_a_state_a_stream_and_a_route() {
    let gateway = Gateway::start(|config| config.poll_interval_ms = 20).await;
    let path = "/api/models/trade_selector/SPX";
    assert_eq!(get(gateway.port, path).await.json()["error"], "no_data");
    let selection = json!({"ts": 10, "market_ts": 10, "symbol": "I:SPX", "recommendations": [{"rank": 1}]});
    set(&gateway, selector::latest("I:SPX"), &selection).await;
    set(&gateway, selector::latest("I:NDX"), &json!({"symbol": "I:NDX"})).await;
    wait("it is read", || async { get(gateway.port, path).await.status == 200 }).await;
    assert_eq!(get(gateway.port, path).await.json()["data"], selection);
    let frames = Events::open(gateway.port, "/sse/trade_selector/spx").await.snapshot().await;
    assert_eq!((frames.len(), frames[0].event.as_str(), &frames[0].data), (2, "trade_selector", &selection));
    assert_eq!(frames[1].data["channel"], "trade_selector");
    let other = Events::open(gateway.port, "/sse/trade_selector/I%3ANDX").await.snapshot().await;
    assert_eq!(other.len(), 1, "malformed");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_of_one_topic_carries_one_symbol() {
    let gateway = Gateway::start(|_| ()).await;
    for symbol in ["I:SPX", "SPY"] {
        gateway.spot(symbol, 100.0).await;
        gateway.trail(symbol, &[(4000.0, 100.0)]).await;
    }
    wait("both have bars", || async {
        let frames = Events::open(gateway.port, "/sse/market?topics=candles").await.snapshot().await;
        frames.len() == 3
    })
    .await;
    for path in ["/sse/candles/SPX", "/sse/candles/i%3aspx", "/sse/candles/spx?symbols=SPY&topics=candles"] {
        let frames = Events::open(gateway.port, path).await.snapshot().await;
        let symbols: Vec<_> = frames.iter().map(|frame| frame.data["symbol"].clone()).collect();
        assert_eq!(symbols, [json!("I:SPX"), Value::Null], "{path}");
    }
    assert_eq!(
        Events::open(gateway.port, "/sse/gex/XYZ").await.snapshot().await.len(),
        1,
        "unknown is empty"
    );
    let counts = get(gateway.port, "/api/health").await.json()["clients"].clone();
    assert_eq!(counts["market"], 0, "a stream of its own counts as one: {counts}");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_is_asked_for_by_get_and_accepted_as_one() {
    let gateway = Gateway::start(|_| ()).await;
    for path in ["/sse/nothing", "/sse/gex", "/sse/spot/SPY", "/sse/gex/a/b", "/sse/"] {
        let missing = get(gateway.port, path).await;
        assert_eq!((missing.status, missing.json()["error"].as_str().unwrap()), (404, "not_found"), "{path}");
    }
    for path in ["/sse/intel", "/sse/heatmap/SPX"] {
        let refused = request(gateway.port, "POST", path, &[("Content-Length", "0")]).await;
        assert_eq!((refused.status, refused.header("allow")), (405, "GET"), "{path}");
        let refused = request(gateway.port, "GET", path, &[("Accept", "application/json")]).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (406, "not_acceptable"),
            "{path}"
        );
        let refused = get(gateway.port, &format!("{path}?max_hz=fast")).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (400, "bad_request"),
            "{path}"
        );
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn who_may_not_see_heatmaps_gets_none() {
    let gateway = Gateway::start(closed).await;
    let gates = json!({
        "mode": "tier_gated", "updated_at": "2027-02-03T10:15:00Z", "allowed_tiers": {}, "defaults": {},
        "tiers": {"observer": {"heatmap_access": false}},
    });
    gateway.rig.bus.set(&TIER_GATES, &gates).await.unwrap();
    let told: Channel<Value> = Channel::of(BusId::System, TIER_GATES_UPDATED.name.to_string());
    gateway.rig.bus.publish(&told, &json!({"updated_at": "2027-02-03T10:15:00Z"})).await.unwrap();
    let heatmap = json!({
        "ts": 10, "market_ts": 10, "symbol": "I:SPX", "version": 7, "dtes_available": [], "tiles": {},
    });
    set(&gateway, wire::heatmap::latest("I:SPX"), &heatmap).await;
    let raw: Channel<Value> = Channel::of(Market, wire::heatmap::diffs("I:SPX").name.into_owned());
    gateway
        .rig
        .bus
        .publish(
            &raw,
            &json!({
                "symbol": "I:SPX", "version": 7, "prev_version": 6, "changed": {}, "dtes_available": [],
            }),
        )
        .await
        .unwrap();
    let heatmaps = async |uid, role| {
        let token = crate::people::session(uid, role);
        let frames =
            Events::open_as(gateway.port, "/sse/all?topics=heatmap", &token, None).await.snapshot().await;
        frames.len() - 1
    };
    wait("the heatmap is there", || async { heatmaps(57, "navigator").await == 1 }).await;
    wait("the gates are in force", || async { heatmaps(58, "subscriber").await == 0 }).await;
    assert_eq!(heatmaps(57, "navigator").await, 1);
    gateway.program.stop().await.unwrap();
}

/// Where massive knows no previous close, the trail does.
#[tokio::test]
async fn a_previous_close_is_filled_in_from_the_trail() {
    let gateway = Gateway::start(|_| ()).await;
    // Thursday 2025-11-20 16:10 in New York; the spot is of the next day.
    let close = 1_763_673_000.0 - TEN;
    gateway.trail("SPY", &[(close, 650.0), (close + 600.0, 651.0)]).await;
    let spot = async |prev_close| {
        let mut spot = spot_of("SPY", 660.4);
        spot.prev_close = prev_close;
        spot.ts = EpochSec::from(std::time::SystemTime::now());
        crate::setup::publish(&gateway.rig.bus, &spot).await;
        get(gateway.port, "/api/models/spot").await.json()["data"]["SPY"].clone()
    };
    wait("it is filled in", || async { spot(None).await["prev_close"] == 650.0 }).await;
    let filled = spot(None).await;
    assert_eq!((&filled["change"], &filled["change_pct"]), (&json!(10.4), &json!(1.6)));
    wait("the producer's own goes first", || async { spot(Some(1.0)).await["prev_close"] == 1.0 }).await;
    let candles = get(gateway.port, "/api/models/candles/SPY").await;
    let tag = candles.header("etag").to_owned();
    let known = request(gateway.port, "GET", "/api/models/candles/SPY", &[("If-None-Match", &tag)]).await;
    assert_eq!(known.status, 304, "bars that did not change are known");
    gateway.program.stop().await.unwrap();
}
