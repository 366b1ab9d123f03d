//! Dealer gravity: at which prices dealers' hedging and the memory of past volume hold the market.
//!
//! A model of the house. A basin is a strike of the nearest expiration with much positive exposure (`mass`) where
//! volume was traded before (`acceptance`), within three expected moves of spot.

use crate::{
    gex::{Slice, peak},
    tick,
};

/// Basins lie within this many expected moves of spot.
const REACH: f64 = 3.0;
const MIN_MASS: f64 = 0.05;
const MIN_ACCEPTANCE: f64 = 0.15;
/// Bins at most this far from a strike count as volume at it, points.
const HALF_WINDOW: f64 = 2.5;
/// The largest bin of an artifact.
const SCALE: f64 = 1000.0;

/// A volume profile as published: `bins[i]` is the volume at `min + i x step`, scaled so that the largest is 1000.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile<'a> {
    /// Price of the first bin, points.
    pub min: f64,
    /// Height of a bin, points.
    pub step: f64,
    /// 0 to 1000.
    pub bins: &'a [u32],
}

/// What gravity is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs<'a> {
    /// Exposure by strike of the nearest expiration, see [`crate::gex::Gex::of_expiration`].
    pub levels: Slice<'a>,
    /// Where volume was traded; `None` when it is unknown.
    pub profile: Option<Profile<'a>>,
    /// Price of the underlying, points.
    pub spot: f64,
    /// Expected move of today, points.
    pub expected_move: f64,
    /// Root of total dollar gamma nearest to spot, points.
    pub zero_gamma: Option<f64>,
    /// [`Gravity::best`] of the minute before.
    pub previous_best: Option<f64>,
}

/// A strike that holds the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basin {
    /// Points.
    pub strike: f64,
    /// Its positive net exposure as a share of the largest net exposure by size, 0 to 1.
    pub mass: f64,
    /// Mean of the bins around it, 0 to 1; 1 without a profile.
    pub acceptance: f64,
    /// `mass x acceptance x exp(-((K - S)/EM)^2 / 2)`.
    pub score: f64,
}

/// The pull on the price, points.
#[derive(Debug, Clone, PartialEq)]
pub struct Gravity {
    /// The strongest basin; of equal ones the nearest to spot, then the lower. `None` without basin.
    pub best: Option<f64>,
    /// The lowest basin above both spot and `best`, or one expected move above spot.
    pub high: f64,
    /// The highest basin below both, or one expected move below.
    pub low: f64,
    /// 0 to 1; 0 without basin. A first minute has no steadiness to its credit.
    pub confidence: f64,
    /// Strikes ascending.
    pub basins: Vec<Basin>,
}

impl Gravity {
    /// The pull; `None` while spot or expected move are no prices.
    pub fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let &Inputs { spot, expected_move, .. } = inputs;
        if !tick::is_price(spot) || !tick::is_price(expected_move) {
            return None;
        }
        let basins = basins(inputs);
        let best = peak(basins.iter().map(|basin| (basin.strike, basin.score)), spot);
        let (top, bottom) =
            (best.map_or(spot, |best| best.max(spot)), best.map_or(spot, |best| best.min(spot)));
        let strikes = || basins.iter().map(|basin| basin.strike);
        Some(Self {
            best,
            high: strikes().find(|&strike| strike > top).unwrap_or(spot + expected_move),
            low: strikes().rfind(|&strike| strike < bottom).unwrap_or(spot - expected_move),
            confidence: confidence(inputs, &basins, best),
            basins,
        })
    }
}

fn basins(inputs: &Inputs<'_>) -> Vec<Basin> {
    let &Inputs { levels: Slice { strike: strikes, net, .. }, spot, expected_move, .. } = inputs;
    let largest = net.iter().fold(0.0_f64, |most, net| most.max(net.abs()));
    if largest <= 0.0 {
        return Vec::new();
    }
    let found = strikes.iter().zip(net).enumerate().filter_map(|(i, (&strike, &net))| {
        let (mass, away) = (net.max(0.0) / largest, (strike - spot) / expected_move);
        if away.abs() > REACH || mass < MIN_MASS || !is_local_maximum(inputs.levels.net, i) {
            return None;
        }
        let acceptance = inputs.profile.map_or(1.0, |profile| profile.acceptance(strike));
        let score = mass * acceptance * (-away * away / 2.0).exp();
        (acceptance >= MIN_ACCEPTANCE).then_some(Basin { strike, mass, acceptance, score })
    });
    found.collect()
}

/// Higher than what lies on either side; of a plateau the first strike counts.
fn is_local_maximum(net: &[f64], index: usize) -> bool {
    let here = net[index];
    let rises = index == 0 || net[index - 1] < here;
    let after = net[index + 1..].iter().find(|next| **next != here);
    rises && after.is_none_or(|next| *next < here)
}

