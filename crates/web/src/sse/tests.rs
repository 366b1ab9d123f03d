//! What readers see of a hub, on a paused clock.

mod flock;
mod model;
mod sockets;

use super::{Ask, Class, Cursor, Hub, Limits, Reader, Refused, RingLimits};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;

const TOPICS: [(&str, Class); 5] = [
    ("clock", Class::State),
    ("spot", Class::Map),
    ("candles", Class::State),
    ("alert", Class::Event),
    ("news", Class::Event),
];

fn limits() -> Limits {
    Limits {
        keep_alive: Duration::from_secs(15),
        pace: Duration::from_millis(250),
        clients: 100,
        streams_per_user: 100,
        ring: RingLimits { events: 1000, bytes: 1 << 20, age: Duration::from_secs(900) },
        ..Limits::default()
    }
}

fn hub(edit: impl FnOnce(&mut Limits)) -> Hub {
    let mut limits = limits();
    edit(&mut limits);
    Hub::new(&TOPICS, limits)
}

fn ask() -> Ask {
    Ask {
        stream: "all",
        topics: TOPICS.map(|(name, _)| name.to_owned()).to_vec(),
        user: "rita".into(),
        ..Ask::default()
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Frame {
    id: Option<String>,
    event: String,
    data: Value,
}

impl Frame {
    fn cursor(&self) -> Cursor {
        self.id.as_ref().unwrap().parse().unwrap()
    }
}

/// Everything that is ready now.
fn ready(reader: &mut Reader) -> String {
    let mut text = String::new();
    while let Some(Some(Ok(chunk))) = reader.next().now_or_never() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

fn parse(text: &str) -> Vec<Frame> {
    let frame = |block: &str| {
        let field = |name: &str| {
            let prefix = format!("{name}: ");
            block.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
        };
        let data = serde_json::from_str(&field("data")?).unwrap();
        Some(Frame { id: field("id"), event: field("event")?, data })
    };
    text.split("\n\n").filter_map(frame).collect()
}

fn frames(reader: &mut Reader) -> Vec<Frame> {
    parse(&ready(reader))
}

fn brief(frames: &[Frame]) -> Vec<(&str, &Value)> {
    frames.iter().map(|frame| (frame.event.as_str(), &frame.data)).collect()
}

/// A reader whose snapshot was read, and its first cursor.
fn open(hub: &Hub, ask: &Ask) -> (Reader, Cursor) {
    let mut reader = hub.open(ask).unwrap();
    let frames = frames(&mut reader);
    let connected = frames.last().unwrap();
    assert_eq!(connected.event, "connected");
    let cursor = connected.cursor();
    (reader, cursor)
}

fn reopen(hub: &Hub, cursor: impl ToString) -> Vec<Frame> {
    frames(&mut hub.open(&Ask { cursor: Some(cursor.to_string()), ..ask() }).unwrap())
}

async fn pass(ms: u64) {
    tokio::time::advance(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_gets_the_snapshot_in_topic_order_then_connected_then_news() {
    let hub = hub(|_| ());
    hub.event("alert", "\"before\"");
    hub.state("candles", "SPY", "1");
    hub.state("spot", "SPY", r#"{"SPY":2}"#);
    hub.state("spot", "I:SPX", r#"{"I:SPX":3}"#);
    hub.state("clock", "", "4");
    let mut reader = hub.open(&ask()).unwrap();
    let text = ready(&mut reader);
    assert!(text.starts_with("retry: ") && text.contains("\n: ok\n\nevent: clock\ndata: 4\n\n"), "{text}");
    let snapshot = parse(&text);
    assert_eq!(
        brief(&snapshot[..3]),
        [("clock", &json!(4)), ("spot", &json!({"I:SPX": 3, "SPY": 2})), ("candles", &json!(1))]
    );
    assert!(snapshot[..3].iter().all(|frame| frame.id.is_none()));
    let connected = &snapshot[3].data;
    assert_eq!(
        (&connected["channel"], &connected["snapshot"], &connected["resumed"]),
        (&json!("all"), &json!(3), &json!(false))
    );

    hub.event("alert", "\"after\"");
    hub.state("spot", "SPY", r#"{"SPY":5}"#);
    pass(250).await;
    let news = frames(&mut reader);
    assert_eq!(brief(&news), [("alert", &json!("after")), ("spot", &json!({"SPY": 5}))], "only what changed");
    assert!(news[0].cursor().event > snapshot[3].cursor().event);
}

#[tokio::test(start_paused = true)]
async fn a_state_is_sent_once_per_pace_and_the_newest_in_the_end() {
    let hub = hub(|_| ());
    let (mut reader, _) = open(&hub, &ask());
    hub.state("clock", "", "1");
    assert_eq!(brief(&frames(&mut reader)), [("clock", &json!(1))], "the first at once");
    for n in 2..=100 {
        hub.state("clock", "", &n.to_string());
    }
    hub.event("alert", "\"now\"");
    assert_eq!(brief(&frames(&mut reader)), [("alert", &json!("now"))], "an event does not wait");
    pass(249).await;
    assert_eq!(frames(&mut reader), []);
    pass(1).await;
    assert_eq!(brief(&frames(&mut reader)), [("clock", &json!(100))]);
    pass(10_000).await;
    hub.state("clock", "", "100");
    assert_eq!(frames(&mut reader), [], "the same again is no change");
}

#[tokio::test(start_paused = true)]
async fn without_a_pace_every_value_leaves_at_once() {
    let hub = hub(|limits| limits.pace = Duration::ZERO);
    let (mut reader, _) = open(&hub, &ask());
    for n in 0..5 {
        hub.state("clock", "", &n.to_string());
        assert_eq!(brief(&frames(&mut reader)), [("clock", &json!(n))]);
    }
    let own = Ask { pace: Some(Duration::from_millis(500)), ..ask() };
    let (mut slower, _) = open(&hub, &own);
    hub.state("clock", "", "9");
    assert_eq!(frames(&mut slower), []);
}

#[tokio::test(start_paused = true)]
async fn whatever_has_gathered_leaves_in_one_chunk() {
    let hub = hub(|_| ());
    let (mut reader, _) = open(&hub, &ask());
    (0..50).for_each(|n| hub.event("alert", &n.to_string()));
    let chunk = reader.next().await.unwrap().unwrap();
    assert_eq!(parse(std::str::from_utf8(&chunk).unwrap()).len(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_id_never_claims_a_state_that_still_waits() {
    let hub = hub(|_| ());
    let (mut reader, first) = open(&hub, &ask());
    hub.state("clock", "", "1"); // number 1, sent
    let sent = frames(&mut reader)[0].cursor();
    assert_eq!((sent.event, sent.state), (first.event, 1));
    hub.state("clock", "", "2"); // 2 waits
    hub.state("clock", "", "3"); // 3 takes its place
    hub.event("alert", "4");
    let event = frames(&mut reader)[0].cursor();
    assert_eq!((event.event, event.state), (4, 1), "2 has not been sent, nor replaced by a value that was");
    pass(250).await;
    let state = frames(&mut reader)[0].cursor();
    assert_eq!((state.event, state.state), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_back_gets_what_it_missed_and_nothing_twice() {
    let hub = hub(|_| ());
    hub.state("clock", "", "0");
    hub.state("candles", "SPY", "0");
    let (mut reader, _) = open(&hub, &ask());
    hub.event("alert", "\"seen\"");
    let cursor = frames(&mut reader)[0].cursor();
    drop(reader);
    hub.event("alert", "\"missed\"");
    hub.state("clock", "", "1");
    hub.state("clock", "", "2");
    hub.event("news", "\"missed too\"");
    let resumed = reopen(&hub, cursor);
    assert_eq!(
        brief(&resumed[..3]),
        [("alert", &json!("missed")), ("clock", &json!(2)), ("news", &json!("missed too"))]
    );
    let connected = &resumed[3];
    assert_eq!((&connected.data["resumed"], &connected.data["snapshot"]), (&json!(true), &json!(3)));
    assert_eq!(reopen(&hub, connected.cursor()).len(), 1, "nothing was missed since");
    for frame in &resumed[..3] {
        assert!(
            frame.cursor().event <= connected.cursor().event
                && frame.cursor().state <= connected.cursor().state
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_in_the_middle_of_a_resume_goes_on_there() {
    let hub = hub(|_| ());
    let (_, first) = open(&hub, &ask());
    (0..5).for_each(|n| hub.event("alert", &n.to_string()));
    let resumed = reopen(&hub, first);
    let again = reopen(&hub, resumed[2].cursor());
    assert_eq!(brief(&again[..2]), [("alert", &json!(3)), ("alert", &json!(4))]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_cannot_be_honoured_gives_a_snapshot_and_says_what_may_be_missing() {
    let hub = hub(|limits| limits.ring.events = 2);
    hub.state("clock", "", "0");
    let (_, first) = open(&hub, &ask());
    let expect = |cursor: &str, reason: &str| {
        let frames = reopen(&hub, cursor);
        let events: Vec<_> = frames.iter().map(|frame| frame.event.as_str()).collect();
        assert_eq!(events, ["clock", "resync", "connected"], "{cursor}");
        assert_eq!(frames[1].data, json!({"reason": reason, "topics": ["alert", "news"]}), "{cursor}");
        assert_eq!(frames[2].data["resumed"], json!(false));
    };
    expect("nonsense", "bad_id");
    expect(&Cursor { event: first.event + 50, ..first }.to_string(), "bad_id");
    expect(&Cursor { state: first.state + 50, ..first }.to_string(), "bad_id");
    expect(&Cursor { run: first.run ^ 1, ..first }.to_string(), "unknown_id");
    (0..3).for_each(|n| hub.event("alert", &n.to_string()));
    expect(&first.to_string(), "expired_id");
    let narrow = Ask { topics: vec!["news".into()], cursor: Some(first.to_string()), ..ask() };
    let resumed = frames(&mut hub.open(&narrow).unwrap());
    assert_eq!(resumed[0].data["resumed"], json!(true), "what left the ring was not for this reader");
}

#[tokio::test(start_paused = true)]
async fn a_change_goes_to_readers_that_have_the_state_before_it_only() {
    let hub = hub(|_| ());
    hub.change("candles", "SPY", "\"full 1\"", None);
    let (mut reader, first) = open(&hub, &ask());
    pass(300).await;
    hub.change("candles", "SPY", "\"full 2\"", Some("\"change 2\""));
    assert_eq!(brief(&frames(&mut reader)), [("candles", &json!("change 2"))]);
    hub.change("candles", "SPY", "\"full 3\"", Some("\"change 3\""));
    pass(250).await;
    assert_eq!(brief(&frames(&mut reader)), [("candles", &json!("change 3"))]);
    assert_eq!(brief(&reopen(&hub, first)[..1]), [("candles", &json!("full 3"))], "an id names no base");
    hub.change("candles", "SPY", "\"full 4\"", Some("\"change 4\""));
    hub.change("candles", "SPY", "\"full 5\"", Some("\"change 5\""));
    pass(250).await;
    assert_eq!(brief(&frames(&mut reader)), [("candles", &json!("full 5"))]);
}

#[tokio::test(start_paused = true)]
async fn symbols_narrow_states_but_a_map_is_one_state() {
    let hub = hub(|_| ());
    for symbol in ["SPY", "QQQ"] {
        hub.state("candles", symbol, &format!("\"{symbol}\""));
        hub.state("spot", symbol, &format!("{{\"{symbol}\":1}}"));
    }
    let narrow = Ask { symbols: Some(vec!["QQQ".into(), "NONE".into()]), ..ask() };
    let (mut reader, _) = open(&hub, &narrow);
    let snapshot = frames(&mut hub.open(&narrow).unwrap());
    assert_eq!(brief(&snapshot[..2]), [("spot", &json!({"QQQ": 1, "SPY": 1})), ("candles", &json!("QQQ"))]);
    hub.state("candles", "SPY", "2");
    hub.event("alert", "3");
    pass(250).await;
    assert_eq!(brief(&frames(&mut reader)), [("alert", &json!(3))]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_too_far_behind_is_told_to_reload_and_delays_nobody() {
    let hub = hub(|limits| limits.ring.events = 10_000);
    let (mut slow, before) = open(&hub, &ask());
    let (mut quick, _) = open(&hub, &ask());
    for n in 0..300 {
        hub.event("alert", &n.to_string());
        assert_eq!(frames(&mut quick).len(), 1);
    }
    let missed = frames(&mut slow);
    assert_eq!(brief(&missed), [("resync", &json!({"reason": "slow_client", "topics": ["alert"]}))]);
    assert_eq!(missed[0].id, None);
    hub.event("news", "\"next\"");
    let next = frames(&mut slow);
    assert_eq!(brief(&next), [("news", &json!("next"))]);
    assert_eq!(next[0].cursor().event, before.event + 301, "moved past what was dropped");
}

#[tokio::test(start_paused = true)]
async fn large_events_fill_a_queue_by_their_bytes() {
    let hub = hub(|limits| limits.ring.bytes = 64 << 20);
    let (mut slow, _) = open(&hub, &ask());
    let large = format!("\"{}\"", "x".repeat(100 * 1024));
    (0..5).for_each(|_| hub.event("alert", &large));
    assert_eq!(frames(&mut slow).len(), 5);
    (0..6).for_each(|_| hub.event("alert", &large));
    assert_eq!(frames(&mut slow)[0].data["reason"], json!("slow_client"));
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_told_in_its_place_to_those_whom_it_concerns() {
    let hub = hub(|_| ());
    let (mut reader, first) = open(&hub, &ask());
    let (mut other, _) = open(&hub, &Ask { topics: vec!["news".into()], ..ask() });
    hub.event("alert", "1");
    hub.gap(&["alert"]);
    hub.event("alert", "2");
    let gap = json!({"reason": "bus_gap", "topics": ["alert"]});
    let expected = [("alert", &json!(1)), ("resync", &gap), ("alert", &json!(2))];
    assert_eq!(brief(&frames(&mut reader)), expected);
    assert_eq!(frames(&mut reader), [], "once");
    assert_eq!(frames(&mut other), []);
    assert_eq!(brief(&reopen(&hub, first)[..3]), expected, "and to one that was away meanwhile");
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_ping() {
    let hub = hub(|_| ());
    let (mut reader, _) = open(&hub, &ask());
    pass(14_999).await;
    assert_eq!(ready(&mut reader), "");
    pass(1).await;
    let ping = ready(&mut reader);
    assert!(ping.starts_with(": ka\n\nevent: ping\ndata: {\"ts\":"), "{ping}");
    assert_eq!(ready(&mut reader), "");
    let mut pings = 0;
    for second in 1..=60 {
        pass(1000).await;
        hub.event("alert", &second.to_string());
        pings += frames(&mut reader).iter().filter(|frame| frame.event == "ping").count();
    }
    assert_eq!(pings, 2, "every 30 s while frames flow");
}

#[tokio::test(start_paused = true)]
async fn a_waiting_reader_is_woken() {
    let hub = hub(|_| ());
    let (mut reader, _) = open(&hub, &ask());
    let (chunk, ()) = tokio::join!(reader.next(), async {
        tokio::task::yield_now().await;
        hub.event("alert", "1");
    });
    assert_eq!(parse(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap())[0].event, "alert");
}

#[tokio::test(start_paused = true)]
async fn streams_are_limited_and_counted() {
    let hub = hub(|limits| (limits.clients, limits.streams_per_user) = (3, 2));
    let of = |user: &str| Ask { user: user.into(), ..ask() };
    let rita = [hub.open(&of("rita")).unwrap(), hub.open(&of("rita")).unwrap()];
    assert_eq!(hub.open(&of("rita")).unwrap_err(), Refused::TooManyStreams);
    let _max = hub.open(&of("max")).unwrap();
    assert_eq!(hub.open(&of("eva")).unwrap_err(), Refused::TooManyClients);
    assert_eq!(hub.counts()["all"], 3);
    drop(rita);
    assert_eq!(hub.counts()["all"], 1);
    assert!(hub.open(&of("rita")).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_closing_hub_says_so_and_every_stream_ends_within_two_seconds() {
    let hub = hub(|_| ());
    let mut readers: Vec<_> = (0..20).map(|_| open(&hub, &ask()).0).collect();
    hub.close();
    assert_eq!(hub.open(&ask()).unwrap_err(), Refused::Closing);
    for reader in &mut readers {
        let text = ready(reader);
        assert!(text.starts_with("retry: ") && text.contains("\nevent: shutdown\ndata: {"), "{text}");
    }
    pass(2000).await;
    for reader in &mut readers {
        assert_eq!(reader.next().await, None);
    }
}
