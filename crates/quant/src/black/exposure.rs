//! Dollar gamma of a whole book as a function of a hypothetical spot.

use super::{LIMIT, MIN_TOTAL, MIN_YEARS, is_price};
use crate::{
    math::{self, INV_SQRT_2PI},
    simd::{self, Arithmetic, Kernel},
};

/// Spots that are computed together: a multiple of every vector length.
const SPOTS: usize = 32;
/// Contracts that stay in the nearest cache.
const BLOCK: usize = 256;

/// One contract of a [`DollarGamma`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Shares behind it, signed: open interest times multiplier, minus for a put.
    pub shares: f64,
    /// Points.
    pub strike: f64,
    /// Forward price at the present spot, points.
    pub forward: f64,
    /// Value today of 1 at settlement.
    pub discount: f64,
    /// Years to settlement.
    pub t_years: f64,
    /// Volatility, 1.00 = 100 % a year.
    pub sigma: f64,
}

/// Dollar gamma of a book at any spot `x`: the sum of `shares gamma(x) x^2 0.01`, USD per 1 % move.
///
/// Each contract keeps its volatility (sticky strike) and its time; the forward moves with the spot,
/// `F(x) = F x / S`, so that `Q = F D / S` stays. With `v = sigma sqrt(T)` a contract gives
/// `shares Q x 0.01 n(d1(x)) / v`, `d1(x) = ln(F/K)/v + v/2 + ln(x/S)/v`: one exponential.
///
/// Its buffers are kept from one book to the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DollarGamma {
    spot: f64,
    /// Forward at first, then `d1` at the present spot.
    offset: Vec<f64>,
    /// Total volatility at first, then `1/v`.
    slope: Vec<f64>,
    /// Strike at first, then what stands before `x exp(-d1^2 / 2)`.
    weight: Vec<f64>,
    /// `shares discount`.
    scale: Vec<f64>,
}

impl DollarGamma {
    /// Takes another book. Contracts that have no gamma (settled, without volatility) or an input that nothing can
    /// be computed with are left out.
    pub fn refresh(&mut self, spot: f64, book: impl IntoIterator<Item = Exposure>) {
        self.spot = spot;
        for column in [&mut self.offset, &mut self.slope, &mut self.weight, &mut self.scale] {
            column.clear();
        }
        for one in book {
            let v = one.sigma * one.t_years.sqrt();
            let is_alive =
                one.t_years > MIN_YEARS && v > MIN_TOTAL && v <= LIMIT && one.shares.abs() <= LIMIT;
            if is_alive && [spot, one.strike, one.forward, one.discount].into_iter().all(is_price) {
                self.offset.push(one.forward);
                self.slope.push(v);
                self.weight.push(one.strike);
                self.scale.push(one.shares * one.discount);
            }
        }
        let Self { offset, slope, weight, scale, .. } = self;
        simd::run(Prepare { spot, offset, slope, weight, scale });
    }

    /// Contracts that count.
    pub fn len(&self) -> usize {
        self.offset.len()
    }

    /// True when nothing counts: the dollar gamma is 0 everywhere.
    pub fn is_empty(&self) -> bool {
        self.offset.is_empty()
    }

    /// USD per 1 % at one spot; NaN for one that is no price.
    pub fn at(&self, spot: f64) -> f64 {
        let mut out = 0.0;
        let log = self.log(spot);
        simd::run(At { log, offset: &self.offset, slope: &self.slope, weight: &self.weight, out: &mut out });
        out * spot
    }

    /// USD per 1 % at each of `spots` into `out`; the shorter of both counts.
    pub fn profile(&self, spots: &[f64], out: &mut [f64]) {
        for (spots, out) in spots.chunks(SPOTS).zip(out.chunks_mut(SPOTS)) {
            let mut logs = [0.0; SPOTS];
            let mut sums = [0.0; SPOTS];
            for (log, spot) in logs.iter_mut().zip(spots) {
                *log = self.log(*spot);
            }
            let (offset, slope, weight) = (&self.offset, &self.slope, &self.weight);
            simd::run(Profile { logs: &logs, offset, slope, weight, out: &mut sums });
            for ((out, sum), spot) in out.iter_mut().zip(sums).zip(spots) {
                *out = sum * spot;
            }
        }
    }

    fn log(&self, spot: f64) -> f64 {
        if is_price(spot) { (spot / self.spot).ln() } else { f64::NAN }
    }
}

struct Prepare<'a> {
    spot: f64,
    offset: &'a mut [f64],
    slope: &'a mut [f64],
    weight: &'a mut [f64],
    scale: &'a mut [f64],
}

impl Kernel for Prepare<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let n = self.offset.len();
        let (slope, weight, scale) = (&mut self.slope[..n], &mut self.weight[..n], &mut self.scale[..n]);
        for i in 0..n {
            let (forward, v, strike) = (self.offset[i], slope[i], weight[i]);
            let log = math::ln_ratio::<A>(forward, strike);
            self.offset[i] = A::fma(0.5, v, log / v);
            slope[i] = 1.0 / v;
            weight[i] = scale[i] * (forward / self.spot) * (0.01 * INV_SQRT_2PI) / v;
        }
    }
}

struct Profile<'a> {
    logs: &'a [f64; SPOTS],
    offset: &'a [f64],
    slope: &'a [f64],
    weight: &'a [f64],
    out: &'a mut [f64; SPOTS],
}

impl Kernel for Profile<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let n = self.offset.len();
        let (offset, slope, weight) = (&self.offset[..n], &self.slope[..n], &self.weight[..n]);
        let mut sums = [0.0; SPOTS];
        for i in 0..n {
            for (sum, log) in sums.iter_mut().zip(self.logs) {
                *sum = A::fma(weight[i], bell::<A>(A::fma(*log, slope[i], offset[i])), *sum);
            }
        }
        *self.out = sums;
    }
}

struct At<'a> {
    log: f64,
    offset: &'a [f64],
    slope: &'a [f64],
    weight: &'a [f64],
    out: &'a mut f64,
}

impl Kernel for At<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let mut sums = [0.0; BLOCK];
        let blocks = self.offset.chunks(BLOCK).zip(self.slope.chunks(BLOCK)).zip(self.weight.chunks(BLOCK));
        for ((offset, slope), weight) in blocks {
            let n = offset.len();
            let (slope, weight, sums) = (&slope[..n], &weight[..n], &mut sums[..n]);
            for i in 0..n {
                sums[i] = A::fma(weight[i], bell::<A>(A::fma(self.log, slope[i], offset[i])), sums[i]);
            }
        }
        *self.out = sums.into_iter().sum();
    }
}

/// `exp(-d^2 / 2)`.
#[inline(always)]
fn bell<A: Arithmetic>(d: f64) -> f64 {
    math::exp::<A>(-0.5 * d * d)
}
