//! `/v3/snapshot/options/...`: chains and single contracts.

use super::{
    Answer, Page, Refusal, Request,
    reply::{Result, request_id},
    snapshot::{rounded, status},
    universal::REAL_TIME,
};
use crate::{
    Sim,
    price::chain::{DayShown, Filter, OptionRecord, Order, Terms},
};
use quant::contract::Right;
use serde::Serialize;
use serde_json::{Value, json};

const SHARES: u32 = 100;

/// Contracts that are listed and not settled.
pub(crate) fn listed(sim: &Sim, now: i64) -> usize {
    sim.chains().count(now)
}

/// What the filter parameters of chains and of lists of contracts say.
pub(super) fn filter(request: &Request) -> Result<Filter> {
    let right = match request.get("contract_type").as_deref() {
        None => None,
        Some("call") => Some(Right::Call),
        Some("put") => Some(Right::Put),
        Some(_) => return Err(Refusal::BadParameter("contract_type")),
    };
    Ok(Filter {
        strike: request.bounds("strike_price")?,
        expiration: request.bounds("expiration_date")?,
        right,
        ticker: request.bounds("ticker")?,
    })
}

pub(super) fn order(request: &Request) -> Result<Order> {
    match request.get("sort").as_deref() {
        None | Some("ticker" | "underlying_ticker" | "asc" | "desc") => Ok(Order::Ticker),
        Some("expiration_date") => Ok(Order::Expiration),
        Some("strike_price") => Ok(Order::Strike),
        Some(_) => Err(Refusal::BadParameter("sort")),
    }
}

/// `/v3/snapshot/options/{U}`
pub(super) fn chain(sim: &Sim, request: &Request, underlying: &str) -> Result<Answer> {
    let limit = request.limit(10, 250)?;
    let (filter, order, descends) = (filter(request)?, order(request)?, request.descends(false)?);
    let source = sim.chains();
    let mut ids = source.matching(underlying, request.now, &filter, order);
    if descends {
        ids.reverse();
    }
    let page = Page::cut(request, ids, limit);
    let page = page.filter_map(|id| source.record(underlying, request.now, id));
    Ok(Answer::ok(&page.show(Item::of)))
}

/// `/v3/snapshot/options/{U}/{O:..}`
pub(super) fn one(sim: &Sim, request: &Request, underlying: &str, ticker: &str) -> Result<Answer> {
    let source = sim.chains();
    let (found, id) = source.find(ticker, request.now).ok_or(Refusal::NotFound)?;
    let record = source.record(found, request.now, id).filter(|_| found == underlying);
    let record = record.ok_or(Refusal::NotFound)?;
    Ok(Answer::ok(&json!({"status": "OK", "request_id": request_id(), "results": Item::of(&record)})))
}

/// A contract among all kinds of symbols; `None` when it is not listed.
pub(super) fn universal(sim: &Sim, now: i64, ticker: &str) -> Option<Value> {
    let source = sim.chains();
    let (underlying, id) = source.find(ticker, now)?;
    let record = source.record(underlying, now, id)?;
    let mut item = json!(Item::of(&record));
    let terms = &record.terms;
    let fields = item.as_object_mut()?;
    fields.remove("day");
    fields.insert("ticker".into(), json!(*terms.ticker));
    fields.insert("type".into(), json!("options"));
    fields.insert("name".into(), json!(name(terms)));
    fields.insert("market_status".into(), json!(status(now)));
    fields.insert("session".into(), session(&record));
    let details = fields.get_mut("details")?.as_object_mut()?;
    details.remove("ticker");
    details.insert("underlying_ticker".into(), json!(*terms.underlying));
    Some(item)
}

fn name(terms: &Terms) -> String {
    let right = match terms.right {
        Right::Call => "Call",
        Right::Put => "Put",
    };
    format!("{} ${} {right}", terms.underlying, terms.strike)
}

fn session(record: &OptionRecord) -> Value {
    let Some(day) = &record.day else { return json!({}) };
    json!({
        "change": day.change, "change_percent": day.change_percent, "close": day.close, "high": day.high,
        "low": day.low, "open": day.open, "previous_close": day.previous_close, "volume": day.volume,
    })
}

