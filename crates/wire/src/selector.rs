//! market-redis: butterflies worth a look, with their scores.

use crate::{BusId::Market, Key};
use serde_json::Value;
use std::time::Duration;

/// The selection of `symbol`: `{ts, market_ts, symbol, …, recommendations}`.
pub fn latest(symbol: &str) -> Key<Value> {
    Key::of(Market, format!("massive:selector:model:{symbol}:latest")).living(Duration::from_secs(3600))
}
