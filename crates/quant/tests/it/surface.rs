//! The surface of a chain: forwards, whose volatility counts, and the real chain's own volatilities.

use crate::fixtures;
use chrono::NaiveDate;
use proptest::prelude::*;
use quant::{
    black::{self, Option},
    chain::{Chain, Expiry, Row, Settlement},
    contract::Right,
    forward,
    surface::{ForwardMethod, GreeksSource, Origin, Surface, Terms},
};
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;
const NOW_MS: i64 = 1_763_737_200_000;
const TERMS: Terms = Terms {
    spot: 100.0,
    market_ms: NOW_MS,
    rate: 0.05,
    dividend: 0.01,
    forward: ForwardMethod::Parity,
    source: GreeksSource::Own,
};

fn expiry(days: i64) -> Expiry {
    let date = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::TimeDelta::days(days);
    Expiry { date, settlement: Settlement::Pm, settles_ms: NOW_MS + days * DAY_MS }
}

fn smile(strike: f64) -> f64 {
    0.2 + 0.1 * (100.0 / strike).ln()
}

/// Strikes 80 to 120 by 5, 73 days from now, quoted around the smile's prices at the given forward.
fn chain(forward: f64, half_spread: f64) -> Chain {
    let t_years = 73.0 / 365.0;
    let discount = forward::discount(TERMS.rate, t_years);
    let strikes = (80..=120).step_by(5).map(f64::from);
    let rows = strikes.flat_map(|strike| [Right::Call, Right::Put].map(|right| (strike, right)));
    let rows = rows.map(|(strike, right)| {
        let option = Option {
            right,
            spot: TERMS.spot,
            strike,
            forward,
            discount,
            rate: TERMS.rate,
            t_years,
            sigma: smile(strike),
        };
        let price = black::price(&option).unwrap();
        Row {
            expiry: 0,
            strike,
            right,
            bid: price - half_spread,
            ask: price + half_spread,
            last: f64::NAN,
            open_interest: 10.0,
            vendor_iv: f64::NAN,
            vendor_gamma: f64::NAN,
            multiplier: 100.0,
        }
    });
    Chain::new(vec![expiry(73)], rows)
}

/// The row of a contract.
fn at(chain: &Chain, strike: f64, right: Right) -> usize {
    (0..chain.len()).find(|&i| chain.strike[i] == strike && chain.right[i] == right).unwrap()
}

#[test]
fn quotes_give_back_forward_smile_and_greeks() {
    let chain = chain(102.0, 0.01);
    let surface = Surface::of(&chain, &TERMS);
    assert_eq!(surface.t_years, [0.2]);
    assert!((surface.forward[0] - 102.0).abs() < 1e-9 && surface.rejected_forwards == 0);
    for i in 0..chain.len() {
        let sigma = smile(chain.strike[i]);
        assert!((surface.iv[i] - sigma).abs() < 1e-8, "{} {sigma}", surface.iv[i]);
        let option = Option {
            right: chain.right[i],
            spot: TERMS.spot,
            strike: chain.strike[i],
            forward: surface.forward[0],
            discount: surface.discount[0],
            rate: TERMS.rate,
            t_years: surface.t_years[0],
            sigma: surface.iv[i],
        };
        let greeks = black::greeks(&option).unwrap();
        let near = |actual: f64, expected: f64| (actual / expected - 1.0).abs() < 1e-9;
        assert!(near(surface.gamma[i], greeks.gamma) && near(surface.delta[i], greeks.delta));
        assert!(near(surface.theta[i], greeks.theta / 365.0), "per calendar day");
        assert!(near(surface.vega[i], greeks.vega / 100.0), "per volatility point");
        assert_eq!((surface.iv_origin[i], surface.gamma_origin[i]), (Origin::Own, Origin::Own));
    }
}

