//! Snapshot, ids, resume, conflation, limits.

use crate::{
    client::{Events, Frame, get, request},
    setup::{Gateway, TEN, clock, spot_of},
};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::wait;
use wire::market::CLOCK;

#[tokio::test]
async fn a_page_gets_headers_snapshot_connected_and_news() {
    let gateway = Gateway::start(|_| ()).await;
    gateway.rig.bus.set(&CLOCK, &clock(TEN)).await.unwrap();
    gateway.spot("I:SPX", 6600.5).await;
    gateway.spot("SPY", 660.25).await;
    gateway.tick("SPY", 660.3).await;
    gateway.trail("SPY", &[(0.0, 660.0), (4000.0, 660.25)]).await;

    wait("all of it is in the snapshot", || async {
        let frames = Events::open(gateway.port, "/sse/market").await.snapshot().await;
        let events: Vec<_> = frames.iter().map(|frame| frame.event.as_str()).collect();
        events == ["clock", "spot", "tick", "candles", "connected"]
    })
    .await;
    let mut page = Events::open(gateway.port, "/sse/market").await;
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache, no-transform"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    assert!(!page.headers.contains_key("content-length") && !page.headers.contains_key("content-encoding"));
    let snapshot = page.snapshot().await;
    let spots = &snapshot[1].data;
    assert_eq!((&spots["I:SPX"]["value"], &spots["SPY"]["value"]), (&json!(6600.5), &json!(660.25)));
    assert_eq!(snapshot[2].data["p"], json!(660.3));
    assert_eq!(snapshot[2].data["symbol"], json!("SPY"));
    assert_eq!(snapshot[3].data["candles_1h"].as_array().unwrap().len(), 2);
    let connected = &snapshot[4];
    assert_eq!(connected.data["channel"], "market");
    assert_eq!((&connected.data["snapshot"], &connected.data["tier"]), (&json!(4), &json!("administrator")));
    assert!(connected.id.as_ref().unwrap().starts_with(connected.data["gen"].as_str().unwrap()));

    gateway.spot("SPY", 661.0).await;
    let news = page.next_of("spot").await;
    assert_eq!(news.data.as_object().unwrap().len(), 1, "only what changed");
    assert_eq!(news.data["SPY"]["value"], json!(661.0));
    gateway.tick("SPY", 661.1).await;
    assert_eq!(page.next_of("tick").await.data["p"], json!(661.1));
    gateway.trail("SPY", &[(4000.5, 662.0)]).await;
    let bars = page.next_of("candles").await.data;
    assert_eq!(bars["partial"], json!(true));
    assert_eq!(
        bars["candles_5m"],
        json!([{"t": TEN as i64 + 3900, "o": 660.25, "h": 662.0, "l": 660.25, "c": 662.0}])
    );
    gateway.event(1).await;
    assert_eq!(page.next_of("feed_event").await.data["detail"]["n"], json!(1));
    gateway.rig.bus.set(&CLOCK, &clock(TEN + 1.0)).await.unwrap();
    assert_eq!(page.next_of("clock").await.data["market_ts"], json!(TEN as i64 + 1));
    gateway.program.stop().await.unwrap();
}

