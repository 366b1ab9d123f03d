//! The vendor's REST interface: who may ask, what is answered, in the vendor's own field names.

mod aggs;
mod contracts;
mod limits;
mod option_bars;
mod option_ticks;
mod options;
mod query;
mod reply;
mod snapshot;
mod spoil;
mod stocks;
mod ticks;
mod universal;

pub(crate) use limits::Limiter;
pub(crate) use options::listed;
pub(crate) use query::Request;
pub(crate) use query::decode;
pub(crate) use reply::Answer;
pub(crate) use reply::{Page, Refusal};

use crate::{
    Sim,
    recorded::{Day, Given},
};
use reply::Result;
use std::time::Duration;

/// An answer, and how slowly it is given.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// What is sent.
    pub answer: Answer,
    /// Before the first byte.
    pub delay: Duration,
    /// Bytes per second; `None` is at once.
    pub drip: Option<u64>,
}

/// Answers a request: keys and limits first, then the faults, then the data.
pub(crate) fn answer(sim: &Sim, request: &Request) -> Delivery {
    let answer = admit(sim, request).unwrap_or_else(|| match (&sim.day, request.resumed()) {
        (Some(day), _) => spoil::body(sim, request, recorded(day, request)),
        (None, Ok(resumed)) => {
            let answer = dispatch(sim, &resumed).unwrap_or_else(Answer::refuse);
            spoil::body(sim, &resumed, answer)
        }
        (None, Err(refusal)) => Answer::refuse(refusal),
    });
    let (delay, drip) = spoil::pace(sim, request);
    Delivery { answer, delay, drip }
}

fn admit(sim: &Sim, request: &Request) -> Option<Answer> {
    let Some(key) = request.key() else { return Some(Answer::refuse(Refusal::NoKey)) };
    if !sim.knows(key) {
        return Some(Answer::refuse(Refusal::UnknownKey));
    }
    if !sim.limiter.admits(key) {
        return Some(Answer::refuse(Refusal::TooMany(None)));
    }
    spoil::refuse(sim, request)
}

fn recorded(day: &Day, request: &Request) -> Answer {
    let asked = (request.path.as_str(), request.query.as_str());
    match day.answer(asked, &request.base, request.now) {
        Some(Given { status, is_json, body }) => Answer { status, is_json, body, retry_after: None },
        None => Answer::refuse(Refusal::NotFound),
    }
}

fn dispatch(sim: &Sim, request: &Request) -> Result<Answer> {
    let segments: Vec<&str> = request.segments().collect();
    match *segments {
        ["v3", "snapshot"] => universal::universal(sim, request),
        ["v3", "snapshot", "indices"] => universal::indices(sim, request),
        ["v3", "snapshot", "options", underlying] => options::chain(sim, request, underlying),
        ["v3", "snapshot", "options", underlying, ticker] => options::one(sim, request, underlying, ticker),
        ["v3", "reference", "options", "contracts"] => contracts::all(sim, request),
        ["v3", "reference", "options", "contracts", ticker] => contracts::one(sim, request, ticker),
        ["v2", "aggs", "ticker", ticker, "range", multiplier, unit, from, to] if is_option(ticker) => {
            option_bars::range(sim, request, ticker, (multiplier, unit), (from, to))
        }
        ["v2", "aggs", "ticker", ticker, "prev"] if is_option(ticker) => {
            option_bars::previous(sim, request, ticker)
        }
        ["v1", "open-close", ticker, date] if is_option(ticker) => {
            option_bars::open_close(sim, request, ticker, date)
        }
        ["v2", "last", "trade", ticker] if is_option(ticker) => {
            option_ticks::last_trade(sim, request, ticker)
        }
        ["v3", "trades", ticker] if is_option(ticker) => option_ticks::trades(sim, request, ticker),
        ["v3", "quotes", ticker] if is_option(ticker) => option_ticks::quotes(sim, request, ticker),
        ["v2", "snapshot", "locale", "us", "markets", "stocks", "tickers"] => stocks::all(sim, request),
        ["v2", "snapshot", "locale", "us", "markets", "stocks", "tickers", ticker] => {
            stocks::one(sim, request, ticker)
        }
        ["v2", "aggs", "ticker", ticker, "range", multiplier, unit, from, to] => {
            aggs::range(sim, request, ticker, (multiplier, unit), (from, to))
        }
        ["v2", "aggs", "ticker", ticker, "prev"] => stocks::previous(sim, request, ticker),
        ["v1", "open-close", ticker, date] => stocks::open_close(sim, request, ticker, date),
        ["v2", "last", "trade", ticker] => ticks::last_trade(sim, request, ticker),
        ["v2", "last", "nbbo", ticker] => ticks::last_quote(sim, request, ticker),
        ["v3", "trades", ticker] => ticks::trades(sim, request, ticker),
        ["v3", "quotes", ticker] => ticks::quotes(sim, request, ticker),
        ["v1", "marketstatus", "now"] => snapshot::status_now(request),
        ["v1", "marketstatus", "upcoming"] => snapshot::status_upcoming(request),
        _ => Err(Refusal::NotFound),
    }
}

fn is_option(ticker: &str) -> bool {
    ticker.starts_with("O:")
}