#[test]
fn a_parity_forward_far_from_carry_is_counted_and_not_used() {
    let carry = forward::carry(TERMS.spot, TERMS.rate, TERMS.dividend, 0.2);
    let surface = Surface::of(&chain(105.0, 0.01), &TERMS);
    assert_eq!((surface.forward[0], surface.rejected_forwards), (carry, 1));
    let surface = Surface::of(&chain(102.0, 0.01), &Terms { forward: ForwardMethod::Carry, ..TERMS });
    assert_eq!((surface.forward[0], surface.rejected_forwards), (carry, 0));

    let mut quiet = chain(102.0, 0.01);
    quiet.bid.iter_mut().take(14).for_each(|bid| *bid = 0.0);
    assert_eq!(Surface::of(&quiet, &TERMS).forward[0], carry, "two strikes are too few");
}

#[test]
fn a_strike_without_a_quote_lies_between_its_neighbours() {
    let mut chain = chain(102.0, 0.01);
    for (strike, right) in [(90.0, Right::Put), (80.0, Right::Put), (120.0, Right::Call)] {
        let i = at(&chain, strike, right);
        chain.bid[i] = 0.0;
    }
    let surface = Surface::of(&chain, &TERMS);
    let iv = |strike, right| surface.iv[at(&chain, strike, right)];
    let log = |strike: f64| (strike / surface.forward[0]).ln();
    let share = (log(90.0) - log(85.0)) / (log(95.0) - log(85.0));
    let expected = smile(85.0) + share * (smile(95.0) - smile(85.0));
    for right in [Right::Call, Right::Put] {
        assert!((iv(90.0, right) - expected).abs() < 1e-8, "a call in the money is not asked");
        assert!((iv(80.0, right) - smile(85.0)).abs() < 1e-8, "flat below");
        assert!((iv(120.0, right) - smile(115.0)).abs() < 1e-8, "flat above");
    }
}

#[test]
fn a_wide_quote_solves_nothing() {
    let surface = Surface::of(&chain(102.0, 40.0), &TERMS);
    assert!(surface.iv.iter().all(|iv| iv.is_nan()) && surface.gamma.iter().all(|gamma| gamma.is_nan()));
    assert!(surface.iv_origin.iter().chain(&surface.gamma_origin).all(|origin| *origin == Origin::None));
}

#[test]
fn the_source_says_whose_numbers_count() {
    let mut chain = chain(102.0, 0.01);
    let (plain, wild) = (at(&chain, 100.0, Right::Call), at(&chain, 105.0, Right::Call));
    chain.vendor_iv[plain] = 0.3;
    chain.vendor_iv[wild] = 5.0;
    chain.vendor_gamma[plain] = 0.07;
    chain.vendor_gamma[wild] = -1.0;
    let of = |source| Surface::of(&chain, &Terms { source, ..TERMS });

    let first = of(GreeksSource::VendorFirst);
    assert_eq!((first.iv[plain], first.iv_origin[plain]), (0.3, Origin::Vendor));
    assert_eq!((first.gamma[plain], first.gamma_origin[plain]), (0.07, Origin::Vendor));
    assert_eq!((first.iv_origin[wild], first.gamma_origin[wild]), (Origin::Own, Origin::Own));

    let vendor = of(GreeksSource::VendorIv);
    assert_eq!((vendor.iv[plain], vendor.gamma_origin[plain]), (0.3, Origin::Own));
    assert!(vendor.iv[wild].is_nan() && vendor.gamma[wild].is_nan() && vendor.delta[wild].is_nan());
    assert_eq!((vendor.iv_origin[wild], vendor.gamma_origin[wild]), (Origin::None, Origin::None));

    let own = of(GreeksSource::Own);
    assert!((own.iv[plain] - smile(100.0)).abs() < 1e-8 && own.gamma[plain] != 0.07);
    assert_eq!((own.iv_origin[plain], own.gamma_origin[plain]), (Origin::Own, Origin::Own));
}

#[test]
fn a_surface_is_the_same_in_used_buffers() {
    let mut surface = Surface::of(&chain(101.0, 40.0), &Terms { source: GreeksSource::VendorIv, ..TERMS });
    let chain = chain(102.0, 0.01);
    surface.refresh(&chain, &TERMS);
    assert_eq!(surface, Surface::of(&chain, &TERMS));
    surface.refresh(&Chain::default(), &TERMS);
    assert_eq!(surface, Surface::default());
}