/// Every page joins at some moment of a storm; none sees a gap or a repeat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshot_and_news_join_without_gap_or_repeat() {
    let gateway = Gateway::start(|config| config.min_interval_ms = 0).await;
    let is_over = AtomicBool::new(false);
    let storm = async {
        let mut n = 0;
        while !is_over.load(Ordering::Relaxed) {
            n += 1;
            gateway.spot("SPY", n as f64).await;
            gateway.event(n).await;
        }
    };
    let pages = async {
        for _ in 0..30 {
            let mut page = Events::open(gateway.port, "/sse/market?topics=spot,feed_event").await;
            let snapshot = page.snapshot().await;
            let mut held = snapshot.iter().find(|frame| frame.event == "spot").map_or(0.0, value);
            let mut last_event = None;
            for _ in 0..40 {
                let frame = page.next().await.unwrap();
                match frame.event.as_str() {
                    "spot" => {
                        assert!(value(&frame) > held, "{held} and then {frame:?}");
                        held = value(&frame);
                    }
                    "feed_event" => {
                        let n = frame.data["detail"]["n"].as_u64().unwrap();
                        assert!(last_event.is_none_or(|last| n == last + 1), "{last_event:?} and then {n}");
                        assert!(n as f64 + 1.0 >= held, "the event came with its spot");
                        last_event = Some(n);
                    }
                    _ => {}
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(storm, pages);
    gateway.program.stop().await.unwrap();
}

fn value(frame: &Frame) -> f64 {
    frame.data["SPY"]["value"].as_f64().unwrap()
}

#[tokio::test]
async fn a_page_that_comes_back_gets_exactly_what_it_missed() {
    let gateway = Gateway::start(|_| ()).await;
    gateway.spot("SPY", 1.0).await;
    let mut page = Events::open(gateway.port, "/sse/all").await;
    page.snapshot().await;
    gateway.event(1).await;
    let id = page.next_of("feed_event").await.id.unwrap();
    drop(page);
    for n in 2..=4 {
        gateway.event(n).await;
    }
    gateway.spot("SPY", 2.0).await;
    let mut marker = Events::open(gateway.port, "/sse/spot").await;
    wait("the gateway has the spot", || async {
        get(gateway.port, "/api/models/spot").await.json()["data"]["SPY"]["value"] == json!(2.0)
    })
    .await;
    marker.snapshot().await;
    for by_query in [false, true] {
        let path = format!("/sse/all?topics=spot,feed_event&last_event_id={id}");
        let mut back = match by_query {
            true => Events::open(gateway.port, &path).await,
            false => Events::open_from(gateway.port, "/sse/all?topics=spot,feed_event", Some(&id)).await,
        };
        let missed = back.snapshot().await;
        let (connected, missed) = missed.split_last().unwrap();
        let brief: Vec<_> = missed
            .iter()
            .map(|frame| frame.data["detail"]["n"].as_u64().map_or_else(|| value(frame), |n| n as f64 * 10.0))
            .collect();
        assert_eq!(brief, [20.0, 30.0, 40.0, 2.0], "by_query {by_query}");
        assert_eq!(connected.data["resumed"], json!(true));
    }
    let mut header_wins = Events::open_from(gateway.port, "/sse/all?last_event_id=nonsense", Some(&id)).await;
    assert_eq!(header_wins.snapshot().await.last().unwrap().data["resumed"], json!(true));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn an_id_of_an_earlier_run_or_none_at_all_gives_everything_and_a_resync() {
    let gateway = Gateway::start(|config| config.ring.0 = 2).await;
    gateway.spot("SPY", 1.0).await;
    let mut page = Events::open(gateway.port, "/sse/market").await;
    let first = page.snapshot().await.last().unwrap().id.clone().unwrap();
    for n in 1..=4 {
        gateway.event(n).await;
        page.next_of("feed_event").await;
    }
    let expired = Events::open_from(gateway.port, "/sse/market?topics=spot,feed_event", Some(&first))
        .await
        .snapshot()
        .await;
    let events: Vec<_> = expired.iter().map(|frame| frame.event.as_str()).collect();
    assert_eq!(events, ["spot", "resync", "connected"]);
    assert_eq!(expired[1].data, json!({"reason": "expired_id", "topics": ["feed_event"]}));
    assert_eq!(expired[1].id, None);
    for (id, reason) in [("00000000-1.1", "unknown_id"), ("abc", "bad_id")] {
        let frames = Events::open_from(gateway.port, "/sse/market", Some(id)).await.snapshot().await;
        let resync = frames.iter().find(|frame| frame.event == "resync").unwrap();
        assert_eq!(resync.data["reason"], reason);
        assert_eq!(frames.last().unwrap().data["resumed"], json!(false));
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_burst_is_conflated_and_the_newest_arrives() {
    let gateway = Gateway::start(|_| ()).await;
    gateway.spot("SPY", 0.0).await;
    wait("the spot is known", || async { get(gateway.port, "/api/models/spot").await.status == 200 }).await;
    let mut page = Events::open(gateway.port, "/sse/spot?topics=spot").await;
    page.snapshot().await;
    for n in 1..=200 {
        gateway.spot("SPY", n as f64).await;
    }
    let (mut frames, mut newest) = (0, 0.0);
    let began = tokio::time::Instant::now();
    while newest < 200.0 {
        newest = value(&page.next_of("spot").await);
        frames += 1;
    }
    let windows = began.elapsed().as_millis() / 250 + 2;
    assert!(frames <= windows, "{frames} frames in {windows} windows");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn symbols_and_topics_narrow_a_stream() {
    let gateway = Gateway::start(|_| ()).await;
    for symbol in ["I:SPX", "SPY"] {
        gateway.spot(symbol, 1.0).await;
        gateway.tick(symbol, 2.0).await;
    }
    wait("both ticks are known", || async {
        let frames = Events::open(gateway.port, "/sse/market?topics=tick").await.snapshot().await;
        frames.len() == 3
    })
    .await;
    let frames = Events::open(gateway.port, "/sse/all?symbols=spx&topics=spot,tick").await.snapshot().await;
    let ticks: Vec<_> = frames.iter().filter(|frame| frame.event == "tick").collect();
    assert_eq!(ticks.len(), 1);
    assert_eq!(ticks[0].data["symbol"], "I:SPX");
    let spots = frames.iter().find(|frame| frame.event == "spot").unwrap();
    assert_eq!(spots.data.as_object().unwrap().len(), 2, "all spots are one state");
    gateway.program.stop().await.unwrap();
}

/// A symbol that nobody configured is taken up when it is heard, its ticks too.
#[tokio::test]
async fn a_new_symbol_is_taken_up_when_it_is_heard() {
    let gateway = Gateway::start(|config| config.symbols = vec!["SPY".into()]).await;
    let mut page = Events::open(gateway.port, "/sse/market").await;
    page.snapshot().await;
    gateway.tick("GME", 20.0).await;
    gateway.spot("GME", 21.0).await;
    assert_eq!(page.next_of("spot").await.data["GME"]["value"], json!(21.0));
    assert_eq!(page.next_of("tick").await.data["p"], json!(20.0));
    gateway.tick("GME", 22.0).await;
    assert_eq!(page.next_of("tick").await.data["p"], json!(22.0));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn too_many_streams_are_refused_and_room_is_made_again() {
    let gateway = Gateway::start(|config| config.max_streams_per_user = 2).await;
    let open = [Events::open(gateway.port, "/sse/spot").await, Events::open(gateway.port, "/sse/all").await];
    let refused = get(gateway.port, "/sse/spot").await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (429, "too_many_streams"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    let clients = get(gateway.port, "/api/health").await.json()["clients"].clone();
    assert_eq!((&clients["spot"], &clients["all"], &clients["total"]), (&json!(1), &json!(1), &json!(2)));
    drop(open);
    wait("the streams are counted out", || async {
        get(gateway.port, "/api/health").await.json()["clients"]["total"] == json!(0)
    })
    .await;
    Events::open(gateway.port, "/sse/spot").await;
    gateway.program.stop().await.unwrap();

    let full = Gateway::start(|config| config.max_clients = 1).await;
    let _open = Events::open(full.port, "/sse/spot").await;
    let refused = get(full.port, "/sse/spot").await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (503, "too_many_clients"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    full.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_is_for_get_and_for_those_who_take_events() {
    let gateway = Gateway::start(|_| ()).await;
    for method in ["POST", "HEAD", "DELETE"] {
        let refused = request(gateway.port, method, "/sse/all", &[]).await;
        assert_eq!((refused.status, refused.header("allow")), (405, "GET"), "{method}");
    }
    let refused = request(gateway.port, "GET", "/sse/all", &[("Accept", "application/json")]).await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (406, "not_acceptable"));
    let unknown = get(gateway.port, "/sse/nothing").await;
    assert_eq!((unknown.status, unknown.json()["error"].as_str().unwrap()), (404, "not_found"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn an_older_spot_does_not_replace_a_newer_one() {
    let gateway = Gateway::start(|_| ()).await;
    let mut older = spot_of("SPY", 1.0);
    older.ts = wire::EpochSec::new(older.ts.seconds() - 60.0);
    gateway.spot("SPY", 2.0).await;
    crate::setup::publish(&gateway.rig.bus, &older).await;
    gateway.spot("QQQ", 3.0).await;
    let spots = || async { get(gateway.port, "/api/models/spot").await.json()["data"].clone() };
    wait("the marker arrived behind the old one", || async { spots().await["QQQ"]["value"] == json!(3.0) })
        .await;
    assert_eq!(spots().await["SPY"]["value"], json!(2.0));
    gateway.program.stop().await.unwrap();
}
