//! market-redis: what changed in a user's journal.

use crate::{BusId::Market, Channel, EpochSec, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// [`trade_log`] of every user.
pub const TRADE_LOGS: Pattern<Envelope> = Pattern::new(Market, "trade_log_updates:*");
/// [`risk_graph`] of every user.
pub const RISK_GRAPHS: Pattern<StrategyEvent> = Pattern::new(Market, "risk_graph_updates:*");
/// The life of logs; the user is in the envelope.
pub const LOG_LIFECYCLE: Channel<Envelope> = Channel::new(Market, "log_lifecycle_updates");
const TRADE_LOG: &str = "trade_log_updates:";
const RISK_GRAPH: &str = "risk_graph_updates:";

/// Trades, orders, positions and imports of `user_id`.
pub fn trade_log(user_id: u64) -> Channel<Envelope> {
    Channel::of(Market, format!("{TRADE_LOG}{user_id}"))
}

/// Strategies on the risk graph of `user_id`.
pub fn risk_graph(user_id: u64) -> Channel<StrategyEvent> {
    Channel::of(Market, format!("{RISK_GRAPH}{user_id}"))
}

/// Whose journal a channel tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A channel of [`TRADE_LOGS`].
    TradeLog(u64),
    /// A channel of [`RISK_GRAPHS`].
    RiskGraph(u64),
}

/// Whose journal `channel` tells of; `None`: it is none of ours, or names nobody.
pub fn whose(channel: &str) -> Option<Whose> {
    let user = |text: &str| text.parse().ok();
    match channel.strip_prefix(TRADE_LOG) {
        Some(id) => user(id).map(Whose::TradeLog),
        None => channel.strip_prefix(RISK_GRAPH).and_then(user).map(Whose::RiskGraph),
    }
}

/// A change. Delivered at least once, always with the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// UUID.
    pub event_id: String,
    /// Counts the user's events without gap.
    pub event_seq: u64,
    /// `TradeClosed`, `PositionCreated`, `log.lifecycle.archived` …
    #[serde(rename = "type")]
    pub kind: String,
    /// `trade`, `order`, `position`, `log`, `import` …
    pub aggregate_type: String,
    /// Its id.
    pub aggregate_id: String,
    /// Its version after the change.
    pub aggregate_version: u64,
    /// When, ISO 8601 UTC.
    pub occurred_at: String,
    /// In [`LOG_LIFECYCLE`] only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<u64>,
    /// The thing as the API shows it.
    pub payload: Value,
}

/// A change of a strategy on the risk graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyEvent {
    /// `strategy_added`, `strategy_updated`, `strategy_removed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The strategy; removed: `{id}`.
    pub data: Value,
    /// When.
    pub ts: EpochSec,
    /// UUID.
    pub event_id: String,
    /// Counts the user's events without gap, together with the other kinds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_seq: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_says_whose_it_is() {
        assert_eq!(whose(&trade_log(57).name), Some(Whose::TradeLog(57)));
        assert_eq!(whose(&risk_graph(8).name), Some(Whose::RiskGraph(8)));
        for nobody in
            ["trade_log_updates:", "trade_log_updates:x", "risk_graph_updates:-1", "log_lifecycle_updates"]
        {
            assert_eq!(whose(nobody), None, "{nobody}");
        }
    }
}
