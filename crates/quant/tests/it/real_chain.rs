//! The S&P 500 chain of 9 June 2023, 17,788 contracts, against an independent program.

use crate::fixtures::{Sample, assert_near, real};
use quant::{
    gex::{Gex, Regime},
    surface::GreeksSource,
};
use serde_json::Value;

const RELATIVE: f64 = 1e-9;

fn gex(sample: &Sample) -> Gex {
    Gex::of(&sample.chain, &sample.surface(), sample.terms.spot)
}

fn assert_sums_and_levels(gex: &Gex, block: &Value) {
    assert_eq!(gex.contracts_used as u64, block["used"]);
    assert_eq!(gex.contracts_used + gex.contracts_skipped, 17_788);
    assert_near(gex.total_call, &block["call_gex_shares"], RELATIVE);
    assert_near(gex.total_put, &block["put_gex_shares"], RELATIVE);
    assert_near(gex.total_net, &block["net_gex_shares"], RELATIVE);
    assert_near(gex.net_usd_per_pct, &block["net_gex_usd_per_pct"], RELATIVE);
    for (found, name) in [
        (gex.call_wall, "call_wall"),
        (gex.put_wall, "put_wall"),
        (gex.max_net_strike, "max_net_strike"),
        (gex.min_net_strike, "min_net_strike"),
    ] {
        assert_eq!(found, block[name].as_f64(), "{name}");
    }
    let flips = &block["strike_flips"];
    assert_eq!(gex.strike_flip.above, flips["flip_above"].as_f64());
    assert_eq!(gex.strike_flip.below, flips["flip_below"].as_f64());
    assert_eq!(gex.nearest_flip(), flips["nearest"].as_f64());
}

#[test]
fn the_vendors_gamma_gives_block_a() {
    let Some(sample) = real(GreeksSource::VendorFirst) else { return };
    assert_sums_and_levels(&gex(&sample), &sample.expected["A_file_gamma"]);
}

#[test]
fn the_vendors_volatility_gives_block_b() {
    let Some(sample) = real(GreeksSource::VendorIv) else { return };
    let (gex, block) = (gex(&sample), &sample.expected["B_recomputed"]);
    assert_sums_and_levels(&gex, block);

    let roots: Vec<f64> =
        block["all_roots"].as_array().unwrap().iter().map(|root| root.as_f64().unwrap()).collect();
    assert_eq!(gex.zero_gamma_roots.len(), roots.len());
    for (found, root) in gex.zero_gamma_roots.iter().zip(&roots) {
        assert!((found - root).abs() <= 1e-4, "{found} {root}");
    }
    assert!((gex.zero_gamma.unwrap() - block["zero_gamma"].as_f64().unwrap()).abs() <= 1e-4);
    assert_eq!(gex.regime, Regime::Positive);
    for (index, share) in [(0, "0.90"), (50, "0.95"), (100, "1.00"), (150, "1.05"), (200, "1.10")] {
        assert_near(gex.profile[index], &block["profile_samples"][share], RELATIVE);
    }
    let top = block["top_net_strikes"].as_array().unwrap();
    assert_eq!(gex.top.len(), top.len());
    for ((strike, call, put, net), row) in gex.top_rows().zip(top) {
        assert_eq!(Some(strike), row[0].as_f64());
        assert_near(call, &row[1], RELATIVE);
        assert_near(put, &row[2], RELATIVE);
        assert_near(net, &row[3], RELATIVE);
    }
}

#[test]
fn every_expiration_has_its_max_pain_and_open_interest() {
    let Some(sample) = real(GreeksSource::VendorIv) else { return };
    let gex = gex(&sample);
    let expected = sample.expected["by_expiration"].as_object().unwrap();
    assert_eq!(gex.by_expiration.len(), expected.len());
    for (found, (date, known)) in gex.by_expiration.iter().zip(expected) {
        assert_eq!(found.date.to_string(), *date);
        assert_eq!(Some(found.call_oi), known["call_oi"].as_f64(), "{date}");
        assert_eq!(Some(found.put_oi), known["put_oi"].as_f64(), "{date}");
        assert_eq!(found.max_pain, known["max_pain"].as_f64(), "{date}");
        let net = known["net_gex_shares_B"].as_f64().unwrap();
        // A date's net is a small difference of large sums.
        assert!(
            (found.net - net).abs() <= RELATIVE * (found.call + found.put),
            "{date}: {} {net}",
            found.net
        );
    }
    let (calls, puts) = gex.by_expiration.iter().fold((0.0, 0.0), |(c, p), e| (c + e.call_oi, p + e.put_oi));
    assert_eq!(Some(calls), sample.expected["open_interest"]["calls"].as_f64());
    assert_eq!(Some(puts), sample.expected["open_interest"]["puts"].as_f64());
    assert_eq!(gex.strikes.len() as u64, sample.expected["strikes"]);
}
