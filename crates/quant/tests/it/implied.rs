//! Implied volatility: known answers, outcomes, and the way there and back.

use crate::oracle;
use proptest::prelude::*;
use quant::{
    black::{self, Option},
    contract::Right,
    implied::{self, CAP, Implied, Outcome, Quote, Quotes},
};

fn in_columns(quote: &Quote) -> Implied {
    let (mut sigma, mut outcome) = ([0.0], [Outcome::NoPrice]);
    let quotes = Quotes {
        right: &[quote.right],
        price: &[quote.price],
        strike: &[quote.strike],
        forward: &[quote.forward],
        discount: &[quote.discount],
        t_years: &[quote.t_years],
    };
    implied::batch(quote.spot, quotes, &mut sigma, &mut outcome);
    Implied { sigma: sigma[0], outcome: outcome[0] }
}

#[test]
fn known_answers() {
    let known = oracle::volatilities();
    assert_eq!(known.len(), 16);
    for known in known {
        let quote = Quote {
            right: known.right(),
            price: known.number("price"),
            spot: known.number("S"),
            strike: known.number("K"),
            forward: known.forward(),
            discount: known.discount(),
            t_years: known.number("T"),
        };
        let id = known.text("id");
        for found in [implied::volatility(&quote), in_columns(&quote)] {
            let (status, sigma) = match found.outcome {
                Outcome::Ok => ("ok", known.number("sigma")),
                Outcome::AboveCap => ("above_cap", CAP),
                Outcome::BelowIntrinsic => ("below_intrinsic", f64::NAN),
                Outcome::AboveMax => ("above_max", f64::NAN),
                Outcome::NoPrice => ("no_price", f64::NAN),
                Outcome::Expired => ("expired", f64::NAN),
                Outcome::BadInput => ("bad_input", f64::NAN),
                Outcome::AtIntrinsic => ("at_intrinsic", 0.0),
            };
            assert_eq!(status, known.text("status"), "{id}: {found:?}");
            if sigma.is_nan() {
                assert!(found.sigma.is_nan(), "{id}: {found:?}");
            } else {
                // A price in the money keeps few digits of its time value: V04 and V05 by 1e-16 of 3000 points.
                assert!((found.sigma / sigma - 1.0).abs() <= 1e-9, "{id}: {found:?}");
            }
        }
    }
}

const PLAIN: Quote = Quote {
    right: Right::Call,
    price: 1000.0,
    spot: 6000.0,
    strike: 5000.0,
    forward: 6000.0,
    discount: 1.0,
    t_years: 0.1,
};

#[test]
fn outcomes_are_tested_in_their_order() {
    let nan = f64::NAN;
    for (quote, expected) in [
        (Quote { price: nan, t_years: 0.0, ..PLAIN }, Outcome::BadInput),
        (Quote { price: -0.1, ..PLAIN }, Outcome::BadInput),
        (Quote { price: f64::INFINITY, ..PLAIN }, Outcome::BadInput),
        (Quote { price: 0.0, strike: nan, ..PLAIN }, Outcome::BadInput),
        (Quote { price: 0.0, t_years: nan, ..PLAIN }, Outcome::BadInput),
        (Quote { spot: 0.0, ..PLAIN }, Outcome::BadInput),
        (Quote { price: 0.0, t_years: 0.0, ..PLAIN }, Outcome::NoPrice),
        (Quote { price: 7000.0, t_years: -1.0, ..PLAIN }, Outcome::Expired),
        (Quote { price: 6000.0, ..PLAIN }, Outcome::AboveMax),
        (Quote { price: 5000.0, right: Right::Put, ..PLAIN }, Outcome::AboveMax),
        (Quote { price: 999.9, ..PLAIN }, Outcome::BelowIntrinsic),
        (Quote { price: 1000.0 - 5.9e-6, ..PLAIN }, Outcome::AtIntrinsic),
        (Quote { price: 1000.0 + 5.9e-9, ..PLAIN }, Outcome::AtIntrinsic),
        (Quote { price: 1000.0 + 6.1e-9, ..PLAIN }, Outcome::Ok),
        (Quote { price: 5999.0, ..PLAIN }, Outcome::AboveCap),
        (Quote { price: 1e-300, right: Right::Put, ..PLAIN }, Outcome::Ok),
        (Quote { price: 100.0, strike: 6000.0, ..PLAIN }, Outcome::Ok),
    ] {
        let (one, column) = (implied::volatility(&quote), in_columns(&quote));
        assert_eq!((one.outcome, column.outcome), (expected, expected), "{quote:?}");
        let has_sigma = matches!(expected, Outcome::Ok | Outcome::AtIntrinsic | Outcome::AboveCap);
        assert_eq!(one.sigma.is_nan(), !has_sigma, "{quote:?}");
    }
}

