//! market-redis: gamma exposure. Dealers are taken to be long calls and short puts.

use crate::{BusId::Market, EpochSec, Key, Points};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

const LIFE: Duration = Duration::from_secs(86_400);

/// Totals and levels of every underlying.
pub const GEX: Key<Gex> = Key::new(Market, "massive:gex:model").living(LIFE);

/// Call gamma of `symbol` by expiration and strike.
pub fn calls(symbol: &str) -> Key<ByStrike> {
    Key::of(Market, format!("massive:gex:model:{symbol}:calls")).living(LIFE)
}

/// Put gamma of `symbol` by expiration and strike, without sign.
pub fn puts(symbol: &str) -> Key<ByStrike> {
    Key::of(Market, format!("massive:gex:model:{symbol}:puts")).living(LIFE)
}

/// The part of [`GEX`] that concerns `symbol`.
pub fn latest(symbol: &str) -> Key<Latest> {
    Key::of(Market, format!("massive:gex:model:{symbol}:latest")).living(LIFE)
}

/// [`calls`] and [`puts`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ByStrike {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// `shares`: shares per point of spot.
    pub unit: String,
    /// Price of the underlying.
    pub spot: f64,
    /// Expiration date → strike → gamma x open interest x multiplier.
    pub expirations: BTreeMap<String, BTreeMap<Points, f64>>,
}

/// [`GEX`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gex {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// By underlying.
    pub symbols: BTreeMap<String, Summary>,
}

/// [`latest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// The rest.
    #[serde(flatten)]
    pub summary: Summary,
}

/// Which way dealers hedge at this price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Regime {
    /// Against the move.
    Positive,
    /// With the move.
    Negative,
    /// Neither.
    Neutral,
}

/// Totals and levels of one underlying, over all loaded expirations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Summary {
    /// Price of the underlying.
    pub spot: f64,
    /// `shares`: shares per point of spot.
    pub unit: String,
    /// Calls.
    pub total_call: f64,
    /// Puts, without sign.
    pub total_put: f64,
    /// Calls less puts.
    pub total_net: f64,
    /// `total_net` in dollars for a move of 1 %.
    pub net_usd_per_pct: f64,
    /// Strike with the largest call gamma.
    pub call_wall: Option<f64>,
    /// Strike with the largest put gamma.
    pub put_wall: Option<f64>,
    /// Strike with the largest net gamma.
    pub max_net_strike: Option<f64>,
    /// Strike with the smallest net gamma.
    pub min_net_strike: Option<f64>,
    /// The root nearest to spot of total dollar gamma as a function of spot.
    pub zero_gamma: Option<f64>,
    /// All of them, ascending.
    pub zero_gamma_roots: Vec<f64>,
    /// Where net gamma changes its sign from strike to strike.
    pub strike_flip: StrikeFlip,
    /// Which way dealers hedge.
    pub regime: Regime,
    /// Contracts with open interest, gamma and time.
    pub contracts_used: usize,
    /// The others.
    pub contracts_skipped: usize,
    /// Ascending by date.
    pub by_expiration: Vec<Expiration>,
    /// Ten strikes with the largest net gamma by size: strike, call, put, net.
    pub top: Vec<(f64, f64, f64, f64)>,
}

/// Midpoints between neighbouring strikes whose net gamma differs in sign.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StrikeFlip {
    /// The lowest above spot.
    pub above: Option<f64>,
    /// The highest below spot.
    pub below: Option<f64>,
    /// The nearer of the two.
    pub nearest: Option<f64>,
}

/// One expiration of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Expiration {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Calendar days from the trading date.
    pub dte: i64,
    /// Call gamma.
    pub call: f64,
    /// Put gamma, without sign.
    pub put: f64,
    /// Calls less puts.
    pub net: f64,
    /// Open interest of calls, contracts.
    pub call_oi: f64,
    /// Open interest of puts, contracts.
    pub put_oi: f64,
    /// Strike with the largest call gamma.
    pub call_wall: Option<f64>,
    /// Strike with the largest put gamma.
    pub put_wall: Option<f64>,
    /// Strike at which the open contracts are worth least.
    pub max_pain: Option<f64>,
}
