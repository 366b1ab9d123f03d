//! Values, logs, indices, batches and locks do what their names promise.

use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{pin::pin, time::Duration};
use testkit::{Rig, message, next, wait};
use wire::{BusId::System, Channel, Index, Key, Log, Members, Record};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
    mark: Option<f64>,
}

fn note(text: &str) -> Note {
    Note { text: text.into(), mark: None }
}

const NOTE: Key<Note> = Key::new(System, "note");
const NOTES: Channel<Note> = Channel::new(System, "notes");
const HISTORY: Log<Note> = Log::new(System, "history").keeping(5);

#[tokio::test]
async fn a_value_is_read_back_and_expires_with_its_key() {
    let rig = Rig::new().await;
    assert_eq!(rig.bus.get(&NOTE).await.unwrap(), None);
    rig.bus.set(&NOTE, &note("a")).await.unwrap();
    assert_eq!(rig.bus.get(&NOTE).await.unwrap(), Some(note("a")));
    assert_eq!(rig.bus.life(&NOTE).await.unwrap(), None);

    rig.bus.set(&NOTE.living(Duration::from_millis(50)), &note("b")).await.unwrap();
    wait("the value expired", || async { rig.bus.get(&NOTE).await.unwrap().is_none() }).await;
}

#[tokio::test]
async fn a_foreign_payload_is_an_error_that_names_the_key() {
    let rig = Rig::new().await;
    rig.bus.set(&Key::new(System, "note"), &json!([1])).await.unwrap();
    let error = rig.bus.get(&NOTE).await.unwrap_err();
    assert!(error.to_string().starts_with("note:") && !error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_transaction_is_seen_whole_by_the_subscriber_it_wakes() {
    let rig = Rig::new().await;
    let mut notes = pin!(rig.bus.subscribe(NOTES).await);
    let mut batch = rig.bus.batch(System).atomic();
    batch
        .set(&NOTE, &note("seen"))
        .unwrap()
        .publish(&NOTES, &note("now"))
        .unwrap()
        .increment(&Key::new(System, "n"));
    assert_eq!(batch.run().await.unwrap(), [Some("OK".into()), Some("1".into()), Some("1".into())]);
    assert_eq!(message(&mut notes).await, note("now"));
    assert_eq!(rig.bus.get(&NOTE).await.unwrap(), Some(note("seen")));
}

#[tokio::test]
async fn a_follower_sees_every_entry_from_its_start_on() {
    let rig = Rig::new().await;
    rig.bus.append(&HISTORY, &note("before")).await.unwrap();
    let mut entries = Box::pin(rig.bus.follow(System, vec!["history".into()]));
    assert_eq!(next(&mut entries).await, bus::Followed::Up);
    for text in ["one", "two"] {
        rig.bus.append(&HISTORY, &note(text)).await.unwrap();
    }
    for text in ["one", "two"] {
        match next(&mut entries).await {
            bus::Followed::Entry { fields, .. } => {
                assert_eq!(fields["text"], text);
                assert!(!fields.contains_key("mark"), "an unknown value is no field");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(rig.bus.entries(&HISTORY, "0", 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_index_keeps_its_window_and_answers_ranges() {
    let rig = Rig::new().await;
    let trail: Index<f64> =
        Index::new(System, "trail").keeping(Duration::from_secs(10), Duration::from_secs(60));
    for at in 0..20_u32 {
        let mut batch = rig.bus.batch(System);
        batch.add(&trail, f64::from(at), &(100.0 + f64::from(at))).unwrap();
        batch.run().await.unwrap();
    }
    let kept = rig.bus.range(&trail, 0.0, 11.0).await.unwrap();
    assert_eq!(kept, [(9.0, 109.0), (10.0, 110.0), (11.0, 111.0)]);
    assert_eq!(rig.bus.newest_before(&trail, 15.0).await.unwrap(), Some(14.0));
    assert_eq!(rig.bus.newest_before(&trail, 9.0).await.unwrap(), None);
}

#[tokio::test]
async fn records_and_sets_hold_text() {
    let rig = Rig::new().await;
    let record: Record<Note> = Record::new(System, "record");
    rig.bus.update(&record, &Note { text: "x".into(), mark: Some(1.5) }).await.unwrap();
    assert_eq!(rig.bus.fields(&record).await.unwrap()["mark"], "1.5");
    rig.bus.update(&record, &note("y")).await.unwrap();
    assert_eq!(rig.bus.fields(&record).await.unwrap()["mark"], "", "unknown is the empty text");

    let names = Members::new(System, "names");
    let mut batch = rig.bus.batch(System);
    batch.insert(&names, "a").insert(&names, "b").withdraw(&names, "a");
    batch.run().await.unwrap();
    assert_eq!(rig.bus.members(&names).await.unwrap(), ["b"]);
}

#[tokio::test]
async fn a_lock_has_one_holder_until_it_is_released() {
    let rig = Rig::new().await;
    let key = Key::new(System, "lock").living(Duration::from_secs(30));
    let held = rig.bus.lock(&key, Duration::ZERO).await.unwrap().expect("free");
    assert!(rig.bus.lock(&key, Duration::ZERO).await.unwrap().is_none());
    held.release().await.unwrap();
    assert!(rig.bus.lock(&key, Duration::ZERO).await.unwrap().is_some());
}

#[tokio::test]
async fn truth_may_rename_a_key() {
    let rig = Rig::new().await;
    let renamed = rig.bus.clone().renaming([((System, "note".into()), "other".into())].into());
    renamed.set(&NOTE, &note("a")).await.unwrap();
    assert!(rig.bus.exists(System, "other").await.unwrap());
    assert!(!rig.bus.exists(System, "note").await.unwrap());
}

#[tokio::test]
async fn a_list_grows_at_its_end_and_an_index_of_plain_texts_is_read_from_the_newest() {
    let rig = Rig::new().await;
    let index: Index<String> = Index::new(System, "names");
    for n in 1..=4 {
        let mut batch = rig.bus.batch(System);
        batch.push_back(&NOTE, &note(&n.to_string()), 3).unwrap().add_text(
            &index,
            f64::from(n),
            &format!("n{n}"),
        );
        batch.run().await.unwrap();
    }
    let texts = rig.bus.list(&NOTE).await.unwrap();
    let kept: Vec<Note> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(kept, ["2", "3", "4"].map(note));
    assert_eq!(rig.bus.newest_texts(&index, 2).await.unwrap(), ["n4", "n3"]);
    assert_eq!(rig.bus.newest_texts(&index, 0).await.unwrap(), [""; 0]);
    assert_eq!(rig.bus.list(&Key::<Note>::new(System, "nothing")).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_swap_happens_only_to_what_was_read_and_is_told_only_then() {
    let rig = Rig::new().await;
    let mut notes = pin!(rig.bus.subscribe(NOTES).await);
    let (first, second) = (r#"{"text":"1","mark":null}"#, r#"{"text":"2","mark":null}"#);
    let swap = |before, after, told| {
        let bus = rig.bus.clone();
        async move { bus.swap(&NOTE, (before, after), (&NOTES, &note(told))).await.unwrap() }
    };
    assert!(!swap(first, second, "nothing to change").await);
    assert_eq!(rig.bus.get(&NOTE).await.unwrap(), None);
    rig.bus.set(&NOTE, &note("1")).await.unwrap();
    assert!(swap(first, second, "changed").await);
    assert!(!swap(first, first, "too late").await);
    assert_eq!(rig.bus.get(&NOTE).await.unwrap(), Some(note("2")));
    rig.bus.publish(&NOTES, &note("marker")).await.unwrap();
    assert_eq!((message(&mut notes).await, message(&mut notes).await), (note("changed"), note("marker")));
    assert_eq!(rig.bus.life(&NOTE).await.unwrap(), None);
    let brief = NOTE.living(Duration::from_secs(60));
    assert!(rig.bus.swap(&brief, (second, first), (&NOTES, &note("brief"))).await.unwrap());
    assert!(rig.bus.life(&NOTE).await.unwrap().is_some());
}
