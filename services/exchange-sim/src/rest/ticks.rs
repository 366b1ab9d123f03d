//! Trades and quotes: the last one, and today's last five thousand.

use super::{
    Answer, Page, Refusal, Request,
    reply::{Result, request_id},
    snapshot::{Newest, nanos, sip},
    stocks::stock,
};
use crate::{
    Sim,
    price::{Listing, Minute, Place, Quote, Trade, place},
};
use chrono::{DateTime, NaiveDate, NaiveTime};
use quant::calendar;
use serde_json::{Value, json};

/// How many events of today are kept.
pub(super) const KEPT: usize = 5000;

/// `/v2/last/trade/{T}`
pub(super) fn last_trade(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = stock(sim, ticker)?;
    let trade = Newest::of(&sim.market, listing, request.now).trade.ok_or(Refusal::NotFound)?;
    let at = sip(trade.t, trade.sequence);
    Ok(Answer::ok(&json!({
        "status": "OK", "request_id": request_id(),
        "results": {
            "T": listing.ticker, "c": trade.conditions, "i": trade.sequence.to_string(), "p": trade.price,
            "q": trade.sequence, "s": trade.size, "t": at, "y": at, "x": trade.exchange, "z": listing.tape,
        },
    })))
}

/// `/v2/last/nbbo/{T}`
pub(super) fn last_quote(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = stock(sim, ticker)?;
    let quote = Newest::of(&sim.market, listing, request.now).quote.ok_or(Refusal::NotFound)?;
    let at = sip(quote.t, quote.sequence);
    Ok(Answer::ok(&json!({
        "status": "OK", "request_id": request_id(),
        "results": {
            "T": listing.ticker, "P": quote.ask, "S": quote.ask_size, "X": quote.exchanges.1,
            "p": quote.bid, "s": quote.bid_size, "x": quote.exchanges.0,
            "q": quote.sequence, "t": at, "y": at, "z": listing.tape,
        },
    })))
}

/// `/v3/trades/{T}`
pub(super) fn trades(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = stock(sim, ticker)?;
    let found =
        newest(sim, listing, request.now, |minute| sim.market.trades(listing, minute), |trade| trade.t);
    let item = |trade: &Trade| {
        let at = sip(trade.t, trade.sequence);
        let item = json!({
            "conditions": trade.conditions, "exchange": trade.exchange, "id": trade.sequence.to_string(),
            "participant_timestamp": at, "price": trade.price, "sequence_number": trade.sequence,
            "sip_timestamp": at, "size": trade.size, "tape": listing.tape,
        });
        (at, item)
    };
    page(request, found.iter().map(item))
}

/// `/v3/quotes/{T}`
pub(super) fn quotes(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = stock(sim, ticker)?;
    let found =
        newest(sim, listing, request.now, |minute| sim.market.quotes(listing, minute), |quote| quote.t);
    let item = |quote: &Quote| {
        let at = sip(quote.t, quote.sequence);
        let item = json!({
            "ask_exchange": quote.exchanges.1, "ask_price": quote.ask, "ask_size": quote.ask_size / 100,
            "bid_exchange": quote.exchanges.0, "bid_price": quote.bid, "bid_size": quote.bid_size / 100,
            "participant_timestamp": at, "sequence_number": quote.sequence, "sip_timestamp": at,
            "tape": listing.tape,
        });
        (at, item)
    };
    page(request, found.iter().map(item))
}

/// The last [`KEPT`] events of today up to now, in order.
fn newest<T: Clone>(
    sim: &Sim,
    listing: &Listing,
    now: i64,
    events: impl Fn(&Minute) -> Vec<T>,
    t: impl Fn(&T) -> i64,
) -> Vec<T> {
    let last = place(now);
    let until = last.ms();
    let mut minutes: Vec<Vec<T>> = Vec::new();
    let mut count = 0;
    for minute in (0..=last.minute).rev() {
        let minute = sim.market.minute(listing, Place { minute, step: 0, ..last });
        let mut found = events(&minute);
        found.retain(|event| t(event) <= until);
        count += found.len();
        minutes.push(found);
        if count >= KEPT {
            break;
        }
    }
    minutes.into_iter().rev().flatten().skip(count.saturating_sub(KEPT)).collect()
}

/// Those that `timestamp` and its forms admit, newest first unless asked otherwise. Items come with their instant.
pub(super) fn page(request: &Request, items: impl Iterator<Item = (i64, Value)>) -> Result<Answer> {
    let limit = request.limit(1000, 50_000)?;
    request.sorts_by(&["timestamp"])?;
    let window = Window::of(request)?;
    let mut kept: Vec<Value> = items.filter(|(at, _)| window.holds(*at)).map(|(_, item)| item).collect();
    if request.descends(true)? {
        kept.reverse();
    }
    Ok(Answer::ok(&Page::cut(request, kept, limit)))
}

/// What `timestamp` and its forms admit, nanoseconds, both ends included.
struct Window {
    from: i64,
    to: i64,
}

impl Window {
    fn of(request: &Request) -> Result<Self> {
        let instant = |name: &str, end: bool| {
            request
                .get(name)
                .map(|text| parse(&text, end).ok_or(Refusal::BadParameter("timestamp")))
                .transpose()
        };
        let mut window = Self { from: i64::MIN, to: i64::MAX };
        if let (Some(from), Some(to)) = (instant("timestamp", false)?, instant("timestamp", true)?) {
            (window.from, window.to) = (from, to);
        }
        let lowest = [instant("timestamp.gte", false)?, instant("timestamp.gt", true)?.map(|at| at + 1)];
        let highest = [instant("timestamp.lte", true)?, instant("timestamp.lt", false)?.map(|at| at - 1)];
        window.from = lowest.into_iter().flatten().fold(window.from, i64::max);
        window.to = highest.into_iter().flatten().fold(window.to, i64::min);
        Ok(window)
    }

    fn holds(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// Nanoseconds, RFC 3339, or a New York date (its begin, or its last nanosecond).
fn parse(text: &str, end: bool) -> Option<i64> {
    if let Ok(at) = text.parse::<i64>() {
        return Some(at);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return at.timestamp_nanos_opt();
    }
    let date: NaiveDate = text.parse().ok()?;
    let from = |date| nanos(calendar::instant(date, NaiveTime::MIN));
    Some(if end { from(date.succ_opt()?) - 1 } else { from(date) })
}
