//! REST bodies: JSON in, prices and reference values out. A field of the wrong type is unknown, the item stays.

use super::rest::Paged;
use chrono::{DateTime, NaiveDate};
use quant::tick;
use serde_json::Value;
use std::collections::BTreeSet;
use wire::EpochMs;

/// Why a body cannot be used although it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Not JSON, or not the JSON that was asked for.
    Malformed,
    /// `status: ERROR` inside a good answer.
    Refused,
    /// The same, because there were too many requests.
    TooMany,
}

/// What REST knows of one symbol. Prices in points or dollars; `None` is unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SpotItem {
    pub(crate) symbol: String,
    pub(crate) price: Option<f64>,
    pub(crate) t: Option<EpochMs>,
    pub(crate) last_size: Option<f64>,
    pub(crate) bid: Option<f64>,
    pub(crate) ask: Option<f64>,
    pub(crate) bid_size: Option<f64>,
    pub(crate) ask_size: Option<f64>,
    pub(crate) open: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) prev_close: Option<f64>,
    pub(crate) volume: Option<f64>,
    pub(crate) vwap: Option<f64>,
    pub(crate) is_delayed: Option<bool>,
}

/// An item of a snapshot: a symbol, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Spot(SpotItem),
    Refused { symbol: String, code: String },
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) items: Vec<Item>,
    /// Items without a ticker, and known fields of the wrong type.
    pub(crate) faults: u64,
    pub(crate) next_url: Option<String>,
}

impl Paged for Page {
    fn next_url(&self) -> Option<&str> {
        self.next_url.as_deref()
    }

    fn faults(&self) -> u64 {
        self.faults
    }
}

/// The server's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub(crate) market_ms: f64,
    pub(crate) speed: f64,
}

/// Parses a body and looks at its envelope. `status` may be missing.
///
/// # Errors
/// [`Unusable`].
pub(crate) fn envelope(body: &[u8]) -> Result<Value, Unusable> {
    let value: Value = serde_json::from_slice(body).map_err(|_error| Unusable::Malformed)?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    refusal(text("status"), text("error"))?;
    if value.is_object() || value.is_array() { Ok(value) } else { Err(Unusable::Malformed) }
}

/// An error inside a good answer.
pub(super) fn refusal(status: &str, error: &str) -> Result<(), Unusable> {
    if status != "ERROR" {
        return Ok(());
    }
    let is_limit = error.contains("exceeded the maximum requests");
    Err(if is_limit { Unusable::TooMany } else { Unusable::Refused })
}

/// A page of the universal or the indices snapshot. Missing `results` are an empty page.
///
/// # Errors
/// [`Unusable`]; `results` of another kind than a list are [`Unusable::Malformed`].
pub(crate) fn snapshot(body: &[u8]) -> Result<Page, Unusable> {
    let value = envelope(body)?;
    let results = match value.get("results") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(_) => return Err(Unusable::Malformed),
    };
    let mut page = Page { items: Vec::with_capacity(results.len()), faults: 0, next_url: None };
    page.next_url = value.get("next_url").and_then(Value::as_str).map(str::to_owned);
    for item in results {
        let mut fields = Fields { item, faults: 0 };
        match fields.item() {
            Some(item) => page.items.push(item),
            None => page.faults += 1,
        }
        page.faults += fields.faults;
    }
    Ok(page)
}

/// The single-stock snapshot.
///
/// # Errors
/// [`Unusable`].
pub(crate) fn stock(body: &[u8]) -> Result<SpotItem, Unusable> {
    let value = envelope(body)?;
    let item = value.get("ticker").filter(|item| item.is_object()).ok_or(Unusable::Malformed)?;
    let mut fields = Fields { item, faults: 0 };
    let symbol = item.get("ticker").and_then(Value::as_str).ok_or(Unusable::Malformed)?.to_owned();
    let candidates = [
        (fields.price("/lastTrade/p"), fields.nanos("/lastTrade/t")),
        (fields.price("/min/c"), fields.number("/min/t").map(|ms| EpochMs(ms as i64))),
        (fields.price("/day/c"), fields.nanos("/updated")),
        (fields.price("/prevDay/c"), None),
    ];
    let (price, t) = first_usable(candidates);
    Ok(SpotItem {
        symbol,
        price,
        t,
        last_size: fields.size("/lastTrade/s"),
        bid: fields.price("/lastQuote/p"),
        ask: fields.price("/lastQuote/P"),
        bid_size: fields.size("/lastQuote/s"),
        ask_size: fields.size("/lastQuote/S"),
        open: fields.price("/day/o"),
        high: fields.price("/day/h"),
        low: fields.price("/day/l"),
        prev_close: fields.price("/prevDay/c"),
        volume: fields.size("/day/v"),
        vwap: fields.price("/day/vw"),
        is_delayed: None,
    })
}

/// The close of the previous trading day; `None` when the answer has no bar.
///
/// # Errors
/// [`Unusable`].
pub(crate) fn previous_close(body: &[u8]) -> Result<Option<f64>, Unusable> {
    let value = envelope(body)?;
    Ok(Fields { item: &value, faults: 0 }.price("/results/0/c"))
}

/// A minute bar; prices in points or dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    /// Start of the minute.
    pub(crate) t: EpochMs,
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    /// Shares; 0 where there is none.
    pub(crate) volume: f64,
}

/// Bars, oldest first. One without a time or with a price that is none is left out. A list of days is large, so it is
/// read straight into bars: an untyped tree of it takes ten times the memory.
///
/// # Errors
/// [`Unusable`].
pub(crate) fn bars(body: &[u8]) -> Result<Vec<Bar>, Unusable> {
    let list: BarList = serde_json::from_slice(body).map_err(|_error| Unusable::Malformed)?;
    refusal(&list.status, &list.error)?;
    Ok(list.results.iter().filter_map(RawBar::bar).collect())
}

