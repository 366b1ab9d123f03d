//! Implied volatilities of whole columns: a fixed number of vector steps, then the few stubborn ones singly.

use super::{CAP, Outcome, Quote, solve, volatility};
use crate::{
    black::{MIN_YEARS, is_number, is_price, sign, smile},
    contract::Right,
    math,
    simd::{self, Arithmetic, Kernel},
};

/// Half the total volatility below which the difference of two Mills' ratios loses too many digits.
const MIN_HALF: f64 = 1e-4;
/// Above this `h - y` the price is nearly that of an endless volatility, which takes more than a few steps.
const MAX_INSIDE: f64 = 8.0;

/// Points; where logarithms still keep all their digits.
const MIN_PRICE: f64 = 1e-250;

/// Quotes as columns; fields like those of [`Quote`]. The shortest column counts.
#[derive(Debug, Clone, Copy)]
pub struct Quotes<'a> {
    /// Call or put.
    pub right: &'a [Right],
    /// Points.
    pub price: &'a [f64],
    /// Points.
    pub strike: &'a [f64],
    /// Points.
    pub forward: &'a [f64],
    /// Value today of 1 at settlement.
    pub discount: &'a [f64],
    /// Years.
    pub t_years: &'a [f64],
}

/// [`volatility`] of every quote on one underlying of price `spot`, without allocation: sigma and outcome like those
/// of [`super::Implied`]. The shortest column counts.
pub fn batch(spot: f64, quotes: Quotes<'_>, sigma: &mut [f64], outcome: &mut [Outcome]) {
    let Quotes { right, price, strike, forward, discount, t_years } = quotes;
    simd::run(Batch { spot, quotes, sigma });
    let columns = right.iter().zip(price).zip(strike).zip(forward).zip(discount).zip(t_years);
    for ((row, sigma), outcome) in columns.zip(sigma).zip(outcome) {
        *outcome = Outcome::Ok;
        if sigma.is_nan() {
            let (((((&right, &price), &strike), &forward), &discount), &t_years) = row;
            let one = volatility(&Quote { right, price, spot, strike, forward, discount, t_years });
            (*sigma, *outcome) = (one.sigma, one.outcome);
        }
    }
}

/// Quotes of one expiry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SliceQuotes<'a> {
    pub(crate) spot: f64,
    pub(crate) forward: f64,
    pub(crate) discount: f64,
    pub(crate) t_years: f64,
    pub(crate) right: &'a [Right],
    pub(crate) price: &'a [f64],
    pub(crate) strike: &'a [f64],
}

/// Volatilities of one expiry's quotes: NaN unless [`Outcome::Ok`].
pub(crate) fn slice(quotes: SliceQuotes<'_>, sigma: &mut [f64]) {
    let SliceQuotes { spot, forward, discount, t_years, right, price, strike } = quotes;
    simd::run(OneExpiry { quotes, sigma });
    for (((sigma, &right), &price), &strike) in sigma.iter_mut().zip(right).zip(price).zip(strike) {
        if sigma.is_nan() && price > 0.0 {
            let one = volatility(&Quote { right, price, spot, strike, forward, discount, t_years });
            *sigma = if one.outcome == Outcome::Ok { one.sigma } else { f64::NAN };
        }
    }
}

struct Batch<'a> {
    spot: f64,
    quotes: Quotes<'a>,
    sigma: &'a mut [f64],
}

impl Kernel for Batch<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Quotes { right, price, strike, forward, discount, t_years } = self.quotes;
        let inputs = [right.len(), price.len(), strike.len(), forward.len(), discount.len(), t_years.len()];
        let n = inputs.into_iter().fold(self.sigma.len(), usize::min);
        let (right, price, strike, forward) = (&right[..n], &price[..n], &strike[..n], &forward[..n]);
        let (discount, t_years, sigma) = (&discount[..n], &t_years[..n], &mut self.sigma[..n]);
        for i in 0..n {
            let terms =
                Terms { spot: self.spot, forward: forward[i], discount: discount[i], t_years: t_years[i] };
            sigma[i] = lane::<A>(&terms, sign(right[i]), price[i], strike[i]);
        }
    }
}

struct OneExpiry<'a> {
    quotes: SliceQuotes<'a>,
    sigma: &'a mut [f64],
}

