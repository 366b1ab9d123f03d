//! A bus goes and comes back, the gateway itself goes and comes back, a reader stops reading.

use crate::{
    client::{Events, get},
    setup::{Gateway, is_healthy, market_event},
};
use serde_json::json;
use testkit::{Rig, free_port, wait};
use tokio::sync::Semaphore;
use wire::{BusId, market::EVENTS};

#[tokio::test]
async fn pages_outlive_market_redis_and_are_told_of_the_gap() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::Market).await;
    let document = rig.document("sse");
    let gateway = Gateway::start_on(bus, rig, free_port(), document, |_| ()).await;
    gateway.spot("SPY", 1.0).await;
    let port = gateway.port;
    wait("the spot is known", || async { get(port, "/api/models/spot").await.status == 200 }).await;
    let mut page = Events::open(port, "/sse/market?topics=spot,feed_event").await;
    page.snapshot().await;
    link.cut().await;
    wait("the gateway says it lacks something", || async { !is_healthy(port).await }).await;
    assert_eq!(get(port, "/api/models/spot").await.json()["data"]["SPY"]["value"], json!(1.0), "from memory");
    let refused = get(port, "/api/models/events").await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (503, "redis_unavailable"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);

    // The gateway hears neither of these: the spot is found in its key, the event is what the resync is about.
    gateway.spot("SPY", 2.0).await;
    gateway.event(6).await;
    link.mend().await;
    // The spot may have to wait for its window, the resync never does.
    let mut told = [page.next().await.unwrap(), page.next().await.unwrap()];
    told.sort_by(|a, b| a.event.cmp(&b.event));
    assert_eq!(told[0].data, json!({"reason": "bus_gap", "topics": ["feed_event"]}));
    assert_eq!(told[1].data["SPY"]["value"], json!(2.0));
    gateway.event(7).await;
    assert_eq!(page.next_of("feed_event").await.data["detail"]["n"], json!(7));
    wait("the gateway is whole again", || is_healthy(port)).await;
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn after_a_restart_pages_get_everything_and_know_what_to_reload() {
    let gateway = Gateway::start(|_| ()).await;
    gateway.spot("SPY", 1.0).await;
    let mut page = Events::open(gateway.port, "/sse/all").await;
    page.snapshot().await;
    gateway.event(1).await;
    let id = page.next_of("feed_event").await.id.unwrap();
    let Gateway { rig, port, program } = gateway;
    let (stopped, farewell) = tokio::join!(program.stop(), async {
        let farewell = page.next_of("shutdown").await;
        while page.next().await.is_some() {}
        farewell
    });
    stopped.unwrap();
    assert_eq!(farewell.id, None);

    let gateway = Gateway::start_in(rig, port, |_| ()).await;
    gateway.event(2).await;
    let mut back = Events::open_from(port, "/sse/all", Some(&id)).await;
    let frames = back.snapshot().await;
    let resync = frames.iter().find(|frame| frame.event == "resync").unwrap();
    let everyones = [
        "market_event",
        "feed_event",
        "article",
        "analysis",
        "alerts",
        "vexy_message",
        "commentary",
        "fleet_alert",
    ];
    assert_eq!(resync.data, json!({"reason": "unknown_id", "topics": everyones}));
    assert_eq!(frames.iter().find(|frame| frame.event == "spot").unwrap().data["SPY"]["value"], json!(1.0));
    let events = get(port, "/api/models/events?limit=2").await.json()["data"].clone();
    let numbers: Vec<_> =
        events.as_array().unwrap().iter().map(|event| event["detail"]["n"].clone()).collect();
    assert_eq!(numbers, [json!(2), json!(1)], "newest first, the one from the meantime too");
    gateway.program.stop().await.unwrap();
}

/// One page stops reading in the middle of a flood. The other misses nothing; the stuck one learns that it did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_stops_reading_delays_nobody() {
    const FLOOD: u64 = 4000;
    let gateway = Gateway::start(|_| ()).await;
    let mut stuck = Events::open(gateway.port, "/sse/market?topics=feed_event").await;
    stuck.snapshot().await;
    let mut quick = Events::open(gateway.port, "/sse/market?topics=feed_event").await;
    quick.snapshot().await;
    // Never further ahead of the quick page than half of what the gateway keeps for one.
    let ahead = Semaphore::new(64);
    let flood = async {
        let mut event = market_event(0);
        for n in 1..=FLOOD {
            ahead.acquire().await.unwrap().forget();
            event.detail = json!({"n": n, "text": "x".repeat(4096)});
            gateway.rig.bus.publish(&EVENTS, &event).await.unwrap();
        }
    };
    let reading = async {
        for n in 1..=FLOOD {
            assert_eq!(quick.next_of("feed_event").await.data["detail"]["n"], json!(n));
            ahead.add_permits(1);
        }
    };
    tokio::join!(flood, reading);
    let mut last = 0;
    let resync = loop {
        let frame = stuck.next().await.unwrap();
        match frame.event.as_str() {
            "feed_event" => {
                let n = frame.data["detail"]["n"].as_u64().unwrap();
                assert_eq!(n, last + 1, "in order up to the break");
                last = n;
            }
            "resync" => break frame,
            _ => {}
        }
    };
    assert_eq!(resync.data, json!({"reason": "slow_client", "topics": ["feed_event"]}));
    assert!(last < FLOOD);
    gateway.event(FLOOD + 1).await;
    assert_eq!(stuck.next_of("feed_event").await.data["detail"]["n"], json!(FLOOD + 1));
    gateway.program.stop().await.unwrap();
}
