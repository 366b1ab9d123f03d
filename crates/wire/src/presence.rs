//! market-redis: who has the page open.

use crate::{BusId::Market, Channel, EpochSec};
use serde::{Deserialize, Serialize};

/// A user came or went, as it happens.
pub const PRESENCE: Channel<Presence> = Channel::new(Market, "user:presence");

/// A user came, with the first open page, or went, some seconds after the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    /// What happened.
    pub event: PresenceEvent,
    /// Internal user id.
    pub user_id: u64,
    /// What people call the user.
    pub display_name: String,
    /// Tier at sign-in.
    pub tier: String,
    /// When.
    pub ts: EpochSec,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresenceEvent {
    /// Came.
    Connected,
    /// Went.
    Disconnected,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_written_as_the_contract_shows_it() {
        let presence = Presence {
            event: PresenceEvent::Connected,
            user_id: 57,
            display_name: "Rita".into(),
            tier: "navigator".into(),
            ts: EpochSec::new(1_794_473_012.5),
        };
        let text = r#"{"event":"connected","user_id":57,"display_name":"Rita","tier":"navigator","ts":1794473012.5}"#;
        assert_eq!(serde_json::to_string(&presence).unwrap(), text);
        assert_eq!(serde_json::from_str::<Presence>(text).unwrap(), presence);
    }
}
