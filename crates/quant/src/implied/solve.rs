//! Total volatility of a normalised out-of-the-money price.

use crate::{
    black::smile,
    math,
    simd::{Arithmetic, Plain},
};

/// Price evaluations after which the bracket's middle is the answer; 64 is the limit.
const MAX_STEPS: usize = 60;
/// A step this small, as a share of the volatility, is the last: the next would be its cube.
pub(super) const LAST_STEP: f64 = 1e-6;

/// The `v` at which [`smile::point`] has this `price`; `None` when it is above `cap`.
///
/// `price` is in units of `D sqrt(F K)`, between 0 and `exp(-x/2)`.
pub(super) fn total_volatility(x: f64, price: f64, cap: f64) -> Option<f64> {
    let target = price.ln();
    let (mut low, mut high) = (0.0, cap);
    let mut v = guess::<Plain>(x, price);
    if !(v > 0.0 && v < cap) {
        v = cap;
    }
    for _ in 0..MAX_STEPS {
        let point = smile::point(x, v);
        let miss = target - point.ln_price;
        if miss > 0.0 {
            if v >= cap {
                // An endless volatility and the cap may give the same price to the last digit.
                return (miss <= 1e-14).then_some(cap);
            }
            low = v;
        } else {
            high = v;
        }
        let step = halley(x, v, miss, point.ratio);
        let next = v + step;
        if step.abs() <= LAST_STEP * v && miss.abs() <= LAST_STEP {
            return Some(next.clamp(low, high));
        }
        v = if next > low && next < high { next } else { beside(v, low, high, cap, miss) };
        if high - low <= 2.0 * f64::EPSILON * high {
            break;
        }
    }
    Some(v)
}

/// Where to look when a step left the bracket.
fn beside(v: f64, low: f64, high: f64, cap: f64, miss: f64) -> f64 {
    match miss > 0.0 {
        true if 2.0 * v < high => 2.0 * v,
        true if high >= cap => cap,
        true => 0.5 * (v + high),
        false if low > 0.0 => 0.5 * (low + v),
        false => 0.25 * v,
    }
}

/// Halley's step on `ln b`, given `ln(p / b)` and `b / b'`; Newton's where the curvature would turn it around.
#[inline(always)]
pub(super) fn halley(x: f64, v: f64, miss: f64, ratio: f64) -> f64 {
    let newton = miss * ratio;
    let y = x / v;
    let bend = y * y / v - 0.25 * v - 1.0 / ratio;
    let share = 1.0 + 0.5 * newton * bend;
    newton / if share > 0.2 { share } else { 0.2 }
}

/// Where to start: Bachelier's implied volatility of the price, with the first-order correction for the lognormal.
///
/// With `rho = p / x` and `q = ln(1 + 1/rho)`, `s = x / v` solves `n(s)/s - N(-s) = rho`; `(s/q)^2` is smooth from
/// `1 / 2 pi` at the money to `2/q` in the wings, and a rational fit of it is good to 2e-4.
#[inline(always)]
pub(super) fn guess<A: Arithmetic>(x: f64, price: f64) -> f64 {
    let square = x * x;
    // 2 sinh(x/2): the distance between forward and strike in units of sqrt(F K).
    let distance = x * A::fma(square, A::fma(square, 1.0 / 1920.0, 1.0 / 24.0), 1.0);
    let floor = 1e-10 * price;
    let x = if x > floor { x } else { floor };
    let distance = if distance > floor { distance } else { floor };
    let q = math::ln_ratio::<A>(price + distance, price);
    let above = A::fma(
        q,
        A::fma(
            q,
            A::fma(q, 0.000_113_070_021_485_634_98, 0.023_752_844_062_176_846),
            0.180_019_684_619_053_4,
        ),
        1.0,
    );
    let below = A::fma(
        q,
        A::fma(
            q,
            A::fma(
                q,
                A::fma(q, 9.007_218_741_664_292e-6, 0.002_000_978_723_299_637),
                0.030_216_710_310_474_685,
            ),
            0.180_622_507_655_886_87,
        ),
        1.0,
    );
    let v = x / q * (below * std::f64::consts::TAU / above).sqrt();
    v * A::fma(v * v, 1.0 / 24.0, 1.0)
}
