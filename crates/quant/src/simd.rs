//! One loop, compiled for every instruction set, chosen at run time.
//!
//! A [`Kernel`] is a plain loop over columns without branches; the compiler turns it into vector instructions of
//! whatever the processor has (SSE2, AVX2, AVX-512 or NEON). Everything it calls must be `#[inline(always)]`.

use fearless_simd::{Level, Simd, SimdBase, dispatch};

/// How `a * b + c` is done.
pub(crate) trait Arithmetic: Copy {
    /// `a * b + c`.
    fn fma(a: f64, b: f64, c: f64) -> f64;
}

/// One rounding: where the processor has the instruction.
#[derive(Clone, Copy)]
pub(crate) struct Fused;

/// Two roundings: everywhere else, since the fused product in software costs more than all the rest.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl Arithmetic for Fused {
    #[inline(always)]
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

impl Arithmetic for Plain {
    #[inline(always)]
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

/// A loop over columns. `run` must be `#[inline(always)]`.
pub(crate) trait Kernel {
    /// Does the work.
    fn run<A: Arithmetic>(self);
}

/// Runs `kernel` with the widest instructions of this processor.
pub(crate) fn run(kernel: impl Kernel) {
    dispatch!(Level::new(), simd => choose(simd, kernel));
}

/// AVX2 and AVX-512 come with fused arithmetic, SSE does not; on 64-bit ARM it is always there.
#[inline(always)]
fn choose<S: Simd, K: Kernel>(_: S, kernel: K) {
    if cfg!(target_arch = "aarch64") || S::f64s::LEN > 2 {
        kernel.run::<Fused>()
    } else {
        kernel.run::<Plain>()
    }
}
