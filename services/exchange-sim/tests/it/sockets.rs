use crate::rig::{Exchange, frozen};
use exchange_sim::{Config, Policy};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn quick() -> Config {
    Config { auth_timeout: Duration::from_millis(200), ..frozen() }
}

#[tokio::test]
async fn a_conversation_goes_as_the_vendors_does() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.dial("/stocks").await;
    assert_eq!(
        socket.event().await,
        json!({"ev": "status", "status": "connected", "message": "Connected Successfully"})
    );
    socket.say(json!({"action": "auth", "params": "key"})).await;
    assert_eq!(
        socket.event().await,
        json!({"ev": "status", "status": "auth_success", "message": "authenticated"})
    );
    socket.say(json!({"action": "subscribe", "params": "T.AAPL,T.UNLISTED"})).await;
    for topic in ["T.AAPL", "T.UNLISTED"] {
        let expected =
            json!({"ev": "status", "status": "success", "message": format!("subscribed to: {topic}")});
        assert_eq!(socket.event().await, expected, "a ticker that is not listed is confirmed, too");
    }
    sim.step(5.0).await;
    let trade = socket.event().await;
    assert_eq!((&trade["ev"], &trade["sym"]), (&json!("T"), &json!("AAPL")));
    socket.say(json!({"action": "unsubscribe", "params": "T.AAPL"})).await;
    let gone = socket.until(|event| event["ev"] == "status").await;
    assert_eq!(gone["message"], "unsubscribed to: T.AAPL");
    sim.step(5.0).await;
    socket.say(json!({"action": "subscribe", "params": "A.SPY"})).await;
    assert_eq!(socket.event().await["message"], "subscribed to: A.SPY", "nothing came in between");
    sim.stop().await;
}

/// As the official JavaScript client does: it does not wait for any answer.
#[tokio::test]
async fn a_client_may_say_everything_at_once() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.dial("/indices").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.say(json!({"action": "subscribe", "params": "V.*"})).await;
    for status in ["connected", "auth_success", "success"] {
        socket.status(status).await;
    }
    sim.step(0.3).await;
    let first: Vec<Value> = socket.events(5).await.into_iter().map(|mut event| event["T"].take()).collect();
    assert_eq!(first, ["I:NDX", "I:RUT", "I:SPX", "I:VIX", "I:XSP"]);
    sim.stop().await;
}

#[tokio::test]
async fn what_is_not_understood_is_answered_and_the_connection_stays() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.dial("/stocks").await;
    socket.status("connected").await;
    socket.say(json!({"action": "subscribe", "params": "T.SPY"})).await;
    assert_eq!(socket.status("error").await["message"], "not authorized");
    socket.send(Message::text("{not json")).await;
    socket.status("error").await;
    socket.say(json!({"action": "auth", "params": "key"})).await;
    socket.status("auth_success").await;
    socket.say(json!({"action": "dance"})).await;
    socket.status("error").await;
    socket.say(json!({"action": "subscribe", "params": "T.SPY"})).await;
    socket.status("success").await;
    sim.stop().await;
}

#[tokio::test]
async fn a_wrong_key_and_silence_are_sent_away() {
    let sim = Exchange::start(Config { api_keys: vec!["key".into()], ..quick() }).await;
    let mut socket = sim.dial("/stocks").await;
    socket.status("connected").await;
    socket.say(json!({"action": "auth", "params": "wrong"})).await;
    assert_eq!(socket.status("auth_failed").await["message"], "authentication failed");
    assert_eq!(socket.closed().await, Some(1000));

    let mut silent = sim.dial("/stocks").await;
    silent.status("connected").await;
    silent.status("auth_timeout").await;
    assert_eq!(silent.closed().await, Some(1000));
    sim.stop().await;
}

#[tokio::test]
async fn option_quotes_are_limited() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/options", "T.O:SPXW251121C05800000").await;
    socket.say(json!({"action": "subscribe", "params": "Q.*"})).await;
    socket.status("error").await;
    let topics: Vec<String> = (0..1001).map(|n| format!("Q.O:SPXW251121C{n:08}")).collect();
    socket.say(json!({"action": "subscribe", "params": topics.join(",")})).await;
    for _ in 0..1000 {
        socket.status("success").await;
    }
    assert_eq!(socket.status("error").await["message"], "maximum number of option contracts exceeded");
    sim.stop().await;
}

