//! The volatility surface and what it makes of a contract: price, volatility and greeks.
//!
//! Total variance is `v/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))` with `k = ln(K/F)`, `v` the total
//! variance at the money and `phi = eta / sqrt(v)`: an SSVI surface (Gatheral and Jacquier, "Arbitrage-free SVI
//! volatility surfaces", 2014) without static arbitrage for these parameters.

use super::{
    black::normal,
    board::{Contract, Series},
    underlying::{Smile, Underlying},
};
use crate::price::ledger::REVERSION;
use quant::contract::Right;

const RATE: f64 = 0.04;
const YEAR_MS: f64 = 365.0 * 86_400_000.0;
const DAYS: f64 = 365.0;
/// Deltas beyond this are published without greeks and volatility.
const CERTAIN: f64 = 0.995;

/// What holds for all contracts of an expiration at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Price of the underlying.
    pub spot: f64,
    /// Years to settlement; above 0.
    pub t_years: f64,
    /// Forward price.
    pub forward: f64,
    /// Discount factor.
    pub discount: f64,
    /// Volatility at the money.
    pub sigma: f64,
    ln_forward: f64,
    root_t: f64,
    /// Volatility at the money over the whole time.
    root_v: f64,
    dividend: f64,
    smile: Smile,
}

/// What a contract is worth in the model, before rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// Price, points.
    pub mid: f64,
    /// Volatility.
    pub iv: f64,
    /// Per point of the underlying.
    pub delta: f64,
    /// Per point, squared.
    pub gamma: f64,
    /// Per calendar day.
    pub theta: f64,
    /// Per point of volatility (1 %).
    pub vega: f64,
}

impl Value {
    /// Whether the vendor publishes greeks and volatility for it.
    pub fn is_published(&self) -> bool {
        self.delta.abs() <= CERTAIN
    }
}

/// The volatility that all expirations hang on, at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) spot: f64,
    /// Instantaneous and long-run variance of the market, per year.
    pub(super) variance: f64,
    pub(super) mean: f64,
    /// Volatility of the underlying against the market's.
    pub(super) multiple: f64,
}

impl Term {
    /// `None` once the series is settled.
    pub(super) fn of(underlying: &Underlying, level: Level, series: &Series, ms: i64) -> Option<Self> {
        let left = series.settlement_ms - ms;
        if left <= 0 {
            return None;
        }
        let t = left as f64 / YEAR_MS;
        // The mean of the expected variance until then, times the time; it never falls with t.
        let expected =
            level.mean * t + (level.variance - level.mean) * -(-REVERSION * t).exp_m1() / REVERSION;
        let root_v = level.multiple * expected.sqrt();
        let root_t = t.sqrt();
        let carried = (RATE - underlying.dividend) * t;
        Some(Self {
            spot: level.spot,
            t_years: t,
            forward: level.spot * carried.exp(),
            discount: (-RATE * t).exp(),
            sigma: root_v / root_t,
            ln_forward: level.spot.ln() + carried,
            root_t,
            root_v,
            dividend: underlying.dividend,
            smile: underlying.smile,
        })
    }

    /// Volatility of a strike.
    pub fn volatility(&self, strike: f64) -> f64 {
        self.iv(strike.ln())
    }

    /// Volatility of a strike, given by its log.
    fn iv(&self, ln_strike: f64) -> f64 {
        let Smile { rho, eta } = self.smile;
        let z = eta * (ln_strike - self.ln_forward) / self.root_v;
        self.sigma * (0.5 * (1.0 + rho * z + ((z + rho).powi(2) + 1.0 - rho * rho).sqrt())).sqrt()
    }

    /// Price and vega alone: what a quote needs.
    pub(super) fn price(&self, contract: &Contract) -> (f64, f64) {
        let point = Point::of(self, contract);
        (point.mid, point.vega(self))
    }

    /// Price to whole cents.
    pub(super) fn shown_price(&self, contract: &Contract) -> f64 {
        crate::price::bar::cents(Point::of(self, contract).mid)
    }

