//! What changes in a user's journal: for that user only, and kept for who comes back.

use crate::{
    client::{Events, Frame},
    people::{closed, page, session},
    setup::Gateway,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use testkit::free_port;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wire::{
    BusId::Market,
    Channel,
    journal::{LOG_LIFECYCLE, risk_graph, trade_log},
};

fn change(seq: u64, kind: &str, aggregate: &str) -> Value {
    json!({
        "event_id": format!("id-{seq}"), "event_seq": seq, "type": kind, "aggregate_type": aggregate,
        "aggregate_id": "x", "aggregate_version": 1, "occurred_at": "2026-03-03T14:35:02.118Z", "payload": {"n": seq},
    })
}

fn strategy(seq: u64, kind: &str) -> Value {
    json!({"type": kind, "data": {"id": format!("s{seq}")}, "ts": 1, "event_id": format!("id-{seq}"), "event_seq": seq})
}

async fn publish<T>(gateway: &Gateway, channel: Channel<T>, payload: &Value) {
    let raw: Channel<Value> = Channel::of(Market, channel.name.into_owned());
    gateway.rig.bus.publish(&raw, payload).await.unwrap();
}

async fn names(page: &mut Events, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(page.news().await.event);
    }
    names
}

#[tokio::test]
async fn changes_reach_every_stream_of_their_user_and_nobody_else() {
    let gateway = Gateway::start(closed).await;
    let mut all = page(&gateway, 57, "/sse/all?topics=trades,risk_graph").await;
    let mut trades = page(&gateway, 57, "/sse/trade-log").await;
    let mut positions = page(&gateway, 57, "/sse/positions").await;
    let mut logs = page(&gateway, 57, "/sse/logs").await;
    let mut strategies = page(&gateway, 57, "/sse/risk-graph").await;
    let mut other = page(&gateway, 58, "/sse/all?topics=trades,risk_graph").await;

    for bad in [json!("nonsense"), json!({"type": "TradeClosed"}), change(90, "shutdown", "trade")] {
        publish(&gateway, trade_log(57), &bad).await;
    }
    let nobody: Channel<Value> = Channel::new(Market, "trade_log_updates:all");
    publish(&gateway, nobody, &change(91, "TradeClosed", "trade")).await;
    publish(&gateway, LOG_LIFECYCLE, &change(92, "log.lifecycle.retired", "log")).await;
    for _twice in 0..2 {
        publish(&gateway, trade_log(57), &change(1, "TradeOpened", "trade")).await;
    }
    publish(&gateway, trade_log(57), &change(2, "PositionCreated", "position")).await;
    publish(&gateway, risk_graph(57), &strategy(3, "strategy_added")).await;
    let mut retired = change(4, "log.lifecycle.retired", "log");
    retired["user_id"] = json!(57);
    publish(&gateway, LOG_LIFECYCLE, &retired).await;
    publish(&gateway, trade_log(57), &change(5, "SomethingNew", "trade")).await;
    publish(&gateway, trade_log(58), &change(1, "OrderFilled", "order")).await;

    let everything =
        ["TradeOpened", "PositionCreated", "strategy_added", "log.lifecycle.retired", "SomethingNew"];
    assert_eq!(names(&mut all, 5).await, everything, "once each, in order");
    let of_trades = ["TradeOpened", "PositionCreated", "log.lifecycle.retired", "SomethingNew"];
    assert_eq!(names(&mut trades, 4).await, of_trades);
    let position = positions.news().await;
    assert_eq!(
        (position.event.as_str(), &position.data),
        ("PositionCreated", &change(2, "PositionCreated", "position"))
    );
    assert_eq!(logs.news().await.data, retired);
    let added = strategies.news().await;
    assert_eq!((added.event.as_str(), added.data), ("strategy_added", json!({"id": "s3"})));
    assert!(added.id.unwrap().ends_with(".u3"), "the journal's own number is in the id");
    assert_eq!(other.news().await.event, "OrderFilled");
    // What the journal could not publish in time comes late, and is not lost for that.
    publish(&gateway, trade_log(57), &change(7, "TradeClosed", "trade")).await;
    publish(&gateway, trade_log(57), &change(6, "TradeAdjusted", "trade")).await;
    let (closed, adjusted) = (all.next_of("TradeClosed").await, all.next_of("TradeAdjusted").await);
    assert!(closed.id.unwrap().ends_with(".u7") && adjusted.id.unwrap().ends_with(".u7"), "it never falls");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn own_streams_need_somebody_whose_they_are() {
    let gateway = Gateway::start(|_| ()).await;
    for path in ["risk-graph", "trades", "trade-log", "positions", "logs", "vexy-interaction"] {
        let refused = crate::client::get(gateway.port, &format!("/sse/{path}")).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (401, "not_authenticated"),
            "{path}"
        );
    }
    // Streams that are not only one's own are open to who has no id: with what is for everyone.
    Events::open(gateway.port, "/sse/alerts").await.snapshot().await;
    Events::open(gateway.port, "/sse/all").await.snapshot().await;
    gateway.program.stop().await.unwrap();
}

