//! market-redis: what vigil noticed on the market.

use crate::{BusId::Market, Channel, EpochSec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was noticed, once each.
pub const EVENTS: Channel<Event> = Channel::new(Market, "vigil:events");

/// [`EVENTS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// UUID, the same for the same occasion.
    pub event_id: String,
    /// When it was told.
    pub ts: EpochSec,
    /// Market time of the occasion.
    pub market_time: EpochSec,
    /// `sharp_move`, `vix_spike`, `level_cross` …
    #[serde(rename = "type")]
    pub kind: String,
    /// `info`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Symbol it concerns.
    pub symbol: Option<String>,
    /// `up`, `down`, `above`, `below`.
    pub direction: Option<String>,
    /// For people.
    pub summary: String,
    /// True when it happened while nobody watched.
    #[serde(default)]
    pub late: bool,
    /// How many like it were held back before it.
    #[serde(default)]
    pub suppressed: u32,
    /// Figures of this type.
    pub evidence: Value,
}
