//! market-redis: spots, ticks, the market clock and market events.

use crate::{BusId::Market, Channel, EpochMs, EpochSec, Index, Key, Log, Record};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// What kind of thing a spot symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SymbolKind {
    /// An index, in points.
    Index,
    /// An exchange-traded fund, in dollars.
    Etf,
    /// A share, in dollars.
    Stock,
}

/// Part of the trading day, New York time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Session {
    /// 04:00 to 09:30.
    Pre,
    /// 09:30 to 16:00 (index options 16:15).
    Regular,
    /// 16:00 to 20:00.
    Post,
    /// Everything else, weekends and holidays.
    Closed,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A WebSocket event.
    Ws,
    /// A REST snapshot.
    Rest,
    /// A bar.
    Agg,
}

/// Last price of an underlying. Prices in points or dollars; `None` is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spot {
    /// Vendor ticker: `I:SPX`, `SPY`.
    pub symbol: String,
    /// Last price.
    pub value: f64,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// First price of the session.
    pub open: Option<f64>,
    /// Highest price of the session.
    pub high: Option<f64>,
    /// Lowest price of the session.
    pub low: Option<f64>,
    /// Close of the previous trading day.
    pub prev_close: Option<f64>,
    /// `value - prev_close`.
    pub change: Option<f64>,
    /// `100 x change / prev_close`.
    pub change_pct: Option<f64>,
    /// Shares traded in the session; indices have none.
    pub volume: Option<f64>,
    /// Kind of symbol.
    #[serde(rename = "type")]
    pub kind: SymbolKind,
    /// Session of `market_ts`.
    pub session: Session,
    /// Where `value` came from.
    pub source: Source,
    /// True when nothing was accepted for 15 s in a regular session.
    pub stale: bool,
    /// When it was published.
    pub ts: EpochSec,
    /// `ts` as `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    pub ts_iso: String,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
}

/// Every spot price, one symbol a message, at most four a second each.
pub const SPOT: Channel<Spot> = Channel::new(Market, "massive:spot");
/// All spots together, at most once a second.
pub const SPOTS: Key<Spots> = Key::new(Market, "massive:spot").living(Duration::from_secs(60));

/// The latest spot of `symbol`.
pub fn spot(symbol: &str) -> Key<Spot> {
    Key::of(Market, format!("massive:model:spot:{symbol}"))
}

/// Earlier spots of `symbol`, scored by `market_ts`.
pub fn spot_trail(symbol: &str) -> Index<TrailPoint> {
    Index::of(Market, format!("massive:model:spot:{symbol}:trail"))
}

/// [`SPOTS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spots {
    /// When it was published.
    pub ts: EpochSec,
    /// Newest exchange time among them.
    pub market_ts: EpochSec,
    /// By symbol.
    pub symbols: BTreeMap<String, Spot>,
}

/// A member of [`spot_trail`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailPoint {
    /// Price.
    pub value: f64,
    /// When it was published.
    pub ts: EpochSec,
}

/// Everything known of `symbol`, as text fields.
pub fn snapshot(symbol: &str) -> Record<Snapshot> {
    Record::of(Market, format!("market:snapshot:{symbol}"))
}

/// [`snapshot`]: written whole, so that a reader sees one consistent state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Vendor ticker.
    pub symbol: String,
    /// Kind of symbol.
    #[serde(rename = "type")]
    pub kind: SymbolKind,
    /// Last price.
    pub value: Option<f64>,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Shares at the bid.
    pub bid_size: Option<f64>,
    /// Shares at the ask.
    pub ask_size: Option<f64>,
    /// Shares of the last trade.
    pub last_size: Option<f64>,
    /// First price of the session.
    pub open: Option<f64>,
    /// Highest price of the session.
    pub high: Option<f64>,
    /// Lowest price of the session.
    pub low: Option<f64>,
    /// Close of the previous trading day.
    pub prev_close: Option<f64>,
    /// `value - prev_close`.
    pub change: Option<f64>,
    /// Percent of `prev_close`.
    pub change_pct: Option<f64>,
    /// Shares traded in the session.
    pub volume: Option<f64>,
    /// Volume-weighted average price of the session.
    pub vwap: Option<f64>,
    /// When it was published.
    pub ts: EpochSec,
    /// Exchange time of the newest input.
    pub market_ts: EpochSec,
    /// Exchange sequence number of the newest input.
    pub seq: Option<u64>,
    /// Where `value` came from.
    pub source: Source,
    /// Session of `market_ts`.
    pub session: Session,
    /// `REAL-TIME` or `DELAYED`.
    pub timeframe: String,
    /// 1 when nothing was accepted for 15 s in a regular session.
    pub stale: u8,
    /// Updates since start.
    pub n: u64,
}

