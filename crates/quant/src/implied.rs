//! The volatility at which the Black-76 formula gives a price, with a typed outcome where there is none.
//!
//! Solved on the out-of-the-money side: an in-the-money price becomes that of the other type by put-call parity.
//! The logarithm of the price is concave in the total volatility, and Halley's step on it needs nothing but the
//! price itself: with `b / b'` from [`crate::black`]'s normalised form, `Newton = ln(p/b) b/b'` and
//! `b''/b' = x^2/v^3 - v/4`. It starts from Bachelier's implied volatility (a rational fit) and ends when a
//! step is below 1e-6, which the cubic convergence makes 1e-15.

mod columns;
mod solve;

pub use columns::{Quotes, batch};
pub(crate) use columns::{SliceQuotes, slice};

use crate::{
    black::{is_price, sign},
    contract::Right,
};

/// Where the search ends: 1,000 % a year.
pub const CAP: f64 = 10.0;

/// A price and all that its volatility depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Call or put.
    pub right: Right,
    /// Price of the option, points.
    pub price: f64,
    /// Price of the underlying, points.
    pub spot: f64,
    /// Points.
    pub strike: f64,
    /// Forward price for its settlement, points.
    pub forward: f64,
    /// Value today of 1 at settlement.
    pub discount: f64,
    /// Years to settlement.
    pub t_years: f64,
}

/// What became of the search for a volatility. Tested in the order of declaration, [`Outcome::Ok`] last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A number that nothing can be computed with.
    BadInput,
    /// The price is 0.
    NoPrice,
    /// No time is left.
    Expired,
    /// The price is not below what an endless volatility would give.
    AboveMax,
    /// The price is below the intrinsic value of the forward.
    BelowIntrinsic,
    /// The price is the intrinsic value: volatility 0.
    AtIntrinsic,
    /// The volatility would be above [`CAP`].
    AboveCap,
    /// Solved.
    Ok,
}

/// An implied volatility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Implied {
    /// 1.00 = 100 % a year; [`CAP`] when above it, 0 at the intrinsic value, NaN where there is none.
    pub sigma: f64,
    /// How it ended.
    pub outcome: Outcome,
}

impl Implied {
    const fn none(outcome: Outcome) -> Self {
        Self { sigma: f64::NAN, outcome }
    }
}

/// The volatility of one quote. It reproduces the out-of-the-money price to a relative 1e-9 down to 1e-60 points, in
/// at most 64 evaluations of the price (3 to 5 as a rule).
pub fn volatility(quote: &Quote) -> Implied {
    let time_value = match time_value(quote) {
        Ok(time_value) => time_value,
        Err(implied) => return implied,
    };
    let scale = quote.discount * (quote.forward.sqrt() * quote.strike.sqrt());
    let x = crate::math::ln_ratio::<crate::simd::Plain>(quote.forward, quote.strike).abs();
    let root = quote.t_years.sqrt();
    match solve::total_volatility(x, time_value / scale, CAP * root) {
        Some(v) => Implied { sigma: v / root, outcome: Outcome::Ok },
        None => Implied { sigma: CAP, outcome: Outcome::AboveCap },
    }
}

/// The price of the out-of-the-money side, or why there is nothing to solve.
fn time_value(quote: &Quote) -> Result<f64, Implied> {
    let Quote { right, price, spot, strike, forward, discount, t_years } = *quote;
    let inputs = [spot, strike, forward, discount];
    let is_valid = price.is_finite() && price >= 0.0 && inputs.into_iter().all(is_price);
    if !is_valid || !crate::black::is_number(t_years) {
        return Err(Implied::none(Outcome::BadInput));
    }
    let w = sign(right);
    let bound = discount * if right == Right::Call { forward } else { strike };
    let intrinsic = discount * w * (forward - strike);
    let rest = price - intrinsic.max(0.0);
    match () {
        () if price == 0.0 => Err(Implied::none(Outcome::NoPrice)),
        () if t_years <= crate::black::MIN_YEARS => Err(Implied::none(Outcome::Expired)),
        () if price >= bound => Err(Implied::none(Outcome::AboveMax)),
        () if intrinsic > 0.0 && rest < -1e-9 * spot => Err(Implied::none(Outcome::BelowIntrinsic)),
        () if intrinsic > 0.0 && rest <= 1e-12 * forward => {
            Err(Implied { sigma: 0.0, outcome: Outcome::AtIntrinsic })
        }
        () => Ok(rest),
    }
}
