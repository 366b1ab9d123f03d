//! What must hold for every heatmap.

use super::market::{Market, am, at, friday, pm, row};
use proptest::prelude::*;
use quant::{
    chain::{Chain, Row},
    contract::Right,
    heatmap::{Diff, Heatmap, Inputs, Key, Pricing, Strategy as Structure, Tile},
    surface::Surface,
};
use std::collections::BTreeMap;

fn right() -> impl Strategy<Value = Right> {
    prop_oneof![Just(Right::Call), Just(Right::Put)]
}

fn any_price() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..50.0, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => any::<f64>()]
}

/// Strikes of a grid, some sides not listed, some quotes unusable.
fn market() -> impl Strategy<Value = Market> {
    let contract = (0_u16..2, 0_u32..25, right(), any_price(), any_price(), any_price(), 0.08..0.6);
    let row = contract.prop_map(|(expiry, rung, right, bid, ask, last, vendor_iv)| Row {
        bid,
        ask,
        last,
        vendor_iv,
        ..row(expiry, 5940.0 + 5.0 * f64::from(rung), right)
    });
    let rows = prop::collection::vec(row, 0..90);
    let vix = prop_oneof![Just(None), (10.0..60.0).prop_map(Some)];
    (rows, 5950.0..6050.0, vix, 1_i64..23_400).prop_map(|(mut rows, spot, vix, seconds)| {
        rows.sort_by(|a, b| {
            (a.expiry, a.strike.to_bits(), a.right).cmp(&(b.expiry, b.strike.to_bits(), b.right))
        });
        let market = Market::new(vec![pm(0), pm(3)], rows, spot, at(16, 0) - seconds * 1000);
        Market { vix, ..market }
    })
}

fn is_usable(market: &Market, dte: u16, strike: f64, right: Right) -> bool {
    let chain = &market.chain;
    let expiry = u16::from(dte == 3);
    let at = |i: &usize| chain.expiry[*i] == expiry && chain.strike[*i] == strike && chain.right[*i] == right;
    let Some(i) = (0..chain.len()).rfind(at) else { return false };
    let (bid, ask, last) = (chain.bid[i], chain.ask[i], chain.last[i]);
    let is_silent = !(bid > 0.0 || ask > 0.0);
    if is_silent { last > 0.0 && last.is_finite() } else { bid >= 0.0 && ask >= bid && ask.is_finite() }
}

fn apply(older: &Heatmap, diff: &Diff) -> BTreeMap<Key, Tile> {
    let mut held: BTreeMap<Key, Tile> = older.tiles().map(|tile| (tile.key, tile.rounded())).collect();
    for key in &diff.removed {
        assert!(held.remove(key).is_some(), "{key} was not there");
    }
    held.extend(diff.changed.iter().map(|tile| (tile.key, *tile)));
    held
}

proptest! {
    /// Theory knows no arbitrage: no structure costs less than nothing or more than it can bring.
    #[test]
    fn a_structure_costs_between_nothing_and_its_width(market in market()) {
        for tile in market.heatmap().tiles() {
            for side in [tile.call, tile.put].into_iter().flatten() {
                let most = if tile.key.strategy == Structure::Single { market.spot * 1.1 } else { tile.key.width() };
                prop_assert!(side.debit >= -1e-6 && side.debit <= most + 1e-6, "{}: {}", tile.key, side.debit);
            }
        }
    }

    #[test]
    fn a_market_price_is_missing_exactly_where_a_leg_has_no_midpoint(market in market()) {
        for tile in market.heatmap().tiles() {
            let (strike, width) = (tile.key.strike(), tile.key.width());
            for (side, right, far) in
                [(tile.call, Right::Call, strike + width), (tile.put, Right::Put, strike - width)]
            {
                let Some(side) = side else { continue };
                let near = 2.0 * strike - far;
                let legs: &[f64] = match tile.key.strategy {
                    Structure::Single => &[strike],
                    Structure::Vertical => &[strike, far],
                    Structure::Butterfly => &[strike, far, near],
                };
                let is_usable = legs.iter().all(|leg| is_usable(&market, tile.key.dte, *leg, right));
                prop_assert_eq!(side.market.is_some(), is_usable, "{}", tile.key);
            }
        }
    }

    #[test]
    fn the_difference_leads_from_one_heatmap_to_the_other(older in market(), newer in market()) {
        let (older, newer) = (older.heatmap(), newer.heatmap());
        let diff = older.diff(&newer);
        let expected: BTreeMap<Key, Tile> = newer.tiles().map(|tile| (tile.key, tile.rounded())).collect();
        prop_assert_eq!(apply(&older, &diff), expected);
        prop_assert!(newer.diff(&newer).is_empty());
        prop_assert!(diff.changed.windows(2).all(|two| (two[0].key.dte, two[0].key) < (two[1].key.dte, two[1].key)));
    }

    /// Following the market never mixes two states: theory is of one instant, market prices are the newest.
    #[test]
    fn an_advanced_heatmap_has_the_market_of_a_fresh_one(older in market(), newer in market()) {
        let (advanced, fresh) = (older.heatmap().advance(&newer.inputs()), newer.heatmap());
        let markets = |heatmap: &Heatmap| -> Vec<_> {
            heatmap.tiles().map(|t| (t.key, t.call.map(|s| s.market), t.put.map(|s| s.market))).collect()
        };
        prop_assert_eq!(markets(&advanced), markets(&fresh));
    }

    /// Whatever stands in the columns, also where their lengths differ.
    #[test]
    fn arbitrary_columns_give_finite_numbers(
        expiry in prop::collection::vec(0_u16..4, 0..40),
        strike in prop::collection::vec(prop_oneof![any::<f64>(), 0.0..8000.0], 0..40),
        right in prop::collection::vec(right(), 0..40),
        [bid, ask, last] in [(); 3].map(|()| prop::collection::vec(prop_oneof![any::<f64>(), 0.0..9.0], 0..40)),
        [iv, t_years, forward, discount] in
            [(); 4].map(|()| prop::collection::vec(prop_oneof![any::<f64>(), 0.01..1.0, 1.0..7000.0], 0..40)),
        (spot, vix) in (prop_oneof![any::<f64>(), 1.0..8000.0], any::<Option<f64>>()),
        widths in prop::collection::vec(prop_oneof![any::<f64>(), 0.0..100.0], 0..4),
        is_smile in any::<bool>(),
    ) {
        let chain = Chain {
            expiries: vec![am(0), pm(0), pm(3), am(3)], expiry, strike, right, bid, ask, last, ..Chain::default()
        };
        let surface = Surface { t_years, forward, discount, iv, ..Surface::default() };
        let pricing = if is_smile { Pricing::Smile } else { Pricing::Model };
        let (trading_date, market_ms) = (friday(), at(14, 0));
        let inputs = Inputs {
            chain: &chain, surface: &surface, spot, vix, widths: &widths, max_dte: 10, trading_date, market_ms, pricing,
        };
        let heatmap = Heatmap::of(&inputs).advance(&inputs);
        for tile in heatmap.tiles() {
            for side in [tile.rounded().call, tile.put].into_iter().flatten() {
                prop_assert!(side.debit.is_finite() && side.change_pct.is_finite(), "{tile:?}");
                prop_assert!(side.market.is_none_or(f64::is_finite), "{tile:?}");
            }
        }
        prop_assert!(heatmap.planes.iter().all(|plane| plane.atm_iv().is_finite()));
    }
}
