//! market-redis: single scores that say what kind of market it is.

use crate::{BusId::Market, EpochSec, Key};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

/// Bias and liquidity of the primary symbol.
pub const BIAS_LFI: Key<BiasLfi> = Key::new(Market, "massive:bias_lfi:model:latest").living(HOUR);
/// Market mode of the primary symbol.
pub const MARKET_MODE: Key<MarketMode> = Key::new(Market, "massive:market_mode:model:latest").living(HOUR);
/// What the VIX says.
pub const VIX_REGIME: Key<VixRegime> = Key::new(Market, "massive:vix_regime:model:latest").living(HOUR);

/// Bias and liquidity of `symbol`.
pub fn bias_lfi(symbol: &str) -> Key<BiasLfi> {
    Key::of(Market, format!("massive:bias_lfi:model:{symbol}:latest")).living(HOUR)
}

/// Market mode of `symbol`.
pub fn market_mode(symbol: &str) -> Key<MarketMode> {
    Key::of(Market, format!("massive:market_mode:model:{symbol}:latest")).living(HOUR)
}

/// Where the price of `symbol` will most likely be held at its nearest expiration.
pub fn pin(symbol: &str) -> Key<Pin> {
    Key::of(Market, format!("massive:pin:model:{symbol}:latest")).living(HOUR)
}

/// [`bias_lfi`]. Calls count positive, puts negative; gamma in shares per point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BiasLfi {
    /// When it was published.
    pub ts: EpochSec,
    /// `ts` as text.
    pub ts_iso: String,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// Its price.
    pub spot: f64,
    /// -100 to 100.
    pub directional_strength: f64,
    /// 0 to 100: above 50 moves are absorbed, below they accelerate.
    pub lfi_score: f64,
    /// 0 to 100.
    pub market_mode_score: f64,
    /// Call wall.
    pub max_call_gex_strike: Option<f64>,
    /// Put wall.
    pub max_put_gex_strike: Option<f64>,
    /// Strike with the largest net gamma.
    pub max_net_gex_strike: Option<f64>,
    /// Calls.
    pub total_call_gex: f64,
    /// Puts, negative.
    pub total_put_gex: f64,
    /// Sum of both.
    pub total_net_gex: f64,
    /// The nearer strike flip.
    pub gex_flip_level: Option<f64>,
    /// Strike flip above spot.
    pub flip_above: Option<f64>,
    /// Strike flip below spot.
    pub flip_below: Option<f64>,
    /// Root of total dollar gamma nearest to spot.
    pub zero_gamma: Option<f64>,
    /// What nearness to a flip took from the strength.
    pub proximity_bias_adj: f64,
    /// What nearness to a flip took from the score.
    pub proximity_lfi_adj: f64,
    /// `|spot - gex_flip_level|`, points.
    pub distance_to_flip: Option<f64>,
    /// Lowest and highest strike that counted.
    pub strike_range: Option<(f64, f64)>,
}

/// [`market_mode`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MarketMode {
    /// When it was published.
    pub ts: EpochSec,
    /// `ts` as text.
    pub ts_iso: String,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// 0 to 100.
    pub score: f64,
    /// Class of the score.
    pub mode: ModeKind,
    /// What the score is made of, 0 to 100 each.
    pub components: ModeParts,
}

/// Class of a [`MarketMode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ModeKind {
    /// Below 34.
    Compression,
    /// From 34.
    Transition,
    /// From 67.
    Expansion,
}

/// Parts of a [`MarketMode`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModeParts {
    /// Place relative to the flip.
    pub flip: f64,
    /// Size of net gamma.
    pub gex: f64,
    /// The LFI score.
    pub lfi: f64,
    /// Gamma near the price.
    pub concentration: f64,
}

/// Class of a [`VixRegime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum VixKind {
    /// VIX below 17.
    Zombieland,
    /// From 17.
    #[serde(rename = "goldilocks_1")]
    Goldilocks1,
    /// From 23.
    #[serde(rename = "goldilocks_2")]
    Goldilocks2,
    /// From 32.
    Chaos,
}

/// [`VIX_REGIME`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VixRegime {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// VIX, points.
    pub vix: Option<f64>,
    /// How much fear is priced; `null` while the VIX is unknown.
    pub regime: Option<VixKind>,
    /// `compression`, `goldilocks_i`, `goldilocks_ii`, `elevated`, `chaos`.
    pub market_state: Option<String>,
    /// `low_vol`, `normal`, `elevated`, `panic`.
    pub skew_regime: String,
    /// By underlying.
    pub expected_move: BTreeMap<String, ExpectedMove>,
    /// True when the VIX is stale.
    pub stale: bool,
}

/// One standard deviation, points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExpectedMove {
    /// To the end of the day.
    pub dte0: f64,
    /// To the end of the next day.
    pub dte1: f64,
}

/// [`pin`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// Its price.
    pub spot: f64,
    /// Date of the expiration, `YYYY-MM-DD`.
    pub expiration: String,
    /// The best three, likeliest first.
    pub tiers: Vec<PinTier>,
}

/// One strike of a [`Pin`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PinTier {
    /// `High`, `Best Guess`, `Low`.
    pub tier: String,
    /// Points.
    pub strike: f64,
    /// Percent.
    pub probability: f64,
    /// What it scored.
    pub points: f64,
}
