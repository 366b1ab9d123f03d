//! Models as massive publishes them, on streams and as snapshots.

use crate::{
    client::{Events, get},
    setup::Gateway,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::wait;
use wire::{
    BusId, gex, gravity,
    heatmap::{diffs, latest},
    regime,
};

fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn side(debit: f64) -> Value {
    json!({"debit": debit, "max_profit": 20.0 - debit, "max_loss": debit, "market_debit": null, "change_pct": 0.0})
}

fn tile(strike: f64, debit: f64) -> Value {
    json!({
        "symbol": "I:SPX", "strategy": "butterfly", "dte": 0, "expiration": "2025-11-21", "strike": strike,
        "width": 20.0, "call": side(debit),
    })
}

fn heatmap(version: u64) -> Value {
    json!({
        "ts": 10, "market_ts": 10, "symbol": "I:SPX", "version": version, "epoch": "e1", "spot": 6600.5, "vix": 17.0,
        "skew_regime": "normal", "dtes_available": [0], "expirations": {"0": "2025-11-21"},
        "dte_tile_counts": {"0": 1}, "atm_iv": {"0": 0.15}, "widths": [20.0],
        "tiles": {"butterfly:0:20:6600": tile(6600.0, 3.5)},
    })
}

fn diff(version: u64, prev_version: u64, strike: f64, debit: f64) -> Value {
    json!({
        "ts": 11, "market_ts": 11, "symbol": "I:SPX", "version": version, "prev_version": prev_version, "epoch": "e1",
        "changed": {format!("butterfly:0:20:{strike}"): tile(strike, debit)}, "removed": [], "dtes_available": [0],
        "atm_iv": {"0": 0.16}, "spot": 6601.5,
    })
}

async fn shown(gateway: &Gateway, path: &str) -> Option<Value> {
    let answer = get(gateway.port, path).await;
    (answer.status == 200).then(|| answer.json()["data"].clone())
}

async fn publish_gex(gateway: &Gateway, ts: u64) {
    let bus = &gateway.rig.bus;
    let side = |value: f64| {
        json!({
            "ts": ts, "market_ts": ts, "symbol": "I:SPX", "unit": "shares", "spot": 6600.5,
            "expirations": {"2025-11-21": {"6600": value, "10000": 1.0}},
        })
    };
    bus.set(&gex::calls("I:SPX"), &of(side(200.5))).await.unwrap();
    bus.set(&gex::puts("I:SPX"), &of(side(100.5))).await.unwrap();
    let summary = json!({
        "spot": 6600.5, "unit": "shares", "total_call": 201.5, "total_put": 101.5, "total_net": 100.0,
        "net_usd_per_pct": 1.0, "call_wall": 6600.0, "put_wall": 6600.0, "max_net_strike": 6600.0,
        "min_net_strike": 10000.0, "zero_gamma": null, "zero_gamma_roots": [],
        "strike_flip": {"above": null, "below": null, "nearest": null}, "regime": "positive",
        "contracts_used": 4, "contracts_skipped": 0, "by_expiration": [], "top": [[6600.0, 200.5, 100.5, 100.0]],
    });
    let all = json!({"ts": ts, "market_ts": ts, "symbols": {"I:SPX": summary}});
    bus.set(&gex::GEX, &of(all)).await.unwrap();
}

#[tokio::test]
async fn a_heatmap_is_shown_whole_and_then_by_what_changes() {
    let gateway = Gateway::start(|config| config.poll_interval_ms = 20).await;
    let bus = &gateway.rig.bus;
    assert_eq!(get(gateway.port, "/api/models/heatmap/SPX").await.json()["error"], "no_data");
    bus.set(&latest("I:SPX"), &of(heatmap(7))).await.unwrap();
    publish_gex(&gateway, 10).await;
    wait("the heatmap is read", || async { shown(&gateway, "/api/models/heatmap/SPX").await.is_some() })
        .await;
    let mut page = Events::open(gateway.port, "/sse/market?topics=heatmap&max_hz=20").await;
    let snapshot = page.snapshot().await;
    assert_eq!(
        snapshot.iter().map(|frame| frame.event.as_str()).collect::<Vec<_>>(),
        ["heatmap", "connected"]
    );
    assert_eq!(snapshot[0].data, heatmap(7));

    bus.publish(&diffs("I:SPX"), &of(diff(9, 7, 6605.0, 4.5))).await.unwrap();
    let change = page.next_of("heatmap_diff").await;
    assert_eq!((&change.data["prev_version"], &change.data["version"]), (&json!(7), &json!(9)));
    let now = shown(&gateway, "/api/models/heatmap/I%3ASPX").await.unwrap();
    assert_eq!(
        (&now["version"], &now["spot"], &now["dte_tile_counts"]),
        (&json!(9), &json!(6601.5), &json!({"0": 2}))
    );
    assert_eq!(now["tiles"]["butterfly:0:20:6605"]["call"]["debit"], 4.5);
    let fresh = Events::open(gateway.port, "/sse/market?topics=heatmap").await.snapshot().await;
    assert_eq!(fresh[0].data, now, "who comes later gets it whole");

    // A difference that was missed: the whole is read again, and readers get the whole.
    bus.set(&latest("I:SPX"), &of(heatmap(20))).await.unwrap();
    bus.publish(&diffs("I:SPX"), &of(diff(20, 15, 6610.0, 1.0))).await.unwrap();
    assert_eq!(page.next_of("heatmap").await.data, heatmap(20));
    // What is old changes nothing; what is no difference neither.
    bus.publish(&diffs("I:SPX"), &of(diff(19, 18, 6610.0, 1.0))).await.unwrap();
    bus.publish(
        &wire::Channel::<Value>::of(BusId::Market, diffs("I:SPX").name.into_owned()),
        &json!({"version": 1}),
    )
    .await
    .unwrap();
    bus.publish(&diffs("I:SPX"), &of(diff(21, 20, 6615.0, 2.0))).await.unwrap();
    assert_eq!(page.next_of("heatmap_diff").await.data["version"], json!(21));

    let tiles = |path: &'static str| async {
        shown(&gateway, path).await.unwrap()["tiles"].as_object().unwrap().len()
    };
    assert_eq!(tiles("/api/models/heatmap/SPX?strategy=butterfly&dte=0").await, 2);
    assert_eq!(tiles("/api/models/heatmap/SPX?strategy=single").await, 0);
    assert_eq!(get(gateway.port, "/api/models/heatmap/SPX?strategy=condor").await.status, 400);
    assert_eq!(get(gateway.port, "/api/models/heatmap/SPX?dte=soon").await.status, 400);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn gamma_comes_with_its_strikes_whenever_it_is_new() {
    let gateway = Gateway::start(|config| config.poll_interval_ms = 20).await;
    assert_eq!(get(gateway.port, "/api/models/gex/SPX").await.json()["error"], "no_data");
    publish_gex(&gateway, 10).await;
    wait("gamma is read", || async { shown(&gateway, "/api/models/gex/SPX").await.is_some() }).await;
    let mut page = Events::open(gateway.port, "/sse/all?topics=gex,gex_summary").await;
    let snapshot = page.snapshot().await;
    assert_eq!(
        snapshot.iter().map(|frame| frame.event.as_str()).collect::<Vec<_>>(),
        ["gex", "gex_summary", "connected"]
    );
    let gex = &snapshot[0].data;
    assert_eq!(gex["symbol"], "I:SPX");
    assert_eq!(gex["calls"]["expirations"]["2025-11-21"]["6600"], 200.5);
    assert_eq!(gex["puts"]["expirations"]["2025-11-21"]["6600"], 100.5);
    assert_eq!(snapshot[1].data["symbols"]["I:SPX"]["total_net"], 100.0);
    assert_eq!(shown(&gateway, "/api/models/gex/spx").await.unwrap(), *gex);
    publish_gex(&gateway, 15).await;
    assert_eq!(page.next_of("gex").await.data["calls"]["ts"], 15);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn scores_are_passed_on_as_they_are() {
    let gateway = Gateway::start(|config| config.poll_interval_ms = 20).await;
    let mode = json!({
        "ts": 10, "ts_iso": "2025-11-21T15:00:00.000Z", "market_ts": 10, "symbol": "I:SPX", "score": 41.3,
        "mode": "transition", "components": {"flip": 48.6, "gex": 42.4, "lfi": 28.2, "concentration": 42.4},
    });
    let vix = json!({
        "ts": 10, "market_ts": 10, "vix": 17.0, "regime": "goldilocks_1", "market_state": "goldilocks_i",
        "skew_regime": "normal", "expected_move": {"I:SPX": {"dte0": 70.5, "dte1": 70.5}}, "stale": false,
    });
    let bias = json!({
        "ts": 10, "ts_iso": "2025-11-21T15:00:00.000Z", "market_ts": 10, "symbol": "I:SPX", "spot": 6600.5,
        "directional_strength": 12.4, "lfi_score": 61.2, "market_mode_score": 41.3, "max_call_gex_strike": 6700.0,
        "max_put_gex_strike": 6600.0, "max_net_gex_strike": 6650.0, "total_call_gex": 1.5, "total_put_gex": -1.5,
        "total_net_gex": 0.0, "gex_flip_level": null, "flip_above": null, "flip_below": null, "zero_gamma": null,
        "proximity_bias_adj": 0.0, "proximity_lfi_adj": 0.0, "distance_to_flip": null,
        "strike_range": [6400.0, 6860.0],
    });
    let bus = &gateway.rig.bus;
    bus.set(&regime::MARKET_MODE, &of(mode.clone())).await.unwrap();
    bus.set(&regime::VIX_REGIME, &of(vix.clone())).await.unwrap();
    bus.set(&regime::BIAS_LFI, &of(bias.clone())).await.unwrap();
    for (name, model) in [("market_mode", &mode), ("vix_regime", &vix), ("bias_lfi", &bias)] {
        let path = format!("/api/models/{name}");
        wait("the model is read", || async { shown(&gateway, &path).await.is_some() }).await;
        assert_eq!(shown(&gateway, &path).await.as_ref(), Some(model), "{name}");
    }
    let snapshot = Events::open(gateway.port, "/sse/market?topics=bias_lfi,vix_regime,market_mode")
        .await
        .snapshot()
        .await;
    let seen: Vec<_> = snapshot.iter().map(|frame| (frame.event.as_str(), &frame.data)).take(3).collect();
    assert_eq!(seen, [("market_mode", &mode), ("vix_regime", &vix), ("bias_lfi", &bias)]);
    assert_eq!(get(gateway.port, "/api/models/horoscope").await.status, 404);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_profile_is_pointed_at_and_read_by_level() {
    let gateway = Gateway::start(|config| config.poll_interval_ms = 20).await;
    let bus = &gateway.rig.bus;
    let structures = json!({
        "volume_nodes": [{"price": 6601.0, "weight": 1.5, "color": "#ffff00"}], "node_ranges": [[6600.0, 6602.0]],
        "volume_wells": [], "crevasses": [],
    });
    let profile = json!({
        "ts": 10, "market_ts": 10, "symbol": "I:SPX", "version": "v10", "source": "SPY", "multiplier": 10.0, "step": 1.0,
        "min": 6600.0, "max": 6602.0, "buckets_tv": {"6600": 10.0, "6601": 40.0, "6602": 0.0},
        "buckets_raw": {"6601": 50.0}, "total_volume": 50.0, "days": 30, "last_bar_t": null,
        "structures": structures, "attention_peak": 6601.0, "core_low": 6600.0, "core_high": 6601.0,
    });
    let artifact = json!({
        "profile": {"min": 6600.0, "max": 6602.0, "step": 1.0, "bins": [250, 1000, 0], "normalized_scale": 1000, "max_volume": 40.0},
        "structures": structures,
        "meta": {
            "symbol": "I:SPX", "source": "SPY", "multiplier": 10.0, "spot": 6600.5, "algorithm": "tv_microbins_30",
            "days": 30, "status": "ready", "artifact_version": "v10", "last_update": "2025-11-21T15:00:00.000Z",
            "ts": 10, "market_ts": 10,
        },
    });
    let context = json!({
        "symbol": "I:SPX", "spot": 6600.5, "nearest_volume_node": 6601.0, "nearest_volume_node_dist": 0.00007575,
        "volume_well_proximity": null, "in_crevasse": false, "market_memory_strength": 0.9, "gamma_alignment": null,
        "artifact_version": "v10", "ts": 10, "market_ts": 10,
    });
    for key in [gravity::VOLUME_PROFILE, gravity::volume_profile("I:SPX")] {
        bus.set(&key, &of(profile.clone())).await.unwrap();
    }
    bus.set(&gravity::artifact("I:SPX"), &of(artifact.clone())).await.unwrap();
    bus.set(&gravity::context("I:SPX"), &of(context.clone())).await.unwrap();
    publish_gex(&gateway, 10).await;
    wait("context and artifact are read", || async {
        shown(&gateway, "/api/dealer-gravity/context").await.as_ref() == Some(&context)
            && shown(&gateway, "/api/dealer-gravity/artifact?symbol=SPX").await.as_ref() == Some(&artifact)
    })
    .await;
    let mut page = Events::open(gateway.port, "/sse/market?topics=volume_profile,dealer_gravity").await;
    wait("the pointer is there", || async {
        let frames = Events::open(gateway.port, "/sse/market?topics=volume_profile").await.snapshot().await;
        frames[0].data == json!({"symbol": "I:SPX", "version": "v10", "ts": 10})
    })
    .await;
    let update = json!({
        "type": "dealer_gravity_artifact_updated", "symbol": "I:SPX", "artifact_version": "v70",
        "occurred_at": "2025-11-21T15:01:00.000Z", "ts": 70,
    });
    bus.publish(&gravity::UPDATED, &of(update.clone())).await.unwrap();
    assert_eq!(page.next_of("dealer_gravity_artifact_updated").await.data, update);

    let levels = |path: &'static str| async { shown(&gateway, path).await.unwrap() };
    let tv = levels("/api/models/volume_profile").await;
    assert_eq!(tv["levels"], json!([{"price": 6601.0, "volume": 40.0}, {"price": 6600.0, "volume": 10.0}]));
    assert_eq!((&tv["maxVolume"], &tv["count"], &tv["mode"]), (&json!(40.0), &json!(2), &json!("tv")));
    assert_eq!(tv["structures"], structures);
    let raw = levels("/api/models/volume_profile?mode=raw&symbol=spx").await;
    assert_eq!(raw["levels"], json!([{"price": 6601.0, "volume": 50.0}]));
    assert_eq!(levels("/api/models/volume_profile?max=6600.5").await["count"], 1);
    assert_eq!(get(gateway.port, "/api/models/volume_profile?mode=loud").await.status, 400);
    assert_eq!(get(gateway.port, "/api/models/volume_profile?min=low").await.status, 400);
    assert_eq!(get(gateway.port, "/api/models/volume_profile?symbol=NDX").await.json()["error"], "no_data");
    gateway.program.stop().await.unwrap();
}
