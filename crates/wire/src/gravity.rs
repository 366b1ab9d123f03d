//! market-redis: where volume was traded (the profile), its structures, and how dealers' gamma sits on it.

use crate::{BusId::Market, Channel, EpochMs, EpochSec, Key, Points};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

/// The profile of the primary symbol.
pub const VOLUME_PROFILE: Key<VolumeProfile> = Key::new(Market, "massive:volume_profile:model");
/// Tells of a new artifact.
pub const UPDATED: Channel<Updated> = Channel::new(Market, "dealer_gravity_updated");

/// The profile of `symbol`.
pub fn volume_profile(symbol: &str) -> Key<VolumeProfile> {
    Key::of(Market, format!("massive:volume_profile:model:{symbol}:latest"))
}

/// The profile of `symbol` as bins, with its structures, for drawing.
pub fn artifact(symbol: &str) -> Key<Artifact> {
    Key::of(Market, format!("dealer_gravity:artifact:{symbol}"))
}

/// Where the price of `symbol` stands among the structures.
pub fn context(symbol: &str) -> Key<Context> {
    Key::of(Market, format!("dealer_gravity:context:{symbol}")).living(HOUR)
}

/// What pulled on the price of `symbol` when the last minute closed.
pub fn state(symbol: &str) -> Key<State> {
    Key::of(Market, format!("dealer_gravity:state:{symbol}")).living(HOUR)
}

/// [`volume_profile`]. Prices in points of the index, volume in shares of the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeProfile {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Index the prices are scaled to.
    pub symbol: String,
    /// `v<unix s>`.
    pub version: String,
    /// Fund whose volume it is.
    pub source: String,
    /// Price of the fund x multiplier = points.
    pub multiplier: f64,
    /// Height of a bin, points.
    pub step: f64,
    /// Price of the first bin.
    pub min: f64,
    /// Price of the last bin.
    pub max: f64,
    /// Volume spread over each bar.
    pub buckets_tv: BTreeMap<Points, f64>,
    /// Volume at each bar's close.
    pub buckets_raw: BTreeMap<Points, f64>,
    /// Sum of `buckets_tv`.
    pub total_volume: f64,
    /// Trading days in it.
    pub days: u32,
    /// Start of the newest bar in it; trades before its end are not counted again.
    pub last_bar_t: Option<EpochMs>,
    /// What stands out.
    pub structures: Structures,
    /// Price of the largest bin.
    pub attention_peak: Option<f64>,
    /// Lower end of the smallest range around it that holds 70 % of the volume.
    pub core_low: Option<f64>,
    /// Upper end of that range.
    pub core_high: Option<f64>,
}

/// What stands out in a profile; prices in points.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Structures {
    /// The largest bin of each node range.
    pub volume_nodes: Vec<VolumeNode>,
    /// Runs with much volume: lowest and highest price.
    pub node_ranges: Vec<(f64, f64)>,
    /// Runs with little volume.
    pub volume_wells: Vec<(f64, f64)>,
    /// Wells of at least three bins.
    pub crevasses: Vec<(f64, f64)>,
}

/// A price that drew volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VolumeNode {
    /// Points.
    pub price: f64,
    /// Width of the line.
    pub weight: f64,
    /// CSS colour.
    pub color: String,
}

/// [`artifact`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Artifact {
    /// The bins.
    pub profile: Profile,
    /// What stands out; volume nodes may be edited by people.
    pub structures: Structures,
    /// Where it comes from.
    pub meta: Meta,
}

/// Bins of an [`Artifact`]: `bins[i]` is the price `min + i x step`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Profile {
    /// Price of the first bin.
    pub min: f64,
    /// Price of the last bin.
    pub max: f64,
    /// Height of a bin, points.
    pub step: f64,
    /// Volume, scaled so that the largest is `normalized_scale`.
    pub bins: Vec<u32>,
    /// 1000.
    pub normalized_scale: u32,
    /// Volume of the largest bin, shares.
    pub max_volume: f64,
}

/// How far an [`Artifact`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ArtifactStatus {
    /// Days are still being read.
    Building,
    /// All days are in it.
    Ready,
}

/// Where an [`Artifact`] comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Meta {
    /// Index the prices are scaled to.
    pub symbol: String,
    /// Fund whose volume it is.
    pub source: String,
    /// Price of the fund x multiplier = points.
    pub multiplier: f64,
    /// Price of the index.
    pub spot: Option<f64>,
    /// `tv_microbins_30`.
    pub algorithm: String,
    /// Trading days in it.
    pub days: u32,
    /// How far it is.
    pub status: ArtifactStatus,
    /// `v<unix s>`.
    pub artifact_version: String,
    /// `ts` as text.
    pub last_update: String,
    /// True while people's volume nodes replace the computed ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub edited: Option<bool>,
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
}

/// [`UPDATED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Updated {
    /// `dealer_gravity_artifact_updated`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Index.
    pub symbol: String,
    /// `v<unix s>`.
    pub artifact_version: String,
    /// `ts` as text.
    pub occurred_at: String,
    /// When it was published.
    pub ts: EpochSec,
}

/// [`context`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Context {
    /// Index.
    pub symbol: String,
    /// Its price.
    pub spot: f64,
    /// Price of the nearest node.
    pub nearest_volume_node: Option<f64>,
    /// `(node - spot) / spot`.
    pub nearest_volume_node_dist: Option<f64>,
    /// Distance to the nearest well, relative to spot; 0 inside one.
    pub volume_well_proximity: Option<f64>,
    /// Spot is inside a crevasse.
    pub in_crevasse: bool,
    /// Share of the volume inside node ranges, 0 to 1.
    pub market_memory_strength: f64,
    /// How near the largest net gamma is to the nearest node, 0 to 1; `None` without gamma.
    pub gamma_alignment: Option<f64>,
    /// Version of the artifact it was made from.
    pub artifact_version: Option<String>,
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
}

/// [`state`]. A published minute is not changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Index.
    pub symbol: String,
    /// Start of the minute that closed, market time.
    pub minute: EpochSec,
    /// The pull.
    pub gravity: Gravity,
    /// Strike, mass, acceptance, score.
    pub basins: Vec<(f64, f64, f64, f64)>,
}

/// The levels of a [`State`], points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gravity {
    /// The strongest basin; `None` without one.
    pub best: Option<f64>,
    /// The next one above, or one expected move.
    pub high: f64,
    /// The next one below, or one expected move.
    pub low: f64,
    /// 0 to 1.
    pub confidence: f64,
}
