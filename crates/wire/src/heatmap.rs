//! market-redis: what each structure costs, as planes of tiles, and what changed since.

use crate::{BusId::Market, Channel, EpochSec, Key, Log, Pattern, Points};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

/// The whole heatmap of `symbol`. Written with a life (`MASSIVE_MODEL_LIVE_TTL_SEC`), before its diff is told.
pub fn latest(symbol: &str) -> Key<Heatmap> {
    Key::of(Market, format!("massive:heatmap:model:{symbol}:latest"))
}

/// Every new version of `symbol`, as a difference.
pub fn diffs(symbol: &str) -> Channel<Diff> {
    Channel::of(Market, format!("massive:heatmap:diff:{symbol}"))
}

/// [`diffs`] of every symbol.
pub const DIFFS: Pattern<Diff> = Pattern::new(Market, "massive:heatmap:diff:*");

/// The differences of `symbol`, merged by the second, for the last minutes.
pub fn replay(symbol: &str) -> Log<Replayed> {
    Log::of(Market, format!("massive:heatmap:replay:{symbol}"))
}

/// An entry of [`replay`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replayed {
    /// A [`Diff`] as JSON text.
    pub payload: String,
}

/// Kind of structure. The order is that of the wings: one leg, two, three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// One option.
    Single,
    /// Two strikes, one bought, one sold.
    Vertical,
    /// Three strikes: one, less two, one.
    Butterfly,
}

impl Strategy {
    /// As in tile keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Vertical => "vertical",
            Self::Butterfly => "butterfly",
        }
    }
}

/// `strategy:dte:width:strike`, as text and as a JSON key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct TileKey {
    /// Kind of structure.
    pub strategy: Strategy,
    /// Calendar days to expiration.
    pub dte: u16,
    /// Distance of the strikes; 0 for a single.
    pub width: Points,
    /// The middle strike, or the one that is bought.
    pub strike: Points,
}

/// The text is no tile key: expected `strategy:dte:width:strike`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotATile(pub String);

impl fmt::Display for NotATile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: expected strategy:dte:width:strike", self.0)
    }
}

impl std::error::Error for NotATile {}

impl fmt::Display for TileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.strategy.name(), self.dte, self.width, self.strike)
    }
}

impl FromStr for TileKey {
    type Err = NotATile;

    fn from_str(text: &str) -> Result<Self, NotATile> {
        let wrong = || NotATile(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let &[strategy, dte, width, strike] = parts.as_slice() else { return Err(wrong()) };
        let strategy = [Strategy::Single, Strategy::Vertical, Strategy::Butterfly]
            .into_iter()
            .find(|kind| kind.name() == strategy)
            .ok_or_else(wrong)?;
        let points = |text: &str| text.parse().map_err(|_not_points| wrong());
        let dte = dte.parse().map_err(|_not_days| wrong())?;
        Ok(Self { strategy, dte, width: points(width)?, strike: points(strike)? })
    }
}

impl Serialize for TileKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TileKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// [`latest`]. A plane (one DTE) is complete or absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Heatmap {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// Strictly increasing; near Unix milliseconds.
    pub version: u64,
    /// Epoch of the chain.
    pub epoch: String,
    /// Price of the underlying.
    pub spot: f64,
    /// VIX, points; `None` is unknown.
    pub vix: Option<f64>,
    /// `low_vol`, `normal`, `elevated`, `panic`.
    pub skew_regime: String,
    /// Planes, ascending.
    pub dtes_available: Vec<u16>,
    /// Date of each plane.
    pub expirations: BTreeMap<u16, String>,
    /// Tiles of each plane.
    pub dte_tile_counts: BTreeMap<u16, usize>,
    /// At-the-money volatility of each plane, 1.00 = 100 % a year.
    pub atm_iv: BTreeMap<u16, f64>,
    /// Widths of the columns, points.
    pub widths: Vec<f64>,
    /// The tiles.
    pub tiles: BTreeMap<TileKey, Tile>,
}

/// [`diffs`]. Fits on the version `prev_version` only; whoever holds another one reads [`latest`] again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Diff {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Underlying.
    pub symbol: String,
    /// The version that results.
    pub version: u64,
    /// The version before.
    pub prev_version: u64,
    /// Epoch of the chain.
    pub epoch: String,
    /// Tiles that are new or different.
    pub changed: BTreeMap<TileKey, Tile>,
    /// Tiles that are gone.
    pub removed: Vec<TileKey>,
    /// Planes, ascending.
    pub dtes_available: Vec<u16>,
    /// At-the-money volatility of each plane.
    pub atm_iv: BTreeMap<u16, f64>,
    /// Price of the underlying.
    pub spot: f64,
}

/// One structure. A side that lacks a leg is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tile {
    /// Underlying.
    pub symbol: String,
    /// Kind of structure.
    pub strategy: Strategy,
    /// Calendar days to expiration.
    pub dte: u16,
    /// Expiration date, `YYYY-MM-DD`.
    pub expiration: String,
    /// The middle strike, or the one that is bought.
    pub strike: f64,
    /// Distance of the strikes, points; 0 for a single.
    pub width: f64,
    /// Made of calls.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub call: Option<Side>,
    /// Made of puts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub put: Option<Side>,
}

/// What one side of a tile costs, points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Side {
    /// A vertical or a butterfly.
    Spread {
        /// Theoretical, smooth.
        debit: f64,
        /// `width - debit`.
        max_profit: f64,
        /// `debit`.
        max_loss: f64,
        /// From the midpoints of the quotes; `None`: a leg has none.
        market_debit: Option<f64>,
        /// Against the next higher strike, percent.
        change_pct: f64,
    },
    /// A single option.
    Single {
        /// Theoretical, smooth.
        mid: f64,
        /// Midpoint of the quote; `None`: there is none.
        market_mid: Option<f64>,
        /// Against the next higher strike, percent.
        change_pct: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_key_is_its_text() {
        let key: TileKey = "butterfly:0:20:6650".parse().unwrap();
        assert_eq!((key.dte, key.width, key.strike), (0, Points(20_000), Points(6_650_000)));
        assert_eq!(
            serde_json::to_string(&BTreeMap::from([(key, 1)])).unwrap(),
            r#"{"butterfly:0:20:6650":1}"#
        );
        for text in ["", "butterfly:0:20", "condor:0:20:6650", "single:-1:0:6650", "single:0:0:6650:1"] {
            assert!(text.parse::<TileKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn both_kinds_of_side_are_read_back() {
        for text in [
            r#"{"debit":3.41,"max_profit":16.59,"max_loss":3.41,"market_debit":null,"change_pct":7.9}"#,
            r#"{"mid":2.2,"market_mid":2.15,"change_pct":0.5}"#,
        ] {
            let side: Side = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&side).unwrap(), text);
        }
    }
}
