use crate::rig::{Exchange, Socket, frozen};
use exchange_sim::{Config, Hours, price::chain::ChainSize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Friday, 21 November 2025, 10:00 New York time.
const BEGIN: i64 = 1_763_737_200_000;
const CALL: &str = "O:SPXW251121C06600000";
const PUT: &str = "O:SPXW251121P06600000";

pub(crate) fn small() -> Config {
    Config { chain: ChainSize::Small, ..frozen() }
}

fn running(seed: u64) -> Config {
    Config { seed, hours: Hours::Loop, speed: 0.1, ..small() }
}

fn topics(channels: &[&str]) -> String {
    let each = |channel: &&str| [CALL, PUT].map(|ticker| format!("{channel}.{ticker}"));
    channels.iter().flat_map(each).collect::<Vec<_>>().join(",")
}

fn t(event: &Value) -> i64 {
    match event["ev"].as_str() {
        Some("FMV") => event["t"].as_i64().unwrap() / 1_000_000,
        _ => event["t"].as_i64().or(event["e"].as_i64()).unwrap(),
    }
}

/// Events after `from`, until `to` is passed: a fair value of the call comes every second.
async fn window(socket: &mut Socket, from: i64, to: i64) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let event = socket.until(|event| event["ev"] != "status").await;
        if t(&event) > to {
            return events;
        }
        if t(&event) > from {
            events.push(event);
        }
    }
}

