//! Market mode: one score for whether the market is being held together or let go.
//!
//! A score of the house, made from gamma exposure: `0.40 flip + 0.25 gex + 0.25 lfi + 0.10 concentration`.

use crate::{bias::Band, gex::Gex};

/// The score and what it is made of, 0 to 100 each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// 0 to 100.
    pub score: f64,
    /// Its class.
    pub kind: Kind,
    /// Place of spot relative to zero gamma, or else to the strike flip.
    pub flip: f64,
    /// Size and sign of net exposure.
    pub gex: f64,
    /// The LFI score.
    pub lfi: f64,
    /// Sign of the exposure near spot, and how much of all of it is there.
    pub concentration: f64,
}

/// Class of a [`Mode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Below 34.
    Compression,
    /// From 34.
    Transition,
    /// From 67.
    Expansion,
}

impl Kind {
    /// The class of a score.
    pub fn of(score: f64) -> Self {
        match score {
            s if s < 34.0 => Self::Compression,
            s if s < 67.0 => Self::Transition,
            _ => Self::Expansion,
        }
    }

    /// As in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compression => "compression",
            Self::Transition => "transition",
            Self::Expansion => "expansion",
        }
    }
}

impl Mode {
    /// The mode of a market with exposure `gex` and `lfi_score` (see [`crate::bias::Bias`]), 0 to 100.
    pub fn of(gex: &Gex, lfi_score: f64) -> Self {
        let (flip, size, near) = (flip(gex), size(gex), concentration(gex));
        let score = (0.40 * flip + 0.25 * size + 0.25 * lfi_score + 0.10 * near).clamp(0.0, 100.0);
        Self { score, kind: Kind::of(score), flip, gex: size, lfi: lfi_score, concentration: near }
    }
}

/// 2 % above the level count 95, 2 % below 5.
fn flip(gex: &Gex) -> f64 {
    match gex.zero_gamma.or_else(|| gex.nearest_flip()) {
        Some(level) => logistic(3.0 * ((gex.spot - level) / gex.spot) / 0.02),
        None => match gex.total_net {
            net if net < -10_000.0 => 15.0,
            net if net < 0.0 => 30.0,
            net if net > 10_000.0 => 85.0,
            net if net > 0.0 => 70.0,
            _ => 50.0,
        },
    }
}

fn size(gex: &Gex) -> f64 {
    if gex.total_net == 0.0 {
        return 50.0;
    }
    logistic(0.03 * gex.total_net / (gex.spot * gex.spot * 1e-5))
}

fn concentration(gex: &Gex) -> f64 {
    let near = Band::of(gex, 0.01);
    let all: f64 = gex.strikes.net.iter().map(|net| net.abs()).sum();
    if near.size <= 0.0 || all <= 0.0 {
        return 50.0;
    }
    let sign = 50.0 * (near.ratio() + 1.0);
    50.0 + (sign - 50.0) * (near.size / all / 0.3).min(1.0)
}

/// 0 to 100, 50 at zero.
fn logistic(x: f64) -> f64 {
    100.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gex::Flips;

    #[test]
    fn a_threshold_belongs_to_one_class() {
        let names = [0.0, 33.99, 34.0, 66.99, 67.0, 100.0].map(|score| Kind::of(score).name());
        assert_eq!(
            names,
            ["compression", "compression", "transition", "transition", "expansion", "expansion"]
        );
    }

    #[test]
    fn without_exposure_the_market_is_in_the_middle() {
        let mode = Mode::of(&Gex::default(), 50.0);
        assert_eq!((mode.score, mode.kind), (50.0, Kind::Transition));
    }

    #[test]
    fn without_a_level_the_sign_of_net_exposure_decides() {
        let flip_at = |total_net| flip(&Gex { spot: 100.0, total_net, ..Gex::default() });
        assert_eq!([-10_001.0, -1.0, 0.0, 1.0, 10_001.0].map(flip_at), [15.0, 30.0, 50.0, 70.0, 85.0]);
    }

    #[test]
    fn the_strike_flip_stands_in_for_zero_gamma() {
        let strike_flip = Flips { below: Some(98.0), above: None };
        let gex = Gex { spot: 100.0, strike_flip, ..Gex::default() };
        let expected = 100.0 / (1.0 + (-3.0_f64).exp());
        assert!((flip(&gex) - expected).abs() < 1e-9);
        assert_eq!(flip(&Gex { zero_gamma: Some(100.0), ..gex }), 50.0);
    }
}
