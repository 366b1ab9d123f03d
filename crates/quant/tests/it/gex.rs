//! Properties of gamma exposure and of the scores made from it, on chains that no market would list.

use chrono::{Days, NaiveDate};
use proptest::{collection::vec, prelude::*};
use quant::{
    bias::{Bias, center_scale},
    chain::{Chain, Expiry, Row, Settlement},
    contract::Right,
    gex::{Gex, Levels, Workspace},
    gravity::{self, Gravity},
    mode::Mode,
    pin::{self, Volume},
    surface::{Origin, Surface},
};

const SPOT: f64 = 1000.0;

/// One contract: row, volatility, gamma.
type Contract = (Row, f64, f64);

fn sane() -> impl Strategy<Value = Contract> {
    (0_u16..4, 160_u16..240, any::<bool>(), 0_u32..5000, 0.05..0.9_f64, 0.0..0.01_f64).prop_map(
        |(expiry, strike, is_call, open_interest, iv, gamma)| {
            let strike = 5.0 * f64::from(strike);
            (row(expiry, strike, is_call, f64::from(open_interest), 100.0), iv, gamma)
        },
    )
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        0.0..2000.0,
    ]
}

fn wild() -> impl Strategy<Value = Contract> {
    let numbers = [(); 5].map(|()| any_number());
    (0_u16..4, any::<bool>(), numbers).prop_map(
        |(expiry, is_call, [strike, interest, multiplier, iv, gamma])| {
            (row(expiry, strike, is_call, interest, multiplier), iv, gamma)
        },
    )
}

fn row(expiry: u16, strike: f64, is_call: bool, open_interest: f64, multiplier: f64) -> Row {
    Row {
        expiry,
        strike,
        right: if is_call { Right::Call } else { Right::Put },
        bid: f64::NAN,
        ask: f64::NAN,
        last: f64::NAN,
        open_interest,
        vendor_iv: f64::NAN,
        vendor_gamma: f64::NAN,
        multiplier,
    }
}

/// Two dates, the first with both settlements, the second with one and again a third date.
fn expiries() -> Vec<Expiry> {
    let first: NaiveDate = "2025-11-21".parse().unwrap();
    let expiry = |days, settlement| Expiry { date: first + Days::new(days), settlement, settles_ms: 0 };
    vec![
        expiry(0, Settlement::Am),
        expiry(0, Settlement::Pm),
        expiry(3, Settlement::Pm),
        expiry(28, Settlement::Am),
    ]
}

/// Contracts in the order of a chain, with a surface that says of them what was drawn.
fn market(mut contracts: Vec<Contract>, t_years: [f64; 4], forward: f64) -> (Chain, Surface) {
    contracts.sort_by(|(a, ..), (b, ..)| {
        a.expiry.cmp(&b.expiry).then(a.strike.total_cmp(&b.strike)).then(a.right.cmp(&b.right))
    });
    let surface = Surface {
        t_years: t_years.to_vec(),
        forward: vec![forward; 4],
        discount: vec![1.0; 4],
        iv: contracts.iter().map(|contract| contract.1).collect(),
        iv_origin: vec![Origin::Vendor; contracts.len()],
        gamma: contracts.iter().map(|contract| contract.2).collect(),
        gamma_origin: vec![Origin::Own; contracts.len()],
        delta: vec![f64::NAN; contracts.len()],
        theta: vec![f64::NAN; contracts.len()],
        vega: vec![f64::NAN; contracts.len()],
        ..Surface::default()
    };
    (Chain::new(expiries(), contracts.into_iter().map(|contract| contract.0)), surface)
}

const YEARS: [f64; 4] = [0.0005, 0.001, 0.01, 0.08];

fn gex_of(contracts: Vec<Contract>) -> Gex {
    let (chain, surface) = market(contracts, YEARS, SPOT);
    Gex::of(&chain, &surface, SPOT)
}

fn is_close(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-11 * size
}

fn at(levels: &Levels, strike: f64) -> [f64; 3] {
    let found = levels.strike.iter().position(|listed| *listed == strike);
    found.map_or([0.0; 3], |i| [levels.call[i], levels.put[i], levels.net[i]])
}

