use crate::rig::{Exchange, Socket, frozen};
use exchange_sim::{Config, Sent, SentHook};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::{Error, Message};

async fn indices() -> (Exchange, Socket) {
    let sim = Exchange::start(frozen()).await;
    let socket = sim.subscribed("/indices", "V.I:SPX").await;
    (sim, socket)
}

async fn text(socket: &mut Socket) -> String {
    match socket.raw().await {
        Some(Ok(Message::Text(text))) => text.to_string(),
        other => panic!("expected text, got {other:?}"),
    }
}

fn times(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["t"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_drop_is_a_reset() {
    let (sim, mut socket) = indices().await;
    let mut other = sim.subscribed("/stocks", "A.SPY").await;
    sim.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    match socket.raw().await {
        Some(Err(Error::Io(error))) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        Some(Err(Error::Protocol(_))) => (),
        end => panic!("expected a reset, got {end:?}"),
    }
    sim.step(1.0).await;
    assert_eq!(other.event().await["ev"], "A", "the other path lives");
    sim.subscribed("/indices", "V.I:SPX").await;
    sim.stop().await;
}

#[tokio::test]
async fn a_close_has_the_code_that_was_asked_for() {
    for code in [1000, 1001, 1008, 1011, 1012, 1013] {
        let (sim, mut socket) = indices().await;
        sim.fault(json!({"type": "ws_close", "args": {"code": code, "reason": "as asked"}})).await;
        assert_eq!(socket.closed().await, Some(code));
        sim.stop().await;
    }
}

#[tokio::test]
async fn the_next_connections_are_refused_by_policy() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "ws_policy", "count": 2})).await;
    for _ in 0..2 {
        let mut socket = sim.subscribed("/indices", "V.I:SPX").await;
        socket.status("max_connections").await;
        assert_eq!(socket.closed().await, Some(1008));
    }
    let mut third = sim.subscribed("/indices", "V.I:SPX").await;
    sim.step(1.0).await;
    assert_eq!(third.event().await["ev"], "V");
    sim.stop().await;
}

#[tokio::test]
async fn a_handshake_may_fail_or_stay_silent() {
    let sim = Exchange::start(frozen()).await;
    sim.fault(json!({"type": "ws_auth_fail", "count": 1})).await;
    let mut socket = sim.dial("/indices").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.status("connected").await;
    socket.status("auth_failed").await;

    sim.fault(json!({"type": "ws_auth_silent"})).await;
    let mut socket = sim.dial("/indices").await;
    socket.status("connected").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.say(json!({"action": "subscribe", "params": "V.I:SPX"})).await;
    assert_eq!(socket.status("error").await["message"], "not authorized", "auth went unanswered");
    sim.lift().await;

    sim.fault(json!({"type": "ws_connect_silent"})).await;
    let mut socket = sim.dial("/indices").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.status("auth_success").await;
    sim.lift().await;

    sim.fault(json!({"type": "ws_unconfirmed"})).await;
    socket.say(json!({"action": "subscribe", "params": "V.I:SPX"})).await;
    socket.send(Message::Ping("1".into())).await;
    assert_eq!(socket.raw().await.unwrap().unwrap(), Message::Pong("1".into()), "no confirmation before");
    sim.step(1.0).await;
    assert_eq!(socket.event().await["ev"], "V", "subscribed all the same");
    sim.stop().await;
}

#[tokio::test]
async fn a_stall_sends_nothing_until_it_is_over() {
    let (sim, mut socket) = indices().await;
    sim.fault(json!({"type": "ws_stall", "for_s": 0.4})).await;
    let begun = Instant::now();
    sim.step(1.0).await;
    socket.send(Message::Ping("still there?".into())).await;
    assert_eq!(socket.raw().await.unwrap().unwrap(), Message::Pong("still there?".into()));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    sim.step(1.0).await;
    assert!(socket.event().await["t"].as_i64() > Some(1_763_737_201_000), "what was meanwhile is lost");
    sim.stop().await;
}

#[tokio::test]
async fn pings_stay_unanswered() {
    let (sim, mut socket) = indices().await;
    sim.fault(json!({"type": "ws_no_pong"})).await;
    socket.send(Message::Ping("1".into())).await;
    // Read before the next step: an answer would come first.
    socket.say(json!({"action": "subscribe", "params": "V.I:VIX"})).await;
    assert_eq!(socket.event().await["message"], "subscribed to: V.I:VIX");
    sim.stop().await;
}

#[tokio::test]
async fn a_gap_loses_events_and_goes_on() {
    let (sim, mut socket) = indices().await;
    sim.step(1.0).await;
    sim.fault(json!({"type": "ws_gap", "path": "/indices"})).await;
    sim.step(5.0).await;
    sim.lift().await;
    sim.step(1.0).await;
    let times = times(&socket.events(8).await);
    assert!(times[3] <= 1_763_737_201_000 && times[4] > 1_763_737_206_000, "{times:?}");
    sim.stop().await;
}

#[tokio::test]
async fn events_are_repeated_shuffled_or_late() {
    let (sim, mut socket) = indices().await;
    sim.fault(json!({"type": "ws_dup"})).await;
    sim.step(1.0).await;
    let twice = socket.events(8).await;
    assert!(twice.chunks(2).all(|pair| pair[0] == pair[1]), "{twice:?}");
    sim.lift().await;

    sim.fault(json!({"type": "ws_reorder"})).await;
    sim.step(1.0).await;
    let mut shuffled = times(&socket.events(4).await);
    assert!(!shuffled.is_sorted(), "{shuffled:?}");
    shuffled.sort_unstable();
    assert!(shuffled.windows(2).all(|pair| pair[0] < pair[1]), "none lost, none twice");
    sim.lift().await;

    sim.fault(json!({"type": "ws_late", "count": 1, "args": {"ms": 300}})).await;
    let begun = Instant::now();
    sim.step(1.0).await;
    let late = times(&socket.events(4).await);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(late[3] < late[0], "{late:?}");
    sim.stop().await;
}

