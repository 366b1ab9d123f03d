//! Topics, event names and control frames of the gateway's streams.

use crate::{
    EpochSec,
    mesh::Liveness,
    system::{Alert, Status},
};
use serde::{Deserialize, Serialize};

/// First frame with an id: the end of the snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Connected {
    /// Stream name: `all`, `market`, `spot`.
    pub channel: String,
    /// When.
    pub ts: EpochSec,
    /// Drawn when the gateway started.
    pub r#gen: String,
    /// True when the cursor was honoured.
    pub resumed: bool,
    /// Frames of the snapshot.
    pub snapshot: usize,
    /// Internal user id; null without one.
    pub user_id: Option<u64>,
    /// Tier of the user; null without one.
    pub tier: Option<String>,
}

/// Something may be missing: reload what the topics name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Resync {
    /// `unknown_id`, `expired_id`, `bad_id`, `slow_client`, `bus_gap`.
    pub reason: String,
    /// Event topics that may have lost something.
    pub topics: Vec<String>,
}

/// A bar. `t` is the start of its bucket in epoch seconds of market time; prices in points or dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Candle {
    /// Start of the bucket.
    pub t: i64,
    /// First value.
    pub o: f64,
    /// Highest value.
    pub h: f64,
    /// Lowest value.
    pub l: f64,
    /// Last value.
    pub c: f64,
}

/// Bars of one symbol in four sizes, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Candles {
    /// Vendor ticker.
    pub symbol: String,
    /// Last value.
    pub spot: Option<f64>,
    /// When.
    pub ts: EpochSec,
    /// Days asked for; absent in a stream.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub days: Option<u32>,
    /// True when only changed buckets are listed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub partial: Option<bool>,
    /// Five minutes.
    pub candles_5m: Vec<Candle>,
    /// Ten minutes.
    pub candles_10m: Vec<Candle>,
    /// Fifteen minutes.
    pub candles_15m: Vec<Candle>,
    /// One hour.
    pub candles_1h: Vec<Candle>,
}

/// Topic `fleet`: every service with its heartbeat and health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fleet {
    /// When.
    pub ts: EpochSec,
    /// In phase order, then by id.
    pub services: Vec<FleetService>,
}

/// One service in [`Fleet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FleetService {
    /// Service id.
    pub id: String,
    /// Start phase.
    pub phase: u32,
    /// Whether it lives.
    pub status: Liveness,
    /// Seconds since its last beat.
    pub hb_age_sec: Option<f64>,
    /// Seconds between beats.
    pub hb_interval_sec: f64,
    /// What it says of itself.
    pub state: Option<Status>,
    /// Latest `heartbeat_*` or `healer_*` alert.
    pub health: Option<Alert>,
    /// Latest alert of any kind.
    pub last_alert: Option<Alert>,
}