proptest! {
    #[test]
    fn the_exposure_of_a_chain_is_that_of_its_parts(
        contracts in vec((sane(), any::<bool>()), 0..80),
    ) {
        let all: Vec<Contract> = contracts.iter().map(|(contract, _)| *contract).collect();
        let part = |side: bool| contracts.iter().filter(|c| c.1 == side).map(|c| c.0).collect::<Vec<_>>();
        let (whole, left, right) = (gex_of(all), gex_of(part(true)), gex_of(part(false)));

        let size = whole.total_call + whole.total_put;
        prop_assert_eq!(whole.contracts_used, left.contracts_used + right.contracts_used);
        prop_assert!(is_close(whole.total_call, left.total_call + right.total_call, size));
        prop_assert!(is_close(whole.total_put, left.total_put + right.total_put, size));
        prop_assert!(is_close(whole.total_net, left.total_net + right.total_net, size));
        for &strike in &whole.strikes.strike {
            let sums = at(&left.strikes, strike).into_iter().zip(at(&right.strikes, strike));
            for (whole, (left, right)) in at(&whole.strikes, strike).into_iter().zip(sums) {
                prop_assert!(is_close(whole, left + right, size));
            }
        }
        let largest = whole.profile.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        if left.profile.len() == right.profile.len() {
            for (i, whole) in whole.profile.iter().enumerate() {
                let gross = largest.max(left.profile[i].abs());
                prop_assert!(is_close(*whole, left.profile[i] + right.profile[i], gross));
            }
        }
    }

    #[test]
    fn every_sum_agrees_with_every_other(contracts in vec(sane(), 0..80)) {
        let gex = gex_of(contracts);
        let levels = &gex.strikes;
        let size = gex.total_call + gex.total_put;
        prop_assert!(levels.strike.windows(2).all(|pair| pair[0] < pair[1]));
        for i in 0..levels.len() {
            prop_assert_eq!(levels.net[i], levels.call[i] - levels.put[i]);
        }
        let sum = |get: fn(&quant::gex::Expiration) -> f64| gex.by_expiration.iter().map(get).sum::<f64>();
        prop_assert!(is_close(sum(|e| e.call), gex.total_call, size));
        prop_assert!(is_close(sum(|e| e.put), gex.total_put, size));
        prop_assert!(is_close(sum(|e| e.net), gex.total_net, size));
        prop_assert!(gex.by_expiration.windows(2).all(|pair| pair[0].date < pair[1].date));
        for expiration in &gex.by_expiration {
            let listed = gex.of_expiration(expiration);
            prop_assert!(listed.strike.windows(2).all(|pair| pair[0] < pair[1]));
            for level in [expiration.call_wall, expiration.put_wall, expiration.max_pain].into_iter().flatten() {
                prop_assert!(listed.strike.contains(&level));
            }
        }
        let walls = [gex.call_wall, gex.put_wall, gex.max_net_strike, gex.min_net_strike];
        for level in walls.into_iter().flatten() {
            prop_assert!(levels.strike.contains(&level));
        }
        prop_assert_eq!(gex.call_wall.is_some(), gex.total_call > 0.0);
        prop_assert_eq!(gex.put_wall.is_some(), gex.total_put > 0.0);
        prop_assert!(gex.top_rows().map(|row| row.3.abs()).is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn roots_lie_in_the_grid_where_the_sign_changes(contracts in vec(sane(), 0..80)) {
        let gex = gex_of(contracts);
        prop_assert!(gex.zero_gamma_roots.is_sorted());
        prop_assert_eq!(gex.zero_gamma.is_some(), !gex.zero_gamma_roots.is_empty());
        let spots: Vec<f64> = gex.profile_spots().collect();
        for root in &gex.zero_gamma_roots {
            prop_assert!((0.9 * SPOT..=1.1 * SPOT).contains(root));
            let above = spots.partition_point(|spot| spot < root).clamp(1, spots.len() - 1);
            prop_assert!(gex.profile[above - 1] * gex.profile[above] <= 0.0);
        }
        if let Some(nearest) = gex.zero_gamma {
            prop_assert!(gex.zero_gamma_roots.iter().all(|r| (r - SPOT).abs() >= (nearest - SPOT).abs()));
        }
    }

    #[test]
    fn used_buffers_leave_no_trace(first in vec(sane(), 0..60), second in vec(sane(), 0..60)) {
        let (mut gex, mut work) = (Gex::default(), Workspace::default());
        for contracts in [first, second.clone()] {
            let (chain, surface) = market(contracts, YEARS, SPOT);
            gex.refresh(&chain, &surface, SPOT, &mut work);
        }
        prop_assert_eq!(gex, gex_of(second));
    }

    #[test]
    fn no_numbers_panic_or_give_what_is_none(
        contracts in vec(prop_oneof![wild(), sane()], 0..60),
        t_years in [any_number(), any_number(), any_number(), any_number()],
        forward in any_number(),
        spot in prop_oneof![any_number(), Just(SPOT)],
        center in any_number(),
        expected_move in any_number(),
        step in any_number(),
    ) {
        let count = contracts.len();
        let (chain, surface) = market(contracts, t_years, forward);
        let gex = Gex::of(&chain, &surface, spot);
        prop_assert_eq!(gex.contracts_used + gex.contracts_skipped, count);
        prop_assert!(numbers(&gex).all(f64::is_finite), "{:?}", gex);

        let bias = Bias::of(&gex, center);
        prop_assert!((-100.0..=100.0).contains(&bias.directional_strength));
        prop_assert!((0.0..=100.0).contains(&bias.lfi_score));
        prop_assert!((-50.0..=0.0).contains(&bias.bias_adj) && (-30.0..=0.0).contains(&bias.lfi_adj));
        let mode = Mode::of(&gex, bias.lfi_score);
        for score in [mode.score, mode.flip, mode.gex, mode.lfi, mode.concentration] {
            prop_assert!((0.0..=100.0).contains(&score), "{mode:?}");
        }

        let levels = gex.nearest_expiration().map_or_else(Default::default, |e| gex.of_expiration(e));
        let profile = Some(gravity::Profile { min: center, step, bins: &[0, 10, 1000, 500] });
        let (zero_gamma, previous_best) = (gex.zero_gamma, Some(expected_move));
        let inputs = gravity::Inputs { levels, profile, spot, expected_move, zero_gamma, previous_best };
        if let Some(pull) = Gravity::of(&inputs) {
            prop_assert!((0.0..=1.0).contains(&pull.confidence));
            prop_assert!(pull.low <= pull.high && pull.low.is_finite() && pull.high.is_finite());
            prop_assert!(pull.basins.iter().all(|basin| (0.0..=1.0).contains(&basin.score)));
        }
        let ranges = [(center, step)];
        let volume = Volume { node_ranges: &ranges, wells: &ranges, attention_peak: Some(center), step };
        let pins = pin::tiers(levels, spot, volume, gex.zero_gamma);
        prop_assert!(pins.len() <= 3);
        prop_assert!(pins.iter().all(|pin| (0.0..=100.0).contains(&pin.probability)));
        prop_assert!(pins.is_sorted_by(|a, b| a.points >= b.points));
    }
}

/// Every number of a [`Gex`].
fn numbers(gex: &Gex) -> impl Iterator<Item = f64> {
    let of_levels = |levels: &Levels| {
        let Levels { strike, call, put, net, call_oi, put_oi } = levels.clone();
        [strike, call, put, net, call_oi, put_oi].concat()
    };
    let totals = [gex.spot, gex.total_call, gex.total_put, gex.total_net, gex.net_usd_per_pct];
    let levels = [gex.call_wall, gex.put_wall, gex.max_net_strike, gex.min_net_strike, gex.zero_gamma];
    let flips = [gex.strike_flip.above, gex.strike_flip.below, gex.nearest_flip()];
    let dates = gex.by_expiration.iter().flat_map(|e| {
        let levels = [e.call_wall, e.put_wall, e.max_pain];
        [e.call, e.put, e.net, e.call_oi, e.put_oi].into_iter().chain(levels.into_iter().flatten())
    });
    let dates: Vec<f64> = dates.collect();
    totals
        .into_iter()
        .chain(levels.into_iter().chain(flips).flatten())
        .chain(of_levels(&gex.strikes))
        .chain(of_levels(&gex.dated))
        .chain(gex.profile.clone())
        .chain(gex.zero_gamma_roots.clone())
        .chain(dates)
}

#[test]
fn an_empty_chain_has_no_exposure_and_middle_scores() {
    let gex = Gex::of(&Chain::default(), &Surface::default(), SPOT);
    assert_eq!(gex, Gex { spot: SPOT, ..Gex::default() });
    assert_eq!(gex.regime.name(), "neutral");
    let bias = Bias::of(&gex, center_scale("I:SPX", SPOT));
    assert_eq!((bias.directional_strength, bias.lfi_score), (0.0, 50.0));
    assert_eq!(Mode::of(&gex, bias.lfi_score).score, 50.0);
}

/// SPX and SPXW of one third Friday: two expiries, one date.
#[test]
fn both_settlements_of_a_date_add_up() {
    let contract = |expiry, is_call| (row(expiry, 1000.0, is_call, 10.0, 100.0), 0.2, 0.01);
    let gex = gex_of(vec![contract(0, true), contract(1, true), contract(1, false), contract(3, true)]);
    let dates: Vec<_> =
        gex.by_expiration.iter().map(|e| (e.date.to_string(), e.call, e.put, e.call_oi)).collect();
    assert_eq!(dates, [("2025-11-21".into(), 20.0, 10.0, 20.0), ("2025-12-19".into(), 10.0, 0.0, 10.0)]);
    assert_eq!((gex.strikes.len(), gex.dated.len()), (1, 2));
    assert_eq!((gex.total_call, gex.total_put, gex.total_net), (30.0, 10.0, 20.0));
}

/// What settled this morning weighs nothing this afternoon.
#[test]
fn a_settled_expiry_is_gone() {
    let contract = |expiry| (row(expiry, 1000.0, true, 10.0, 100.0), 0.2, 0.01);
    let (chain, surface) =
        market(vec![contract(0), contract(1), contract(2)], [-0.001, 0.0, 0.01, 0.08], SPOT);
    let gex = Gex::of(&chain, &surface, SPOT);
    assert_eq!((gex.contracts_used, gex.contracts_skipped), (1, 2));
    assert_eq!(gex.nearest_expiration().map(|e| e.date.to_string()).as_deref(), Some("2025-11-24"));
}