/// A journal that answers with what it is given, and notes what it was asked.
struct Journal {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Journal {
    /// Answers with those of `events` that are asked for.
    async fn start(events: Vec<Value>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        #[expect(clippy::disallowed_methods, reason = "lives as long as the test")]
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let number = |name: &str| {
                    let rest = head.split_once(name).unwrap().1;
                    rest.split(|letter: char| !letter.is_ascii_digit())
                        .next()
                        .unwrap()
                        .parse::<u64>()
                        .unwrap()
                };
                let (after, limit) = (number("after_seq="), number("limit=") as usize);
                let is_later = |event: &&Value| event["event_seq"].as_u64() > Some(after);
                let page: Vec<_> = events.iter().filter(is_later).take(limit).collect();
                let body = json!({"success": true, "count": page.len(), "data": page}).to_string();
                noted.lock().unwrap().push(head);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { port, asked }
    }
}

/// A page of user 57 that has had change number 1, and its id, from a gateway that is gone; then a new gateway that
/// asks the journal at `port`.
async fn restarted(port: u16, path: &str) -> (Gateway, String) {
    let gateway = Gateway::start(closed).await;
    let mut page = page(&gateway, 57, path).await;
    publish(&gateway, trade_log(57), &change(1, "TradeOpened", "trade")).await;
    let id = page.next_of("TradeOpened").await.id.unwrap();
    assert!(id.ends_with(".u1"), "{id}");
    let Gateway { rig, program, .. } = gateway;
    program.stop().await.unwrap();
    let gateway = Gateway::start_in(rig, free_port(), |config| {
        closed(config);
        config.upstreams.journal = format!("http://127.0.0.1:{port}");
    })
    .await;
    (gateway, id)
}

async fn back(gateway: &Gateway, uid: u64, path: &str, id: &str) -> (Events, Vec<Frame>) {
    let mut page = Events::open_as(gateway.port, path, &session(uid, "navigator"), Some(id)).await;
    let frames = page.snapshot().await;
    (page, frames)
}

fn lost(frames: &[Frame]) -> Vec<String> {
    let resync = frames.iter().find(|frame| frame.event == "resync").expect("a resync");
    assert_eq!(resync.data["reason"], "unknown_id");
    resync.data["topics"].as_array().unwrap().iter().map(|topic| topic.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_comes_back_after_a_restart_gets_what_the_journal_kept() {
    let kept = vec![
        change(2, "TradeClosed", "trade"),
        json!({"event_id": "id-3", "event_seq": 3, "type": "strategy_removed", "aggregate_type": "risk_strategy",
               "aggregate_id": "s3", "aggregate_version": 2, "occurred_at": "2026-03-03T14:35:02Z", "payload": {"id": "s3"}}),
        json!({"event_id": "id-4", "event_seq": 4, "type": "AlertFired", "aggregate_type": "alert", "payload": {}}),
        change(5, "PositionClosed", "position"),
        change(6, "connected", "trade"),
    ];
    let journal = Journal::start(kept).await;
    let path = "/sse/all?topics=trades,risk_graph,alerts";
    let (gateway, id) = restarted(journal.port, path).await;
    let (mut page, frames) = back(&gateway, 57, path, &id).await;
    let events: Vec<_> = frames.iter().map(|frame| frame.event.as_str()).collect();
    assert_eq!(events, ["TradeClosed", "strategy_removed", "PositionClosed", "resync", "connected"]);
    assert_eq!(frames[1].data, json!({"id": "s3"}));
    assert_eq!(lost(&frames), ["alerts"], "of trades and strategies nothing is");
    let head = journal.asked.lock().unwrap()[0].clone();
    assert!(head.starts_with("GET /api/internal/events?user_id=57&after_seq=1&limit=500 "), "{head}");
    let token = auth::identity::internal_token(b"0123456789abcdef0123456789abcdef");
    assert!(head.to_ascii_lowercase().contains(&format!("x-internal-auth: {token}\r\n")), "{head}");

    // The journal delivers at least once: what came from it does not come again, what is new does.
    publish(&gateway, trade_log(57), &change(5, "PositionClosed", "position")).await;
    publish(&gateway, trade_log(57), &change(7, "TradeOpened", "trade")).await;
    let news = page.news().await;
    assert_eq!((news.event.as_str(), news.id.unwrap().ends_with(".u7")), ("TradeOpened", true));

    // A stream gets its part; another user asks for its own, whatever the id says.
    let (_, frames) = back(&gateway, 57, "/sse/positions", &id).await;
    assert_eq!(frames[0].event, "PositionClosed");
    assert_eq!(frames.last().unwrap().data["resumed"], false);
    let (_, _frames) = back(&gateway, 58, "/sse/trades", &id).await;
    assert!(journal.asked.lock().unwrap().last().unwrap().contains("user_id=58&"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn too_much_missed_or_a_journal_that_is_away_is_told() {
    let closings = |last| (2..=last).map(|seq| change(seq, "TradeClosed", "trade")).collect();
    let (gateway, id) = restarted(Journal::start(closings(501)).await.port, "/sse/trades").await;
    let (_, frames) = back(&gateway, 57, "/sse/trades", &id).await;
    assert_eq!(frames.iter().filter(|frame| frame.event == "TradeClosed").count(), 500);
    gateway.program.stop().await.unwrap();

    let (gateway, id) = restarted(Journal::start(closings(502)).await.port, "/sse/trades").await;
    let (_, frames) = back(&gateway, 57, "/sse/trades", &id).await;
    assert_eq!(lost(&frames), ["trades"]);
    gateway.program.stop().await.unwrap();

    let (gateway, id) = restarted(free_port(), "/sse/trades").await;
    let (mut page, frames) = back(&gateway, 57, "/sse/trades", &id).await;
    assert_eq!(lost(&frames), ["trades"]);
    publish(&gateway, trade_log(57), &change(2, "TradeClosed", "trade")).await;
    assert_eq!(page.news().await.event, "TradeClosed", "the stream itself is whole");
    gateway.program.stop().await.unwrap();
}