#[derive(serde::Deserialize)]
struct BarList {
    #[serde(default)]
    status: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    results: Vec<RawBar>,
}

#[derive(serde::Deserialize)]
struct RawBar {
    t: Option<f64>,
    o: Option<f64>,
    h: Option<f64>,
    l: Option<f64>,
    c: Option<f64>,
    v: Option<f64>,
}

impl RawBar {
    fn bar(&self) -> Option<Bar> {
        let price = |value: Option<f64>| value.filter(|value| tick::is_price(*value));
        Some(Bar {
            t: EpochMs(self.t.filter(|ms| (1e12..4.1e12).contains(ms))? as i64),
            open: price(self.o)?,
            high: price(self.h)?,
            low: price(self.l)?,
            close: price(self.c)?,
            volume: self.v.filter(|volume| tick::is_size(*volume)).unwrap_or(0.0),
        })
    }
}

/// `/sim/clock`.
///
/// # Errors
/// [`Unusable::Malformed`] without a believable time.
pub(crate) fn simulator_clock(body: &[u8]) -> Result<Reading, Unusable> {
    let value = envelope(body)?;
    let mut fields = Fields { item: &value, faults: 0 };
    let market_ms =
        fields.number("/sim_ms").filter(|ms| ms.is_finite() && *ms > 0.0).ok_or(Unusable::Malformed)?;
    let speed = fields.number("/speed").filter(|speed| (0.0..=10_000.0).contains(speed)).unwrap_or(1.0);
    Ok(Reading { market_ms, speed })
}

/// `serverTime` of the market status, Unix milliseconds.
///
/// # Errors
/// [`Unusable::Malformed`] without a readable time.
pub(crate) fn server_time(body: &[u8]) -> Result<f64, Unusable> {
    let value = envelope(body)?;
    let text = value.get("serverTime").and_then(Value::as_str).ok_or(Unusable::Malformed)?;
    let time = DateTime::parse_from_rfc3339(text).map_err(|_error| Unusable::Malformed)?;
    Ok(time.timestamp_millis() as f64)
}

/// Days on which the exchange is announced to be closed.
///
/// # Errors
/// [`Unusable`]; anything but a list is [`Unusable::Malformed`].
pub(crate) fn closed_days(body: &[u8]) -> Result<BTreeSet<NaiveDate>, Unusable> {
    let value = envelope(body)?;
    let days = value.as_array().ok_or(Unusable::Malformed)?;
    let text = |day: &Value, name: &str| day.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(days
        .iter()
        .filter(|day| text(day, "status").as_deref() == Some("closed"))
        .filter(|day| text(day, "exchange").as_deref() == Some("NYSE"))
        .filter_map(|day| text(day, "date")?.parse().ok())
        .collect())
}

fn first_usable<const N: usize>(
    candidates: [(Option<f64>, Option<EpochMs>); N],
) -> (Option<f64>, Option<EpochMs>) {
    candidates.into_iter().find(|(price, _)| price.is_some()).unwrap_or_default()
}

/// The fields of one item. A field that is there and has the wrong type is counted.
struct Fields<'a> {
    item: &'a Value,
    faults: u64,
}

impl Fields<'_> {
    fn item(&mut self) -> Option<Item> {
        let symbol = self.item.get("ticker").and_then(Value::as_str)?.to_owned();
        if let Some(code) = self.item.get("error").and_then(Value::as_str) {
            return Some(Item::Refused { symbol, code: code.to_owned() });
        }
        let updated = self.nanos("/last_updated");
        let traded =
            self.nanos("/last_trade/sip_timestamp").or_else(|| self.nanos("/last_trade/last_updated"));
        let (price, t) = first_usable([
            (self.price("/value"), updated),
            (self.price("/last_trade/price"), traded.or(updated)),
            (self.price("/last_minute/close"), self.nanos("/last_minute/last_updated").or(updated)),
            (self.price("/session/close"), updated),
        ]);
        let timeframe = self.item.get("timeframe").or_else(|| self.item.pointer("/last_trade/timeframe"));
        Some(Item::Spot(SpotItem {
            symbol,
            price,
            t,
            last_size: self.size("/last_trade/size"),
            bid: self.price("/last_quote/bid"),
            ask: self.price("/last_quote/ask"),
            bid_size: self.size("/last_quote/bid_size"),
            ask_size: self.size("/last_quote/ask_size"),
            open: self.price("/session/open"),
            high: self.price("/session/high"),
            low: self.price("/session/low"),
            prev_close: self.price("/session/previous_close"),
            volume: self.size("/session/volume"),
            vwap: None,
            is_delayed: timeframe.and_then(Value::as_str).map(|text| text == "DELAYED"),
        }))
    }

    fn number(&mut self, pointer: &str) -> Option<f64> {
        let value = self.item.pointer(pointer).filter(|value| !value.is_null())?;
        let number = value.as_f64();
        self.faults += u64::from(number.is_none());
        number
    }

    /// A price; 0 counts as missing.
    fn price(&mut self, pointer: &str) -> Option<f64> {
        self.number(pointer).filter(|value| tick::is_price(*value))
    }

    fn size(&mut self, pointer: &str) -> Option<f64> {
        self.number(pointer).filter(|value| tick::is_size(*value))
    }

    /// An instant in nanoseconds.
    fn nanos(&mut self, pointer: &str) -> Option<EpochMs> {
        let ms = self.number(pointer)? / 1e6;
        // Years 2001 to 2100: another unit is not guessed.
        (1e12..4.1e12).contains(&ms).then_some(EpochMs(ms as i64))
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
