//! `/v3/reference/options/contracts`: what is listed, without prices.

use super::{
    Answer, Page, Refusal, Request,
    options::{contract_type, exercise_style, filter, order},
    reply::{Result, request_id},
};
use crate::{
    Sim,
    price::chain::{Order, Terms},
};
use chrono::{NaiveDate, NaiveTime};
use quant::{calendar, contract::Right};
use serde_json::{Value, json};

const OPENING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("a time of day");

/// All that the parameters admit. Contracts that have expired are not kept: a list of those is empty.
pub(super) fn all(sim: &Sim, request: &Request) -> Result<Answer> {
    let limit = request.limit(10, 1000)?;
    let (filter, order, descends) = (filter(request)?, order(request)?, request.descends(false)?);
    let now = instant(request)?;
    let expired = match request.get("expired").map(|text| text.to_lowercase()).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::BadParameter("expired")),
    };
    let source = sim.chains();
    let mut names = source.underlyings();
    names.retain(|name| {
        let bare = name.strip_prefix("I:").unwrap_or(name);
        let admits = |name: &str| request.admits_text("underlying_ticker", name);
        (admits(name) || admits(bare)) && !expired
    });
    let mut found: Vec<(usize, u32)> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let ids = source.matching(name, now, &filter, order);
        found.extend(ids.into_iter().map(|id| (at, id)));
    }
    let terms = |&(at, id): &(usize, u32)| {
        let name = names.get(at)?;
        source.terms(name, now, id)
    };
    if names.len() > 1 && order != Order::Ticker {
        let key = |one: &(usize, u32)| {
            let terms = terms(one)?;
            let milli = (terms.strike * 1000.0).round() as u64;
            Some(match order {
                Order::Expiration => (Some(terms.expiration), 0, terms.ticker),
                _ => (None, milli, terms.ticker),
            })
        };
        found.sort_by_cached_key(key);
    }
    if descends {
        found.reverse();
    }
    let page = Page::cut(request, found, limit);
    Ok(Answer::ok(&page.filter_map(|one| terms(&one).map(|terms| item(&terms)))))
}

/// A single one.
pub(super) fn one(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let now = instant(request)?;
    let source = sim.chains();
    let (underlying, id) = source.find(ticker, now).ok_or(Refusal::NotFound)?;
    let terms = source.terms(underlying, now, id).ok_or(Refusal::NotFound)?;
    Ok(Answer::ok(&json!({"status": "OK", "request_id": request_id(), "results": item(&terms)})))
}

/// Now, or the morning of `as_of`.
fn instant(request: &Request) -> Result<i64> {
    let Some(text) = request.get("as_of") else { return Ok(request.now) };
    let date: NaiveDate = text.parse().map_err(|_| Refusal::BadParameter("as_of"))?;
    Ok(calendar::instant(date, OPENING).min(request.now))
}

fn item(terms: &Terms) -> Value {
    json!({
        "cfi": cfi(terms),
        "contract_type": contract_type(terms.right),
        "exercise_style": exercise_style(terms),
        "expiration_date": terms.expiration.to_string(),
        "primary_exchange": if terms.american { "BATO" } else { "XCBO" },
        "shares_per_contract": 100,
        "strike_price": terms.strike,
        "ticker": *terms.ticker,
        "underlying_ticker": *terms.underlying,
    })
}

/// Kind of instrument by ISO 10962: option, right, style, on stock or index, physical or cash, standard.
fn cfi(terms: &Terms) -> &'static str {
    match (terms.right, terms.american) {
        (Right::Call, true) => "OCASPS",
        (Right::Put, true) => "OPASPS",
        (Right::Call, false) => "OCEICS",
        (Right::Put, false) => "OPEICS",
    }
}
