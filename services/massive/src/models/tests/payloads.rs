use super::made::{self, UNKNOWN, at, fixture, friday, m1};
use crate::{
    chain::view::View,
    config::Config,
    models::{
        chain,
        gex::{self, Side},
        heat::Sheet,
        scores::Scores,
        stamp::Stamp,
        underlying::Underlying,
    },
};
use chrono::Days;
use proptest::prelude::*;
use quant::{chain::Row, contract::Right};
use serde_json::Value;
use std::collections::BTreeMap;
use wire::{
    EpochSec,
    heatmap::{Diff, Heatmap, Tile, TileKey},
    regime::ModeKind,
};

fn underlying(view: View, config: &Config) -> Underlying {
    let mut of = Underlying::new(view, config, 0);
    of.expose();
    of
}

fn stamp(seconds: f64) -> Stamp {
    Stamp { ts: EpochSec::new(seconds), market_ts: EpochSec::new(seconds) }
}

fn near(ours: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    let allowed = tolerance * expected.abs().max(1.0);
    assert!((ours - expected).abs() <= allowed, "{ours}, expected {expected}");
}

/// Publishes the next heatmap of `of`: whole and difference.
fn publish(of: &mut Underlying, config: &Config, seconds: f64, is_due: bool) -> Option<(Heatmap, Diff)> {
    let mut sheet = std::mem::take(&mut of.sheet);
    let version = sheet.advance(&of.inputs(config), &of.view, stamp(seconds), is_due).unwrap();
    of.sheet = sheet;
    let version = version?;
    Some((serde_json::from_str(&version.latest).unwrap(), serde_json::from_str(&version.diff).unwrap()))
}

fn applied(mut tiles: BTreeMap<TileKey, Tile>, diff: &Diff) -> BTreeMap<TileKey, Tile> {
    tiles.extend(diff.changed.clone());
    for key in &diff.removed {
        assert!(tiles.remove(key).is_some() || diff.prev_version == 0, "{key} was there");
    }
    tiles
}

#[test]
fn the_chain_that_was_worked_by_hand_gives_its_exposure() {
    let (view, config) = m1();
    let of = underlying(view, &config);
    let expected = &fixture("m1-expected.json");
    let summary = gex::summary(&of.gex, friday());
    let wanted = &expected["gex"];
    for (ours, name) in [
        (summary.total_call, "total_call"),
        (summary.total_put, "total_put"),
        (summary.total_net, "total_net"),
        (summary.net_usd_per_pct, "net_usd_per_pct"),
    ] {
        near(ours, &wanted[name], 1e-9);
    }
    assert_eq!(
        (summary.call_wall, summary.put_wall, summary.max_net_strike),
        (Some(6000.0), Some(5990.0), Some(6010.0))
    );
    near(summary.zero_gamma.unwrap(), &wanted["zero_gamma"], 1e-9);
    assert_eq!(summary.strike_flip.nearest, Some(5995.0));
    assert_eq!(summary.strike_flip.above, None);
    assert_eq!(summary.by_expiration[0].max_pain, Some(6000.0));
    assert_eq!((summary.contracts_used, summary.contracts_skipped), (14, 0));
    for (side, name) in [(Side::Calls, "calls"), (Side::Puts, "puts")] {
        let payload = gex::by_strike(&of.gex, side, "I:SPX", stamp(1.0));
        let strikes = &payload.expirations["2025-11-21"];
        assert_eq!(strikes.len(), 7);
        for (strike, value) in strikes {
            near(*value, &wanted[name][strike.to_string()], 1e-9);
        }
    }
}

