//! Pin: at which strike the nearest expiration will most likely be held.
//!
//! Points of the house for what pins: exposure, open interest, traded volume, nearness to spot and to zero gamma.

use crate::gex::{Slice, usd_per_pct};

/// Strikes further from spot than this share of it do not count.
const REACH: f64 = 0.01;

/// What the volume profile knows, points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Volume<'a> {
    /// Runs with much volume: lowest and highest price.
    pub node_ranges: &'a [(f64, f64)],
    /// Runs with little volume.
    pub wells: &'a [(f64, f64)],
    /// Price of the largest bin.
    pub attention_peak: Option<f64>,
    /// Height of a bin.
    pub step: f64,
}

/// How likely a tier is beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The likeliest.
    High,
    /// The second.
    BestGuess,
    /// The third.
    Low,
}

/// One strike that may hold the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pin {
    /// Its place.
    pub tier: Tier,
    /// Points.
    pub strike: f64,
    /// Its share of all points in percent, two decimals.
    pub probability: f64,
    /// What it scored.
    pub points: f64,
}

impl Tier {
    /// As in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "High",
            Self::BestGuess => "Best Guess",
            Self::Low => "Low",
        }
    }
}

/// The three likeliest strikes of an expiration, likeliest first; of equal ones the nearest to spot, then the lower.
/// Empty when no strike within 1 % of `spot` scores.
///
/// `levels` are those of the nearest expiration, see [`crate::gex::Gex::of_expiration`].
pub fn tiers(levels: Slice<'_>, spot: f64, volume: Volume<'_>, zero_gamma: Option<f64>) -> Vec<Pin> {
    let near = levels.strike.iter().enumerate().filter(|(_, strike)| (**strike - spot).abs() / spot <= REACH);
    let mut scored: Vec<(f64, f64)> =
        near.map(|(i, &strike)| (strike, points(levels, i, spot, volume, zero_gamma).max(0.0))).collect();
    let sum: f64 = scored.iter().map(|(_, points)| points).sum();
    if sum <= 0.0 {
        return Vec::new();
    }
    let far = |strike: f64| (strike - spot).abs();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(far(a.0).total_cmp(&far(b.0))).then(a.0.total_cmp(&b.0)));
    let tiers = [Tier::High, Tier::BestGuess, Tier::Low].into_iter().zip(scored);
    tiers
        .map(|(tier, (strike, points))| {
            let probability = (1e4 * points / sum).round() / 100.0;
            Pin { tier, strike, probability, points }
        })
        .collect()
}

fn points(levels: Slice<'_>, index: usize, spot: f64, volume: Volume<'_>, zero_gamma: Option<f64>) -> f64 {
    let strike = levels.strike[index];
    let exposure = match usd_per_pct(levels.net[index], spot) {
        usd if usd >= 4e8 => 40.0,
        usd if usd >= 2e8 => 20.0,
        _ => 0.0,
    };
    let interest = match levels.open_interest(index) {
        open if open > 60_000.0 => 15.0,
        open if open > 30_000.0 => 8.0,
        _ => 0.0,
    };
    let distance = match (strike - spot).abs() {
        away if away <= 10.0 => 20.0,
        away if away <= 25.0 => 10.0,
        _ => 0.0,
    };
    let flip = if zero_gamma.is_some_and(|level| (strike - level).abs() <= 10.0) { 10.0 } else { 0.0 };
    exposure + interest + volume.points(strike) + distance + flip
}

impl Volume<'_> {
    fn points(&self, price: f64) -> f64 {
        let is_inside =
            |ranges: &[(f64, f64)]| ranges.iter().any(|(low, high)| (*low..=*high).contains(&price));
        let is_peak = self.attention_peak.is_some_and(|peak| (price - peak).abs() <= self.step / 2.0);
        if is_inside(self.node_ranges) {
            if is_peak { 45.0 } else { 20.0 }
        } else if is_inside(self.wells) {
            -20.0
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIKES: [f64; 5] = [5900.0, 5990.0, 6000.0, 6010.0, 6050.0];
    const NET: [f64; 5] = [9e9, 0.6, 1.2, -1.0, 0.0];
    const CALL_OI: [f64; 5] = [0.0, 20_000.0, 40_000.0, 60_000.0, 0.0];
    const PUT_OI: [f64; 5] = [0.0, 20_000.0, 21_000.0, 0.0, 0.0];

    /// Net exposure is scaled so that one unit is 3.6e8 dollars for 1 % at 6000.
    fn levels(net: &[f64]) -> Slice<'_> {
        Slice { strike: &STRIKES, net, call: &[0.0; 5], put: &[0.0; 5], call_oi: &CALL_OI, put_oi: &PUT_OI }
    }

    /// By hand, at 6000: 5990: 20 + 8 + 20; 6000: 40 + 15 + 20 + 25 + 20 + 10; 6010: 8 - 20 + 20 + 10; 6050: 0.
    /// 5900 is more than 1 % away.
    #[test]
    fn points_add_up_to_probabilities() {
        let net = NET.map(|net| net * 1000.0);
        let volume = Volume {
            node_ranges: &[(5995.0, 6004.0)],
            wells: &[(6008.0, 6012.0)],
            attention_peak: Some(6000.0),
            step: 1.0,
        };
        let pins = tiers(levels(&net), 6000.0, volume, Some(6010.0));
        let found: Vec<_> = pins.iter().map(|pin| (pin.tier.name(), pin.strike, pin.points)).collect();
        assert_eq!(found, [("High", 6000.0, 130.0), ("Best Guess", 5990.0, 48.0), ("Low", 6010.0, 18.0)]);
        assert_eq!(pins[0].probability, 66.33);
    }

    #[test]
    fn without_points_there_is_no_pin() {
        let nothing = Slice {
            strike: &[6050.0],
            net: &[0.0],
            call: &[0.0],
            put: &[0.0],
            call_oi: &[0.0],
            put_oi: &[0.0],
        };
        assert_eq!(tiers(nothing, 6000.0, Volume::default(), None), []);
        assert_eq!(tiers(Slice::default(), 6000.0, Volume::default(), None), []);
    }
}
