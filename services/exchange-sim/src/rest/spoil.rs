//! Faults of the REST interface.

use super::{
    Answer, Refusal, Request,
    query::decode,
    reply::{TOO_MANY, request_id},
};
use crate::{
    Sim,
    price::Stream,
    script::{Aim, FaultKind, HOLES},
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Contracts with holes, where the fault does not say.
const HOLE_SHARE: f64 = 0.5;

/// A refusal instead of an answer.
pub(super) fn refuse(sim: &Sim, request: &Request) -> Option<Answer> {
    let tickers = named(request);
    let aim = Aim { path: &request.path, tickers: &tickers };
    let after = |args: &Map<String, Value>| args.get("retry_after").and_then(Value::as_u64);
    if let Some(args) = sim.faults.strikes_beyond(FaultKind::Rest429, aim) {
        return Some(Answer::refuse(Refusal::TooMany(after(&args))));
    }
    if let Some(args) = sim.faults.strikes(FaultKind::RestStatus, aim) {
        let code =
            args.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
        let html = args.get("html").and_then(Value::as_bool).unwrap_or(false);
        return Some(Answer::refuse(Refusal::Made { code, html, retry_after: after(&args) }));
    }
    sim.faults
        .strikes(FaultKind::Rest200Error, aim)
        .map(|_| Answer::ok(&json!({"status": "ERROR", "request_id": request_id(), "error": TOO_MANY})))
}

/// How long until the first byte, and bytes per second.
pub(super) fn pace(sim: &Sim, request: &Request) -> (Duration, Option<u64>) {
    let tickers = named(request);
    let aim = Aim { path: &request.path, tickers: &tickers };
    let Some(args) = sim.faults.strikes(FaultKind::RestSlow, aim) else { return (Duration::ZERO, None) };
    let ms = args.get("ms").and_then(Value::as_f64).unwrap_or(0.0).clamp(0.0, 600_000.0);
    (Duration::from_secs_f64(ms / 1000.0), args.get("drip").and_then(Value::as_u64).filter(|drip| *drip > 0))
}

/// Damages a good answer.
pub(super) fn body(sim: &Sim, request: &Request, answer: Answer) -> Answer {
    if answer.status != 200 {
        return answer;
    }
    let tickers = named(request);
    let aim = Aim { path: &request.path, tickers: &tickers };
    let answer = links(sim, request, aim, answer);
    let answer = match sim.faults.strikes(FaultKind::RestHole, aim) {
        Some(args) => holes(answer, &args),
        None => answer,
    };
    match sim.faults.strikes(FaultKind::RestMalformed, aim) {
        Some(args) => malform(answer, args.get("kind").and_then(Value::as_str).unwrap_or_default()),
        None => answer,
    }
}

fn links(sim: &Sim, request: &Request, aim: Aim<'_>, answer: Answer) -> Answer {
    let kinds = [FaultKind::RestPageLoop, FaultKind::RestPageMissing];
    if !kinds.into_iter().any(|kind| sim.faults.holds(kind, aim)) {
        return answer;
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    let Some(next) = body.get("next_url").and_then(Value::as_str).and_then(|url| request.mark_of(url)) else {
        return answer;
    };
    // Where this page began: an offset, or the time of its first bar.
    let first = body.pointer("/results/0/t").and_then(Value::as_i64);
    let here = request.mark.or(first).unwrap_or(0);
    let mark = if sim.faults.strikes(FaultKind::RestPageLoop, aim).is_some() {
        here
    } else if sim.faults.strikes(FaultKind::RestPageMissing, aim).is_some() {
        next + (next - here)
    } else {
        next
    };
    let url = request.next_url(mark);
    // A loop shows itself by the same link on every page.
    body["next_url"] = json!(if mark == here { looped(request, here) } else { url });
    Answer { body: Answer::ok(&body).body, ..answer }
}

/// The link that led here; on the first page one that leads here again.
fn looped(request: &Request, here: i64) -> String {
    request.arrived_by.clone().unwrap_or_else(|| request.next_url(here))
}

/// Takes parts out of a share of the contracts; of the same ones each time.
fn holes(answer: Answer, args: &Map<String, Value>) -> Answer {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    let share = args.get("share").and_then(Value::as_f64).unwrap_or(HOLE_SHARE);
    let listed = |what: &str| {
        args.get("what").and_then(Value::as_array).is_none_or(|list| list.iter().any(|one| one == what))
    };
    let what: Vec<&str> = HOLES.into_iter().filter(|what| listed(what)).collect();
    each_result(&mut body, |item| hole(item, share, &what));
    Answer { body: Answer::ok(&body).body, ..answer }
}

fn each_result(body: &mut Value, mut change: impl FnMut(&mut Value)) {
    match body.get_mut("results") {
        Some(Value::Array(items)) => items.iter_mut().for_each(change),
        Some(item) => change(item),
        None => (),
    }
}

/// What no exchange means: half a contract of open interest or fewer than none, volatilities and greeks that are none.
fn out_of_range(item: &mut Value) {
    let Some(ticker) = item.pointer("/details/ticker").and_then(Value::as_str) else { return };
    let is_odd = Stream::new(0, ticker).uniform(1) < 0.5;
    let Some(fields) = item.as_object_mut() else { return };
    if let Some(interest) = fields.get_mut("open_interest")
        && let Some(whole) = interest.as_f64()
    {
        *interest = if is_odd { json!(whole + 0.75) } else { json!(-1.0 - whole) };
    }
    if let Some(iv) = fields.get_mut("implied_volatility") {
        *iv = json!(if is_odd { 5.5 } else { 0.005 });
    }
    let greeks = fields.get_mut("greeks").and_then(Value::as_object_mut);
    for (name, value) in greeks.into_iter().flatten() {
        match name.as_str() {
            "gamma" => *value = json!(-0.01),
            "delta" => *value = json!(if is_odd { 1.5 } else { -1.5 }),
            _ => (),
        }
    }
}

fn hole(item: &mut Value, share: f64, what: &[&str]) {
    let named = item.pointer("/details/ticker").or_else(|| item.get("ticker")).and_then(Value::as_str);
    let drawn = named.filter(|_| item.get("details").is_some()).map(|t| Stream::new(0, t).uniform(0));
    if drawn.is_none_or(|drawn| drawn >= share) {
        return;
    }
    let Some(fields) = item.as_object_mut() else { return };
    for what in what {
        match *what {
            "greeks" => drop(fields.insert("greeks".into(), json!({}))),
            "iv" => drop(fields.remove("implied_volatility")),
            "quote" => drop(fields.remove("last_quote")),
            _ => drop(fields.remove("open_interest")),
        }
    }
}

fn malform(answer: Answer, kind: &str) -> Answer {
    let body = match kind {
        "html" => return Answer { status: 200, ..Answer::html(502, None) },
        "empty" => Vec::new(),
        "truncated" => answer.body.get(..answer.body.len() / 2).unwrap_or_default().to_vec(),
        _ => {
            let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
            match kind {
                "out_of_range" => each_result(&mut value, out_of_range),
                _ => twist(&mut value, kind),
            }
            Answer::ok(&value).body
        }
    };
    Answer { body, ..answer }
}

/// Changes every leaf that is a number, or adds fields to every object.
fn twist(value: &mut Value, kind: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| twist(item, kind)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| twist(field, kind));
            if kind == "extra_fields" {
                fields.insert("x_unheard_of".into(), json!({"nested": [1, "two", null]}));
            }
        }
        Value::Number(number) => match kind {
            "null_fields" => *value = Value::Null,
            "wrong_type" => *value = json!(format!("about {number}")),
            _ => (),
        },
        _ => (),
    }
}