    /// Everything about a contract of this series.
    pub fn value(&self, contract: &Contract) -> Value {
        let Point { iv, mid, density, call_delta, d2, .. } = Point::of(self, contract);
        let carry = (-self.dividend * self.t_years).exp();
        let delta = match contract.right {
            Right::Call => carry * call_delta,
            Right::Put => carry * (call_delta - 1.0),
        };
        let gamma = carry * density / (self.spot * iv * self.root_t);
        let decay = self.spot * carry * density * iv / (2.0 * self.root_t);
        let (_, paid) = normal(match contract.right {
            Right::Call => d2,
            Right::Put => -d2,
        });
        let interest = RATE * contract.strike * self.discount * paid;
        let dividends = self.dividend * self.spot * delta;
        let theta = match contract.right {
            Right::Call => dividends - decay - interest,
            Right::Put => dividends - decay + interest,
        };
        let vega = self.spot * carry * density * self.root_t / 100.0;
        Value { mid, iv, delta, gamma, theta: theta / DAYS, vega }
    }
}

struct Point {
    iv: f64,
    mid: f64,
    density: f64,
    /// Of the forward, undiscounted.
    call_delta: f64,
    d2: f64,
}

impl Point {
    /// The side out of the money by formula, the other by parity: so parity is exact.
    fn of(term: &Term, contract: &Contract) -> Self {
        let iv = term.iv(contract.ln_strike);
        let width = iv * term.root_t;
        let k = contract.ln_strike - term.ln_forward;
        let d1 = width / 2.0 - k / width;
        let d2 = d1 - width;
        let (density, call_delta) = normal(d1);
        let (forward, strike) = (term.forward, contract.strike);
        let call_is_out = strike >= forward;
        let out = if call_is_out {
            forward * call_delta - strike * normal(d2).1
        } else {
            strike * normal(-d2).1 - forward * normal(-d1).1
        };
        let out = out.max(0.0);
        let value = match (contract.right, call_is_out) {
            (Right::Call, true) | (Right::Put, false) => out,
            (Right::Call, false) => out + (forward - strike),
            (Right::Put, true) => out + (strike - forward),
        };
        Self { iv, mid: term.discount * value, density, call_delta, d2 }
    }

    fn vega(&self, term: &Term) -> f64 {
        term.discount * term.forward * self.density * term.root_t / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::random::Stream;

    /// Closed forms of Black and Scholes, by differences of the price.
    #[test]
    fn greeks_are_the_derivatives_of_the_price_at_a_fixed_volatility() {
        let underlying = Underlying::named("I:SPX").unwrap();
        let series = |ms| Series { settlement_ms: ms, ..Series::default() };
        let level = Level { spot: 6600.0, variance: 0.02, mean: 0.03, multiple: 1.0 };
        let month = 30 * 86_400_000;
        // A flat smile: then a bumped spot leaves the volatility where it was.
        let flat = |spot: f64, wait: i64, vol: f64| {
            let mut term = Term::of(underlying, Level { spot, ..level }, &series(month), wait).unwrap();
            term.smile = Smile { rho: 0.0, eta: 0.0 };
            term.sigma = vol;
            term.root_v = vol * term.root_t;
            term
        };
        for right in [Right::Call, Right::Put] {
            let contract = Contract::new("X".into(), right, 6700.0, 5.0, 0, Stream::new(1, "x"));
            let at = |spot, wait, vol| flat(spot, wait, vol).value(&contract);
            let here = at(6600.0, 0, 0.15);
            let delta = (at(6601.0, 0, 0.15).mid - at(6599.0, 0, 0.15).mid) / 2.0;
            let gamma = at(6601.0, 0, 0.15).delta - at(6599.0, 0, 0.15).delta;
            let vega = (at(6600.0, 0, 0.1501).mid - at(6600.0, 0, 0.1499).mid) / 0.02;
            let theta = (at(6600.0, 864_000, 0.15).mid - here.mid) * 100.0;
            assert!((here.delta - delta).abs() < 1e-5, "{right:?}");
            assert!((2.0 * here.gamma - gamma).abs() < 1e-7);
            assert!((here.vega - vega).abs() < 1e-3, "{} {vega}", here.vega);
            assert!((here.theta - theta).abs() < 1e-3, "{} {theta}", here.theta);
        }
        assert_eq!(Term::of(underlying, level, &series(month), month), None, "settled");
    }
}
