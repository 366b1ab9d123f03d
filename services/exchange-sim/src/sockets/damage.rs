//! From events to frames of one client, with what faults do on the way.

use super::{client::Client, conversation::aim, frame};
use crate::{
    Sim,
    price::Stream,
    script::{Aim, FaultKind},
};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::Instant;

const MOST_EVENTS: usize = 500;
const SHUFFLED: usize = 50;
const DEPTH: usize = 200;
const HUGE_BYTES: u64 = 17 << 20;

/// An event on its way to a client.
pub(super) type Outgoing<'a> = (&'a str, String);

/// Queues events for a client, in frames.
pub(super) fn deliver(sim: &Sim, client: &Client, mut events: Vec<Outgoing<'_>>) {
    let faults = &sim.faults;
    let here = aim(client);
    if events.is_empty() && !client.state().has_late() || faults.holds(FaultKind::WsStall, here) {
        return;
    }
    // Faults are asked for event by event only where there are any.
    if !faults.harm(&client.path) && !client.state().has_late() {
        for chunk in events.chunks(MOST_EVENTS) {
            client.text(join(chunk).as_bytes());
        }
        return;
    }
    events.retain(|(ticker, _)| {
        let at = Aim { tickers: ticker, ..here };
        !faults.holds(FaultKind::WsGap, at)
    });
    hold_back(sim, client, &mut events);
    repeat(sim, client, &mut events);
    if faults.holds(FaultKind::WsReorder, here) {
        for chunk in events.chunks_mut(SHUFFLED) {
            shuffle(chunk);
        }
    }
    for chunk in events.chunks(MOST_EVENTS) {
        let frame = join(chunk);
        match faults.strikes(FaultKind::WsMalformed, here) {
            Some(args) => damaged(client, chunk, &frame, &args),
            None => client.text(frame.as_bytes()),
        }
    }
}

