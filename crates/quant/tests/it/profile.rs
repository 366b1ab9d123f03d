//! What must hold for every volume profile and its structures.

use proptest::prelude::*;
use quant::{
    profile::{Bar, CORE_SHARE, NORMALISED_SCALE, Profile},
    structures::Structures,
};

const MINUTE_MS: i64 = 60_000;

fn bar() -> impl Strategy<Value = Bar> {
    let prices = prop::collection::vec(590.0..610.0, 3);
    (prices, 0.0..1e6, 0_i64..3000).prop_map(|(mut prices, volume, minute)| {
        prices.sort_by(f64::total_cmp);
        Bar { t_ms: minute * MINUTE_MS, low: prices[0], high: prices[2], close: prices[1], volume }
    })
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Ascending, without a bin in common.
fn is_in_order(ranges: &[(f64, f64)]) -> bool {
    ranges.iter().all(|(low, high)| low <= high) && ranges.windows(2).all(|two| two[0].1 < two[1].0)
}

proptest! {
    #[test]
    fn volume_is_neither_lost_nor_made(
        bars in prop::collection::vec(bar(), 1..60),
        trades in prop::collection::vec((590.0..610.0, 1.0..1e4, 2000_i64..4000), 0..60),
        (multiplier, step) in prop_oneof![Just((10.0, 1.0)), Just((41.0, 5.0)), Just((1.0, 0.05))],
    ) {
        let mut profile = Profile::new(multiplier, step).unwrap();
        let mut counted = 0.0;
        for (price, size, minute) in trades {
            counted += profile.add_trade(price, size, minute * MINUTE_MS + 17).map_or(0.0, |()| size);
        }
        for bar in bars {
            counted += profile.add_bar(&bar).map_or(0.0, |()| bar.volume);
        }
        let sum = |buckets: &mut dyn Iterator<Item = (f64, f64)>| buckets.map(|(_, volume)| volume).sum::<f64>();
        prop_assert!(is_near(sum(&mut profile.buckets_tv()), counted));
        prop_assert!(is_near(sum(&mut profile.buckets_raw()), counted));

        let mut restored = Profile::new(multiplier, step).unwrap();
        restored.restore(profile.buckets_tv(), profile.buckets_raw(), profile.last_bar_t());
        prop_assert!(restored.buckets_tv().eq(profile.buckets_tv()), "the same bins");
        prop_assert!(restored.buckets_raw().eq(profile.buckets_raw()), "the same bins");
        prop_assert_eq!(restored.last_bar_t(), profile.last_bar_t());
    }

    #[test]
    fn the_core_holds_the_peak_and_its_share(bars in prop::collection::vec(bar(), 1..60)) {
        let mut profile = Profile::new(10.0, 1.0).unwrap();
        for bar in &bars {
            profile.add_bar(bar).unwrap();
        }
        let Some(bins) = profile.bins() else { return Ok(()) };
        let (low, high) = bins.core_range(CORE_SHARE);
        prop_assert!(low <= bins.attention_peak() && bins.attention_peak() <= high);
        let inside = |low: f64, high: f64| {
            profile.buckets_tv().filter(|(price, _)| (low..=high).contains(price)).map(|(_, v)| v).sum::<f64>()
        };
        prop_assert!(inside(low, high) >= CORE_SHARE * bins.total() * (1.0 - 1e-12));
        let bins = bins.normalised();
        prop_assert_eq!(bins.iter().max(), Some(&NORMALISED_SCALE));
    }

    #[test]
    fn structures_are_in_order_and_apart(
        volumes in prop::collection::vec(prop_oneof![3 => 0.0..1e6, 1 => Just(0.0), 1 => Just(500.0)], 1..400),
        spot in 1.0..800.0,
        strike in prop::option::of(1.0..800.0),
    ) {
        let mut profile = Profile::new(1.0, 1.0).unwrap();
        profile.restore((200..).map(f64::from).zip(volumes), [], None);
        let Some(bins) = profile.bins() else { return Ok(()) };
        let found = Structures::of(&bins);
        prop_assert!(is_in_order(&found.node_ranges) && is_in_order(&found.wells));
        let mut all = [&found.node_ranges[..], &found.wells[..]].concat();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        prop_assert!(is_in_order(&all), "{all:?}");
        prop_assert!(found.crevasses.iter().all(|crevasse| found.wells.contains(crevasse)));
        prop_assert!((1..=20).contains(&found.nodes.len()));
        prop_assert_eq!(found.nodes.len(), found.node_ranges.len());
        for (node, range) in found.nodes.iter().zip(&found.node_ranges) {
            prop_assert!(range.0 <= node.price && node.price <= range.1);
        }
        prop_assert!((0.0..=1.0).contains(&found.memory_strength));

        let context = found.context(spot, strike, Some(20.0)).unwrap();
        prop_assert!(context.nearest_node_dist.unwrap().is_finite());
        prop_assert!(context.gamma_alignment.is_none_or(|share| (0.0..=1.0).contains(&share)));
        prop_assert!(context.well_proximity.is_none_or(|share| share >= 0.0 && share.is_finite()));
        prop_assert!(!context.in_crevasse || context.well_proximity == Some(0.0));
    }

    #[test]
    fn whatever_is_printed_gives_finite_numbers(
        bars in prop::collection::vec((any::<i64>(), any::<[f64; 4]>()), 0..20),
        trades in prop::collection::vec((any::<f64>(), any::<f64>(), any::<i64>()), 0..20),
        sane in prop::collection::vec((1.0..1e4, 1.0..1e12, any::<i64>()), 0..20),
        buckets in prop::collection::vec((any::<f64>(), any::<f64>()), 0..20),
        (multiplier, step) in (prop_oneof![any::<f64>(), Just(10.0)], prop_oneof![any::<f64>(), Just(1.0)]),
        mark in any::<Option<i64>>(),
    ) {
        let Some(mut profile) = Profile::new(multiplier, step) else { return Ok(()) };
        for (t_ms, [low, high, close, volume]) in bars {
            profile.add_bar(&Bar { t_ms, low, high, close, volume }).unwrap_or_default();
        }
        for (price, size, t_ms) in trades.into_iter().chain(sane) {
            profile.add_trade(price, size, t_ms).unwrap_or_default();
        }
        profile.restore(buckets.clone(), buckets, mark);
        let Some(bins) = profile.bins() else { return Ok(()) };
        prop_assert!([bins.min(), bins.max(), bins.total(), bins.max_volume()].into_iter().all(f64::is_finite));
        prop_assert!(bins.core_range(CORE_SHARE).0.is_finite());
        prop_assert!(Structures::of(&bins).nodes.iter().all(|node| node.price.is_finite() && node.volume.is_finite()));
    }
}
