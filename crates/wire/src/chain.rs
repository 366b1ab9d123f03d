//! market-redis: the option chain as it was last put together.

use crate::{BusId::Market, Channel, EpochMs, EpochSec, Key};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The chain of every underlying. Written with a life (`MASSIVE_MODEL_LIVE_TTL_SEC`).
pub const CHAIN: Key<Chain> = Key::new(Market, "massive:chain:latest");
/// What the last change of geometry added and removed.
pub const DELTA: Key<Delta> = Key::new(Market, "massive:chain:delta:latest");
/// Tells of a new geometry.
pub const GEOMETRY_UPDATED: Channel<GeometryUpdated> = Channel::new(Market, "massive:chain:geometry_updated");

/// [`CHAIN`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Grows with every write.
    pub version: u64,
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// By underlying.
    pub symbols: BTreeMap<String, Underlying>,
    /// By option ticker.
    pub contracts: BTreeMap<String, Contract>,
    /// Present when contracts of the largest DTE were left out to keep the value below 24 MiB.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub truncated: bool,
}

/// What one underlying's chain consists of. Prices in points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Underlying {
    /// `<symbol>:<unix s>:<8 hex of the tickers>`.
    pub epoch: String,
    /// Grows with every change of the set of contracts.
    pub geometry_version: u64,
    /// Price of the underlying.
    pub spot: f64,
    /// VIX, points; `None` is unknown.
    pub vix: Option<f64>,
    /// `spot` rounded to the strike increment.
    pub atm: f64,
    /// Ascending by date.
    pub expirations: Vec<Expiration>,
}

/// One date of a chain; the two settlement kinds of a date stand together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expiration {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Calendar days from the trading date.
    pub dte: i64,
    /// Years to settlement (of the later kind, where two settle on the date).
    pub t_years: f64,
    /// Forward price for that settlement.
    pub forward: f64,
    /// Contracts.
    pub contracts: usize,
    /// Lowest strike.
    pub strike_min: f64,
    /// Highest strike.
    pub strike_max: f64,
}

/// Where an implied volatility or a gamma came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The vendor's number.
    Vendor,
    /// Computed from quotes or from the volatility.
    Own,
    /// Unknown.
    None,
}

/// One option. Prices in points, sizes in contracts; `None` is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Underlying.
    pub u: String,
    /// Option root: `SPXW`.
    pub root: String,
    /// Expiration date, `YYYY-MM-DD`.
    pub exp: String,
    /// Calendar days from the trading date.
    pub dte: i64,
    /// Strike.
    pub k: f64,
    /// `C` or `P`.
    pub cp: char,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Midpoint.
    pub mid: Option<f64>,
    /// Contracts at the bid.
    pub bs: Option<f64>,
    /// Contracts at the ask.
    #[serde(rename = "as")]
    pub ask_size: Option<f64>,
    /// Last trade.
    pub last: Option<f64>,
    /// Contracts of the last trade.
    pub ls: Option<f64>,
    /// Contracts traded in the session.
    pub vol: Option<f64>,
    /// Open interest, contracts.
    pub oi: Option<f64>,
    /// Implied volatility, 1.00 = 100 % a year.
    pub iv: Option<f64>,
    /// Where `iv` came from.
    pub iv_src: Origin,
    /// Per point of spot.
    pub delta: Option<f64>,
    /// Per point of spot, squared.
    pub gamma: Option<f64>,
    /// Per calendar day.
    pub theta: Option<f64>,
    /// Per volatility point.
    pub vega: Option<f64>,
    /// Where `gamma` came from.
    pub g_src: Origin,
    /// Newest exchange time of quote or trade.
    pub t: Option<EpochMs>,
}

/// [`DELTA`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// Underlying.
    pub symbol: String,
    /// The new geometry.
    pub geometry_version: u64,
    /// Its epoch.
    pub epoch: String,
    /// When it was published.
    pub ts: EpochSec,
    /// Tickers that came.
    pub entered: Vec<String>,
    /// Tickers that went.
    pub exited: Vec<String>,
}

/// [`GEOMETRY_UPDATED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeometryUpdated {
    /// Underlying.
    pub symbol: String,
    /// The new geometry.
    pub geometry_version: u64,
    /// Its epoch.
    pub epoch: String,
    /// When it was published.
    pub ts: EpochSec,
}
