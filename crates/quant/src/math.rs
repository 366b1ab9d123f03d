//! Elementary functions without branches, so that a loop over them becomes vector instructions.
//!
//! The polynomials are Chebyshev interpolants computed with 50 digits. Relative errors, before rounding: `exp`
//! 4e-18, `ln_ratio` 1e-17, `mills` 2e-16, `falloff` 2e-16.

use crate::simd::Arithmetic;

pub(crate) const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
pub(crate) const SQRT_2PI: f64 = 2.506_628_274_631_000_7;

/// Adding this leaves the nearest integer in the low bits of the sum.
const SHIFT: f64 = 6_755_399_441_055_744.0;
const TWO_52: f64 = 4_503_599_627_370_496.0;
/// The low 21 bits are 0: products with exponents are exact.
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// `exp(r)` for `|r| <= ln(2) / 2`.
const EXP: [f64; 12] = [
    1.0,
    1.0,
    0.500_000_000_000_001_9,
    0.166_666_666_666_666_8,
    0.041_666_666_666_488_1,
    0.008_333_333_333_319_601,
    0.001_388_888_895_231_474_7,
    0.000_198_412_698_900_471_13,
    2.480_148_548_232_843e-5,
    2.755_724_091_857_897e-6,
    2.763_263_963_904_103e-7,
    2.511_003_760_596_377_8e-8,
];

/// `(2 atanh(s) / s - 2) / z` with `z = s^2`, `|s| <= 0.1717`.
const ATANH: [f64; 7] = [
    0.666_666_666_666_667,
    0.399_999_999_998_989,
    0.285_714_286_262_538_36,
    0.222_222_110_893_794_96,
    0.181_828_924_325_368_7,
    0.153_316_117_220_550_08,
    0.146_178_071_534_174_25,
];

/// `(1 + x) M(x)` in `t = (x - 5) / (x + 5)`, `x >= 0`.
const MILLS: [f64; 23] = [
    1.156_848_628_291_894_6,
    -0.229_487_538_252_118_62,
    0.077_781_598_868_735_91,
    0.025_072_179_302_116_814,
    -0.066_177_600_779_024_89,
    0.061_505_045_827_832_776,
    -0.038_026_592_186_959_09,
    0.016_348_231_428_515_37,
    -0.004_201_290_320_221_854,
    1.952_965_946_987_124_4e-5,
    0.000_457_043_881_648_76,
    -0.000_134_370_307_089_133_02,
    -2.480_571_624_657_323e-5,
    2.269_926_090_128_769e-5,
    -1.765_610_461_697_322e-7,
    -3.259_594_825_178_372e-6,
    3.208_179_205_771_953_6e-7,
    4.722_747_607_278_484_6e-7,
    -6.609_470_334_164_999e-8,
    -6.377_877_629_924_255e-8,
    9.178_862_997_871_726e-9,
    5.521_462_477_275_097_5e-9,
    -7.231_108_021_949_056e-10,
];

/// `(1 + x)^2 (1 - x M(x))` in `t = (x - 5) / (x + 5)`, `x >= 0`.
const FALLOFF: [f64; 25] = [
    1.294_541_151_243_162_4,
    -0.368_722_964_545_020_5,
    -0.028_030_699_627_517_395,
    0.261_167_007_847_402_16,
    -0.273_548_203_763_117_1,
    0.154_021_662_303_860_97,
    -0.029_310_982_468_479_786,
    -0.031_861_872_602_900_81,
    0.034_746_226_893_173_45,
    -0.016_131_706_735_790_73,
    0.002_328_314_540_410_788_8,
    0.001_576_779_767_059_915_7,
    -0.000_852_729_749_049_104_7,
    -3.583_156_323_473_352e-5,
    0.000_146_934_823_458_827,
    -1.717_487_844_822_542_8e-5,
    -2.336_654_715_050_784_7e-5,
    4.928_949_615_150_483_5e-6,
    3.959_276_056_714_593e-6,
    -9.566_164_557_681_606e-7,
    -7.047_434_042_518_726e-7,
    1.396_940_816_000_030_8e-7,
    1.103_060_567_359_234_8e-7,
    -1.162_016_959_401_477_8e-8,
    -1.018_360_080_532_885_5e-8,
];

/// `e^x`; 0 below -708, infinite above 709.
#[inline(always)]
pub(crate) fn exp<A: Arithmetic>(x: f64) -> f64 {
    let shifted = A::fma(x, std::f64::consts::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = A::fma(n, -LN2_LO, A::fma(n, -LN2_HI, x));
    let bits = polynomial::<A, 12>(&EXP, r).to_bits().wrapping_add(shifted.to_bits() << 52);
    let value = f64::from_bits(bits);
    let value = if x < -708.0 { 0.0 } else { value };
    if x > 709.0 { f64::INFINITY } else { value }
}

/// `ln(a / b)` of positive normal numbers, exact to the last digits also where `a` is nearly `b`.
#[inline(always)]
pub(crate) fn ln_ratio<A: Arithmetic>(a: f64, b: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const BIAS: u64 = 1023;
    let bits = (a / b).to_bits();
    let exponent = bits.wrapping_sub(SQRT_HALF).wrapping_add(BIAS << 52) >> 52;
    let k = f64::from_bits(TWO_52.to_bits() | exponent) - (TWO_52 + 1023.0);
    let m = f64::from_bits(bits.wrapping_sub(exponent.wrapping_sub(BIAS) << 52));
    let is_near = exponent == BIAS;
    let above = if is_near { a - b } else { m - 1.0 };
    let below = if is_near { a + b } else { m + 1.0 };
    let s = above / below;
    let z = s * s;
    let small = A::fma(s * z, polynomial::<A, 7>(&ATANH, z), k * LN2_LO);
    A::fma(k, LN2_HI, A::fma(2.0, s, small))
}

/// Mills' ratio `N(-x) / n(x)` of `x >= 0`.
#[inline(always)]
pub(crate) fn mills<A: Arithmetic>(x: f64) -> f64 {
    let (near, far) = (x + 1.0, x + 5.0);
    let inverse = 1.0 / (near * far);
    let t = (x - 5.0) * near * inverse;
    polynomial::<A, 23>(&MILLS, t) * far * inverse
}

/// `1 - x M(x)`, how fast Mills' ratio falls at `x >= 0`, without the cancellation of that formula.
#[inline(always)]
pub(crate) fn falloff<A: Arithmetic>(x: f64) -> f64 {
    let near = x + 1.0;
    polynomial::<A, 25>(&FALLOFF, (x - 5.0) / (x + 5.0)) / (near * near)
}

/// The normal density.
#[inline(always)]
pub(crate) fn density<A: Arithmetic>(x: f64) -> f64 {
    INV_SQRT_2PI * exp::<A>(-0.5 * x * x)
}

/// `N(x)`, given the density at `x`.
#[inline(always)]
pub(crate) fn cumulative<A: Arithmetic>(x: f64, density: f64) -> f64 {
    // Beyond 40 the density is 0; the cap keeps an infinite argument from becoming 0 x infinity.
    let tail = density * mills::<A>(x.abs().min(40.0));
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[inline(always)]
fn polynomial<A: Arithmetic, const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut sum = coefficients[N - 1];
    let mut i = N - 1;
    while i > 0 {
        i -= 1;
        sum = A::fma(sum, x, coefficients[i]);
    }
    sum
}