impl Kernel for OneExpiry<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let SliceQuotes { spot, forward, discount, t_years, right, price, strike } = self.quotes;
        let n = [right.len(), price.len(), strike.len()].into_iter().fold(self.sigma.len(), usize::min);
        let (right, price, strike, sigma) = (&right[..n], &price[..n], &strike[..n], &mut self.sigma[..n]);
        let terms = Terms { spot, forward, discount, t_years };
        for i in 0..n {
            sigma[i] = lane::<A>(&terms, sign(right[i]), price[i], strike[i]);
        }
    }
}

struct Terms {
    spot: f64,
    forward: f64,
    discount: f64,
    t_years: f64,
}

/// One quote without branches; NaN where [`volatility`] has to look.
#[inline(always)]
fn lane<A: Arithmetic>(terms: &Terms, w: f64, price: f64, strike: f64) -> f64 {
    let Terms { spot, forward, discount, t_years } = *terms;
    let intrinsic = discount * w * (forward - strike);
    let (intrinsic, least) = if intrinsic > 0.0 { (intrinsic, 1e-12 * forward) } else { (0.0, MIN_PRICE) };
    let rest = price - intrinsic;
    let bound = discount * if w > 0.0 { forward } else { strike };
    let is_plain = is_price(spot)
        & is_price(strike)
        & is_price(forward)
        & is_price(discount)
        & is_number(t_years)
        & (t_years > MIN_YEARS)
        & (price < bound)
        & (rest > least);
    let root = if is_plain { t_years } else { 1.0 }.sqrt();
    let beta = if is_plain { rest / (discount * (forward.sqrt() * strike.sqrt())) } else { 0.5 };
    let x = if is_plain { math::ln_ratio::<A>(forward, strike).abs() } else { 0.0 };

    let aim = Aim { x, target: math::ln_ratio::<A>(beta, 1.0) };
    // Written out: a loop within the loop over the column would keep that one from becoming vector instructions.
    let first = step::<A>(&aim, solve::guess::<A>(x, beta));
    let second = step::<A>(&aim, first.v);
    let third = step::<A>(&aim, second.v);
    let last = step::<A>(&aim, third.v);
    let sigma = last.v / root;
    if is_plain & last.is_last & (sigma <= CAP) { sigma } else { f64::NAN }
}

struct Aim {
    x: f64,
    target: f64,
}

struct Step {
    v: f64,
    is_last: bool,
}

#[inline(always)]
fn step<A: Arithmetic>(aim: &Aim, v: f64) -> Step {
    let (y, h) = (aim.x / v, 0.5 * v);
    let ratio = smile::difference::<A>(y, h);
    let miss = aim.target - smile::ln_of_ratio::<A>(ratio, y, h);
    let step = solve::halley(aim.x, v, miss, ratio);
    let is_small = (step.abs() <= solve::LAST_STEP * v) & (miss.abs() <= solve::LAST_STEP);
    Step { v: v + step, is_last: is_small & (h > MIN_HALF) & (h - y < MAX_INSIDE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Plain;

    /// Most quotes are solved in the vector steps, with either arithmetic, and as well as one by one.
    #[test]
    fn few_quotes_are_left_to_be_solved_singly() {
        let strike: Vec<f64> = (0..200_u32).map(|i| 80.0 + 0.2 * f64::from(i)).collect();
        let right: Vec<Right> =
            strike.iter().map(|k| if *k < 100.0 { Right::Put } else { Right::Call }).collect();
        let price = |sigma: f64, i: usize| {
            let option = crate::black::Option {
                right: right[i],
                spot: 100.0,
                strike: strike[i],
                forward: 100.0,
                discount: 0.99,
                rate: 0.0,
                t_years: 0.1,
                sigma,
            };
            crate::black::price(&option).unwrap()
        };
        for sigma in [0.1, 0.2, 0.5, 1.0, 2.0] {
            let price: Vec<f64> = (0..strike.len()).map(|i| price(sigma, i)).collect();
            let quotes = SliceQuotes {
                spot: 100.0,
                forward: 100.0,
                discount: 0.99,
                t_years: 0.1,
                right: &right,
                price: &price,
                strike: &strike,
            };
            let (mut best, mut plain) = (vec![0.0; strike.len()], vec![0.0; strike.len()]);
            simd::run(OneExpiry { quotes, sigma: &mut best });
            OneExpiry { quotes, sigma: &mut plain }.run::<Plain>();
            for found in best.iter().chain(&plain) {
                assert!((found - sigma).abs() <= 1e-9 * sigma, "{found} {sigma}");
            }
        }
    }
}
