//! Price and greeks: known answers, properties, and the columns against the single contract.

use crate::oracle;
use proptest::prelude::*;
use quant::{
    black::{
        self, BadInput, Columns, Contracts, DollarGamma, Exposure, Greeks, Option, Sensitivities, Slice,
    },
    contract::Right,
};

/// Within a relative 1e-9 or an absolute 1e-12.
fn is_greek(actual: f64, expected: f64) -> bool {
    (actual - expected).abs() <= (1e-9 * expected.abs()).max(1e-12)
}

fn is_price(actual: f64, expected: f64, spot: f64) -> bool {
    (actual - expected).abs() <= 1e-12 * spot + 1e-9 * expected.abs()
}

/// The columns' answer for one contract; rho is not among them.
fn in_columns(option: &Option) -> Greeks {
    let mut greeks =
        Greeks { rho: black::greeks(option).map_or(f64::NAN, |greeks| greeks.rho), ..Greeks::default() };
    let one = std::slice::from_ref::<f64>;
    let contracts = Contracts {
        right: &[option.right],
        strike: one(&option.strike),
        forward: one(&option.forward),
        discount: one(&option.discount),
        t_years: one(&option.t_years),
        sigma: one(&option.sigma),
    };
    let Greeks { price, delta, gamma, vega, theta, .. } = &mut greeks;
    let column = std::slice::from_mut::<f64>;
    let [price, delta, gamma, vega, theta] = [price, delta, gamma, vega, theta].map(column);
    black::batch(option.spot, option.rate, contracts, Columns { price, delta, gamma, vega, theta });
    greeks
}

#[test]
fn known_answers() {
    let known = oracle::prices();
    assert_eq!(known.len(), 18);
    for known in known {
        let option = Option {
            right: known.right(),
            spot: known.number("S"),
            strike: known.number("K"),
            forward: known.forward(),
            discount: known.discount(),
            rate: known.number("r"),
            t_years: known.number("T"),
            sigma: known.number("sigma"),
        };
        let id = known.text("id");
        for greeks in [black::greeks(&option).unwrap(), in_columns(&option)] {
            assert!(is_price(greeks.price, known.number("price"), option.spot), "{id}: {greeks:?}");
            for (name, actual) in [
                ("delta", greeks.delta),
                ("gamma", greeks.gamma),
                ("vega", greeks.vega),
                ("theta", greeks.theta),
                ("rho", greeks.rho),
            ] {
                assert!(is_greek(actual, known.number(name)), "{id}: {name} {actual}");
            }
        }
        assert_eq!(black::price(&option), black::greeks(&option).map(|greeks| greeks.price), "{id}");
    }
}

const PLAIN: Option = Option {
    right: Right::Call,
    spot: 6000.0,
    strike: 6000.0,
    forward: 6000.0,
    discount: 0.99,
    rate: 0.05,
    t_years: 0.1,
    sigma: 0.2,
};

#[test]
fn a_bad_number_is_refused_by_name() {
    let cases = [
        ("spot", Option { spot: 0.0, ..PLAIN }),
        ("spot", Option { spot: f64::NAN, ..PLAIN }),
        ("strike", Option { strike: -1.0, ..PLAIN }),
        ("forward", Option { forward: f64::INFINITY, ..PLAIN }),
        ("discount", Option { discount: 0.0, ..PLAIN }),
        ("rate", Option { rate: f64::NAN, ..PLAIN }),
        ("t_years", Option { t_years: f64::NAN, ..PLAIN }),
        ("sigma", Option { sigma: -0.1, ..PLAIN }),
        ("sigma", Option { sigma: 20.1, ..PLAIN }),
        ("sigma", Option { sigma: f64::NAN, ..PLAIN }),
    ];
    for (field, option) in cases {
        assert_eq!(black::greeks(&option), Err(BadInput { field }));
        assert_eq!(black::price(&option), Err(BadInput { field }));
        let column = in_columns(&option);
        assert!(
            [column.price, column.delta, column.gamma, column.vega, column.theta].iter().all(|x| x.is_nan())
        );
    }
    assert!(black::greeks(&Option { sigma: 20.0, ..PLAIN }).is_ok());
}

