//! market-redis: what copilot says: which models can be trusted, remarks, and alerts that fired.

use crate::{BusId::Market, Channel, EpochSec, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// How far each model can be trusted, of the primary symbol: the newest.
pub const MEL: Key<Value> = Key::new(Market, "copilot:mel:snapshot").living(Duration::from_secs(300));
/// The same, as it is computed.
pub const MEL_UPDATES: Channel<Value> = Channel::new(Market, "copilot:mel:snapshot");
/// Remarks for everyone.
pub const COMMENTARY: Channel<Commentary> = Channel::new(Market, "copilot:commentary:message");
/// What becomes of alerts.
pub const ALERT_EVENTS: Channel<AlertEvent> = Channel::new(Market, "copilot:alerts:events");
/// The last `alert_triggered` or `ai_evaluation`.
pub const LATEST_ALERT: Key<AlertEvent> =
    Key::new(Market, "copilot:alerts:latest").living(Duration::from_secs(3600));

/// Types of [`AlertEvent`] that [`LATEST_ALERT`] keeps.
pub const KEPT_ALERTS: [&str; 2] = ["alert_triggered", "ai_evaluation"];

/// [`COMMENTARY`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commentary {
    /// `cmt_…`
    pub id: String,
    /// Kind of remark: `mel_warning`.
    pub category: String,
    /// What is said.
    pub text: String,
    /// `ts` as text.
    pub timestamp: String,
    /// When.
    pub ts: EpochSec,
    /// What gave rise to it.
    pub trigger: Value,
    /// The models at that time.
    pub mel_context: Value,
    /// Who wrote it, and at what cost.
    pub metadata: Value,
}

/// [`ALERT_EVENTS`]. Delivered at least once, always with the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertEvent {
    /// UUID.
    pub event_id: String,
    /// `alert_triggered`, `alert_updated` …: the name of the event on the streams.
    #[serde(rename = "type")]
    pub kind: String,
    /// Fields of this type. With `user_id` it is for that user only, without for everyone.
    pub data: Map<String, Value>,
    /// When.
    pub ts: EpochSec,
}
