//! What callers see while a server is away, and after it.

use bus::{
    Bus,
    Delivery::{Message, Resumed},
    Followed, Heard, Topics,
};
use std::{pin::pin, time::Duration};
use testkit::{Rig, next, wait};
use wire::{
    BusId::{Market, System},
    Channel, Key, Log,
};

const TICKS: Channel<u32> = Channel::new(Market, "ticks");

/// While the link is cut messages are lost; the subscriber is told so exactly once, then hears again.
#[tokio::test]
async fn a_cut_link_resumes_and_says_so() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(Market).await;
    let mut ticks = pin!(bus.subscribe(TICKS).await);
    rig.bus.publish(&TICKS, &1).await.unwrap();
    assert_eq!(next(&mut ticks).await, Message(1));

    link.cut().await;
    wait("nobody hears any more", || async { rig.bus.publish(&TICKS, &2).await.unwrap() == 0 }).await;
    link.mend().await;

    assert_eq!(next(&mut ticks).await, Resumed);
    rig.bus.publish(&TICKS, &3).await.unwrap();
    assert_eq!(next(&mut ticks).await, Message(3));
}

/// One bad producer does not silence the others.
#[tokio::test]
async fn a_message_that_does_not_decode_is_skipped() {
    let rig = Rig::new().await;
    let mut ticks = pin!(rig.bus.subscribe(TICKS).await);
    rig.bus.publish(&Channel::new(Market, "ticks"), &"no number".to_owned()).await.unwrap();
    rig.bus.publish(&TICKS, &7).await.unwrap();
    assert_eq!(next(&mut ticks).await, Message(7));
}

#[tokio::test]
async fn a_killed_server_is_down_then_up_for_its_listeners() {
    let mut rig = Rig::new().await;
    let topics = Topics { channels: vec!["a".into()], patterns: vec!["b:*".into()] };
    let mut heard = Box::pin(rig.bus.listen(System, topics));
    assert_eq!(next(&mut heard).await, Heard::Up);
    rig.kill(System);
    assert_eq!(next(&mut heard).await, Heard::Down);
    rig.restart(System).await;
    assert_eq!(next(&mut heard).await, Heard::Up);
    rig.bus.publish(&Channel::new(System, "b:1"), &1).await.unwrap();
    assert_eq!(next(&mut heard).await, Heard::Message { channel: "b:1".into(), payload: b"1".to_vec() });
}

/// Streams keep what nobody heard: the follower goes on behind the last entry it saw.
#[tokio::test]
async fn a_follower_loses_nothing_over_a_cut_link() {
    let rig = Rig::new().await;
    let log: Log<serde_json::Value> = Log::new(Market, "log");
    let (bus, link) = rig.behind_link(Market).await;
    let mut entries = Box::pin(bus.follow(Market, vec!["log".into()]));
    assert_eq!(next(&mut entries).await, Followed::Up);
    link.cut().await;
    assert_eq!(next(&mut entries).await, Followed::Down);
    rig.bus.append(&log, &serde_json::json!({"n": 1})).await.unwrap();
    link.mend().await;
    assert_eq!(next(&mut entries).await, Followed::Up);
    assert!(matches!(next(&mut entries).await, Followed::Entry { fields, .. } if fields["n"] == "1"));
}

/// A pulled cable sends no error: the call ends by itself, and says that waiting can help.
#[tokio::test]
async fn a_black_hole_fails_within_the_answer_time() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(System).await;
    let key: Key<u32> = Key::new(System, "k");
    bus.set(&key, &1).await.unwrap();
    link.black_hole();
    let error = tokio::time::timeout(Duration::from_secs(8), bus.get(&key)).await.unwrap().unwrap_err();
    assert!(error.is_transient(), "{error}");
    link.mend().await;
    wait("the bus works again", || async { bus.get(&key).await.is_ok() }).await;
}

#[tokio::test]
async fn streams_end_when_the_bus_closes() {
    use futures_util::StreamExt;
    let rig = Rig::new().await;
    let mut ticks = Box::pin(rig.bus.subscribe(TICKS).await);
    let mut entries = Box::pin(rig.bus.follow(Market, vec!["log".into()]));
    rig.bus.close();
    assert!(ticks.next().await.is_none());
    while entries.next().await.is_some() {}
}

#[test]
fn a_url_that_does_not_parse_names_the_bus_and_not_the_url() {
    let error = Bus::open([(System, "redis//:secret@host".into())]).unwrap_err();
    assert_eq!(error.to_string(), "system-redis: expected a URL like redis://host:6379");
}