#[tokio::test]
async fn a_connection_too_many_is_closed_after_its_first_subscription() {
    let sim = Exchange::start(frozen()).await;
    let mut first = sim.subscribed("/indices", "V.I:SPX").await;
    let mut elsewhere = sim.subscribed("/stocks", "T.SPY").await;
    let mut second = sim.subscribed("/indices", "V.I:SPX").await;
    second.status("max_connections").await;
    assert_eq!(second.closed().await, Some(1008));
    sim.step(1.0).await;
    assert_eq!(first.event().await["ev"], "V");
    assert_eq!(elsewhere.event().await["ev"], "T");
    sim.stop().await;
}

#[tokio::test]
async fn the_oldest_connection_may_be_the_one_to_go() {
    let sim = Exchange::start(Config { policy: Policy::EvictOld, ..frozen() }).await;
    let mut first = sim.subscribed("/indices", "V.I:SPX").await;
    let mut second = sim.subscribed("/indices", "V.I:SPX").await;
    first.status("max_connections").await;
    assert_eq!(first.closed().await, Some(1008));
    sim.step(1.0).await;
    assert_eq!(second.event().await["ev"], "V");
    sim.stop().await;
}

#[tokio::test]
async fn pings_are_answered_and_a_farewell_is_returned() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/indices", "V.I:SPX").await;
    socket.send(Message::Ping("there?".into())).await;
    assert_eq!(socket.raw().await.unwrap().unwrap(), Message::Pong("there?".into()));
    socket.send(Message::Close(None)).await;
    assert_eq!(socket.closed().await, Some(1000));
    sim.stop().await;
}

/// Minutes and seconds that come live are those that history tells afterwards.
#[tokio::test]
async fn live_bars_are_those_of_the_history() {
    let sim = Exchange::start(frozen()).await;
    for (path, ticker) in [("/stocks", "SPY"), ("/indices", "I:VIX")] {
        let mut socket = sim.subscribed(path, &format!("A.{ticker},AM.{ticker}")).await;
        sim.step(60.0).await;
        let live = socket.until(|event| event["ev"] == "AM").await;
        let start = live["s"].as_i64().unwrap();
        let past = sim.ok(&format!("/v2/aggs/ticker/{ticker}/range/1/minute/{start}/{start}")).await;
        let past = &past["results"][0];
        for name in ["o", "h", "l", "c", "v", "vw"] {
            assert_eq!(live[name].as_f64(), past[name].as_f64(), "{ticker} {name}");
        }
        assert_eq!(live["e"].as_i64(), Some(start + 60_000));
    }
    sim.stop().await;
}

#[tokio::test]
async fn sequence_numbers_rise_with_holes() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/stocks", "T.SPY,Q.SPY").await;
    sim.step(10.0).await;
    let (mut trades, mut quotes): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    for event in socket.events(40).await {
        let list = if event["ev"] == "T" { &mut trades } else { &mut quotes };
        list.push(event["q"].as_u64().unwrap());
    }
    for list in [trades, quotes] {
        assert!(list.len() > 5 && list.is_sorted_by(|a, b| a < b), "{list:?}");
        assert!(list.windows(2).any(|pair| pair[1] > pair[0] + 1));
    }
    sim.stop().await;
}

#[tokio::test]
async fn the_state_shows_connections_without_their_keys() {
    let sim = Exchange::start(frozen()).await;
    let _socket = sim.subscribed("/indices", "V.I:SPX").await;
    let state = sim.ok("/sim/state").await;
    let connection = &state["connections"][0];
    assert_eq!((&connection["path"], &connection["topics"]), (&json!("/indices"), &json!(["V.I:SPX"])));
    assert_eq!(connection["key_hash"].as_str().map(str::len), Some(16));
    assert!(connection["bytes_sent"].as_u64() > Some(100));
    assert_eq!(sim.ok("/sim/health").await["status"], "ok");
    assert_eq!(sim.ok("/sim/clock").await["trading_date"], "2025-11-21");
    sim.stop().await;
}

#[tokio::test]
async fn a_shock_is_felt_in_the_minute_under_way() {
    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/indices", "V.I:VIX").await;
    sim.step(5.0).await;
    let before = socket.event().await["val"].as_f64().unwrap();
    assert!(before < 30.0);
    sim.post("/sim/vol", json!({"vix": 60})).await;
    sim.step(5.0).await;
    let after = socket.until(|event| event["val"].as_f64().is_some_and(|value| value > 50.0)).await;
    assert!((after["val"].as_f64().unwrap() - 60.0).abs() < 3.0, "{after}");
    sim.stop().await;
}
