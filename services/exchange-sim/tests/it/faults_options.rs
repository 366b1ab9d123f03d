//! The faults of events and connections on `/options`.

use crate::{
    option_events::small,
    rig::{Exchange, Socket},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

const TOPICS: &str = "Q.O:SPXW251121C06600000,Q.O:SPXW251121P06600000";

async fn options() -> (Exchange, Socket) {
    let sim = Exchange::start(small()).await;
    let socket = sim.subscribed("/options", TOPICS).await;
    (sim, socket)
}

fn q(event: &Value) -> u64 {
    event["q"].as_u64().unwrap()
}

/// What comes without a fault.
async fn usual(count: usize) -> Vec<Value> {
    let (sim, mut socket) = options().await;
    sim.step(60.0).await;
    let events = socket.events(count).await;
    sim.stop().await;
    events
}

#[tokio::test]
async fn a_gap_swallows_events_and_the_sequence_goes_on() {
    let usual = usual(100).await;
    let (sim, mut socket) = options().await;
    sim.step(5.0).await;
    sim.fault(json!({"type": "ws_gap", "path": "/options"})).await;
    sim.step(5.0).await;
    sim.lift().await;
    sim.step(50.0).await;
    let before = usual.iter().filter(|event| event["t"].as_i64() <= Some(1_763_737_205_000)).count();
    assert_eq!(socket.events(before).await, usual[..before]);
    let next = socket.event().await;
    assert!(next["t"].as_i64() > Some(1_763_737_210_000), "{next}");
    sim.stop().await;
}

#[tokio::test]
async fn events_are_repeated_shuffled_and_delayed() {
    let usual = usual(20).await;
    let (sim, mut socket) = options().await;
    sim.fault(json!({"type": "ws_dup", "path": "/options", "ticker": "O:SPXW251121C06600000"})).await;
    sim.step(60.0).await;
    let twice: Vec<Value> = usual
        .iter()
        .flat_map(|event| {
            let count = if event["sym"] == "O:SPXW251121C06600000" { 2 } else { 1 };
            std::iter::repeat_n(event.clone(), count)
        })
        .collect();
    assert_eq!(socket.events(twice.len()).await, twice);
    sim.stop().await;

    let (sim, mut socket) = options().await;
    sim.fault(json!({"type": "ws_reorder", "path": "/options"})).await;
    sim.step(60.0).await;
    let shuffled = socket.events(20).await;
    assert!(!shuffled.is_sorted_by_key(|event| event["t"].as_i64()), "{shuffled:?}");
    sim.stop().await;

    let (sim, mut socket) = options().await;
    let late = sim.fault(json!({"type": "ws_late", "path": "/options", "args": {"ms": 300}})).await;
    assert!(!late.is_empty());
    let begun = std::time::Instant::now();
    sim.step(5.0).await;
    while sim.ok("/sim/state").await["connections"].is_null() || begun.elapsed().as_millis() < 320 {
        sim.step(0.1).await;
    }
    let event = socket.event().await;
    assert!(begun.elapsed().as_millis() >= 300);
    assert_eq!(event, usual[0]);
    sim.stop().await;
}

#[tokio::test]
async fn frames_are_damaged_in_every_way() {
    for kind in [
        "truncated",
        "not_array",
        "nan",
        "string_number",
        "missing_field",
        "unknown_ev",
        "deep",
        "binary",
        "huge",
        "bad_utf8",
    ] {
        let (sim, mut socket) = options().await;
        sim.fault(json!({"type": "ws_malformed", "count": 1, "args": {"kind": kind, "bytes": 1_000_000}}))
            .await;
        sim.step(10.0).await;
        let message = socket.raw().await.unwrap();
        let text = || message.as_ref().unwrap().to_text().unwrap().to_owned();
        let parsed = || serde_json::from_str::<Value>(&text());
        match kind {
            "truncated" | "nan" | "deep" => assert!(parsed().is_err(), "{kind}"),
            "not_array" => assert_eq!(parsed().unwrap()["ev"], "Q"),
            "string_number" => assert!(parsed().unwrap()[0]["bp"].is_string()),
            "missing_field" => assert!(parsed().unwrap()[0]["bp"].is_null()),
            "unknown_ev" => assert_eq!(parsed().unwrap()[0]["ev"], "ZZQ"),
            "binary" => assert!(matches!(message, Ok(Message::Binary(_)))),
            "huge" => assert!(text().len() > 1_000_000),
            _ => assert!(message.is_err(), "no UTF-8"),
        }
        sim.stop().await;
    }
}

#[tokio::test]
async fn connections_are_cut_closed_and_refused() {
    let (sim, mut socket) = options().await;
    sim.fault(json!({"type": "ws_drop", "path": "/options"})).await;
    assert_eq!(socket.closed().await, None);
    let mut socket = sim.subscribed("/options", TOPICS).await;
    sim.fault(json!({"type": "ws_close", "path": "/options", "args": {"code": 1012}})).await;
    assert_eq!(socket.closed().await, Some(1012));
    sim.fault(json!({"type": "ws_policy", "path": "/options", "count": 1})).await;
    let mut socket = sim.subscribed("/options", TOPICS).await;
    socket.status("max_connections").await;
    assert_eq!(socket.closed().await, Some(1008));

    sim.fault(json!({"type": "ws_unconfirmed", "path": "/options"})).await;
    let mut socket = sim.dial("/options").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.say(json!({"action": "subscribe", "params": TOPICS})).await;
    socket.status("connected").await;
    socket.status("auth_success").await;
    sim.step(60.0).await;
    assert_eq!(socket.event().await["ev"], "Q", "without a confirmation");
    sim.stop().await;
}

#[tokio::test]
async fn a_stall_holds_everything_back() {
    let usual = usual(5).await;
    let (sim, mut socket) = options().await;
    sim.fault(json!({"type": "ws_stall", "path": "/options"})).await;
    sim.step(30.0).await;
    sim.lift().await;
    sim.step(30.0).await;
    let first = socket.event().await;
    assert!(q(&first) > q(&usual[4]), "what happened meanwhile is lost: {first}");
    sim.stop().await;
}