#[test]
fn the_chain_that_was_worked_by_hand_gives_its_scores() {
    let (view, config) = m1();
    let of = underlying(view, &config);
    let expected = &fixture("m1-expected.json");
    let scores = Scores::of(&of.gex, "I:SPX");
    near(scores.bias.directional_strength, &expected["bias_lfi"]["directional_strength"], 1e-9);
    near(scores.bias.lfi_score, &expected["bias_lfi"]["lfi_score"], 1e-9);
    near(scores.mode.score, &expected["market_mode"]["score"], 1e-8);
    let bias = scores.bias(&of.gex, "I:SPX", stamp(1_763_737_262.311));
    assert_eq!((bias.directional_strength, bias.lfi_score, bias.market_mode_score), (-60.1, 28.2, 41.3));
    assert_eq!((bias.proximity_bias_adj, bias.proximity_lfi_adj), (-50.0, -30.0));
    assert_eq!(bias.strike_range, Some((5970.0, 6030.0)));
    assert_eq!(bias.distance_to_flip, Some(3.4));
    assert!(bias.total_put_gex < 0.0);
    assert_eq!(bias.ts_iso, "2025-11-21T15:01:02.311Z");
    let mode = scores.mode("I:SPX", stamp(1.0));
    assert_eq!((mode.score, mode.mode), (41.3, ModeKind::Transition));
    assert_eq!(
        (mode.components.flip, mode.components.gex, mode.components.concentration),
        (48.6, 42.4, 42.4)
    );
}

#[test]
fn the_chain_that_was_worked_by_hand_gives_its_tiles() {
    let (view, config) = m1();
    let mut of = underlying(view, &config);
    let (heatmap, diff) = publish(&mut of, &config, 1_763_737_262.5, true).unwrap();
    let expected = &fixture("m1-expected.json")["heatmap"];
    assert_eq!((heatmap.skew_regime.as_str(), heatmap.atm_iv[&0]), ("normal", 0.1615));
    assert_eq!((heatmap.tiles.len(), heatmap.dte_tile_counts[&0]), (29, 29));
    assert_eq!(heatmap.version, 1_763_737_262_500);
    assert_eq!((diff.prev_version, diff.version), (0, heatmap.version));
    assert_eq!(diff.changed, heatmap.tiles);
    for (key, tile) in expected["tiles"].as_object().unwrap() {
        let ours = serde_json::to_value(&heatmap.tiles[&key.parse::<TileKey>().unwrap()]).unwrap();
        for side in ["call", "put"] {
            assert_eq!(ours.get(side).is_some(), tile.get(side).is_some(), "{key} {side}");
            for (name, value) in tile.get(side).and_then(Value::as_object).into_iter().flatten() {
                let ours = ours[side][name].as_f64().unwrap();
                assert!(
                    (ours - value.as_f64().unwrap()).abs() <= 0.500_001e-4,
                    "{key} {side} {name}: {ours}"
                );
            }
        }
    }
}

#[test]
fn the_chain_is_told_whole_and_read_back() {
    let (view, config) = m1();
    let of = underlying(view, &config);
    let parts = [chain::Part { view: &of.view, surface: &of.surface, increment: 5.0 }];
    let text = chain::encode(7, EpochSec::new(2.0), &parts, chain::MAX_BYTES).unwrap();
    let told: wire::chain::Chain = serde_json::from_str(&text).unwrap();
    assert_eq!((told.version, told.truncated, told.contracts.len()), (7, false, 14));
    let listed = &told.symbols["I:SPX"];
    assert_eq!((listed.atm, listed.spot, listed.vix), (6000.0, 5998.4, Some(16.2)));
    let expiration = &listed.expirations[0];
    assert_eq!((expiration.contracts, expiration.strike_min, expiration.strike_max), (14, 5970.0, 6030.0));
    assert!((expiration.t_years - 7200.0 / 31_536_000.0).abs() < 1e-15);
    let contract = &told.contracts["O:SPXW251121P05990000"];
    assert_eq!((contract.root.as_str(), contract.exp.as_str(), contract.cp), ("SPXW", "2025-11-21", 'P'));
    assert_eq!((contract.k, contract.mid, contract.ask_size), (5990.0, Some(5.050000000000001), None));
    assert_eq!((contract.iv, contract.iv_src), (Some(0.163), wire::chain::Origin::Vendor));
    assert_eq!(contract.g_src, wire::chain::Origin::Own);
    assert!(contract.gamma.is_some() && contract.delta < Some(0.0) && contract.theta < Some(0.0));
}

