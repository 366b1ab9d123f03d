//! `/v3/snapshot` and `/v3/snapshot/indices`.

use super::{
    Answer, Page, Refusal, Request, options,
    reply::Result,
    snapshot::{Newest, is_stock, nanos, percent, rounded, sip, status},
};
use crate::{
    Sim,
    price::{Kind, Listing, regular_minutes},
};
use quant::calendar::Session;
use serde_json::{Value, json};

pub(super) const REAL_TIME: &str = "REAL-TIME";
const MOST_TICKERS: usize = 250;

/// Which kinds of symbols are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wanted {
    All,
    Listed(Kind),
    Options,
}

/// All kinds of symbols.
pub(super) fn universal(sim: &Sim, request: &Request) -> Result<Answer> {
    let kind = request.get("type");
    let wanted = match kind.as_deref() {
        None => Wanted::All,
        Some("indices") => Wanted::Listed(Kind::Index),
        Some("stocks") => Wanted::Listed(Kind::Stock),
        Some("options") => Wanted::Options,
        Some("fx" | "crypto") => return Ok(Answer::ok(&Page::<Value>::cut(request, Vec::new(), 1))),
        Some(_) => return Err(Refusal::BadParameter("type")),
    };
    list(sim, request, wanted)
}

/// Indices alone.
pub(super) fn indices(sim: &Sim, request: &Request) -> Result<Answer> {
    list(sim, request, Wanted::Listed(Kind::Index))
}

/// Those that are named; without names all but options, which are far too many.
fn list(sim: &Sim, request: &Request, wanted: Wanted) -> Result<Answer> {
    let limit = request.limit(10, 250)?;
    request.sorts_by(&["ticker"])?;
    let of_kind = |listing: &&Listing| match wanted {
        Wanted::All => true,
        Wanted::Listed(kind) => listing.kind == kind,
        Wanted::Options => false,
    };
    let named = request.get("ticker.any_of").or_else(|| request.get("ticker"));
    let mut tickers: Vec<String> = match named {
        Some(list) => {
            list.split(',').map(|ticker| ticker.trim().to_owned()).filter(|t| !t.is_empty()).collect()
        }
        None => sim.market.listings().iter().filter(of_kind).map(|l| l.ticker.to_owned()).collect(),
    };
    if tickers.len() > MOST_TICKERS {
        return Err(Refusal::BadParameter("ticker.any_of"));
    }
    tickers.retain(|ticker| request.admits_text("ticker", ticker));
    tickers.sort_unstable();
    tickers.dedup();
    if request.descends(false)? {
        tickers.reverse();
    }
    let item = |ticker: String| {
        let listing = sim.market.listing(&ticker).filter(of_kind);
        let listed = listing.map(|listing| match listing.kind {
            Kind::Index => index(&Newest::of(&sim.market, listing, request.now), listing, request.now),
            Kind::Stock => stock(&Newest::of(&sim.market, listing, request.now), listing, request.now),
        });
        let may_be_option = matches!(wanted, Wanted::All | Wanted::Options);
        listed
            .or_else(|| options::universal(sim, request.now, &ticker).filter(|_| may_be_option))
            .unwrap_or_else(
                || json!({"ticker": ticker, "error": "NOT_FOUND", "message": "Ticker not found."}),
            )
    };
    Ok(Answer::ok(&Page::cut(request, tickers, limit).map(item)))
}

fn index(newest: &Newest, listing: &Listing, now: i64) -> Value {
    json!({
        "ticker": listing.ticker,
        "type": "indices",
        "name": listing.name,
        "value": newest.value,
        "market_status": status(now),
        "last_updated": nanos(newest.at.ms()),
        "timeframe": REAL_TIME,
        "session": session(newest),
    })
}

fn stock(newest: &Newest, listing: &Listing, now: i64) -> Value {
    let mut item = json!({
        "ticker": listing.ticker,
        "type": "stocks",
        "name": listing.name,
        "market_status": status(now),
        "session": session(newest),
        "last_minute": last_minute(newest),
    });
    let Some(fields) = item.as_object_mut().filter(|_| is_stock(listing)) else { return item };
    let bar = &newest.stats.bar;
    if let Some(session) = fields.get_mut("session").and_then(Value::as_object_mut) {
        session.insert("volume".into(), json!(bar.volume));
        session.insert("price".into(), json!(newest.value));
        parts_of_day(session, newest, now);
    }
    if let Some(quote) = newest.quote {
        let quote = json!({
            "ask": quote.ask, "ask_size": quote.ask_size, "ask_exchange": quote.exchanges.1,
            "bid": quote.bid, "bid_size": quote.bid_size, "bid_exchange": quote.exchanges.0,
            "last_updated": sip(quote.t, quote.sequence), "timeframe": REAL_TIME,
        });
        fields.insert("last_quote".into(), quote);
    }
    if let Some(trade) = newest.trade {
        let at = sip(trade.t, trade.sequence);
        let trade = json!({
            "conditions": trade.conditions, "exchange": trade.exchange, "id": trade.sequence.to_string(),
            "last_updated": at, "sip_timestamp": at, "price": trade.price, "size": trade.size,
            "timeframe": REAL_TIME,
        });
        fields.insert("last_trade".into(), trade);
    }
    item
}

fn session(newest: &Newest) -> Value {
    let bar = &newest.stats.bar;
    json!({
        "change": newest.change(),
        "change_percent": newest.change_percent(),
        "close": bar.close,
        "high": bar.high,
        "low": bar.low,
        "open": bar.open,
        "previous_close": newest.stats.previous_close,
    })
}

/// Changes before the open and after the close.
fn parts_of_day(session: &mut serde_json::Map<String, Value>, newest: &Newest, now: i64) {
    let mut part = |name: &str, change: f64, base: f64| {
        session.insert(format!("{name}_trading_change"), json!(rounded(change)));
        session.insert(format!("{name}_trading_change_percent"), json!(percent(change, base)));
    };
    let bar = &newest.stats.bar;
    let before = newest.at.minute < regular_minutes(newest.at.date).start;
    let early = if before { newest.value } else { bar.open };
    part("early", early - newest.stats.previous_close, newest.stats.previous_close);
    if quant::calendar::session(now) == Session::Post {
        part("late", newest.value - bar.close, bar.close);
    }
}

fn last_minute(newest: &Newest) -> Value {
    let bar = &newest.minute;
    json!({
        "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close,
        "volume": bar.volume, "vwap": bar.vwap, "transactions": bar.trades,
        "last_updated": nanos(newest.at.ms()),
    })
}
