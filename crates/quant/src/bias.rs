//! Bias and liquidity: which way dealers' exposure leans, and whether it absorbs moves or feeds them.
//!
//! Scores of the house, made from net gamma exposure by strike. The LFI (liquidity and flow index) above 50 says
//! that moves are absorbed, below 50 that they accelerate.

use crate::gex::Gex;

/// Two scores and what they are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bias {
    /// -100 to 100, before [`Bias::bias_adj`].
    pub base_bias: f64,
    /// -50 to 0: what nearness to a strike flip takes from it.
    pub bias_adj: f64,
    /// -100 to 100.
    pub directional_strength: f64,
    /// 0 to 100, before [`Bias::lfi_adj`].
    pub base_lfi: f64,
    /// -30 to 0: what nearness to a strike flip takes from it.
    pub lfi_adj: f64,
    /// 0 to 100.
    pub lfi_score: f64,
}

/// Distance in points at which the centre of exposure counts in full: 50 for SPX, 200 for NDX, else 0.83 % of spot.
pub fn center_scale(symbol: &str, spot: f64) -> f64 {
    match symbol {
        "I:SPX" => 50.0,
        "I:NDX" => 200.0,
        _ => 0.0083 * spot,
    }
}

impl Bias {
    /// The scores of `gex`; `center_scale` in points, above zero. Without exposure bias is 0 and LFI 50.
    pub fn of(gex: &Gex, center_scale: f64) -> Self {
        let sums = Sums::of(gex);
        let (base_bias, base_lfi) =
            if sums.size > 0.0 { (sums.bias(center_scale), sums.lfi()) } else { (0.0, 50.0) };
        let (bias_adj, lfi_adj) = proximity(gex);
        Self {
            base_bias,
            bias_adj,
            directional_strength: (base_bias + bias_adj).clamp(-100.0, 100.0),
            base_lfi,
            lfi_adj,
            lfi_score: (base_lfi + lfi_adj).clamp(0.0, 100.0),
        }
    }
}

/// Sums over strikes; `size` is that of absolute values.
#[derive(Default)]
struct Sums {
    above: f64,
    below: f64,
    size: f64,
    moment: f64,
    close: Band,
    middle: Band,
}

/// Sums over strikes near spot.
#[derive(Default, Clone, Copy)]
pub(crate) struct Band {
    pub(crate) net: f64,
    pub(crate) size: f64,
}

impl Band {
    /// Strikes at most `share` of spot away.
    pub(crate) fn of(gex: &Gex, share: f64) -> Self {
        let mut band = Self::default();
        for (strike, net) in gex.strikes.strike.iter().zip(&gex.strikes.net) {
            if (strike - gex.spot).abs() / gex.spot <= share {
                band.net += net;
                band.size += net.abs();
            }
        }
        band
    }

    /// -1 to 1; 0 when the band is empty.
    pub(crate) fn ratio(self) -> f64 {
        if self.size > 0.0 { self.net / self.size } else { 0.0 }
    }
}

impl Sums {
    fn of(gex: &Gex) -> Self {
        let mut sums = Self { close: Band::of(gex, 0.01), middle: Band::of(gex, 0.02), ..Self::default() };
        for (strike, net) in gex.strikes.strike.iter().zip(&gex.strikes.net) {
            if *strike > gex.spot {
                sums.above += net;
            } else if *strike < gex.spot {
                sums.below += net;
            }
            sums.size += net.abs();
            sums.moment += net.abs() * (strike - gex.spot);
        }
        sums
    }

    fn bias(&self, center_scale: f64) -> f64 {
        let supportive = self.above.max(0.0) + self.below.max(0.0);
        let hostile = self.above.min(0.0).abs() + self.below.min(0.0).abs();
        let both = supportive + hostile;
        let imbalance = if both > 0.0 { (supportive - hostile) / both } else { 0.0 };
        let center = self.moment / self.size;
        let lean = if center_scale > 0.0 { (center / center_scale).clamp(-1.0, 1.0) } else { 0.0 };
        (100.0 * (0.6 * imbalance + 0.4 * lean)).clamp(-100.0, 100.0)
    }