#[test]
fn what_is_too_much_for_a_value_leaves_out_the_latest_expirations() {
    let config = Config::default();
    let dates = [friday(), friday() + Days::new(3), friday() + Days::new(4)];
    let of = underlying(made::grid("I:SPX", &dates, 40), &config);
    let parts = [chain::Part { view: &of.view, surface: &of.surface, increment: 5.0 }];
    let whole = chain::encode(1, EpochSec::new(2.0), &parts, chain::MAX_BYTES).unwrap();
    let cut = chain::encode(1, EpochSec::new(2.0), &parts, whole.len() * 3 / 4).unwrap();
    assert!(cut.len() <= whole.len() * 3 / 4 + 64);
    let told: wire::chain::Chain = serde_json::from_str(&cut).unwrap();
    assert_eq!((told.truncated, told.contracts.len()), (true, 160));
    assert!(told.contracts.values().all(|contract| contract.dte < 4));
    assert_eq!(told.symbols["I:SPX"].expirations.len(), 3, "what there is stays known");
}

#[test]
fn versions_follow_the_clock_and_never_run_backwards() {
    let (view, config) = m1();
    let mut of = Underlying::new(view, &config, 1_763_737_999_999);
    let mut last = 1_763_737_999_999;
    for seconds in [1_763_737_262.5, 1_763_737_262.5, 1_763_737_100.0, 1_763_738_500.25] {
        let (heatmap, _) = publish(&mut of, &config, seconds, true).unwrap();
        assert!(heatmap.version > last);
        last = heatmap.version;
    }
    assert_eq!(last, 1_763_738_500_250);
}

#[test]
fn what_did_not_change_is_no_version() {
    let (view, config) = m1();
    let mut of = underlying(view.clone(), &config);
    publish(&mut of, &config, 1.0, true).unwrap();
    assert!(publish(&mut of, &config, 1.25, false).is_none());
    let mut moved = view;
    moved.chain.bid[0] += 0.1;
    of.take(moved, &config);
    let (_, diff) = publish(&mut of, &config, 1.5, false).unwrap();
    let changed: Vec<String> = diff.changed.keys().map(ToString::to_string).collect();
    assert!(changed.contains(&"single:0:0:5970".into()) && changed.len() == 5, "{changed:?}");
}

#[test]
fn a_market_that_runs_backwards_gains_no_time() {
    let (view, config) = m1();
    let mut of = underlying(view.clone(), &config);
    let t_years = of.surface.t_years[0];
    let mut earlier = view.clone();
    earlier.now = made::now(at(12));
    of.take(earlier.clone(), &config);
    assert_eq!(of.surface.t_years[0], t_years);
    earlier.geometry = std::sync::Arc::new(crate::chain::view::Geometry {
        version: 2,
        epoch: "I:SPX:1763735401:00000000".into(),
        tickers: view.geometry.tickers.clone(),
        entered: Vec::new(),
        exited: Vec::new(),
    });
    of.take(earlier, &config);
    assert!(of.surface.t_years[0] > t_years, "a new epoch has a time of its own");
}

/// Any number that a column can hold, and what it holds when nothing is known.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(UNKNOWN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(0.0),
        -1e3..1e3,
        0.0..10.0,
        any::<f64>(),
    ]
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let numbers = [(); 7].map(|()| any_number());
    let row = (0..2_u16, 1..40_u32, any::<bool>(), numbers);
    prop::collection::vec(row, 0..60).prop_map(|rows| {
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|(expiry, strike, is_call, [bid, ask, last, oi, iv, gamma, multiplier])| Row {
                expiry,
                strike: 5900.0 + 5.0 * f64::from(strike),
                right: if is_call { Right::Call } else { Right::Put },
                bid,
                ask,
                last,
                open_interest: oi,
                vendor_iv: iv,
                vendor_gamma: gamma,
                multiplier,
            })
            .collect();
        rows.sort_by(|a, b| {
            (a.expiry, a.right).cmp(&(b.expiry, b.right)).then(a.strike.total_cmp(&b.strike))
        });
        rows.dedup_by(|a, b| (a.expiry, a.strike, a.right) == (b.expiry, b.strike, b.right));
        rows.sort_by(|a, b| {
            a.expiry.cmp(&b.expiry).then(a.strike.total_cmp(&b.strike)).then(a.right.cmp(&b.right))
        });
        rows
    })
}

