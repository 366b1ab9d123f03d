//! Price and greeks of whole columns, without allocation, with the processor's vector instructions.
//!
//! The formulas and edge cases of [`super::greeks`]; the price is the plain difference of its two terms, exact to
//! 1e-15 of the forward. A contract with an input that [`super::greeks`] refuses gets NaN.

use super::{MAX_SIGMA, MIN_TOTAL, MIN_YEARS, is_number, is_price, sign};
use crate::{
    contract::Right,
    math,
    simd::{self, Arithmetic, Kernel},
};

/// Contracts as columns; fields like those of [`super::Option`]. The shortest column counts.
#[derive(Debug, Clone, Copy)]
pub struct Contracts<'a> {
    /// Call or put.
    pub right: &'a [Right],
    /// Points.
    pub strike: &'a [f64],
    /// Points.
    pub forward: &'a [f64],
    /// Value today of 1 at settlement.
    pub discount: &'a [f64],
    /// Years.
    pub t_years: &'a [f64],
    /// 1.00 = 100 % a year.
    pub sigma: &'a [f64],
}

/// Where [`batch`] writes; units like those of [`super::Greeks`].
#[derive(Debug)]
pub struct Columns<'a> {
    /// Points.
    pub price: &'a mut [f64],
    /// Per point of spot.
    pub delta: &'a mut [f64],
    /// Per point of spot squared.
    pub gamma: &'a mut [f64],
    /// Per 1.00 of volatility.
    pub vega: &'a mut [f64],
    /// Per year.
    pub theta: &'a mut [f64],
}

/// What the contracts of one expiry share; fields like those of [`super::Option`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slice {
    /// Points.
    pub spot: f64,
    /// Points.
    pub forward: f64,
    /// Value today of 1 at settlement.
    pub discount: f64,
    /// Continuous, per year.
    pub rate: f64,
    /// Years.
    pub t_years: f64,
}

/// Where [`sensitivities`] writes; units like those of [`super::Greeks`].
#[derive(Debug)]
pub struct Sensitivities<'a> {
    /// Per point of spot.
    pub delta: &'a mut [f64],
    /// Per point of spot squared.
    pub gamma: &'a mut [f64],
    /// Per 1.00 of volatility.
    pub vega: &'a mut [f64],
    /// Per year.
    pub theta: &'a mut [f64],
}

/// Price, delta, gamma, vega and theta of contracts of any expiries on one underlying of price `spot`, at `rate`.
pub fn batch(spot: f64, rate: f64, contracts: Contracts<'_>, out: Columns<'_>) {
    simd::run(Batch { spot, rate, contracts, out });
}

/// Delta, gamma, vega and theta of contracts of one expiry. The shortest column counts.
pub fn sensitivities(slice: &Slice, right: &[Right], strike: &[f64], sigma: &[f64], out: Sensitivities<'_>) {
    simd::run(OneExpiry { slice: *slice, right, strike, sigma, out });
}

struct Batch<'a> {
    spot: f64,
    rate: f64,
    contracts: Contracts<'a>,
    out: Columns<'a>,
}

impl Kernel for Batch<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self { spot, rate, contracts, out } = self;
        let Contracts { right, strike, forward, discount, t_years, sigma } = contracts;
        let Columns { price, delta, gamma, vega, theta } = out;
        let inputs = [strike.len(), forward.len(), discount.len(), t_years.len(), sigma.len(), right.len()];
        let outputs = [price.len(), delta.len(), gamma.len(), vega.len(), theta.len()];
        let n = inputs.into_iter().chain(outputs).fold(usize::MAX, usize::min);
        let (right, strike, forward) = (&right[..n], &strike[..n], &forward[..n]);
        let (discount, t_years, sigma) = (&discount[..n], &t_years[..n], &sigma[..n]);
        let (price, delta, gamma) = (&mut price[..n], &mut delta[..n], &mut gamma[..n]);
        let (vega, theta) = (&mut vega[..n], &mut theta[..n]);
        for i in 0..n {
            let slice = Slice { spot, rate, forward: forward[i], discount: discount[i], t_years: t_years[i] };
            let one = lane::<A>(&slice, sign(right[i]), strike[i], sigma[i]);
            price[i] = one.price;
            delta[i] = one.delta;
            gamma[i] = one.gamma;
            vega[i] = one.vega;
            theta[i] = one.theta;
        }
    }
}

struct OneExpiry<'a> {
    slice: Slice,
    right: &'a [Right],
    strike: &'a [f64],
    sigma: &'a [f64],
    out: Sensitivities<'a>,
}