    fn lfi(&self) -> f64 {
        let sign = 50.0 * (self.close.ratio() + 1.0);
        let depth = 30.0 + 40.0 * self.middle.size / self.size;
        let focus = 40.0 + 40.0 * self.close.size / self.size;
        (0.5 * sign + 0.3 * depth + 0.2 * focus).clamp(0.0, 100.0)
    }
}

/// What nearness to the strike flip takes from bias and LFI: all within 0.5 % of spot, nothing from 1.5 %, and more
/// when the flip lies less than 0.3 % below spot.
fn proximity(gex: &Gex) -> (f64, f64) {
    let Some(flip) = gex.nearest_flip() else { return (0.0, 0.0) };
    let away = (gex.spot - flip).abs() / gex.spot;
    let near = ((0.015 - away) / 0.01).clamp(0.0, 1.0);
    let is_above = gex.strike_flip.below.is_some_and(|below| (gex.spot - below) / gex.spot < 0.003);
    let position = if is_above { 0.2 } else { 0.0 };
    // No negative zero: it would be published as -0.0.
    ((-50.0 * (near + position)).max(-50.0) + 0.0, (-30.0 * (near + 0.5 * position)).max(-30.0) + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gex::{Flips, Levels};

    fn gex(net: &[(f64, f64)], flips: Flips) -> Gex {
        let strikes = Levels {
            strike: net.iter().map(|level| level.0).collect(),
            net: net.iter().map(|level| level.1).collect(),
            ..Levels::default()
        };
        Gex { spot: 1000.0, strikes, strike_flip: flips, ..Gex::default() }
    }

    #[test]
    fn without_exposure_nothing_leans() {
        let bias = Bias::of(&gex(&[(990.0, 0.0)], Flips::default()), 50.0);
        assert_eq!((bias.directional_strength, bias.lfi_score), (0.0, 50.0));
        assert_eq!(Bias::of(&Gex::default(), 50.0).lfi_score, 50.0);
    }

    /// By hand: above 3, below -1, imbalance 0.5; moment 3 x 10 - 1 x 30 = 0, so bias is 100 x 0.6 x 0.5 = 30.
    /// Band 1 %: only 1010, ratio 1; band 2 %: size 3 of 4. LFI 0.5 x 100 + 0.3 x 60 + 0.2 x 70 = 82.
    #[test]
    fn support_above_and_threat_below_lean_up() {
        let bias = Bias::of(&gex(&[(970.0, -1.0), (1010.0, 3.0)], Flips::default()), 50.0);
        assert!((bias.base_bias - 30.0).abs() < 1e-12, "{bias:?}");
        assert!((bias.base_lfi - 82.0).abs() < 1e-12, "{bias:?}");
        assert_eq!((bias.bias_adj, bias.lfi_adj), (0.0, 0.0), "no flip");
    }

    #[test]
    fn the_nearer_a_flip_the_more_it_takes() {
        let adj = |below: Option<f64>, above: Option<f64>| proximity(&gex(&[], Flips { below, above }));
        assert_eq!(adj(Some(980.0), None), (0.0, 0.0), "2 % away");
        let (bias, lfi) = adj(Some(990.0), None);
        assert!((bias + 25.0).abs() < 1e-9 && (lfi + 15.0).abs() < 1e-9, "half way from 1.5 % to 0.5 %");
        assert_eq!(adj(None, Some(1004.0)), (-50.0, -30.0));
        assert_eq!(adj(Some(998.0), None), (-50.0, -30.0), "floors hold");
        let (bias, lfi) = adj(Some(1000.0), None);
        assert_eq!((bias, lfi), (-50.0, -30.0));
    }

    #[test]
    fn the_centre_counts_in_each_index_scale() {
        assert_eq!(center_scale("I:SPX", 6000.0), 50.0);
        assert_eq!(center_scale("I:NDX", 21_000.0), 200.0);
        assert!((center_scale("SPY", 600.0) - 4.98).abs() < 1e-12);
    }
}