fn named(request: &Request) -> String {
    format!("{} {}", request.path, decode(&request.query))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoiled(kind: &str) -> Answer {
        malform(Answer::ok(&json!({"status": "OK", "results": [{"ticker": "SPY", "value": 600.5}]})), kind)
    }

    #[test]
    fn each_kind_damages_as_it_says() {
        let json = |kind| serde_json::from_slice::<Value>(&spoiled(kind).body);
        assert!(json("truncated").is_err() && json("empty").is_err() && json("html").is_err());
        assert!(!spoiled("html").is_json);
        assert_eq!(json("null_fields").unwrap()["results"][0]["value"], Value::Null);
        assert_eq!(json("wrong_type").unwrap()["results"][0]["value"], "about 600.5");
        let contract = json!({"results": [{"details": {"ticker": "O:SPXW251121C06630000"}, "open_interest": 7,
            "implied_volatility": 0.2, "greeks": {"delta": 0.5, "gamma": 0.01, "vega": 0.2}}]});
        let odd = malform(Answer::ok(&contract), "out_of_range");
        let odd = serde_json::from_slice::<Value>(&odd.body).unwrap();
        let interest = odd["results"][0]["open_interest"].as_f64().unwrap();
        assert!(interest == 7.75 || interest == -8.0, "{interest}");
        let greeks = &odd["results"][0]["greeks"];
        assert!(greeks["delta"].as_f64().unwrap().abs() > 1.01 && greeks["gamma"].as_f64().unwrap() < 0.0);
        assert_eq!(greeks["vega"], 0.2);
        assert!(json("extra_fields").unwrap()["results"][0]["x_unheard_of"].is_object());
    }
}