#[tokio::test]
async fn contracts_are_quoted_traded_and_summed_up() {
    let sim = Exchange::start(small()).await;
    let mut socket = sim.subscribed("/options", &topics(&["Q", "T", "A", "AM", "FMV"])).await;
    sim.step(122.0).await;
    let events = window(&mut socket, BEGIN, BEGIN + 121_000).await;
    let of = |ev: &str, ticker: &str| -> Vec<Value> {
        events.iter().filter(|event| event["ev"] == ev && event["sym"] == ticker).cloned().collect()
    };
    assert!(events.is_sorted_by_key(t), "in the order of their instants");
    for ticker in [CALL, PUT] {
        let quotes = of("Q", ticker);
        assert!(quotes.len() > 50, "{} quotes", quotes.len());
        assert!(quotes.is_sorted_by(|a, b| a["q"].as_u64() < b["q"].as_u64()));
        assert!(quotes.iter().all(|quote| quote["bp"].as_f64() < quote["ap"].as_f64()));
        let within_a_second = quotes.windows(21).any(|many| t(&many[20]) - t(&many[0]) < 1000);
        assert!(!within_a_second, "at most twenty a second");
        let trades = of("T", ticker);
        assert!(trades.len() > 3, "{} trades", trades.len());
        for minute in of("AM", ticker) {
            let (from, to) = (minute["s"].as_i64().unwrap(), minute["e"].as_i64().unwrap());
            let own: Vec<&Value> = trades.iter().filter(|trade| (from..to).contains(&t(trade))).collect();
            if from >= BEGIN + 60_000 {
                let volume: f64 = own.iter().map(|trade| trade["s"].as_f64().unwrap()).sum();
                assert_eq!(minute["v"].as_f64(), Some(volume));
                assert_eq!(minute["o"], own[0]["p"]);
                assert_eq!(minute["c"], own[own.len() - 1]["p"]);
                let seconds: f64 = of("A", ticker)
                    .iter()
                    .filter(|bar| (from..to).contains(&bar["s"].as_i64().unwrap()))
                    .map(|bar| bar["v"].as_f64().unwrap())
                    .sum();
                assert_eq!(seconds, volume, "seconds make the minute");
            }
        }
        let so_far: Vec<f64> = of("A", ticker).iter().map(|bar| bar["av"].as_f64().unwrap()).collect();
        assert!(so_far.is_sorted_by(|a, b| a < b), "the day's volume rises: {so_far:?}");
        assert!(of("FMV", ticker).len() >= 120);
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_wildcard_brings_all_contracts_and_quotes_have_none() {
    let sim = Exchange::start(small()).await;
    let mut socket = sim.subscribed("/options", "T.*").await;
    socket.say(json!({"action": "subscribe", "params": "Q.*,Q.O:UNLISTED251121C00001000"})).await;
    socket.status("error").await;
    socket.status("success").await;
    sim.step(10.0).await;
    let trades = socket.events(200).await;
    let symbols: BTreeSet<&str> = trades.iter().map(|trade| trade["sym"].as_str().unwrap()).collect();
    assert!(symbols.len() > 30 && trades.iter().all(|trade| trade["ev"] == "T"), "{symbols:?}");
    let underlyings: BTreeSet<&str> = symbols.iter().map(|symbol| symbol.get(..5).unwrap()).collect();
    assert!(underlyings.len() > 3, "{underlyings:?}");
    sim.stop().await;
}

const EVERYTHING: [&str; 5] = ["Q", "T", "A", "AM", "FMV"];

async fn at_speed(seed: u64, speed: f64, topics: &str, to: i64) -> Vec<Value> {
    let sim = Exchange::start(running(seed)).await;
    let mut socket = sim.subscribed("/options", topics).await;
    sim.post("/sim/speed", json!({"speed": speed})).await;
    let events = window(&mut socket, BEGIN + 1000, to).await;
    sim.stop().await;
    events
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_at_any_speed() {
    let (few, many) = (BEGIN + 3000, BEGIN + 150_000);
    let slow = at_speed(1, 1.0, &topics(&EVERYTHING), few).await;
    let quick = at_speed(1, 60.0, &topics(&EVERYTHING), many).await;
    assert!(slow.len() > 10 && quick.len() > 300, "{} {}", slow.len(), quick.len());
    assert_eq!(slow, quick[..slow.len()]);
    assert_eq!(quick, at_speed(1, 60.0, &topics(&EVERYTHING), many).await, "a second run");
    assert_ne!(slow, at_speed(2, 60.0, &topics(&EVERYTHING), few).await, "another seed");

    let sim = Exchange::start(small()).await;
    let mut socket = sim.subscribed("/options", &topics(&EVERYTHING)).await;
    sim.step(0.7).await;
    sim.step(152.0).await;
    assert_eq!(quick, window(&mut socket, BEGIN + 1000, many).await, "stepping");
    sim.stop().await;
}

/// Six hundred market seconds a second with every contract subscribed is more than can be told in time: the
/// clock waits, nothing is left out.
#[tokio::test]
async fn falling_behind_leaves_nothing_out() {
    let to = BEGIN + 90_000;
    let everything = format!("T.*,{}", topics(&["Q", "A", "AM", "FMV"]));
    let story = |events: Vec<Value>| -> Vec<Value> {
        events.into_iter().filter(|event| [CALL, PUT].contains(&event["sym"].as_str().unwrap())).collect()
    };
    let hasty = story(at_speed(1, 600.0, &everything, to).await);
    assert_eq!(hasty, at_speed(1, 60.0, &topics(&EVERYTHING), to).await);
}

/// Who listens to what changes nothing for others.
#[tokio::test]
async fn subscribers_do_not_change_the_story() {
    let sim = Exchange::start(Config { max_connections: 3, ..small() }).await;
    let mut all = sim.subscribed("/options", &format!("T.*,A.{CALL},Q.{PUT}")).await;
    let mut one = sim.subscribed("/options", &format!("T.{CALL},Q.{CALL}")).await;
    sim.step(10.0).await;
    let mut late = sim.subscribed("/options", &format!("T.{CALL},Q.{CALL}")).await;
    sim.step(30.0).await;
    let end = |event: &Value| event["ev"] == "Q" && t(event) >= BEGIN + 38_000;
    let mut alone = Vec::new();
    while alone.last().is_none_or(|event| !end(event)) {
        alone.push(one.event().await);
    }
    let trades = |events: &[Value]| -> Vec<Value> {
        events.iter().filter(|e| e["ev"] == "T" && e["sym"] == CALL).cloned().collect()
    };
    let expected = trades(&alone);
    assert!(expected.len() > 2);
    let mut among = Vec::new();
    while trades(&among).len() < expected.len() {
        among.push(all.event().await);
    }
    assert_eq!(trades(&among), expected);
    let from_there: Vec<Value> = alone.into_iter().filter(|event| t(event) > BEGIN + 10_000).collect();
    assert_eq!(late.events(from_there.len()).await, from_there, "one who came later");
    sim.stop().await;
}

/// A burst is written in advance; its numbers still rise contract by contract.
#[tokio::test]
async fn a_burst_of_quotes_has_rising_numbers() {
    let sim = Exchange::start(small()).await;
    let mut socket = sim.subscribed("/options", &topics(&["Q"])).await;
    sim.fault(json!({"type": "ws_burst", "path": "/options", "for_s": 5, "args": {"eps": 20_000}})).await;
    let events = socket.events(5000).await;
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for event in &events {
        assert_eq!(event["ev"], "Q");
        let q = event["q"].as_u64().unwrap();
        let before = last.insert(event["sym"].as_str().unwrap().to_owned(), q);
        assert!(before.is_none_or(|before| q > before), "{before:?} then {q}");
    }
    assert_eq!(last.len(), 2);
    sim.stop().await;
}

#[tokio::test]
async fn the_bench_sends_frames_of_fifty_quotes() {
    let sim = Exchange::start(Config { bench: Some(0), ..small() }).await;
    let mut socket = sim.subscribed("/options", &topics(&["Q"])).await;
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..100 {
        let frame = socket.raw().await.unwrap().unwrap().into_text().unwrap();
        let events: Vec<Value> = serde_json::from_str(&frame).unwrap();
        assert_eq!(events.len(), 50);
        for event in events {
            let q = event["q"].as_u64().unwrap();
            let before = last.insert(event["sym"].as_str().unwrap().to_owned(), q);
            assert!(before.is_none_or(|before| q > before), "{before:?} then {q}");
        }
    }
    sim.stop().await;
}

async fn midpoint(socket: &mut Socket, ticker: &str, after: i64) -> f64 {
    let quote = socket.until(|event| event["sym"] == ticker && event["ev"] == "Q" && t(event) > after).await;
    (quote["bp"].as_f64().unwrap() + quote["ap"].as_f64().unwrap()) / 2.0
}

#[tokio::test]
async fn shocks_volatility_and_jumps_are_seen_in_the_quotes() {
    let sim = Exchange::start(small()).await;
    let mut socket = sim.subscribed("/options", &topics(&["Q"])).await;
    sim.step(61.0).await;
    let (call, put) = (midpoint(&mut socket, CALL, BEGIN).await, midpoint(&mut socket, PUT, BEGIN).await);
    sim.post("/sim/shock", json!({"symbol": "I:SPX", "pct": 2, "seconds": 1})).await;
    sim.step(61.0).await;
    let after = BEGIN + 64_000;
    assert!(midpoint(&mut socket, CALL, after).await > call + 60.0);
    let far = midpoint(&mut socket, PUT, after).await;
    assert!(far < put / 3.0);
    sim.post("/sim/vol", json!({"vix": 60})).await;
    sim.step(61.0).await;
    assert!(midpoint(&mut socket, PUT, after + 61_000).await > 3.0 * far);

    sim.fault(json!({"type": "clock_jump", "args": {"s": 600}})).await;
    sim.step(61.0).await;
    let first = socket.until(|event| t(event) > BEGIN + 200_000).await;
    assert!(t(&first) > BEGIN + 780_000, "what lies between did not happen: {first}");
    sim.stop().await;
}
