//! Counter-based randomness: a number is a function of stream and step, never of what was drawn before.

/// One independent sequence of random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// The stream called `name` under `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        let text = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mix(seed.wrapping_add(mix(text))))
    }

    /// The stream called `name` under this one.
    pub fn fork(self, name: &str) -> Self {
        Self::new(self.0, name)
    }

    /// 64 random bits of `step`.
    pub fn bits(self, step: u64) -> u64 {
        mix(self.0 ^ mix(step.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }

    /// Uniform on the open interval (0, 1).
    pub fn uniform(self, step: u64) -> f64 {
        ((self.bits(step) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Standard normal.
    pub fn normal(self, step: u64) -> f64 {
        quantile(self.uniform(step))
    }

    /// A count with mean `mean` (Poisson), for small means.
    pub fn poisson(self, step: u64, mean: f64) -> u32 {
        let (mut term, mut sum, mut count) = ((-mean).exp(), (-mean).exp(), 0);
        let u = self.uniform(step);
        while u > sum && count < 1000 {
            count += 1;
            term *= mean / f64::from(count);
            sum += term;
        }
        count
    }
}

/// Finaliser of SplitMix64 (Steele, Lea and Flood 2014).
const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Inverse of the normal distribution function: Acklam's rational approximation, relative error below 1.2e-9.
fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let horner = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    };
    if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * horner(&A, q * q) / horner(&B, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of the normal distribution.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.01, -2.326_347_874), (0.841_344_746, 1.0)] {
            assert!((quantile(p) - z).abs() < 1e-7, "{p}");
        }
    }

    #[test]
    fn a_normal_stream_has_mean_0_and_variance_1() {
        let stream = Stream::new(7, "test");
        let n = 100_000_u32;
        let draws: Vec<f64> = (0..u64::from(n)).map(|step| stream.normal(step)).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|z| z * z).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.015 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn streams_and_seeds_are_unrelated() {
        let product = |a: Stream, b: Stream| {
            (0..20_000).map(|step| a.normal(step) * b.normal(step)).sum::<f64>() / 20_000.0
        };
        assert!(product(Stream::new(1, "a"), Stream::new(1, "b")).abs() < 0.03);
        assert!(product(Stream::new(1, "a"), Stream::new(2, "a")).abs() < 0.03);
        assert_eq!(Stream::new(1, "a").bits(9), Stream::new(1, "a").bits(9));
    }

    #[test]
    fn poisson_counts_have_their_mean() {
        let stream = Stream::new(3, "jumps");
        let total: u32 = (0..20_000).map(|step| stream.poisson(step, 2.0)).sum();
        assert!((f64::from(total) / 20_000.0 - 2.0).abs() < 0.05);
    }
}