#[test]
fn after_settlement_nothing_is_solved() {
    let mut chain = chain(102.0, 0.01);
    chain.expiries[0].settles_ms = NOW_MS;
    chain.vendor_iv[0] = 0.2;
    let surface = Surface::of(&chain, &Terms { source: GreeksSource::VendorFirst, ..TERMS });
    assert_eq!((surface.t_years[0], surface.forward[0], surface.discount[0]), (0.0, TERMS.spot, 1.0));
    assert_eq!((surface.iv[0], surface.gamma[0], surface.delta[0]), (0.2, 0.0, 1.0));
    assert!(surface.iv[1..].iter().all(|iv| iv.is_nan()));
}

proptest! {
    /// No quote, however odd, breaks the surface or makes an impossible volatility.
    #[test]
    fn any_quote_leaves_a_surface(
        quotes in prop::collection::vec((any::<f64>(), any::<f64>(), any::<f64>(), any::<f64>()), 18),
        spot in prop_oneof![any::<f64>(), 50.0_f64..150.0],
    ) {
        let mut chain = chain(102.0, 0.01);
        for (i, (bid, ask, iv, gamma)) in quotes.into_iter().enumerate().filter(|(i, _)| i % 3 != 0) {
            (chain.bid[i], chain.ask[i], chain.vendor_iv[i], chain.vendor_gamma[i]) = (bid, ask, iv, gamma);
        }
        for source in [GreeksSource::VendorFirst, GreeksSource::VendorIv, GreeksSource::Own] {
            let surface = Surface::of(&chain, &Terms { spot, source, ..TERMS });
            for i in 0..chain.len() {
                prop_assert_eq!(surface.iv[i].is_nan(), surface.iv_origin[i] == Origin::None);
                prop_assert_eq!(surface.gamma[i].is_nan(), surface.gamma_origin[i] == Origin::None);
                prop_assert!(surface.iv[i].is_nan() || (0.0..=10.0).contains(&surface.iv[i]));
                prop_assert!(surface.gamma[i].is_nan() || surface.gamma[i] >= 0.0);
            }
        }
    }
}

/// Own volatilities of the real chain against the exchange's, per expiration and settlement kind.
#[test]
fn own_volatilities_of_the_real_chain_are_those_of_the_exchange() {
    let Some(sample) = fixtures::real(GreeksSource::Own) else { return };
    let terms = Terms { rate: 0.05, dividend: 0.0, forward: ForwardMethod::Parity, ..sample.terms };
    let (chain, surface) = (&sample.chain, Surface::of(&sample.chain, &terms));
    assert_eq!(surface.rejected_forwards, 3, "years away, where carry without dividends is far off");
    let mut misses: BTreeMap<u16, Vec<f64>> = BTreeMap::new();
    for i in 0..chain.len() {
        let expiry = usize::from(chain.expiry[i]);
        let side = if chain.strike[i] < surface.forward[expiry] { Right::Put } else { Right::Call };
        let mid = forward::usable_mid(chain.bid[i], chain.ask[i]);
        let is_asked = (3.0..=60.0).contains(&(surface.t_years[expiry] * 365.0))
            && chain.right[i] == side
            && mid.is_some_and(|mid| mid >= 0.10)
            && chain.vendor_iv[i] > 0.0;
        if is_asked {
            misses.entry(chain.expiry[i]).or_default().push((surface.iv[i] - chain.vendor_iv[i]).abs());
        }
    }
    assert!(misses.len() >= 20, "{}", misses.len());
    for (expiry, mut misses) in misses {
        misses.sort_unstable_by(f64::total_cmp);
        let (median, ninth) = (misses[misses.len() / 2], misses[misses.len() * 9 / 10]);
        let expiry = chain.expiries[usize::from(expiry)];
        assert!(median <= 0.001 && ninth <= 0.004, "{expiry:?}: {median} {ninth} of {}", misses.len());
    }
}
