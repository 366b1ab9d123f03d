//! market-redis: what Vexy says to everyone, and how far it is with what one user asked.

use crate::{BusId::Market, Channel, EpochSec, Key, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Every message, as it is spoken.
pub const PLAY_BY_PLAY: Channel<Message> = Channel::new(Market, "vexy:model:playbyplay");
/// The newest of kind `epoch`.
pub const LATEST_EPOCH: Key<Message> = Key::new(Market, "vexy:model:playbyplay:epoch:latest").living(DAY);
/// The newest of any other kind.
pub const LATEST_EVENT: Key<Message> = Key::new(Market, "vexy:model:playbyplay:event:latest").living(DAY);
/// Messages kept of one day.
pub const MESSAGES_KEPT: usize = 500;
/// [`interaction`] of every user.
pub const INTERACTIONS: Pattern<Interaction> = Pattern::new(Market, "vexy_interaction:*");
const INTERACTION: &str = "vexy_interaction:";

/// The list of messages of a UTC day (`YYYY-MM-DD`), oldest first.
pub fn messages(date: &str) -> Key<Message> {
    Key::of(Market, format!("vexy:messages:{date}"))
}

/// How far Vexy is with what `user_id` asked.
pub fn interaction(user_id: u64) -> Channel<Interaction> {
    Channel::of(Market, format!("{INTERACTION}{user_id}"))
}

/// The user of a channel of [`INTERACTIONS`]; `None`: it is none, or names nobody.
pub fn interaction_user(channel: &str) -> Option<u64> {
    channel.strip_prefix(INTERACTION)?.parse().ok()
}

/// [`PLAY_BY_PLAY`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The same for the same occasion: `2026-03-03:epoch:post-open`.
    pub id: String,
    /// `epoch`, `event`, `intel`.
    pub kind: String,
    /// What is said; Markdown.
    pub text: String,
    /// Manner of speaking.
    pub voice: String,
    /// When.
    pub ts: EpochSec,
    /// `ts` as text.
    pub ts_iso: String,
    /// Fields of this kind.
    pub meta: Value,
    /// What wrote it.
    pub engine: Value,
}

/// [`interaction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// `stage`, `delta`, `result`, `error`.
    pub event: String,
    /// What was asked for.
    pub job_id: String,
    /// When.
    pub ts: EpochSec,
    /// Fields of this event.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
