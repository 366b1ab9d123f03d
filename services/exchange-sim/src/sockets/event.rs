//! Events as the vendor writes them, and the statuses between them.

use super::topic::Channel;
use crate::price::{
    Bar, Listing, Quote, Trade,
    chain::{OptionQuote, OptionTrade},
    four,
};
use serde_json::json;

/// One event, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Index into the listings.
    pub(super) listing: usize,
    pub(super) channel: Channel,
    pub(super) json: String,
}

pub(super) fn value(listing: &Listing, value: f64, t: i64) -> String {
    format!(r#"{{"ev":"V","val":{value},"T":"{}","t":{t}}}"#, listing.ticker)
}

pub(super) fn trade(listing: &Listing, trade: &Trade) -> String {
    let conditions = match trade.conditions {
        [] => String::new(),
        codes => format!(r#","c":{codes:?}"#),
    };
    format!(
        r#"{{"ev":"T","sym":"{}","x":{},"i":"{}","z":{},"p":{},"s":{}{conditions},"t":{},"q":{}}}"#,
        listing.ticker,
        trade.exchange,
        trade.sequence,
        listing.tape,
        trade.price,
        trade.size,
        trade.t,
        trade.sequence
    )
}

pub(super) fn quote(listing: &Listing, quote: &Quote) -> String {
    format!(
        r#"{{"ev":"Q","sym":"{}","bx":{},"bp":{},"bs":{},"ax":{},"ap":{},"as":{},"c":0,"t":{},"q":{},"z":{}}}"#,
        listing.ticker,
        quote.exchanges.0,
        quote.bid,
        quote.bid_size,
        quote.exchanges.1,
        quote.ask,
        quote.ask_size,
        quote.t,
        quote.sequence,
        listing.tape
    )
}

/// Fair value of a stock or a contract; its `t` is in nanoseconds.
pub(super) fn fair_value(ticker: &str, (bid, ask): (f64, f64), t: i64) -> String {
    let fair = four((bid + ask) / 2.0);
    format!(r#"{{"ev":"FMV","fmv":{fair},"sym":"{ticker}","t":{}}}"#, t * 1_000_000)
}

/// A bar of an index.
pub(super) fn index_bar(listing: &Listing, minute: bool, bar: &Bar, open: f64, until: i64) -> String {
    format!(
        r#"{{"ev":"{}","sym":"{}","op":{open},"o":{},"c":{},"h":{},"l":{},"s":{},"e":{until}}}"#,
        if minute { "AM" } else { "A" },
        listing.ticker,
        bar.open,
        bar.close,
        bar.high,
        bar.low,
        bar.t
    )
}

/// The day so far, as bars of stocks carry it.
#[derive(Debug, Clone, Copy)]
pub(super) struct DaySoFar {
    pub(super) open: f64,
    pub(super) volume: f64,
    pub(super) vwap: f64,
}

/// A bar of a stock or a contract.
pub(super) fn stock_bar(ticker: &str, minute: bool, bar: &Bar, day: DaySoFar, until: i64) -> String {
    let mean_size = (bar.volume as u64).checked_div(bar.trades).unwrap_or(0);
    format!(
        concat!(
            r#"{{"ev":"{}","sym":"{}","v":{},"av":{},"op":{},"vw":{},"o":{},"c":{},"h":{},"l":{},"#,
            r#""a":{},"z":{},"s":{},"e":{}}}"#
        ),
        if minute { "AM" } else { "A" },
        ticker,
        bar.volume,
        day.volume,
        day.open,
        four(bar.vwap),
        bar.open,
        bar.close,
        bar.high,
        bar.low,
        four(day.vwap),
        mean_size,
        bar.t,
        until
    )
}

/// A quote of a contract.
pub(super) fn option_quote(ticker: &str, quote: &OptionQuote) -> String {
    format!(
        r#"{{"ev":"Q","sym":"{ticker}","bx":{},"ax":{},"bp":{},"ap":{},"bs":{},"as":{},"t":{},"q":{}}}"#,
        quote.exchanges.0,
        quote.exchanges.1,
        quote.bid,
        quote.ask,
        quote.bid_size,
        quote.ask_size,
        quote.t,
        quote.sequence
    )
}

/// A trade of a contract.
pub(super) fn option_trade(ticker: &str, trade: &OptionTrade) -> String {
    format!(
        r#"{{"ev":"T","sym":"{ticker}","x":{},"p":{},"s":{},"c":{:?},"t":{},"q":{}}}"#,
        trade.exchange, trade.price, trade.size, trade.conditions, trade.t, trade.sequence
    )
}

/// A status event.
pub(super) fn status(status: &str, message: &str) -> String {
    json!([{"ev": "status", "status": status, "message": message}]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn statuses_are_worded_as_recorded() {
        let recorded: Vec<Value> = include_str!("../../tests/fixtures/status_frames.jsonl")
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["frame"].as_str().unwrap().to_owned())
            .map(|frame| serde_json::from_str(&frame).unwrap())
            .collect();
        for (kind, message) in [
            super::super::conversation::AUTH_FAILED,
            super::super::conversation::AUTH_TIMEOUT,
            super::super::conversation::MAX_CONNECTIONS,
            super::super::conversation::NOT_AUTHORIZED,
        ] {
            let ours: Value = serde_json::from_str(&status(kind, message)).unwrap();
            assert!(recorded.contains(&ours), "{ours}");
        }
    }
}
