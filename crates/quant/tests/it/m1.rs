//! The hand-sized chain: exposure, levels, bias, market mode.

use crate::fixtures::{assert_near, m1};
use quant::{
    bias::{Bias, center_scale},
    gex::{Gex, Regime},
    mode::Mode,
};

const RELATIVE: f64 = 1e-9;

fn gex() -> (Gex, serde_json::Value) {
    let sample = m1();
    (Gex::of(&sample.chain, &sample.surface(), sample.terms.spot), sample.expected)
}

#[test]
fn exposure_by_strike_is_what_another_program_found() {
    let (gex, expected) = gex();
    let expected = &expected["gex"];
    assert_eq!(gex.strikes.len(), 7);
    for (i, strike) in gex.strikes.strike.iter().enumerate() {
        let strike = strike.to_string();
        assert_near(gex.strikes.call[i], &expected["calls"][&strike], RELATIVE);
        assert_near(gex.strikes.put[i], &expected["puts"][&strike], RELATIVE);
        assert_near(gex.strikes.net[i], &expected["net"][&strike], RELATIVE);
    }
    assert_near(gex.total_call, &expected["total_call"], RELATIVE);
    assert_near(gex.total_put, &expected["total_put"], RELATIVE);
    assert_near(gex.total_net, &expected["total_net"], RELATIVE);
    assert_near(gex.net_usd_per_pct, &expected["net_usd_per_pct"], RELATIVE);
    assert_eq!((gex.contracts_used, gex.contracts_skipped), (14, 0));
}

#[test]
fn walls_flips_and_roots_are_where_another_program_found_them() {
    let (gex, expected) = gex();
    assert_eq!((gex.call_wall, gex.put_wall), (Some(6000.0), Some(5990.0)));
    assert_eq!((gex.max_net_strike, gex.min_net_strike), (Some(6010.0), Some(5990.0)));
    assert_eq!((gex.strike_flip.below, gex.strike_flip.above), (Some(5995.0), None));
    assert_eq!(gex.nearest_flip(), Some(5995.0));
    assert_eq!(gex.zero_gamma_roots.len(), 1);
    let zero_gamma = expected["gex"]["zero_gamma"].as_f64().unwrap();
    assert!((gex.zero_gamma.unwrap() - zero_gamma).abs() < 1e-5, "{:?}", gex.zero_gamma);
    assert_eq!(gex.regime, Regime::Negative);
    let today = gex.nearest_expiration().unwrap();
    assert_eq!((today.max_pain, today.call_wall, today.put_wall), (Some(6000.0), Some(6000.0), Some(5990.0)));
    assert_eq!((today.call_oi, today.put_oi), (13_920.0, 13_990.0));
    let top: Vec<f64> = gex.top_rows().map(|row| row.0).collect();
    assert_eq!(top, [5990.0, 6010.0, 5980.0, 6020.0, 5970.0, 6000.0, 6030.0]);
    let at_spot = gex.profile[100];
    assert!((at_spot / gex.net_usd_per_pct - 1.0).abs() < 1e-9, "the profile passes through the total");
}

#[test]
fn bias_and_mode_are_what_another_program_found() {
    let (gex, expected) = gex();
    let bias = Bias::of(&gex, center_scale("I:SPX", gex.spot));
    let known = &expected["bias_lfi"];
    assert_near(bias.base_bias, &known["base_bias"], RELATIVE);
    assert_near(bias.bias_adj, &known["bias_adj"], RELATIVE);
    assert_near(bias.directional_strength, &known["directional_strength"], RELATIVE);
    assert_near(bias.base_lfi, &known["base_lfi"], RELATIVE);
    assert_near(bias.lfi_adj, &known["lfi_adj"], RELATIVE);
    assert_near(bias.lfi_score, &known["lfi_score"], RELATIVE);

    let mode = Mode::of(&gex, bias.lfi_score);
    let known = &expected["market_mode"];
    assert_near(mode.flip, &known["flip_score"], RELATIVE);
    assert_near(mode.gex, &known["gex_score"], RELATIVE);
    assert_near(mode.concentration, &known["concentration_score"], RELATIVE);
    assert_near(mode.score, &known["score"], RELATIVE);
    assert_eq!(mode.kind.name(), known["mode"]);
}
