use bus::{Backoff, Outage};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, pin::pin, time::Duration};
use testkit::{Rig, message, wait};
use wire::{BusId::Market, Channel, Index, Key, Log, Record};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    n: u32,
}

const VALUE: Key<u32> = Key::new(Market, "test:value");
const STREAM: Log<Entry> = Log::new(Market, "test:stream").keeping(100_000);
const HEARD: Channel<u32> = Channel::new(Market, "test:heard");

async fn numbers(rig: &Rig) -> Vec<u32> {
    let entries = rig.bus.entries(&STREAM, "0", 100_000).await.expect("the stream is read");
    entries.iter().filter_map(|(_, fields)| fields["n"].parse().ok()).collect()
}

/// Flushes until nothing waits, through refusals.
async fn drain(outage: &Outage) -> Option<bus::Gap> {
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(50));
    let mut gap = None;
    while outage.backlog() > 0 {
        match outage.flush().await {
            Ok(flushed) => gap = flushed.gap.or(gap),
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                backoff.wait().await;
            }
        }
    }
    gap
}

#[tokio::test]
async fn everything_is_written_in_order_and_messages_follow_their_state() {
    let rig = Rig::new().await;
    let outage = Outage::new(&rig.bus, Market);
    let mut heard = pin!(rig.bus.subscribe(HEARD).await);
    let index: Index<u32> =
        Index::new(Market, "test:index").keeping(Duration::from_secs(10), Duration::from_secs(60));
    let record: Record<BTreeMap<String, u32>> = Record::new(Market, "test:record");

    for n in 0..5_000 {
        outage.append(&STREAM, &Entry { n }).unwrap();
    }
    outage.set(&VALUE, &1).unwrap();
    outage.set(&VALUE, &2).unwrap();
    outage.update(&record, &BTreeMap::from([("a".to_owned(), 1)])).unwrap();
    outage.set_new(&Key::<u32>::new(Market, "test:new"), "7");
    outage.publish(&HEARD, &2).unwrap();
    for (score, member) in [(100.0, 1), (109.0, 2), (111.0, 3)] {
        outage.add(&index, score, &member).unwrap();
    }
    outage.waiting().await;
    assert_eq!(drain(&outage).await, None, "there was no absence");

    assert_eq!(message(&mut heard).await, 2);
    assert_eq!(rig.bus.get(&VALUE).await.unwrap(), Some(2));
    assert_eq!(numbers(&rig).await, (0..5_000).collect::<Vec<_>>());
    assert_eq!(rig.bus.range(&index, 0.0, 1e9).await.unwrap(), [(109.0, 2), (111.0, 3)]);
    assert_eq!(rig.bus.fields(&record).await.unwrap()["a"], "1");
    assert_eq!(rig.bus.get(&Key::<u32>::new(Market, "test:new")).await.unwrap(), Some(7));
}

#[tokio::test]
async fn a_server_that_was_away_gets_the_newest_values_and_every_entry() {
    let mut rig = Rig::new().await;
    let outage = Outage::new(&rig.bus, Market);
    outage.append(&STREAM, &Entry { n: 0 }).unwrap();
    drain(&outage).await;

    rig.kill(Market);
    outage.set(&VALUE, &1).unwrap();
    outage.append(&STREAM, &Entry { n: 1 }).unwrap();
    assert!(outage.flush().await.unwrap_err().is_transient());
    assert!(outage.is_away());
    outage.set(&VALUE, &2).unwrap();
    outage.append(&STREAM, &Entry { n: 2 }).unwrap();
    outage.publish(&HEARD, &2).unwrap();
    rig.restart(Market).await;

    let gap = drain(&outage).await.expect("the absence is told");
    assert_eq!((gap.dropped_entries, gap.lost_messages), (0, 1));
    assert!(!outage.is_away());
    assert_eq!(rig.bus.get(&VALUE).await.unwrap(), Some(2));
    assert_eq!(numbers(&rig).await, [1, 2], "the server came back empty");
}

/// Ids are instants: what is older than the window goes with the next entry, and the key has a life.
#[tokio::test]
async fn a_log_within_a_window_forgets_what_is_older() {
    let rig = Rig::new().await;
    let outage = Outage::new(&rig.bus, Market);
    let log = STREAM.within(Duration::from_millis(300), Duration::from_secs(60));
    // Entries larger than a node of the stream, so that the trim is exact.
    let entry = |n: u32| BTreeMap::from([("n".to_owned(), n.to_string()), ("pad".into(), "x".repeat(5_000))]);
    let padded: Log<BTreeMap<String, String>> =
        Log::new(Market, "test:stream").within(Duration::from_millis(300), Duration::from_secs(60));
    for n in 0..3 {
        outage.append(&padded, &entry(n)).unwrap();
    }
    drain(&outage).await;
    assert_eq!(numbers(&rig).await, [0, 1, 2]);
    let life = rig.bus.describe(Market, "test:stream").await.unwrap().unwrap().life.unwrap();
    assert!(life > Duration::from_secs(50) && life <= Duration::from_secs(60), "{life:?}");
    wait("what is old is gone", || async {
        rig.bus.append(&log, &Entry { n: 3 }).await.unwrap();
        !numbers(&rig).await.contains(&2)
    })
    .await;
    assert!(numbers(&rig).await.contains(&3));
}

/// A stalled server takes the bytes and answers nothing: the flush ends by itself, nothing is lost.
#[tokio::test]
async fn a_link_that_swallows_everything_loses_nothing() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(Market).await;
    let outage = Outage::new(&bus, Market);
    outage.append(&STREAM, &Entry { n: 0 }).unwrap();
    drain(&outage).await;

    link.black_hole();
    outage.append(&STREAM, &Entry { n: 1 }).unwrap();
    assert!(outage.flush().await.unwrap_err().is_transient());
    link.mend().await;
    outage.append(&STREAM, &Entry { n: 2 }).unwrap();
    assert!(drain(&outage).await.is_some());
    assert_eq!(numbers(&rig).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_name_that_holds_another_kind_is_written_anew() {
    let rig = Rig::new().await;
    rig.bus.set(&Key::<u32>::new(Market, "test:stream"), &1).await.unwrap();
    let outage = Outage::new(&rig.bus, Market);
    outage.append(&STREAM, &Entry { n: 1 }).unwrap();
    outage.append(&STREAM, &Entry { n: 2 }).unwrap();
    outage.set(&VALUE, &5).unwrap();
    let flushed = outage.flush().await.unwrap();
    assert_eq!((flushed.written, flushed.rewritten), (1, vec!["test:stream".to_owned()]));
    wait("both entries are there", || async { numbers(&rig).await == [1, 2] }).await;
}
