//! The out-of-the-money price in normalised form, as accurate in the far wings as at the money.
//!
//! With `x = |ln(F/K)|`, `y = x/v`, `h = v/2` the out-of-the-money price divided by `D sqrt(F K)` is
//! `b = exp(-x/2) N(h - y) - exp(x/2) N(-h - y)`, its derivative by `v` is `b' = exp(-(y^2 + h^2)/2) / sqrt(2 pi)`,
//! and `b / b' = M(y - h) - M(y + h)` with Mills' ratio `M`: no exponentials to cancel.
//!
//! Source: the normalised Black function of P. Jaeckel, "Let's be rational", Wilmott 2015.

use crate::{
    math::{self, SQRT_2PI},
    simd::{Arithmetic, Plain},
};

/// Below this `h` the difference of two Mills' ratios is an integral of its derivative instead.
const SMALL: f64 = 0.01;

/// The normalised price at one total volatility.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    /// `ln b`, never above `-x/2`, the price of an endless volatility.
    pub(crate) ln_price: f64,
    /// `b / b'`; infinite where `b'` is nothing beside `b`.
    pub(crate) ratio: f64,
}

/// The price at any `x >= 0`, `v > 0`.
pub(crate) fn point(x: f64, v: f64) -> Point {
    let (y, h) = (x / v, 0.5 * v);
    let ratio = if h < SMALL { narrow(y, h) } else { difference::<Plain>(y, h) };
    let ln_price = if h - y > 5.0 { endless(x, y, h) } else { ln_of_ratio::<Plain>(ratio, y, h) };
    Point { ln_price, ratio }
}

/// `ln b` where the price is nearly that of an endless volatility.
fn endless(x: f64, y: f64, h: f64) -> f64 {
    let density = math::density::<Plain>(h - y);
    // exp(x) N(-h-y) is n(h-y) M(h+y), which does not overflow.
    let price = math::cumulative::<Plain>(h - y, density) - density * math::mills::<Plain>(h + y);
    price.ln() - 0.5 * x
}

/// `ln b` from `b / b'`.
#[inline(always)]
pub(crate) fn ln_of_ratio<A: Arithmetic>(ratio: f64, y: f64, h: f64) -> f64 {
    math::ln_ratio::<A>(ratio, SQRT_2PI) - 0.5 * A::fma(y, y, h * h)
}

/// `M(y - h) - M(y + h)`; for `h - y` up to 37.
#[inline(always)]
pub(crate) fn difference<A: Arithmetic>(y: f64, h: f64) -> f64 {
    let near = math::mills::<A>((y - h).abs());
    let inside = A::fma(SQRT_2PI, math::exp::<A>(0.5 * (y - h) * (y - h)), -near);
    let near = if h > y { inside } else { near };
    near - math::mills::<A>(y + h)
}

/// The same as the integral of `1 - u M(u)` from `y - h` to `y + h`: Gauss and Legendre's three points, exact to
/// 1e-16 for `h` up to 0.01.
fn narrow(y: f64, h: f64) -> f64 {
    const NODE: f64 = 0.774_596_669_241_483_4;
    // Left of 0, M(u) = sqrt(2 pi) exp(u^2 / 2) - M(-u).
    let left = |u: f64| 1.0 - u * (SQRT_2PI * (0.5 * u * u).exp() - math::mills::<Plain>(-u));
    let at = |u: f64| if u < 0.0 { left(u) } else { math::falloff::<Plain>(u) };
    h * (5.0 * (at(y - NODE * h) + at(y + NODE * h)) + 8.0 * at(y)) / 9.0
}
