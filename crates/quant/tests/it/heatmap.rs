//! The heatmap of hand-made chains: the published answers of one, and what happens at the edges.

use super::{
    fixtures,
    market::{Market, am, at, ladder, pm, tiles},
};
use quant::{
    chain::Chain,
    contract::Right,
    heatmap::{Cause, Diff, Key, Pricing, Side, Strategy, Tile},
};
use std::collections::BTreeMap;

fn m1() -> Market {
    let sample = fixtures::m1();
    let surface = sample.surface();
    Market { surface, ..Market::of(sample.chain, sample.terms.spot, sample.terms.market_ms) }
}

fn is_near(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= 1e-9 * expected.abs()
}

#[test]
fn every_tile_of_the_hand_sized_chain_has_its_published_price() {
    let expected = &fixtures::m1().expected["heatmap"];
    let heatmap = m1().heatmap();
    let plane = heatmap.plane(0).unwrap();
    assert!(is_near(plane.atm_iv(), expected["atm_iv"]["0"].as_f64().unwrap()));
    assert_eq!(plane.basis().skew.name(), expected["skew_regime"]);

    let tiles: BTreeMap<String, Tile> = heatmap.tiles().map(|tile| (tile.key.to_string(), tile)).collect();
    let expected = expected["tiles"].as_object().unwrap();
    assert_eq!(tiles.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert_eq!(tiles.len(), 29);
    for (key, tile) in &tiles {
        for (name, side) in [("call", tile.call), ("put", tile.put)] {
            let Some(wanted) = expected[key].get(name) else {
                assert_eq!(side, None, "{key} {name}");
                continue;
            };
            let side = side.unwrap_or_else(|| panic!("{key} {name}"));
            let fields = [
                ("mid", side.debit),
                ("market_mid", side.market.unwrap()),
                ("debit", side.debit),
                ("max_loss", side.debit),
                ("max_profit", side.max_profit(tile.key.width())),
                ("market_debit", side.market.unwrap()),
            ];
            for (field, got) in fields {
                let is_right = wanted.get(field).is_none_or(|value| is_near(got, value.as_f64().unwrap()));
                assert!(is_right, "{key} {name} {field}: {got}, expected {}", wanted[field]);
            }
            assert!(wanted.get("debit").or(wanted.get("mid")).is_some(), "{key} {name}");
        }
    }
}

/// Worked from the published prices: the neighbour above is the next one with that side.
#[test]
fn a_tile_is_coloured_by_its_distance_from_the_next_higher_strike() {
    let tiles = tiles(&m1().heatmap());
    let change = |strategy, width_milli, strike: u32, side: fn(&Tile) -> Option<Side>| {
        let key = Key { strategy, dte: 0, width_milli, strike_milli: strike * 1000 };
        side(&tiles[&key]).unwrap().change_pct
    };
    let call = change(Strategy::Butterfly, 10_000, 5990, |tile| tile.call);
    let expected = 100.0 * (2.621_947_897_526_122_3 - 2.242_791_286_361_043_7) / 2.621_947_897_526_122_3;
    assert!(is_near(call, expected), "{call}");
    let put = change(Strategy::Vertical, 20_000, 6020, |tile| tile.put);
    let expected = 100.0 * (18.279_317_859_056_217 - 15.356_723_489_803_255) / 18.279_317_859_056_217;
    assert!(is_near(put, expected), "{put}");
    assert_eq!(change(Strategy::Butterfly, 10_000, 6020, |tile| tile.call), 0.0, "nothing above");
    assert_eq!(change(Strategy::Single, 0, 6030, |tile| tile.put), 0.0, "nothing above");
}

#[test]
fn a_contract_that_settles_at_the_close_stands_before_one_at_the_open() {
    let mut rows = ladder(0, &[5990.0, 6000.0]);
    rows.extend(ladder(1, &[6000.0, 6010.0]));
    for row in rows.iter_mut().filter(|row| row.expiry == 1) {
        (row.bid, row.ask) = (7.0, 8.0);
    }
    let market = Market::new(vec![am(3), pm(3)], rows, 6000.0, at(14, 0));
    let tiles = tiles(&market.heatmap());
    let market_mid = |strike: u32| {
        let key = Key { strategy: Strategy::Single, dte: 3, width_milli: 0, strike_milli: strike * 1000 };
        tiles[&key].call.unwrap().market.unwrap()
    };
    assert_eq!([5990, 6000, 6010].map(market_mid), [4.25, 7.5, 7.5]);
    let butterfly =
        Key { strategy: Strategy::Butterfly, dte: 3, width_milli: 10_000, strike_milli: 6_000_000 };
    assert_eq!(tiles[&butterfly].put.unwrap().market, Some(4.25 - 7.5), "one of each kind");
}

#[test]
fn what_has_settled_or_lies_too_far_away_has_no_plane() {
    let rows = (0..5).flat_map(|expiry| ladder(expiry, &[5990.0, 6000.0, 6010.0])).collect();
    let mut market = Market::new(vec![am(0), pm(0), pm(3), pm(10), pm(11)], rows, 6000.0, at(14, 0));
    let dtes = |market: &Market| market.heatmap().planes.iter().map(|p| p.dte()).collect::<Vec<_>>();
    assert_eq!(dtes(&market), [0, 3, 10]);
    market.market_ms = at(16, 0);
    market.refresh();
    assert_eq!(dtes(&market), [3, 10], "the close settles the day");
    market.spot = f64::NAN;
    assert_eq!(dtes(&market), [0_u16; 0], "without spot there is nothing to say");
}

#[test]
fn the_last_minute_is_priced_as_a_whole_one() {
    let rows = ladder(0, &[5990.0, 6000.0, 6010.0]);
    let price = |seconds: i64| {
        let mut market = Market::new(vec![pm(0)], rows.clone(), 6000.0, at(16, 0) - seconds * 1000);
        (market.surface.forward, market.surface.discount) = (vec![6000.0], vec![1.0]);
        let key = Key { strategy: Strategy::Single, dte: 0, width_milli: 0, strike_milli: 6_000_000 };
        tiles(&market.heatmap())[&key].call.unwrap().debit
    };
    assert_eq!(price(1), price(60));
    assert!(price(60) < price(120) && price(60) > 0.5);
}

#[test]
fn without_near_volatilities_the_base_comes_from_the_vix() {
    let rows = ladder(0, &[5900.0, 6100.0]);
    let mut market = Market::new(vec![pm(0)], rows, 6000.0, at(14, 0));
    let base = |market: &Market| market.heatmap().planes[0].atm_iv();
    assert!(is_near(base(&market), 0.162));
    market.vix = Some(3.0);
    assert!(is_near(base(&market), 0.05), "never below five points");
    market.vix = None;
    assert!(is_near(base(&market), 0.20));
}

#[test]
fn where_nobody_quotes_the_last_trade_serves() {
    let mut market = m1();
    let market_mid = |market: &Market| {
        let key = Key { strategy: Strategy::Single, dte: 0, width_milli: 0, strike_milli: 6_000_000 };
        tiles(&market.heatmap())[&key].call.unwrap().market
    };
    let call = |market: &mut Market, column: fn(&mut Chain) -> &mut Vec<f64>, value| {
        market.set(column, Right::Call, 6000.0, value);
    };
    call(&mut market, |c| &mut c.bid, 0.0);
    assert_eq!(market_mid(&market), Some(4.55), "a bid of zero is a bid");
    call(&mut market, |c| &mut c.bid, 9.2);
    assert_eq!(market_mid(&market), None, "crossed");
    call(&mut market, |c| &mut c.bid, f64::NAN);
    assert_eq!(market_mid(&market), None, "half a quote");
    call(&mut market, |c| &mut c.ask, f64::NAN);
    assert_eq!(market_mid(&market), None, "no quote and no trade");
    call(&mut market, |c| &mut c.last, 8.7);
    assert_eq!(market_mid(&market), Some(8.7));
}

#[test]
fn the_smile_of_the_market_prices_each_strike_with_its_own_volatility() {
    let mut market = m1();
    market.pricing = Pricing::Smile;
    market.set(|c| &mut c.vendor_iv, Right::Call, 5980.0, 0.9);
    let single = |market: &Market, strike: u32| {
        let key = Key { strategy: Strategy::Single, dte: 0, width_milli: 0, strike_milli: strike * 1000 };
        tiles(&market.heatmap())[&key].call.unwrap().debit
    };
    // The published chain was quoted with these volatilities a little later in the day, so prices are close to none
    // of its midpoints: what counts is that a strike's price depends on its own out-of-the-money volatility only.
    let before = [5980, 6000, 6020].map(|strike| single(&market, strike));
    market.set(|c| &mut c.vendor_iv, Right::Call, 6020.0, 0.2);
    let after = [5980, 6000, 6020].map(|strike| single(&market, strike));
    assert_eq!(after[..2], before[..2]);
    assert!(after[2] > before[2]);
    market.set(|c| &mut c.vendor_iv, Right::Call, 6020.0, f64::NAN);
    market.set(|c| &mut c.vendor_iv, Right::Put, 6020.0, f64::NAN);
    let between = single(&market, 6020);
    assert!(before[2] < between * 1.01 && between < after[2], "interpolated: {between}");
    market.chain.vendor_iv.fill(f64::NAN);
    market.refresh();
    let without = single(&market, 6000);
    market.pricing = Pricing::Model;
    assert_eq!(without, single(&market, 6000), "no smile: the model");
}

#[test]
fn theory_waits_for_a_cause_while_the_market_is_followed() {
    let mut market = m1();
    let first = market.heatmap();
    let step = |market: &mut Market, change: fn(&mut Market)| {
        change(market);
        market.refresh();
        let next = first.advance(&market.inputs());
        let cause = (next.planes[0].basis() != first.planes[0].basis()).then(|| next.planes[0].cause());
        (cause, first.diff(&next))
    };
    let (cause, diff) = step(&mut market.clone(), |m| (m.spot, m.market_ms) = (5998.9, m.market_ms + 9_999));
    assert_eq!((cause, diff), (None, Diff::default()));

    market.set(|c| &mut c.bid, Right::Put, 6010.0, 14.7);
    let (cause, diff) = step(&mut market, |m| m.spot = 5998.9);
    assert_eq!(cause, None);
    let keys: Vec<String> = diff.changed.iter().map(|tile| tile.key.to_string()).collect();
    assert_eq!(
        keys,
        [
            "single:0:0:6010",
            "vertical:0:10:6010",
            "vertical:0:10:6020",
            "vertical:0:20:6010",
            "vertical:0:20:6030",
            "butterfly:0:10:6000",
            "butterfly:0:10:6010",
            "butterfly:0:10:6020",
            "butterfly:0:20:5990",
            "butterfly:0:20:6010"
        ]
    );

    assert_eq!(step(&mut market.clone(), |m| m.spot = 5999.1).0, Some(Cause::Spot));
    assert_eq!(step(&mut market.clone(), |m| m.vix = Some(18.1)).0, Some(Cause::Skew));
    assert_eq!(step(&mut market.clone(), |m| m.market_ms += 10_000).0, Some(Cause::Age));
    assert_eq!(step(&mut market.clone(), |m| m.chain.vendor_iv[0] = 0.19).0, Some(Cause::Contracts));
    assert_eq!(step(&mut market.clone(), |m| m.widths.push(30.0)).0, Some(Cause::Contracts));
    market.chain.vendor_iv.fill(f64::NAN);
    market.refresh();
    let blind = market.heatmap();
    market.vix = Some(16.22);
    assert_eq!(blind.advance(&market.inputs()).planes[0].cause(), Cause::Base, "0.162 becomes 0.1622");
}
