//! Snapshots of stocks, the previous day, and open and close of a day.

use super::{
    Answer, Refusal, Request,
    reply::{Result, request_id},
    snapshot::{Newest, is_stock, sip},
};
use crate::{
    Sim,
    price::{Bar, Listing, Stats, active_minutes, place, regular_minutes},
};
use chrono::NaiveDate;
use quant::calendar;
use serde_json::{Value, json};

/// `/v2/snapshot/locale/us/markets/stocks/tickers/{T}`
pub(super) fn one(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = stock(sim, ticker)?;
    let item = ticker_item(sim, listing, request.now);
    Ok(Answer::ok(&json!({"status": "OK", "request_id": request_id(), "ticker": item})))
}

/// `/v2/snapshot/locale/us/markets/stocks/tickers`
pub(super) fn all(sim: &Sim, request: &Request) -> Result<Answer> {
    let wanted = request.get("tickers");
    let is_wanted = |listing: &&Listing| {
        wanted.as_deref().is_none_or(|list| list.split(',').any(|ticker| ticker.trim() == listing.ticker))
    };
    let listings = sim.market.listings().iter().filter(|listing| is_stock(listing)).filter(is_wanted);
    let tickers: Vec<Value> = listings.map(|listing| ticker_item(sim, listing, request.now)).collect();
    Ok(Answer::ok(&json!({
        "status": "OK", "request_id": request_id(), "count": tickers.len(), "tickers": tickers,
    })))
}

/// `/v2/aggs/ticker/{T}/prev`
pub(super) fn previous(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let listing = sim.market.listing(ticker).ok_or(Refusal::NotFound)?;
    let date = calendar::previous_trading_day(place(request.now).date);
    let bar = sim.market.day_bar(listing, date).ok_or(Refusal::NotFound)?;
    let close = calendar::close(date).unwrap_or(bar.t);
    let mut item = json!({
        "T": listing.ticker, "o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "t": close,
    });
    let mut body = json!({
        "ticker": listing.ticker, "queryCount": 1, "resultsCount": 1, "status": "OK",
        "request_id": request_id(), "count": 1,
    });
    if is_stock(listing) {
        item["v"] = json!(bar.volume);
        item["vw"] = json!(bar.vwap);
        item["n"] = json!(bar.trades);
        body["adjusted"] = json!(true);
    } else if let Some(fields) = body.as_object_mut() {
        fields.remove("count");
    }
    body["results"] = json!([item]);
    Ok(Answer::ok(&body))
}

/// `/v1/open-close/{T}/{date}`
pub(super) fn open_close(sim: &Sim, request: &Request, ticker: &str, date: &str) -> Result<Answer> {
    let listing = sim.market.listing(ticker).ok_or(Refusal::NotFound)?;
    let date: NaiveDate = date.parse().map_err(|_| Refusal::BadParameter("date"))?;
    let today = place(request.now);
    if date > today.date {
        return Err(Refusal::NotFound);
    }
    let regular = regular_minutes(date);
    let edges = |minutes| sim.market.minute_bars(listing, date, minutes);
    let begins = if date == today.date { today.minute >= regular.start } else { true };
    let bar = match date == today.date {
        true if begins => sim.market.stats(listing, request.now).bar,
        true => return Err(Refusal::NotFound),
        false => sim.market.day_bar(listing, date).ok_or(Refusal::NotFound)?,
    };
    let early = edges(0..1).first().map_or(bar.open, |bar| bar.open);
    let last = active_minutes(date) - 1;
    let last = if date == today.date { last.min(today.minute) } else { last };
    let late = edges(last..last + 1).first().map_or(bar.close, |bar| bar.close);
    let mut body = json!({
        "status": "OK", "from": date.to_string(), "symbol": listing.ticker,
        "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close,
        "preMarket": early, "afterHours": if last < regular.end { bar.close } else { late },
    });
    if is_stock(listing) {
        body["volume"] = json!(bar.volume);
    }
    Ok(Answer::ok(&body))
}

fn ticker_item(sim: &Sim, listing: &Listing, now: i64) -> Value {
    let newest = Newest::of(&sim.market, listing, now);
    let before = sim.market.day_bar(listing, calendar::previous_trading_day(newest.at.date));
    let mut item = json!({
        "ticker": listing.ticker,
        "todaysChange": newest.change(),
        "todaysChangePerc": newest.change_percent(),
        "updated": sip(newest.at.ms(), 0),
        "day": today(&newest.stats, newest.at.minute),
        "prevDay": before.as_ref().map_or_else(|| json!({}), bar),
        "min": {
            "av": newest.stats.bar.volume, "t": newest.minute.t, "n": newest.minute.trades,
            "o": newest.minute.open, "h": newest.minute.high, "l": newest.minute.low, "c": newest.minute.close,
            "v": newest.minute.volume, "vw": newest.minute.vwap,
        },
    });
    if let Some(trade) = newest.trade {
        item["lastTrade"] = json!({
            "c": trade.conditions, "i": trade.sequence.to_string(), "p": trade.price, "s": trade.size,
            "t": sip(trade.t, trade.sequence), "x": trade.exchange,
        });
    }
    if let Some(quote) = newest.quote {
        item["lastQuote"] = json!({
            "P": quote.ask, "S": quote.ask_size / 100, "p": quote.bid, "s": quote.bid_size / 100,
            "t": sip(quote.t, quote.sequence),
        });
    }
    item
}

/// Before the open the vendor shows a day of zeros.
fn today(stats: &Stats, minute: usize) -> Value {
    if minute < regular_minutes(stats.date).start {
        return json!({"o": 0, "h": 0, "l": 0, "c": 0, "v": stats.bar.volume, "vw": 0});
    }
    bar(&stats.bar)
}

fn bar(bar: &Bar) -> Value {
    json!({"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": bar.volume, "vw": bar.vwap})
}

pub(super) fn stock<'a>(sim: &'a Sim, ticker: &str) -> Result<&'a Listing> {
    sim.market.listing(ticker).filter(|listing| is_stock(listing)).ok_or(Refusal::NotFound)
}