fn join(events: &[Outgoing<'_>]) -> String {
    let length = events.iter().map(|(_, json)| json.len() + 1).sum::<usize>();
    let mut frame = String::with_capacity(length + 2);
    frame.push('[');
    for (at, (_, json)) in events.iter().enumerate() {
        if at > 0 {
            frame.push(',');
        }
        frame.push_str(json);
    }
    frame.push(']');
    frame
}

/// Takes out what is to be late, puts in what was late long enough.
fn hold_back(sim: &Sim, client: &Client, events: &mut Vec<Outgoing<'_>>) {
    let now = Instant::now();
    let mut state = client.state();
    if sim.faults.holds(FaultKind::WsLate, Aim { tickers: "", ..aim(client) }) || any(sim, client, events) {
        let mut kept = Vec::with_capacity(events.len());
        for (ticker, json) in events.drain(..) {
            let at = Aim { tickers: ticker, ..aim(client) };
            match sim.faults.strikes(FaultKind::WsLate, at) {
                Some(args) => {
                    let ms = args.get("ms").and_then(Value::as_f64).unwrap_or(0.0);
                    state.late.push((now + Duration::from_secs_f64(ms / 1000.0), json));
                }
                None => kept.push((ticker, json)),
            }
        }
        *events = kept;
    }
    let (due, waiting) = std::mem::take(&mut state.late).into_iter().partition(|(at, _)| *at <= now);
    state.late = waiting;
    let due: Vec<(Instant, String)> = due;
    events.extend(due.into_iter().map(|(_, json)| ("", json)));
}

fn any(sim: &Sim, client: &Client, events: &[Outgoing<'_>]) -> bool {
    events
        .iter()
        .any(|(ticker, _)| sim.faults.holds(FaultKind::WsLate, Aim { tickers: ticker, ..aim(client) }))
}

fn repeat(sim: &Sim, client: &Client, events: &mut Vec<Outgoing<'_>>) {
    let mut repeated = Vec::with_capacity(events.len());
    for (ticker, json) in events.drain(..) {
        let at = Aim { tickers: ticker, ..aim(client) };
        if sim.faults.strikes(FaultKind::WsDup, at).is_some() {
            repeated.push((ticker, json.clone()));
        }
        repeated.push((ticker, json));
    }
    *events = repeated;
}

/// Fisher and Yates, in an order that depends on the length alone.
fn shuffle(events: &mut [Outgoing<'_>]) {
    let draw = Stream::new(events.len() as u64, "shuffle");
    for at in (1..events.len()).rev() {
        let other = (draw.bits(at as u64) % (at as u64 + 1)) as usize;
        events.swap(at, other);
    }
}

fn damaged(client: &Client, events: &[Outgoing<'_>], whole: &str, args: &Map<String, Value>) {
    let each = |change: &dyn Fn(&str) -> String| {
        let changed: Vec<Outgoing<'_>> =
            events.iter().map(|(ticker, json)| (*ticker, change(json))).collect();
        join(&changed)
    };
    let text = match args.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "truncated" => whole.chars().take(whole.len() / 2).collect(),
        "not_array" => events.first().map_or_else(String::new, |(_, json)| json.clone()),
        "nan" => each(&|json| with_price(json, |_| "NaN".to_owned())),
        "string_number" => each(&|json| with_price(json, |number| format!("\"{number}\""))),
        "missing_field" => each(&without_price),
        "unknown_ev" => each(&|json| json.replacen(r#""ev":""#, r#""ev":"ZZ"#, 1)),
        "crossed" => each(&crossed),
        "bad_ticker" => {
            each(&|json| json.replacen(r#"":"O:"#, r#"":"O:?"#, 1).replacen(r#"":"I:"#, r#"":"?"#, 1))
        }
        "foreign_ticker" => {
            each(&|json| json.replacen(r#"":"O:"#, r#"":"O:Z"#, 1).replacen(r#"":"I:"#, r#"":"I:ZZ"#, 1))
        }
        "time_seconds" => each(&|json| with_time(json, |ms| ms.get(..10).unwrap_or(ms).to_owned())),
        "time_nanoseconds" => each(&|json| with_time(json, |ms| format!("{ms}000000"))),
        "time_zero" => each(&|json| with_time(json, |_| "0".to_owned())),
        "deep" => format!("{}{whole}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        "huge" => {
            let bytes = args.get("bytes").and_then(Value::as_u64).unwrap_or(HUGE_BYTES).min(256 << 20);
            let padding = "x".repeat(usize::try_from(bytes).unwrap_or(0));
            format!(r#"[{{"ev":"status","status":"success","message":"{padding}"}}]"#)
        }
        "binary" => {
            client.send(frame::encode(frame::BINARY, whole.as_bytes()));
            return;
        }
        _ => {
            let mut bytes = whole.as_bytes().to_vec();
            bytes.splice(2..2, [0xff, 0xfe]);
            client.text(&bytes);
            return;
        }
    };
    client.text(text.as_bytes());
}

/// Where the number of the event's price stands.
fn price_at(json: &str) -> Option<(usize, usize, usize)> {
    number_at(json, &[r#""val":"#, r#""p":"#, r#""bp":"#, r#""fmv":"#, r#""c":"#])
}

/// Where the first of `names` begins, and its number begins and ends.
fn number_at(json: &str, names: &[&str]) -> Option<(usize, usize, usize)> {
    let (start, name) = names.iter().find_map(|name| json.find(name).map(|at| (at, name)))?;
    let number = start + name.len();
    let end = json.get(number..)?.find([',', '}'])? + number;
    Some((start, number, end))
}

/// A quote whose bid is above its ask; other events as they are.
fn crossed(json: &str) -> String {
    let number = |name: &str| number_at(json, &[name]).and_then(|(_, from, to)| json.get(from..to));
    let Some((bid, ask)) = number(r#""bp":"#).zip(number(r#""ap":"#)) else { return json.to_owned() };
    // One name at a time under a name of its own, or the second would find the first.
    json.replacen(r#""bp":"#, r#""was":"#, 1)
        .replacen(&format!(r#""ap":{ask}"#), &format!(r#""ap":{bid}"#), 1)
        .replacen(&format!(r#""was":{bid}"#), &format!(r#""bp":{ask}"#), 1)
}

fn with_time(json: &str, change: impl Fn(&str) -> String) -> String {
    let parts = number_at(json, &[r#""t":"#, r#""e":"#]).and_then(|(_, number, end)| {
        Some(format!("{}{}{}", json.get(..number)?, change(json.get(number..end)?), json.get(end..)?))
    });
    parts.unwrap_or_else(|| json.to_owned())
}

fn with_price(json: &str, change: impl Fn(&str) -> String) -> String {
    let parts = price_at(json).and_then(|(_, number, end)| {
        Some(format!("{}{}{}", json.get(..number)?, change(json.get(number..end)?), json.get(end..)?))
    });
    parts.unwrap_or_else(|| json.to_owned())
}

fn without_price(json: &str) -> String {
    let parts = price_at(json)
        .and_then(|(start, _, end)| Some(format!("{}{}", json.get(..start)?, json.get(end + 1..)?)));
    parts.unwrap_or_else(|| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = r#"{"ev":"V","val":3988.5,"T":"I:SPX","t":1678220098130}"#;
    const BAR: &str = r#"{"ev":"A","sym":"I:SPX","op":1,"o":2,"c":3.5,"h":4,"l":1,"s":1,"e":2}"#;

    #[test]
    fn the_price_is_found_in_every_kind_of_event() {
        assert_eq!(with_price(VALUE, |_| "NaN".into()), VALUE.replace("3988.5", "NaN"));
        assert_eq!(with_price(BAR, |n| format!("\"{n}\"")), BAR.replace("3.5", "\"3.5\""));
        assert_eq!(without_price(VALUE), VALUE.replace("\"val\":3988.5,", ""));
    }

    #[test]
    fn a_quote_is_crossed_and_a_time_is_told_in_another_unit() {
        let quote = r#"{"ev":"Q","sym":"O:SPXW251121C06630000","bp":9.4,"ap":9.7,"t":1678220098130,"q":7}"#;
        assert_eq!(crossed(quote), quote.replace("9.4,\"ap\":9.7", "9.7,\"ap\":9.4"));
        assert_eq!(crossed(VALUE), VALUE);
        assert_eq!(with_time(quote, |ms| format!("{ms}000000")), quote.replace("130,", "130000000,"));
        assert_eq!(with_time(VALUE, |_| "0".into()), VALUE.replace("1678220098130", "0"));
        assert_eq!(with_time(BAR, |_| "0".into()), BAR.replace("\"e\":2", "\"e\":0"));
    }

    #[test]
    fn shuffling_keeps_every_event() {
        let mut events: Vec<Outgoing<'_>> = (0..50).map(|n| ("", n.to_string())).collect();
        let before = events.clone();
        shuffle(&mut events);
        assert_ne!(events, before);
        events.sort_by_key(|(_, json)| json.parse::<u32>().unwrap());
        assert_eq!(events, before);
    }
}
