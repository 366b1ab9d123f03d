//! system-redis: who may come in. The gates of tiers, sessions that ended before their time, and the secret of a node
//! that has none.

use crate::{BusId::System, Channel, Key};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Which tiers are admitted and what each may use. Absent: everybody, everything.
pub const TIER_GATES: Key<Value> = Key::new(System, "tier_gates");
/// Follows every write of [`TIER_GATES`].
pub const TIER_GATES_UPDATED: Channel<GatesUpdated> = Channel::new(System, "tier_gates:updated");

/// The gates were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatesUpdated {
    /// When, ISO 8601 in UTC.
    pub updated_at: String,
}

/// Ids of sessions, as plain text, as they are revoked.
pub const SESSION_REVOKED: Channel<String> = Channel::new(System, "session:revoked");
/// What the names of revoked sessions begin with.
pub const REVOKED_PREFIX: &str = "session:revoked:";

/// Says, with its plain text `1`, that session `sid` was revoked; lives as long as the session would have.
pub fn revoked(sid: &str, left: Duration) -> Key<String> {
    Key::of(System, format!("{REVOKED_PREFIX}{sid}")).living(left)
}

/// What a node in public mode signs sessions with when nobody configured a secret, as plain text. Whoever comes first
/// draws it.
pub const DEV_SECRET: Key<String> = Key::new(System, "session:dev_secret");

/// Says that the sign-in token with this SHA-256 (in hex) was used; lives until the token would be refused anyway.
pub fn used_token(digest: &str, left: Duration) -> Key<String> {
    Key::of(System, format!("sso:used:{digest}")).living(left)
}