#[test]
fn without_time_or_volatility_only_the_intrinsic_value_is_left() {
    let none = Greeks::default();
    for option in
        [Option { sigma: 0.0, ..PLAIN }, Option { t_years: 0.0, ..PLAIN }, Option { t_years: -1.0, ..PLAIN }]
    {
        for right in [Right::Call, Right::Put] {
            let at_the_money = Option { right, ..option };
            assert_eq!(black::greeks(&at_the_money), Ok(none), "at the money is out of it");
        }
        let inside = black::greeks(&Option { right: Right::Put, strike: 6100.0, ..option }).unwrap();
        assert_eq!((inside.price, inside.delta), (99.0, -0.99));
        assert_eq!((inside.gamma, inside.vega), (0.0, 0.0));
        assert_eq!(inside.theta != 0.0, option.t_years > 0.0, "carry needs time");
    }
}

fn rights() -> impl Strategy<Value = Right> {
    prop_oneof![Just(Right::Call), Just(Right::Put)]
}

prop_compose! {
    /// What a market can show: seconds to years, 0.1 % to 2,000 %, strikes up to 17 deviations away.
    fn options()(
        right in rights(),
        spot in 1.0_f64..50_000.0,
        rate in -0.02_f64..0.12,
        dividend in -0.02_f64..0.12,
        ln_t in (1e-8_f64.ln())..(6.0_f64.ln()),
        ln_sigma in (1e-3_f64.ln())..(20.0_f64.ln()),
        deviations in -17.0_f64..17.0,
    ) -> Option {
        let (t_years, sigma) = (ln_t.exp(), ln_sigma.exp());
        let forward = quant::forward::carry(spot, rate, dividend, t_years);
        let discount = quant::forward::discount(rate, t_years);
        let strike = forward * (deviations * sigma * t_years.sqrt()).clamp(-8.0, 8.0).exp();
        Option { right, spot, strike, forward, discount, rate, t_years, sigma }
    }
}

fn other(right: Right) -> Right {
    if right == Right::Call { Right::Put } else { Right::Call }
}