#[derive(Debug, Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    break_even_price: Option<f64>,
    day: Day,
    details: Details<'a>,
    greeks: Greeks,
    #[serde(skip_serializing_if = "Option::is_none")]
    implied_volatility: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_quote: Option<Quote>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_trade: Option<Trade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_interest: Option<u64>,
    underlying_asset: Asset<'a>,
}

/// `{}` when nothing traded.
#[derive(Debug, Default, Serialize)]
struct Day {
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_close: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vwap: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Details<'a> {
    contract_type: &'static str,
    exercise_style: &'static str,
    expiration_date: String,
    shares_per_contract: u32,
    strike_price: f64,
    ticker: &'a str,
}

#[derive(Debug, Serialize)]
struct Greeks {
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gamma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vega: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Quote {
    ask: f64,
    ask_size: u64,
    bid: f64,
    bid_size: u64,
    last_updated: i64,
    midpoint: f64,
    timeframe: &'static str,
}

#[derive(Debug, Serialize)]
struct Trade {
    conditions: &'static [u16],
    exchange: u16,
    price: f64,
    sip_timestamp: i64,
    size: u64,
    timeframe: &'static str,
}

#[derive(Debug, Serialize)]
struct Asset<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    change_to_break_even: Option<f64>,
    last_updated: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
    ticker: &'a str,
    timeframe: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

pub(super) fn contract_type(right: Right) -> &'static str {
    match right {
        Right::Call => "call",
        Right::Put => "put",
    }
}

pub(super) fn exercise_style(terms: &Terms) -> &'static str {
    if terms.american { "american" } else { "european" }
}

impl<'a> Item<'a> {
    fn of(record: &'a OptionRecord) -> Self {
        let (terms, basis) = (&record.terms, &record.basis);
        let paid = record.quote.map(|quote| quote.midpoint).or(record.trade.map(|trade| trade.price));
        let break_even = paid.map(|paid| match terms.right {
            Right::Call => rounded(terms.strike + paid),
            Right::Put => rounded(terms.strike - paid),
        });
        Self {
            break_even_price: break_even,
            day: record.day.map(Day::of).unwrap_or_default(),
            details: Details {
                contract_type: contract_type(terms.right),
                exercise_style: exercise_style(terms),
                expiration_date: terms.expiration.to_string(),
                shares_per_contract: SHARES,
                strike_price: terms.strike,
                ticker: &terms.ticker,
            },
            greeks: Greeks {
                delta: record.greeks.delta,
                gamma: record.greeks.gamma,
                theta: record.greeks.theta,
                vega: record.greeks.vega,
            },
            implied_volatility: record.iv,
            last_quote: record.quote.map(|quote| Quote {
                ask: quote.ask,
                ask_size: quote.ask_size,
                bid: quote.bid,
                bid_size: quote.bid_size,
                last_updated: quote.updated_ns,
                midpoint: quote.midpoint,
                timeframe: REAL_TIME,
            }),
            last_trade: record.trade.map(|trade| Trade {
                conditions: trade.conditions,
                exchange: trade.exchange,
                price: trade.price,
                sip_timestamp: trade.sip_ns,
                size: trade.size,
                timeframe: REAL_TIME,
            }),
            open_interest: record.open_interest,
            underlying_asset: Asset {
                change_to_break_even: break_even.map(|price| rounded(price - basis.value)),
                last_updated: basis.updated_ns,
                price: (!basis.is_index).then_some(basis.value),
                ticker: &basis.ticker,
                timeframe: REAL_TIME,
                value: basis.is_index.then_some(basis.value),
            },
        }
    }
}

impl Day {
    fn of(day: DayShown) -> Self {
        Self {
            change: day.change,
            change_percent: day.change_percent,
            close: Some(day.close),
            high: day.high,
            last_updated: Some(day.updated_ns),
            low: day.low,
            open: day.open,
            previous_close: day.previous_close,
            volume: Some(day.volume),
            vwap: day.vwap,
        }
    }
}