/// Whatever the guard against bad prints lets through, its bound included.
fn any_vix() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![any_number(), Just(1e9)].prop_map(|vix| Some(vix).filter(|vix| quant::tick::is_price(*vix)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Where the contract promises a number there is one: reading it back fails on a null.
    #[test]
    fn no_column_makes_a_payload_that_cannot_be_read(rows in any_rows(), spot in 1.0..20_000.0, vix in any_vix()) {
        let mut view = made::view("I:SPX", spot, &[friday(), friday() + Days::new(3)], rows, at(14));
        view.vix = vix;
        let config = Config::default();
        let mut of = underlying(view, &config);
        let parts = [chain::Part { view: &of.view, surface: &of.surface, increment: 5.0 }];
        let text = chain::encode(1, EpochSec::new(2.0), &parts, chain::MAX_BYTES).unwrap();
        serde_json::from_str::<wire::chain::Chain>(&text).unwrap();
        let latest = serde_json::to_string(&gex::latest(&of.gex, "I:SPX", friday(), stamp(1.0))).unwrap();
        serde_json::from_str::<wire::gex::Latest>(&latest).unwrap();
        let calls = gex::by_strike(&of.gex, Side::Calls, "I:SPX", stamp(1.0));
        serde_json::from_str::<wire::gex::ByStrike>(&serde_json::to_string(&calls).unwrap()).unwrap();
        let scores = Scores::of(&of.gex, "I:SPX");
        let bias = serde_json::to_string(&scores.bias(&of.gex, "I:SPX", stamp(1.0))).unwrap();
        serde_json::from_str::<wire::regime::BiasLfi>(&bias).unwrap();
        let mode = serde_json::to_string(&scores.mode("I:SPX", stamp(1.0))).unwrap();
        serde_json::from_str::<wire::regime::MarketMode>(&mode).unwrap();
        publish(&mut of, &config, 1.0, true).unwrap();
    }

    /// Readers hold what a reload would give them, whatever happened in between.
    #[test]
    fn a_difference_applied_to_the_version_before_is_the_new_one(steps in prop::collection::vec(any_rows(), 1..5)) {
        let config = Config::default();
        let mut of: Option<Underlying> = None;
        let mut held = BTreeMap::new();
        let mut version = 0;
        let mut replayed: Option<(BTreeMap<TileKey, Tile>, u64)> = None;
        for (n, rows) in steps.into_iter().enumerate() {
            let view = made::view("I:SPX", 6000.0, &[friday(), friday() + Days::new(3)], rows, at(14));
            let of = match &mut of {
                Some(of) => { of.take(view, &config); of }
                none => none.insert(underlying(view, &config)),
            };
            if let Some((heatmap, diff)) = publish(of, &config, n as f64 + 1.0, n == 0) {
                prop_assert_eq!(diff.prev_version, version);
                held = applied(held, &diff);
                prop_assert_eq!(&held, &heatmap.tiles);
                version = heatmap.version;
            }
            if n == 0 {
                of.sheet.merged(&of.view, stamp(1.0)).unwrap();
                replayed = Some((held.clone(), version));
            }
        }
        // All differences of a second as one lead to the same.
        let of = of.unwrap();
        let mut sheet: Sheet = of.sheet;
        let (tiles, from) = replayed.unwrap();
        if let Some(payload) = sheet.merged(&of.view, stamp(9.0)).unwrap() {
            let merged: Diff = serde_json::from_str(&payload).unwrap();
            prop_assert_eq!(merged.prev_version, from);
            let mut tiles = tiles;
            tiles.extend(merged.changed);
            for key in &merged.removed {
                tiles.remove(key);
            }
            prop_assert_eq!(tiles, held);
        }
    }
}
