//! Bars of contracts, made of their trades. They reach back a month of trading days; before that there are none.

use super::{
    Answer, Refusal, Request,
    aggs::{Body, Span, instant, rounded},
    reply::{Result, request_id},
};
use crate::{
    Sim,
    price::{Bar, chain::OptionTrade, place},
};
use chrono::NaiveDate;
use quant::calendar;
use serde_json::json;

/// Trading days back from today. Every trade is drawn anew when it is asked for, so this bounds the work.
const DAYS_BACK: usize = 20;

/// `/v2/aggs/ticker/{O:..}/range/...`
pub(super) fn range(
    sim: &Sim,
    request: &Request,
    ticker: &str,
    (count, unit): (&str, &str),
    (from, to): (&str, &str),
) -> Result<Answer> {
    let span = Span::parse(count, unit)?;
    let from = instant(from, false).ok_or(Refusal::BadParameter("from"))?;
    let to = instant(to, true).ok_or(Refusal::BadParameter("to"))?.min(request.now);
    let limit = request.limit(5000, 50_000)?;
    let descends = request.descends(false)?;
    let today = place(request.now).date;
    let days = std::iter::successors(Some(today), |date| Some(calendar::previous_trading_day(*date)));
    let first = calendar::trading_date(span.start(from, calendar::trading_date(from)));
    let mut dates: Vec<NaiveDate> = days.take(DAYS_BACK + 1).take_while(|date| *date >= first).collect();
    dates.reverse();
    let mut bars: Vec<Bar> = Vec::new();
    for date in dates {
        for trade in session(sim, ticker, date, request.now)?.iter().filter(|trade| trade.t <= to) {
            let t = span.start(trade.t, date);
            if t >= span.start(from, calendar::trading_date(from)) {
                add(&mut bars, t, trade);
            }
        }
    }
    let read = bars.len();
    if descends {
        bars.reverse();
    }
    let past =
        |bar: &Bar| request.mark.is_none_or(|mark| if descends { bar.t <= mark } else { bar.t >= mark });
    bars.retain(past);
    let next_url = bars.get(limit).map(|bar| request.next_url(bar.t));
    bars.truncate(limit);
    Ok(Answer::ok(&Body::of(request, ticker, rounded(bars), read, true, next_url)))
}

/// `/v2/aggs/ticker/{O:..}/prev`
pub(super) fn previous(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let date = calendar::previous_trading_day(place(request.now).date);
    let bar = day(sim, request, ticker, date)?.ok_or(Refusal::NotFound)?;
    let close = calendar::close(date).unwrap_or(bar.t);
    Ok(Answer::ok(&json!({
        "ticker": ticker, "queryCount": 1, "resultsCount": 1, "adjusted": true, "status": "OK",
        "request_id": request_id(), "count": 1,
        "results": [{
            "T": ticker, "v": bar.volume, "vw": bar.vwap, "o": bar.open, "c": bar.close, "h": bar.high,
            "l": bar.low, "t": close, "n": bar.trades,
        }],
    })))
}

/// `/v1/open-close/{O:..}/{date}`
pub(super) fn open_close(sim: &Sim, request: &Request, ticker: &str, date: &str) -> Result<Answer> {
    let date: NaiveDate = date.parse().map_err(|_| Refusal::BadParameter("date"))?;
    let bar = day(sim, request, ticker, date)?.ok_or(Refusal::NotFound)?;
    Ok(Answer::ok(&json!({
        "status": "OK", "from": date.to_string(), "symbol": ticker, "open": bar.open, "high": bar.high,
        "low": bar.low, "close": bar.close, "volume": bar.volume, "preMarket": bar.open,
        "afterHours": bar.close,
    })))
}

fn day(sim: &Sim, request: &Request, ticker: &str, date: NaiveDate) -> Result<Option<Bar>> {
    let mut bars = Vec::new();
    session(sim, ticker, date, request.now)?.iter().for_each(|trade| add(&mut bars, 0, trade));
    Ok(rounded(bars).pop())
}

/// The trades of a date. A contract that is no longer listed is not found.
fn session(sim: &Sim, ticker: &str, date: NaiveDate, now: i64) -> Result<Vec<OptionTrade>> {
    let source = sim.chains();
    source.find(ticker, now).ok_or(Refusal::NotFound)?;
    Ok(source.trades(ticker, date, now))
}

fn add(bars: &mut Vec<Bar>, t: i64, trade: &OptionTrade) {
    if bars.last().is_none_or(|last| last.t != t) {
        bars.push(Bar::point(t, trade.price));
    }
    if let Some(bar) = bars.last_mut() {
        bar.price(trade.price);
        bar.trade(trade.size as f64, trade.price, 1);
    }
}