prop_compose! {
    /// Quotes whose out-of-the-money price lies above 1e-60, from seconds to years and 0.1 % to 1,000 %.
    fn options()(
        is_call in any::<bool>(),
        spot in 1.0_f64..50_000.0,
        rate in -0.02_f64..0.12,
        ln_t in (1e-8_f64.ln())..(5.0_f64.ln()),
        ln_sigma in (1e-3_f64.ln())..(10.0_f64.ln()),
        deviations in prop_oneof![Just(0.0), -1.0_f64..1.0, -15.5_f64..15.5],
    ) -> Option {
        let (t_years, sigma) = (ln_t.exp(), ln_sigma.exp());
        let forward = quant::forward::carry(spot, rate, 0.013, t_years);
        let strike = forward * (deviations * sigma * t_years.sqrt()).clamp(-8.0, 8.0).exp();
        let right = if is_call { Right::Call } else { Right::Put };
        let discount = quant::forward::discount(rate, t_years);
        Option { right, spot, strike, forward, discount, rate, t_years, sigma }
    }
}

fn quote(option: &Option) -> Quote {
    let Option { right, spot, strike, forward, discount, t_years, .. } = *option;
    Quote { right, price: black::price(option).unwrap(), spot, strike, forward, discount, t_years }
}

fn out_of_the_money(option: Option) -> Option {
    Option { right: if option.strike >= option.forward { Right::Call } else { Right::Put }, ..option }
}

proptest! {
    #[test]
    fn a_price_out_of_the_money_is_met_again(option in options()) {
        let option = out_of_the_money(option);
        let quote = quote(&option);
        let bound = option.discount * if option.right == Right::Call { option.forward } else { option.strike };
        // Thousands of per cent for years cost as much as endless volatility, to the last digit.
        prop_assume!((1e-60..bound).contains(&quote.price));
        for found in [implied::volatility(&quote), in_columns(&quote)] {
            prop_assert_eq!(found.outcome, Outcome::Ok, "{:?}", option);
            let again = black::price(&Option { sigma: found.sigma, ..option }).unwrap();
            prop_assert!((again / quote.price - 1.0).abs() <= 1e-9, "{} {}", again, quote.price);
            let vega = black::greeks(&option).unwrap().vega;
            let is_determined = vega * option.sigma > 1e-6 * quote.price;
            let miss = (found.sigma / option.sigma - 1.0).abs();
            prop_assert!(!is_determined || miss <= 1e-9, "{} {:?}", found.sigma, option);
        }
    }

    /// Any price at all, from any side: an outcome of the table, and a sigma only where it has one.
    #[test]
    fn a_price_in_the_market_has_a_volatility(option in options(), ln_share in -80.0_f64..0.0) {
        let option = out_of_the_money(option);
        let bound = option.discount * if option.right == Right::Call { option.forward } else { option.strike };
        let price = bound * ln_share.exp();
        prop_assume!((1e-60..bound).contains(&price));
        let quote = Quote { price, ..quote(&option) };
        for found in [implied::volatility(&quote), in_columns(&quote)] {
            let again = black::price(&Option { sigma: found.sigma, ..option }).unwrap();
            match found.outcome {
                Outcome::Ok => prop_assert!((again / price - 1.0).abs() <= 1e-9, "{} {}", again, price),
                outcome => {
                    prop_assert_eq!(outcome, Outcome::AboveCap);
                    prop_assert!(again <= price * (1.0 + 1e-12));
                }
            }
        }
    }

    #[test]
    fn both_sides_of_a_strike_have_one_volatility(option in options()) {
        let call = implied::volatility(&quote(&Option { right: Right::Call, ..option }));
        let put = implied::volatility(&quote(&Option { right: Right::Put, ..option }));
        if call.outcome == Outcome::Ok && put.outcome == Outcome::Ok {
            let greeks = black::greeks(&option).unwrap();
            // What is left of the time value beside an intrinsic value of thousands.
            let digits = 1e-15 * (option.forward + option.strike) / greeks.vega;
            prop_assert!((call.sigma - put.sigma).abs() <= 4.0 * digits + 1e-9 * option.sigma);
        }
    }

    #[test]
    fn any_number_has_an_outcome(
        is_call in any::<bool>(),
        numbers in prop::array::uniform6(prop_oneof![any::<f64>(), Just(0.0), 1e-3_f64..1e4]),
    ) {
        let [price, spot, strike, forward, discount, t_years] = numbers;
        let right = if is_call { Right::Call } else { Right::Put };
        let quote = Quote { right, price, spot, strike, forward, discount, t_years };
        let (one, column) = (implied::volatility(&quote), in_columns(&quote));
        prop_assert_eq!(one.outcome, column.outcome);
        let has_sigma = matches!(one.outcome, Outcome::Ok | Outcome::AtIntrinsic | Outcome::AboveCap);
        prop_assert_eq!((0.0..=CAP).contains(&one.sigma), has_sigma, "{:?}", one);
        prop_assert_eq!((0.0..=CAP).contains(&column.sigma), has_sigma, "{:?}", column);
    }
}
