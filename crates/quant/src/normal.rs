//! The normal distribution, without cancellation in the tails.
//!
//! `N(-x) = n(x) M(x)` for `x >= 0`, with Mills' ratio `M` as one polynomial in `(x - 5) / (x + 5)` (the
//! transformation of Shepherd and Laframboise, Mathematics of Computation 36, 1981). Relative error below 2e-15
//! where the density is not itself sensitive to the last digit of `x`, that is `x^2` times 1e-16.

use crate::{
    math,
    simd::{self, Arithmetic, Kernel, Plain},
};

/// Density `exp(-x^2 / 2) / sqrt(2 pi)`; 0 beyond 37.6.
pub fn pdf(x: f64) -> f64 {
    math::density::<Plain>(x)
}

/// Distribution `N(x)`: the share of the density left of `x`. NaN stays NaN.
pub fn cdf(x: f64) -> f64 {
    if x.is_nan() { x } else { math::cumulative::<Plain>(x, pdf(x)) }
}

/// Complementary error function, `2 N(-x sqrt(2))`. NaN stays NaN.
pub fn erfc(x: f64) -> f64 {
    2.0 * cdf(-x * std::f64::consts::SQRT_2)
}

/// `N(x)` of every `x` into `out`; the shorter of both counts.
pub fn cdfs(x: &[f64], out: &mut [f64]) {
    simd::run(Cdfs { x, out });
}

struct Cdfs<'a> {
    x: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for Cdfs<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for (out, &x) in self.out.iter_mut().zip(self.x) {
            let value = math::cumulative::<A>(x, math::density::<A>(x));
            *out = if x.is_nan() { x } else { value };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30-digit values (mpmath 1.3, `ncdf`).
    const KNOWN: [(f64, f64); 8] = [
        (0.0, 0.5),
        (0.5, 0.691_462_461_274_013_1),
        (-1.0, 0.158_655_253_931_457_05),
        (-2.5, 0.006_209_665_325_776_135),
        (-5.0, 2.866_515_718_791_939e-7),
        (-10.0, 7.619_853_024_160_525e-24),
        (-20.0, 2.753_624_118_606_233_7e-89),
        (-37.0, 5.725_571_222_524_577e-300),
    ];

    #[test]
    fn the_tails_keep_their_digits() {
        for (x, expected) in KNOWN {
            let tolerance = 4e-16 * (1.0 + x * x);
            assert!((cdf(x) / expected - 1.0).abs() < tolerance, "{x}: {} {expected}", cdf(x));
        }
        assert_eq!((cdf(f64::INFINITY), cdf(f64::NEG_INFINITY)), (1.0, 0.0));
        assert!(cdf(f64::NAN).is_nan() && erfc(f64::NAN).is_nan());
        assert!((erfc(1.0) - 0.157_299_207_050_285_13).abs() < 1e-16);
    }

    #[test]
    fn a_column_is_what_its_values_are() {
        let x: Vec<f64> = (-400..=400).map(|i| f64::from(i) * 0.1).chain([f64::NAN, f64::INFINITY]).collect();
        let mut out = vec![0.0; x.len()];
        cdfs(&x, &mut out);
        for (x, out) in x.iter().zip(out) {
            let one = cdf(*x);
            let tolerance = one * 1e-15 * (1.0 + x * x);
            assert!(
                (out - one).abs() <= tolerance || out.to_bits() == one.to_bits() || x.is_nan(),
                "{x}: {out} {one}"
            );
        }
    }
}
