//! What the level of the VIX says of the market, in three vocabularies.
//!
//! The thresholds are conventions of the house, not of the exchange; each vocabulary has its readers.

/// How much fear is priced: what suits which kind of structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Regime {
    /// Below 17.
    Zombieland,
    /// From 17.
    Goldilocks1,
    /// From 23.
    Goldilocks2,
    /// From 32.
    Chaos,
}

/// A finer scale, by which a market is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarketState {
    /// Up to 15.
    Compression,
    /// Up to 20.
    GoldilocksI,
    /// Up to 28.
    GoldilocksIi,
    /// Up to 35.
    Elevated,
    /// Above 35.
    Chaos,
}

/// How steep the volatility smile is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkewRegime {
    /// VIX up to 14.
    LowVol,
    /// Up to 18, or unknown.
    Normal,
    /// Up to 30.
    Elevated,
    /// Above 30.
    Panic,
}

/// Shape of the model smile: `sigma(K) = base (1 + skew + boost)` with `m = (K - S)/S`, `skew = put |m| 10`
/// below spot and `call m 10` above, `boost = atm_boost exp(-50 m^2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skew {
    /// Share of `base` per 10 % below spot.
    pub put: f64,
    /// Share of `base` per 10 % above spot.
    pub call: f64,
    /// Share of `base` at spot.
    pub atm_boost: f64,
}

/// The regime at `vix` points; `None` when it is unknown or no number.
pub fn regime(vix: Option<f64>) -> Option<Regime> {
    known(vix).map(|vix| match vix {
        v if v < 17.0 => Regime::Zombieland,
        v if v < 23.0 => Regime::Goldilocks1,
        v if v < 32.0 => Regime::Goldilocks2,
        _ => Regime::Chaos,
    })
}

/// The market state at `vix` points; `None` when it is unknown or no number.
pub fn market_state(vix: Option<f64>) -> Option<MarketState> {
    known(vix).map(|vix| match vix {
        v if v <= 15.0 => MarketState::Compression,
        v if v <= 20.0 => MarketState::GoldilocksI,
        v if v <= 28.0 => MarketState::GoldilocksIi,
        v if v <= 35.0 => MarketState::Elevated,
        _ => MarketState::Chaos,
    })
}

/// The skew regime at `vix` points; an unknown VIX counts as normal.
pub fn skew_regime(vix: Option<f64>) -> SkewRegime {
    match known(vix) {
        None => SkewRegime::Normal,
        Some(v) if v <= 14.0 => SkewRegime::LowVol,
        Some(v) if v <= 18.0 => SkewRegime::Normal,
        Some(v) if v <= 30.0 => SkewRegime::Elevated,
        Some(_) => SkewRegime::Panic,
    }
}

fn known(vix: Option<f64>) -> Option<f64> {
    vix.filter(|vix| vix.is_finite() && *vix > 0.0)
}

impl MarketState {
    /// As in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compression => "compression",
            Self::GoldilocksI => "goldilocks_i",
            Self::GoldilocksIi => "goldilocks_ii",
            Self::Elevated => "elevated",
            Self::Chaos => "chaos",
        }
    }
}

impl SkewRegime {
    /// As in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowVol => "low_vol",
            Self::Normal => "normal",
            Self::Elevated => "elevated",
            Self::Panic => "panic",
        }
    }

    /// The smile of this regime.
    pub fn skew(self) -> Skew {
        let (put, call, atm_boost) = match self {
            Self::LowVol => (0.10, 0.02, 0.0),
            Self::Normal => (0.15, 0.03, 0.0),
            Self::Elevated => (0.30, 0.05, 0.0),
            Self::Panic => (0.50, 0.08, 0.05),
        };
        Skew { put, call, atm_boost }
    }
}

impl Skew {
    /// What `base` is multiplied by at `strike` while the underlying stands at `spot`; both above zero.
    pub fn factor(&self, strike: f64, spot: f64) -> f64 {
        let moneyness = (strike - spot) / spot;
        let side = if moneyness < 0.0 { self.put } else { self.call };
        1.0 + side * moneyness.abs() * 10.0 + self.atm_boost * (-50.0 * moneyness * moneyness).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_belongs_to_one_class() {
        let regimes = [16.99, 17.0, 22.99, 23.0, 31.99, 32.0].map(|v| regime(Some(v)).unwrap());
        let [calm, low, high, panic] =
            [Regime::Zombieland, Regime::Goldilocks1, Regime::Goldilocks2, Regime::Chaos];
        assert_eq!(regimes, [calm, low, low, high, high, panic]);
        let states = [15.0, 15.01, 20.0, 20.01, 28.0, 28.01, 35.0, 35.01];
        assert_eq!(
            states.map(|v| market_state(Some(v)).unwrap().name()),
            [
                "compression",
                "goldilocks_i",
                "goldilocks_i",
                "goldilocks_ii",
                "goldilocks_ii",
                "elevated",
                "elevated",
                "chaos"
            ]
        );
        let skews = [14.0, 14.01, 18.0, 18.01, 30.0, 30.01].map(|v| skew_regime(Some(v)).name());
        assert_eq!(skews, ["low_vol", "normal", "normal", "elevated", "elevated", "panic"]);
    }

    #[test]
    fn an_unknown_vix_is_no_class_and_a_normal_skew() {
        for vix in [None, Some(f64::NAN), Some(f64::INFINITY), Some(0.0), Some(-1.0)] {
            assert_eq!((regime(vix), market_state(vix)), (None, None));
            assert_eq!(skew_regime(vix), SkewRegime::Normal);
        }
    }

    /// By hand: 1 % below spot in panic is 0.5 x 0.01 x 10 = 5 % more, and the boost 0.05 exp(-0.005).
    #[test]
    fn the_smile_rises_on_both_sides() {
        let panic = SkewRegime::Panic.skew();
        let expected = 1.05 + 0.05 * (-0.005_f64).exp();
        assert!((panic.factor(99.0, 100.0) - expected).abs() < 1e-15);
        let normal = SkewRegime::Normal.skew();
        assert_eq!(normal.factor(100.0, 100.0), 1.0);
        assert!((normal.factor(110.0, 100.0) - 1.03).abs() < 1e-15);
    }
}
