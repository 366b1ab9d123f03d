use crate::rig::{Exchange, Socket, frozen};
use exchange_sim::{Config, Hours};
use serde_json::{Value, json};

const TOPICS: &str = "T.SPY,Q.SPY,A.SPY,T.AAPL,Q.AAPL";

fn running(seed: u64) -> Config {
    Config { seed, hours: Hours::Loop, speed: 0.1, ..frozen() }
}

/// Events from the first whole second on, until two seconds later.
async fn window(socket: &mut Socket, from: i64) -> Vec<Value> {
    let t = |event: &Value| event["t"].as_i64().or(event["e"].as_i64()).unwrap();
    let mut events = Vec::new();
    loop {
        let event = socket.until(|event| event["ev"] != "status").await;
        if t(&event) >= from + 2000 {
            return events;
        }
        if t(&event) >= from {
            events.push(event);
        }
    }
}

async fn at_speed(seed: u64, speed: f64) -> Vec<Value> {
    let sim = Exchange::start(running(seed)).await;
    let mut socket = sim.subscribed("/stocks", TOPICS).await;
    sim.post("/sim/speed", json!({"speed": speed})).await;
    let events = window(&mut socket, 1_763_737_201_000).await;
    sim.stop().await;
    events
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_at_any_speed() {
    let slow = at_speed(1, 1.0).await;
    assert!(slow.len() > 20, "{}", slow.len());
    assert_eq!(slow, at_speed(1, 60.0).await);
    assert_ne!(slow, at_speed(2, 60.0).await);

    let sim = Exchange::start(frozen()).await;
    let mut socket = sim.subscribed("/stocks", TOPICS).await;
    sim.step(0.7).await;
    sim.step(3.3).await;
    assert_eq!(slow, window(&mut socket, 1_763_737_201_000).await, "stepping");
    sim.stop().await;
}

/// Who listens to what changes nothing for others.
#[tokio::test]
async fn subscribers_do_not_change_the_story() {
    let sim = Exchange::start(Config { max_connections: 2, ..frozen() }).await;
    let mut all = sim.subscribed("/stocks", "T.*,Q.*,A.*,AM.*").await;
    let mut one = sim.subscribed("/stocks", "T.AAPL").await;
    sim.step(20.0).await;
    let alone = one.events(20).await;
    let mut among = Vec::new();
    while among.len() < 20 {
        among.push(all.until(|event| event["ev"] == "T" && event["sym"] == "AAPL").await);
    }
    assert_eq!(alone, among);
    sim.stop().await;
}

/// From a quarter past the close to the next trading date; sequence numbers begin anew.
#[tokio::test]
async fn the_loop_goes_on_with_the_next_trading_date() {
    let config = Config { start: "16:14:58".parse().unwrap(), ..running(1) };
    let sim = Exchange::start(config).await;
    let mut socket = sim.subscribed("/stocks", "T.SPY").await;
    let before = sim.ok("/v3/snapshot?ticker=SPY").await["results"][0]["last_trade"]["id"].clone();
    sim.step(5.0).await;
    let monday = 1_763_994_300_000_i64;
    let next = socket.until(|event| event["t"].as_i64() >= Some(monday)).await;
    assert!(next["t"].as_i64() < Some(monday + 10_000), "{next}");
    let before: u64 = before.as_str().unwrap().parse().unwrap();
    assert!(next["q"].as_u64() < Some(before), "{next} after {before}");
    assert_eq!(sim.ok("/sim/clock").await["trading_date"], "2025-11-24");
    sim.stop().await;
}