/// Accepted ticks of `symbol`, as they came.
pub fn ticks(symbol: &str) -> Log<Tick> {
    Log::of(Market, format!("market:tick:{symbol}:stream")).keeping(20_000)
}

/// Events of the options of a group (`SPX`, `AAPL`: the underlying without `I:`), as they came.
pub fn option_ticks(group: &str) -> Log<Tick> {
    Log::of(Market, format!("market:tick:O:{group}:stream")).keeping(200_000)
}

/// What a tick is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TickKind {
    /// Value of an index.
    V,
    /// Trade.
    T,
    /// Quote.
    Q,
    /// Bar of a second.
    A,
}

/// One tick. Which fields are there depends on `ev`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tick {
    /// Kind of event.
    pub ev: TickKind,
    /// Option ticker, in the stream of a group only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub sym: Option<String>,
    /// Price or value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub p: Option<f64>,
    /// Size.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub s: Option<f64>,
    /// Bid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub b: Option<f64>,
    /// Ask.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub a: Option<f64>,
    /// Size at the bid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub bs: Option<f64>,
    /// Size at the ask.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub ask_size: Option<f64>,
    /// Open of the bar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub o: Option<f64>,
    /// High of the bar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub h: Option<f64>,
    /// Low of the bar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub l: Option<f64>,
    /// Volume of the bar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub v: Option<f64>,
    /// Exchange time.
    pub t: EpochMs,
    /// Exchange sequence number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub q: Option<u64>,
    /// 1 when it came after a newer one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub late: Option<u8>,
}

/// The market's own time, once a second.
pub const CLOCK: Key<Clock> = Key::new(Market, "massive:clock").living(Duration::from_secs(15));

/// [`CLOCK`]. A simulated market has a time of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Clock {
    /// When it was published.
    pub ts: EpochSec,
    /// Market time.
    pub market_ts: EpochSec,
    /// Market seconds per second.
    pub speed: f64,
    /// Session of `market_ts`.
    pub session: Session,
    /// New York date of `market_ts`, `YYYY-MM-DD`.
    pub trading_date: String,
    /// `system` or `server`.
    pub source: String,
}

/// Market events as they happen.
pub const EVENTS: Channel<MarketEvent> = Channel::new(Market, "market:events");
/// The same events, kept.
pub const EVENT_LOG: Log<LoggedEvent> = Log::new(Market, "events:market");

/// An entry of [`EVENT_LOG`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// Kind of event.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event as JSON text.
    pub d: String,
}

/// How bad a [`MarketEvent`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Info,
    /// Something is missing or late.
    Warn,
    /// It will not mend itself.
    Error,
}

/// Something that happened to the feed or to the session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MarketEvent {
    /// `session_open`, `feed_gap`, `feed_stale`, `policy_violation` …
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was published.
    pub ts: EpochSec,
    /// Market time.
    pub market_ts: EpochSec,
    /// How bad it is.
    pub severity: Severity,
    /// Symbol it concerns.
    pub symbol: Option<String>,
    /// Feed path it concerns: `/indices`.
    pub path: Option<String>,
    /// Fields of this kind.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub detail: Value,
}

/// Counters and gauges of one part of massive: `spot`, `ws`.
pub fn analytics(part: &str) -> Record<BTreeMap<String, Value>> {
    Record::of(Market, format!("massive:{part}:analytics"))
}

/// Marks a namespace of Truth's `market_redis_setup.init_keys`; holds the epoch second of the first start.
pub fn namespace_marker(namespace: &str) -> Key<u64> {
    Key::of(Market, format!("market:ns:{namespace}"))
}
