//! What several answers share: the state of the market, the newest trade, quote and minute of a symbol.

use super::{Answer, Request, reply::Result};
use crate::price::{Bar, Kind, Listing, Market, Place, Quote, Stats, Trade, place};
use chrono::{DateTime, SecondsFormat, Utc};
use quant::calendar::{self, Change, NEW_YORK, Session};
use serde_json::{Value, json};

/// Everything newest of one symbol.
pub(super) struct Newest {
    pub(super) value: f64,
    pub(super) at: Place,
    pub(super) trade: Option<Trade>,
    pub(super) quote: Option<Quote>,
    pub(super) minute: Bar,
    pub(super) stats: Stats,
}

impl Newest {
    pub(super) fn of(market: &Market, listing: &Listing, now: i64) -> Self {
        let at = place(now);
        let minute = market.minute(listing, at);
        let until = at.ms();
        Self {
            value: minute.prices.get(at.step).copied().unwrap_or_default(),
            at,
            trade: market.trades(listing, &minute).into_iter().rfind(|trade| trade.t <= until),
            quote: market.quotes(listing, &minute).into_iter().rfind(|quote| quote.t <= until),
            minute: market.partial_bar(listing, at),
            stats: market.stats(listing, now),
        }
    }

    pub(super) fn change(&self) -> f64 {
        rounded(self.value - self.stats.previous_close)
    }

    pub(super) fn change_percent(&self) -> f64 {
        percent(self.value - self.stats.previous_close, self.stats.previous_close)
    }
}

/// Unix nanoseconds of Unix milliseconds.
pub(super) fn nanos(ms: i64) -> i64 {
    ms * 1_000_000
}

/// Nanoseconds of a trade or quote: several of one instant follow each other.
pub(super) fn sip(t: i64, sequence: u64) -> i64 {
    nanos(t) + i64::try_from(sequence % 4096).unwrap_or(0) * 1000
}

pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

pub(super) fn percent(change: f64, base: f64) -> f64 {
    if base == 0.0 { 0.0 } else { rounded(100.0 * change / base) }
}

/// Market status as snapshots give it.
pub(super) fn status(now: i64) -> &'static str {
    match calendar::session(now) {
        Session::Pre => "early_trading",
        Session::Regular => "open",
        Session::Post => "late_trading",
        Session::Closed => "closed",
    }
}

pub(super) fn is_stock(listing: &Listing) -> bool {
    listing.kind == Kind::Stock
}

/// `/v1/marketstatus/now`
pub(super) fn status_now(request: &Request) -> Result<Answer> {
    let session = calendar::session(request.now);
    let market = match session {
        Session::Regular => "open",
        Session::Pre | Session::Post => "extended-hours",
        Session::Closed => "closed",
    };
    let server_time = DateTime::<Utc>::from_timestamp_millis(request.now).unwrap_or_default();
    Ok(Answer::ok(&json!({
        "market": market,
        "earlyHours": session == Session::Pre,
        "afterHours": session == Session::Post,
        "serverTime": server_time.with_timezone(&NEW_YORK).to_rfc3339_opts(SecondsFormat::Secs, false),
        "exchanges": {"nyse": market, "nasdaq": market, "otc": market},
        "currencies": {"fx": "open", "crypto": "open"},
    })))
}

/// `/v1/marketstatus/upcoming`
pub(super) fn status_upcoming(request: &Request) -> Result<Answer> {
    let utc = |ms: Option<i64>| {
        let at = DateTime::<Utc>::from_timestamp_millis(ms.unwrap_or_default()).unwrap_or_default();
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    };
    let days = calendar::upcoming(calendar::trading_date(request.now), 12);
    let listed: Vec<Value> = days
        .iter()
        .flat_map(|day| ["NYSE", "NASDAQ"].map(|exchange| (exchange, day)))
        .map(|(exchange, day)| {
            let date = day.date.to_string();
            match day.change {
                Change::Closed => {
                    json!({"exchange": exchange, "name": day.name, "date": date, "status": "closed"})
                }
                Change::EarlyClose => json!({
                    "exchange": exchange, "name": day.name, "date": date, "status": "early-close",
                    "open": utc(calendar::open(day.date)), "close": utc(calendar::close(day.date)),
                }),
            }
        })
        .collect();
    Ok(Answer::ok(&listed))
}
