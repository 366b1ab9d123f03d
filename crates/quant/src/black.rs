//! Price and greeks of European options on a forward (Black 1976), one at a time and as columns.
//!
//! With `v = sigma sqrt(T)`, `w = +1` for a call and `-1` for a put, `d1 = ln(F/K)/v + v/2`, `d2 = d1 - v`,
//! `Q = F D / S` and `q' = r - ln(F/S)/T`:
//!
//! | quantity | formula | unit |
//! |---|---|---|
//! | price | `D w (F N(w d1) - K N(w d2))` | points |
//! | delta | `w Q N(w d1)` | per point of spot |
//! | gamma | `Q n(d1) / (S v)` | per point of spot squared |
//! | vega | `S Q n(d1) sqrt(T)` | per 1.00 of sigma |
//! | theta | `-S Q n(d1) sigma/(2 sqrt T) - w r K D N(w d2) + w q' S Q N(w d1)` | per year |
//! | rho | `w K T D N(w d2)` | per 1.00 of rate |
//!
//! Source: F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976); R. C. Merton's
//! dividend yield for the greeks by spot.

mod columns;
mod exposure;
pub(crate) mod smile;

pub use columns::{Columns, Contracts, Sensitivities, Slice, batch, sensitivities};
pub use exposure::{DollarGamma, Exposure};

use crate::{contract::Right, math, normal, simd::Plain};

/// The largest volatility that is believed: 2,000 % a year.
pub const MAX_SIGMA: f64 = 20.0;
/// Spot, strike, forward and discount factor lie between `1 / LIMIT` and `LIMIT`; times and rates are at most this.
pub const LIMIT: f64 = 1e30;
/// Years; less is as good as settled.
pub const MIN_YEARS: f64 = 1e-20;
/// Total volatility `sigma sqrt(T)`; less is none.
pub(crate) const MIN_TOTAL: f64 = 1e-100;

/// A European option and all that its value depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Option {
    /// Call or put.
    pub right: Right,
    /// Price of the underlying, points.
    pub spot: f64,
    /// Points.
    pub strike: f64,
    /// Forward price for its settlement, points.
    pub forward: f64,
    /// Value today of 1 at settlement.
    pub discount: f64,
    /// Continuous, per year; it matters for theta only.
    pub rate: f64,
    /// Years to settlement; 0 or less: settled.
    pub t_years: f64,
    /// Volatility, 1.00 = 100 % a year.
    pub sigma: f64,
}

/// Price and its derivatives; units in the module's table.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Greeks {
    /// Points.
    pub price: f64,
    /// Per point of spot.
    pub delta: f64,
    /// Per point of spot squared.
    pub gamma: f64,
    /// Per 1.00 of volatility.
    pub vega: f64,
    /// Per year.
    pub theta: f64,
    /// Per 1.00 of rate.
    pub rho: f64,
}

/// A number with which nothing can be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: not a number that an option can be priced with")]
pub struct BadInput {
    /// Which one, named like the field of [`Option`].
    pub field: &'static str,
}

/// `+1` for a call, `-1` for a put.
#[inline(always)]
pub(crate) fn sign(right: Right) -> f64 {
    if right == Right::Call { 1.0 } else { -1.0 }
}

/// Price and greeks.
///
/// Without time or volatility: the discounted intrinsic value of the forward; gamma and vega are 0, and at the
/// money counts as out of it. Deep wings underflow to 0, never below.
///
/// # Errors
/// [`BadInput`] for a spot, strike, forward or discount factor that is not finite and positive (within [`LIMIT`]),
/// a rate or time that is not finite, a volatility outside 0 to [`MAX_SIGMA`].
pub fn greeks(option: &Option) -> Result<Greeks, BadInput> {
    check(option)?;
    let Option { spot, strike, forward, discount, rate, .. } = *option;
    let w = sign(option.right);
    let t = if option.t_years > MIN_YEARS { option.t_years } else { 0.0 };
    let root = t.sqrt();
    let v = option.sigma * root;
    let log = math::ln_ratio::<Plain>(forward, strike);
    let (density, n1, n2) = if v > MIN_TOTAL {
        let d1 = log / v + 0.5 * v;
        (normal::pdf(d1), normal::cdf(w * d1), normal::cdf(w * (d1 - v)))
    } else {
        let share = f64::from(u8::from(w * (forward - strike) > 0.0));
        (0.0, share, share)
    };
    let value = forward * discount;
    let over = |numerator: f64, t: f64| if t > 0.0 { numerator / t } else { 0.0 };
    let yields = rate - over(math::ln_ratio::<Plain>(forward, spot), t);
    let carry = if t > 0.0 { w * (yields * value * n1 - rate * strike * discount * n2) } else { 0.0 };
    Ok(Greeks {
        price: price_checked(option, log, v),
        delta: w * value / spot * n1,
        gamma: value / spot * over(density, v) / spot,
        vega: value * density * root,
        theta: carry - over(value * density * option.sigma, 2.0 * root),
        rho: w * strike * t * discount * n2,
    })
}

/// The price alone, in points; same edge cases as [`greeks`].
///
/// Out of the money its relative error stays below 1e-11 down to the smallest numbers, since the two terms of the
/// formula are never subtracted; in the money it is the intrinsic value plus that.
///
/// # Errors
/// Like [`greeks`].
pub fn price(option: &Option) -> Result<f64, BadInput> {
    check(option)?;
    let t = if option.t_years > MIN_YEARS { option.t_years } else { 0.0 };
    let log = math::ln_ratio::<Plain>(option.forward, option.strike);
    Ok(price_checked(option, log, option.sigma * t.sqrt()))
}

fn price_checked(option: &Option, log: f64, v: f64) -> f64 {
    let Option { strike, forward, discount, .. } = *option;
    let intrinsic = (sign(option.right) * (forward - strike)).max(0.0);
    let time_value = if v > MIN_TOTAL {
        smile::point(log.abs(), v).ln_price.exp() * (forward.sqrt() * strike.sqrt())
    } else {
        0.0
    };
    discount * (intrinsic + time_value)
}

fn check(option: &Option) -> Result<(), BadInput> {
    let bad = |field| Err(BadInput { field });
    match option {
        o if !is_price(o.spot) => bad("spot"),
        o if !is_price(o.strike) => bad("strike"),
        o if !is_price(o.forward) => bad("forward"),
        o if !is_price(o.discount) => bad("discount"),
        o if !is_number(o.rate) => bad("rate"),
        o if !is_number(o.t_years) => bad("t_years"),
        o if !(0.0..=MAX_SIGMA).contains(&o.sigma) => bad("sigma"),
        _ => Ok(()),
    }
}

#[inline(always)]
pub(crate) fn is_price(value: f64) -> bool {
    (1.0 / LIMIT..=LIMIT).contains(&value)
}

#[inline(always)]
pub(crate) fn is_number(value: f64) -> bool {
    value.abs() <= LIMIT
}
