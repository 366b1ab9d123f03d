//! What an operator does to the market: drifts to another level, another volatility.

use super::{
    ledger::{DAYS_PER_YEAR, REVERSION},
    listing::{FACTORS, MARKET, VARIANCE},
};

const DAY_MS: f64 = 86_400_000.0;

/// A drift by `ln` over `over_ms`, from `at_ms` on (market time). A shock of the market moves all by their beta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shock {
    pub(super) factor: usize,
    pub(super) at_ms: i64,
    pub(super) over_ms: i64,
    pub(super) ln: f64,
}

impl Shock {
    /// In logs, at an instant.
    fn at(&self, factor: usize, ms: i64) -> f64 {
        let past = ms - self.at_ms;
        if past < 0 {
            return 0.0;
        }
        let done = if past >= self.over_ms { 1.0 } else { past as f64 / self.over_ms as f64 };
        match (self.factor, factor) {
            (VARIANCE, VARIANCE) => {
                let years = past as f64 / DAY_MS / DAYS_PER_YEAR * 5.0 / 7.0;
                self.ln * done * (-REVERSION * years).exp()
            }
            (MARKET, factor) if factor >= MARKET => self.ln * done * FACTORS[factor].beta,
            (own, factor) if own == factor => self.ln * done,
            _ => 0.0,
        }
    }

    fn touches(&self, factor: usize) -> bool {
        self.factor == factor || (self.factor == MARKET && factor > MARKET)
    }
}

/// All shocks so far.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    shocks: Vec<Shock>,
}

impl Overlay {
    pub(super) fn add(&mut self, shock: Shock) {
        self.shocks.push(shock);
    }

    /// How many there are: tells whether something computed earlier still holds.
    pub(super) fn version(&self) -> usize {
        self.shocks.len()
    }

    /// Added to the log level of a factor at an instant.
    pub(super) fn at(&self, factor: usize, ms: i64) -> f64 {
        self.shocks.iter().map(|shock| shock.at(factor, ms)).sum()
    }

    /// Whether the overlay changes between the two instants, so that a bar must be made of its steps.
    pub(super) fn moves(&self, factor: usize, from_ms: i64, to_ms: i64) -> bool {
        self.shocks.iter().any(|shock| {
            let until = if shock.factor == VARIANCE { i64::MAX } else { shock.at_ms + shock.over_ms };
            shock.touches(factor) && shock.at_ms < to_ms && until > from_ms
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_shock_drifts_to_its_level_and_stays() {
        let mut overlay = Overlay::default();
        overlay.add(Shock { factor: MARKET, at_ms: 1000, over_ms: 1000, ln: -0.02 });
        assert_eq!(overlay.at(MARKET, 999), 0.0);
        assert!((overlay.at(MARKET, 1500) + 0.01).abs() < 1e-12);
        assert_eq!(overlay.at(MARKET, 90_000), -0.02);
        assert_eq!(overlay.at(MARKET + 1, 90_000), -0.02 * FACTORS[MARKET + 1].beta);
        assert_eq!(overlay.at(VARIANCE, 90_000), 0.0);
        assert!(overlay.moves(MARKET, 0, 1500) && !overlay.moves(MARKET, 2000, 3000));
    }

    #[test]
    fn a_shock_to_the_volatility_fades() {
        let mut overlay = Overlay::default();
        overlay.add(Shock { factor: VARIANCE, at_ms: 0, over_ms: 0, ln: 1.0 });
        assert_eq!(overlay.at(VARIANCE, 0), 1.0);
        let later = overlay.at(VARIANCE, 60 * 86_400_000);
        assert!(later > 0.1 && later < 0.6, "{later}");
        assert_eq!(overlay.at(MARKET, 10), 0.0);
    }
}