proptest! {
    #[test]
    fn a_call_without_its_put_is_a_forward(option in options()) {
        let call = black::greeks(&Option { right: Right::Call, ..option }).unwrap();
        let put = black::greeks(&Option { right: Right::Put, ..option }).unwrap();
        let Option { spot, strike, forward, discount, t_years, .. } = option;
        let scale = 1e-13 * (forward + strike) * discount;
        prop_assert!((call.price - put.price - discount * (forward - strike)).abs() <= scale);
        prop_assert!((call.delta - put.delta - forward * discount / spot).abs() <= 1e-13 * (1.0 + discount));
        prop_assert!((call.rho - put.rho - strike * t_years * discount).abs() <= 1e-13 * strike * t_years.max(1.0));
        prop_assert_eq!(call.gamma, put.gamma);
        prop_assert_eq!(call.vega, put.vega);
    }

    #[test]
    fn a_price_lies_between_its_bounds(option in options()) {
        let price = black::price(&option).unwrap();
        let Option { right, strike, forward, discount, .. } = option;
        let (low, high) = match right {
            Right::Call => (discount * (forward - strike), discount * forward),
            Right::Put => (discount * (strike - forward), discount * strike),
        };
        prop_assert!(price >= low.max(0.0), "{} {}", price, low);
        prop_assert!(price <= high * (1.0 + 1e-15), "{} {}", price, high);
    }

    #[test]
    fn more_volatility_is_never_cheaper(option in options(), share in 0.0_f64..1.0) {
        let calmer = Option { sigma: option.sigma * share, ..option };
        let (less, more) = (black::price(&calmer).unwrap(), black::price(&option).unwrap());
        prop_assert!(less <= more * (1.0 + 1e-12), "{} {}", less, more);
        prop_assert!(black::greeks(&option).unwrap().vega >= 0.0);
    }

    #[test]
    fn the_columns_say_what_the_single_contract_says(option in options()) {
        let (one, column) = (black::greeks(&option).unwrap(), in_columns(&option));
        prop_assert!(is_price(column.price, one.price, option.spot));
        prop_assert!(column.price >= 0.0);
        for (actual, expected) in
            [(column.delta, one.delta), (column.gamma, one.gamma), (column.vega, one.vega), (column.theta, one.theta)]
        {
            prop_assert!(is_greek(actual, expected), "{} {}", actual, expected);
        }
    }

    /// Whatever comes in: a typed refusal, or finite numbers.
    #[test]
    fn nothing_is_not_a_number(
        right in rights(),
        numbers in prop::array::uniform7(prop_oneof![any::<f64>(), Just(0.0), 1e-3_f64..1e3]),
    ) {
        let [spot, strike, forward, discount, rate, t_years, sigma] = numbers;
        let option = Option { right, spot, strike, forward, discount, rate, t_years, sigma };
        let column = in_columns(&option);
        match black::greeks(&option) {
            Ok(one) => {
                for number in [one.price, one.delta, one.gamma, one.vega, one.theta, one.rho, column.gamma, column.price] {
                    prop_assert!(number.is_finite(), "{:?} {:?}", option, one);
                }
                prop_assert!(one.price >= 0.0 && one.gamma >= 0.0 && one.vega >= 0.0);
            }
            Err(_) => prop_assert!(column.price.is_nan() && column.theta.is_nan()),
        }
    }

    #[test]
    fn dollar_gamma_is_the_sum_of_its_contracts(
        book in prop::collection::vec((options(), -1e6_f64..1e6), 1..70),
        move_by in -0.1_f64..0.1,
    ) {
        let spot = 6000.0;
        let exposures = book.iter().map(|(option, shares)| Exposure {
            shares: *shares,
            strike: option.strike / option.spot * spot,
            forward: option.forward / option.spot * spot,
            discount: option.discount,
            t_years: option.t_years,
            sigma: option.sigma,
        });
        let mut gamma = DollarGamma::default();
        gamma.refresh(spot, exposures.clone());
        let x = spot * (1.0 + move_by);
        let each: Vec<f64> = exposures
            .map(|one| {
                let option = Option {
                    right: Right::Call,
                    spot: x,
                    strike: one.strike,
                    forward: one.forward * (x / spot),
                    discount: one.discount,
                    rate: 0.0,
                    t_years: one.t_years,
                    sigma: one.sigma,
                };
                one.shares * black::greeks(&option).unwrap().gamma * x * x * 0.01
            })
            .collect();
        let (sum, size) = (each.iter().sum::<f64>(), each.iter().map(|one| one.abs()).sum::<f64>());
        let mut profile = [0.0; 40];
        gamma.profile(&[x; 40], &mut profile);
        for found in profile.into_iter().chain([gamma.at(x)]) {
            // A move of the spot shifts d1 by a rounding of ln(x/S)/v.
            prop_assert!((found - sum).abs() <= 1e-9 * size + 1e-9, "{} {}", found, sum);
        }
    }

    #[test]
    fn one_expiry_is_what_its_contracts_are(options in prop::collection::vec(options(), 1..40)) {
        let shared = options[0];
        let slice = Slice {
            spot: shared.spot,
            forward: shared.forward,
            discount: shared.discount,
            rate: shared.rate,
            t_years: shared.t_years,
        };
        let right: Vec<Right> = options.iter().map(|option| other(option.right)).collect();
        let strike: Vec<f64> = options.iter().map(|option| option.strike).collect();
        let sigma: Vec<f64> = options.iter().map(|option| option.sigma).collect();
        let mut out = vec![vec![0.0; options.len()]; 4];
        let [delta, gamma, vega, theta] = &mut out[..] else { unreachable!() };
        black::sensitivities(&slice, &right, &strike, &sigma, Sensitivities { delta, gamma, vega, theta });
        for i in 0..options.len() {
            let option = Option { right: right[i], strike: strike[i], sigma: sigma[i], ..shared };
            let one = black::greeks(&option).unwrap();
            for (actual, expected) in out.iter().zip([one.delta, one.gamma, one.vega, one.theta]) {
                prop_assert!(is_greek(actual[i], expected), "{} {} {:?}", actual[i], expected, option);
            }
        }
    }
}