impl Profile<'_> {
    /// Mean of the bins within 2.5 points of `price` as a share of the largest; 0 where there are none.
    fn acceptance(&self, price: f64) -> f64 {
        if self.step.is_nan() || self.step <= 0.0 {
            return 0.0;
        }
        // A bin on the edge counts, whatever rounding the division left.
        let first = ((price - HALF_WINDOW - self.min) / self.step - 1e-9).ceil().max(0.0) as usize;
        let end = ((price + HALF_WINDOW - self.min) / self.step + 1e-9).floor() + 1.0;
        let end = (end.max(0.0) as usize).min(self.bins.len());
        let Some(bins) = self.bins.get(first..end).filter(|bins| !bins.is_empty()) else { return 0.0 };
        let mean = bins.iter().map(|bin| f64::from(*bin)).sum::<f64>() / bins.len() as f64;
        (mean / SCALE).min(1.0)
    }
}

fn confidence(inputs: &Inputs<'_>, basins: &[Basin], best: Option<f64>) -> f64 {
    let Some(basin) = basins.iter().find(|basin| Some(basin.strike) == best) else { return 0.0 };
    let sum: f64 = basins.iter().map(|basin| basin.score).sum();
    let lead = if sum > 0.0 { basin.score / sum } else { 0.0 };
    let regime = match inputs.zero_gamma {
        None => 0.5,
        Some(level) if inputs.spot >= level => 1.0,
        Some(_) => 0.0,
    };
    let steadiness = inputs
        .previous_best
        .map_or(0.0, |previous| 1.0 - ((basin.strike - previous).abs() / inputs.expected_move).min(1.0));
    let whole = 0.4 * lead + 0.3 * regime + 0.2 * basin.acceptance + 0.1 * steadiness;
    let known = if inputs.profile.is_some() { 1.0 } else { 0.5 };
    (known * whole.clamp(0.0, 1.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIKES: [f64; 7] = [5970.0, 5980.0, 5990.0, 6000.0, 6010.0, 6020.0, 6030.0];
    const NET: [f64; 7] = [-50.0, 20.0, 10.0, 30.0, 100.0, 40.0, 60.0];

    fn inputs<'a>(net: &'a [f64], profile: Option<Profile<'a>>) -> Inputs<'a> {
        Inputs {
            levels: Slice { strike: &STRIKES, net, ..Slice::default() },
            profile,
            spot: 6000.0,
            expected_move: 20.0,
            zero_gamma: Some(5990.0),
            previous_best: Some(6020.0),
        }
    }

    /// By hand: local maxima 5980 (0.2), 6010 (1), 6030 (0.6); weights exp(-1/2), exp(-1/8), exp(-9/8).
    #[test]
    fn the_strongest_basin_is_heavy_and_near() {
        let gravity = Gravity::of(&inputs(&NET, None)).unwrap();
        let strikes: Vec<f64> = gravity.basins.iter().map(|basin| basin.strike).collect();
        assert_eq!(strikes, [5980.0, 6010.0, 6030.0]);
        assert_eq!((gravity.best, gravity.high, gravity.low), (Some(6010.0), 6030.0, 5980.0));
        let scores = [0.2 * (-0.5_f64).exp(), (-0.125_f64).exp(), 0.6 * (-1.125_f64).exp()];
        let expected = 0.5 * (0.4 * scores[1] / scores.iter().sum::<f64>() + 0.3 + 0.2 + 0.1 * 0.5);
        assert!((gravity.confidence - expected).abs() < 1e-12, "{gravity:?}");
    }

    #[test]
    fn where_nothing_was_traded_there_is_no_basin() {
        let mut bins = vec![0; 100];
        bins[58..63].fill(400); // 5978 to 5982
        bins[88..92].fill(1000); // 6008 to 6011: four of the five bins around 6010
        let gravity =
            Gravity::of(&inputs(&NET, Some(Profile { min: 5920.0, step: 1.0, bins: &bins }))).unwrap();
        let accepted: Vec<_> = gravity.basins.iter().map(|b| (b.strike, b.acceptance)).collect();
        assert_eq!(accepted, [(5980.0, 0.4), (6010.0, 0.8)]);
        assert_eq!(gravity.high, 6020.0, "no basin above: one expected move");
    }

    #[test]
    fn without_basin_there_is_no_confidence() {
        for net in [[-1.0; 7], [0.0; 7]] {
            let gravity = Gravity::of(&inputs(&net, None)).unwrap();
            assert_eq!((gravity.best, gravity.confidence), (None, 0.0));
            assert_eq!((gravity.high, gravity.low), (6020.0, 5980.0));
        }
        assert_eq!(Gravity::of(&Inputs { expected_move: 0.0, ..inputs(&NET, None) }), None);
        assert_eq!(Gravity::of(&Inputs { spot: f64::NAN, ..inputs(&NET, None) }), None);
    }

    #[test]
    fn of_a_plateau_the_first_strike_counts_and_only_when_it_falls_after() {
        assert!(is_local_maximum(&[1.0, 2.0, 2.0, 1.0], 1));
        assert!(!is_local_maximum(&[1.0, 2.0, 2.0, 1.0], 2));
        assert!(!is_local_maximum(&[1.0, 2.0, 2.0, 3.0], 1));
        assert!(is_local_maximum(&[2.0, 2.0], 0));
    }
}