impl Kernel for OneExpiry<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self { slice, right, strike, sigma, out } = self;
        let Sensitivities { delta, gamma, vega, theta } = out;
        let inputs = [right.len(), strike.len(), sigma.len()];
        let outputs = [delta.len(), gamma.len(), vega.len(), theta.len()];
        let n = inputs.into_iter().chain(outputs).fold(usize::MAX, usize::min);
        let (right, strike, sigma) = (&right[..n], &strike[..n], &sigma[..n]);
        let (delta, gamma, vega, theta) = (&mut delta[..n], &mut gamma[..n], &mut vega[..n], &mut theta[..n]);
        for i in 0..n {
            let one = lane::<A>(&slice, sign(right[i]), strike[i], sigma[i]);
            delta[i] = one.delta;
            gamma[i] = one.gamma;
            vega[i] = one.vega;
            theta[i] = one.theta;
        }
    }
}

struct Lane {
    price: f64,
    delta: f64,
    gamma: f64,
    vega: f64,
    theta: f64,
}

/// One contract without branches: every edge case is a choice between two computed values.
#[inline(always)]
fn lane<A: Arithmetic>(slice: &Slice, w: f64, strike: f64, sigma: f64) -> Lane {
    let Slice { spot, forward, discount, rate, t_years } = *slice;
    let is_valid = is_price(spot)
        & is_price(strike)
        & is_price(forward)
        & is_price(discount)
        & is_number(rate)
        & is_number(t_years)
        & (0.0..=MAX_SIGMA).contains(&sigma);
    let has_time = is_valid & (t_years > MIN_YEARS);
    let t = if has_time { t_years } else { 1.0 };
    let root = t.sqrt();
    let v = sigma * root;
    let is_alive = has_time & (v > MIN_TOTAL);
    let v = if is_alive { v } else { 1.0 };

    let log = math::ln_ratio::<A>(forward, strike);
    let d1 = A::fma(0.5, v, log / v);
    let d2 = d1 - v;
    let density = math::density::<A>(d1);
    let n1 = math::cumulative::<A>(w * d1, density);
    let n2 = math::cumulative::<A>(w * d2, math::density::<A>(d2));
    let share = if w * (forward - strike) > 0.0 { 1.0 } else { 0.0 };
    let (n1, n2) = (if is_alive { n1 } else { share }, if is_alive { n2 } else { share });
    let density = if is_alive { density } else { 0.0 };

    let value = forward * discount;
    let q = value / spot;
    let price = discount * w * (forward * n1 - strike * n2);
    let yields = rate - math::ln_ratio::<A>(forward, spot) / t;
    let carry = w * (yields * value * n1 - rate * strike * discount * n2);
    let carry = if has_time { carry } else { 0.0 };
    let checked = |number: f64| if is_valid { number } else { f64::NAN };
    Lane {
        price: checked(if price > 0.0 { price } else { 0.0 }),
        delta: checked(w * q * n1),
        gamma: checked(q * (density / v) / spot),
        vega: checked(value * density * root),
        theta: checked(carry - value * density * sigma / (2.0 * root)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Plain;

    const N: usize = 37;

    fn column(of: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..N as u32).map(|i| of(f64::from(i))).collect()
    }

    /// What a processor without fused arithmetic computes is the same but for the last digits.
    #[test]
    fn both_kinds_of_arithmetic_agree() {
        let right: Vec<Right> = (0..N).map(|i| if i % 2 == 0 { Right::Call } else { Right::Put }).collect();
        let (strike, forward) = (column(|i| 80.0 + i), column(|i| 100.0 + 0.01 * i));
        let (discount, t_years) = (column(|i| 1.0 - 0.001 * i), column(|i| 0.002 * i));
        let sigma = column(|i| 0.01 * i);
        let contracts = Contracts {
            right: &right,
            strike: &strike,
            forward: &forward,
            discount: &discount,
            t_years: &t_years,
            sigma: &sigma,
        };
        let compute = |go: fn(Batch<'_>)| {
            let mut columns = vec![vec![0.0; N]; 5];
            let [price, delta, gamma, vega, theta] = &mut columns[..] else { unreachable!() };
            go(Batch {
                spot: 100.0,
                rate: 0.05,
                contracts,
                out: Columns { price, delta, gamma, vega, theta },
            });
            columns.concat()
        };
        let (best, plain) = (compute(|batch| simd::run(batch)), compute(|batch| batch.run::<Plain>()));
        for (best, plain) in best.iter().zip(plain) {
            assert!((best - plain).abs() <= 1e-12 * (1.0 + plain.abs()), "{best} {plain}");
        }
    }
}