#[tokio::test]
async fn frames_are_damaged_as_asked() {
    let (sim, mut socket) = indices().await;
    let fault = |kind: &str| json!({"type": "ws_malformed", "count": 1, "args": {"kind": kind}});
    let damaged = async |sim: &Exchange, socket: &mut Socket, kind: &str| {
        sim.fault(fault(kind)).await;
        sim.step(1.0).await;
        text(socket).await
    };
    let value = |text: &str| serde_json::from_str::<Value>(text);
    assert!(value(&damaged(&sim, &mut socket, "truncated").await).is_err());
    assert!(value(&damaged(&sim, &mut socket, "not_array").await).unwrap().is_object());
    assert!(damaged(&sim, &mut socket, "nan").await.contains(r#""val":NaN"#));
    assert!(value(&damaged(&sim, &mut socket, "string_number").await).unwrap()[0]["val"].is_string());
    assert!(value(&damaged(&sim, &mut socket, "missing_field").await).unwrap()[0].get("val").is_none());
    assert_eq!(value(&damaged(&sim, &mut socket, "unknown_ev").await).unwrap()[0]["ev"], "ZZV");
    assert!(damaged(&sim, &mut socket, "deep").await.starts_with(&"[".repeat(200)));

    sim.fault(fault("binary")).await;
    sim.step(1.0).await;
    assert!(matches!(socket.raw().await, Some(Ok(Message::Binary(_)))));
    sim.fault(json!({"type": "ws_malformed", "count": 1, "args": {"kind": "huge", "bytes": 9_000_000}}))
        .await;
    sim.step(1.0).await;
    assert!(text(&mut socket).await.len() > 9_000_000);
    sim.step(1.0).await;
    assert_eq!(socket.event().await["ev"], "V", "and whole again");

    sim.fault(fault("bad_utf8")).await;
    sim.step(1.0).await;
    loop {
        match socket.raw().await {
            Some(Ok(_)) => (),
            Some(Err(Error::Utf8(_))) => break,
            end => panic!("expected bytes that are no text, got {end:?}"),
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn one_value_is_wrong_by_the_factor() {
    let (sim, mut socket) = indices().await;
    sim.fault(json!({"type": "spot_spike", "ticker": "I:SPX", "args": {"x": 1.5}})).await;
    sim.step(1.0).await;
    let values: Vec<f64> =
        socket.events(4).await.iter().map(|event| event["val"].as_f64().unwrap()).collect();
    assert!((values[0] / values[1] - 1.5).abs() < 0.01, "{values:?}");
    assert!((values[2] / values[1] - 1.0).abs() < 0.01);
    sim.stop().await;
}

#[tokio::test]
async fn a_burst_keeps_its_rate_and_tells_when_each_event_was_sent() {
    let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
    let hook = Arc::clone(&sent);
    let hook = SentHook::new(move |event| hook.lock().unwrap().push(event.clone()));
    let sim = Exchange::start(Config { sent: Some(hook), ..frozen() }).await;
    let mut socket = sim.subscribed("/indices", "V.I:SPX,V.I:NDX").await;
    sim.fault(json!({"type": "ws_burst", "ticker": "I:SPX", "for_s": 2, "args": {"eps": 500}})).await;
    let begun = Instant::now();
    let events = socket.events(500).await;
    let took = begun.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_millis(1500)).contains(&took), "{took:?}");
    let sent = sent.lock().unwrap().clone();
    for (event, sent) in events.iter().zip(sent.iter()) {
        assert_eq!(event["T"], "I:SPX");
        assert_eq!((event["val"].as_f64(), event["t"].as_i64()), (Some(sent.value), Some(sent.t_ms)));
    }
    let distinct: std::collections::BTreeSet<_> =
        events.iter().map(|event| event["val"].to_string()).collect();
    assert_eq!(distinct.len(), 500, "each value names its event");
    sim.stop().await;
}

/// 300,000 a second: those that the machine can write arrive whole and in order.
#[tokio::test]
async fn a_great_burst_arrives_whole() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/indices", "V.*").await;
    sim.fault(json!({"type": "ws_burst", "for_s": 2, "args": {"eps": 300_000}})).await;
    let events = socket.events(20_000).await;
    assert!(events.iter().all(|event| event["ev"] == "V" && event["val"].is_f64() || event["val"].is_u64()));
    sim.stop().await;
}

/// A client that does not read is given up once eight mebibytes wait for it.
#[tokio::test]
async fn a_client_that_does_not_read_is_closed() {
    let (sim, socket) = indices().await;
    sim.fault(json!({"type": "ws_malformed", "args": {"kind": "huge", "bytes": 9_000_000}})).await;
    for _ in 0..4 {
        sim.step(1.0).await;
    }
    let gone = async || sim.ok("/sim/state").await["connections"].as_array().unwrap().is_empty();
    let until = Instant::now() + Duration::from_secs(10);
    while !gone().await {
        assert!(Instant::now() < until, "still connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(socket);
    sim.stop().await;
}
