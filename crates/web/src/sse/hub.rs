//! Where frames come in, once each, and readers are woken.

use super::{
    ask::{Address, Here},
    clients::Clients,
    frame,
    ring::{Body, Entry, Ring, RingLimits},
    shard::{self, Inbox},
    slots::{Slots, merged},
    wants::Known,
};
use bytes::Bytes;
use metrics::{Counter, Histogram, counter, gauge, histogram};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use wire::sse::Resync;

/// How a topic treats what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Only the newest value of each symbol matters.
    State,
    /// As `State`; each value is an object keyed by symbol, and a snapshot is one object of all.
    Map,
    /// Every value matters, in order.
    Event,
}

/// Sizes and times of a hub.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Silence after which a reader gets a sign of life.
    pub keep_alive: Duration,
    /// Least time between two frames of one state; zero: none.
    pub pace: Duration,
    /// Readers in all.
    pub clients: usize,
    /// Readers of one user.
    pub streams_per_user: usize,
    /// Events kept for readers that come back.
    pub ring: RingLimits,
    /// How long news may gather at most while a shard that is busy rests from writing, so that it leaves in one write.
    pub gather: Duration,
    /// How long a reader may take nothing while something waits for it.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(15),
            pace: Duration::from_millis(250),
            clients: 5000,
            streams_per_user: 24,
            ring: RingLimits { events: 20_000, bytes: 64 << 20, age: Duration::from_secs(900) },
            gather: Duration::from_millis(50),
            patience: crate::patience::PATIENCE,
        }
    }
}

/// Fan-out of topics. A frame is encoded once and its bytes are shared; a slow reader waits alone. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) run: u32,
    pub(super) topics: Vec<Topic>,
    pub(super) limits: Limits,
    pub(super) held: RwLock<Held>,
    pub(super) clients: RwLock<Clients>,
    pub(super) known: Known,
    pub(super) shards: Vec<Arc<Inbox>>,
    pub(super) is_closing: AtomicBool,
    pub(super) frames_sent: Counter,
}

/// Everything that readers read, under one number.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) number: u64,
    /// Number of the newest state.
    pub(super) changed: u64,
    pub(super) slots: Slots,
    pub(super) ring: Ring,
    fan_out: Histogram,
}

impl Held {
    /// Notes that a shard, or a reader outside of them, took the entries of `topics` above `from` up to `to`.
    pub(super) fn taken(&self, topics: u64, from: u64, to: u64) {
        let now = Instant::now();
        let taken = self.ring.after(from).take_while(|entry| entry.number <= to);
        for entry in taken.filter(|entry| entry.topics & topics != 0) {
            if entry.taken() {
                self.fan_out.record(now.saturating_duration_since(entry.at).as_secs_f64());
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) class: Class,
    published: Counter,
    pub(super) conflated: Counter,
}

/// Why a reader may lack something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lacking {
    UnknownId,
    ExpiredId,
    BadId,
    SlowClient,
    BusGap,
}

impl Lacking {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::UnknownId => "unknown_id",
            Self::ExpiredId => "expired_id",
            Self::BadId => "bad_id",
            Self::SlowClient => "slow_client",
            Self::BusGap => "bus_gap",
        }
    }
}

/// Counts that `readers` were told to reload.
pub(super) fn count_resync(lacking: Lacking, readers: usize) {
    counter!("sse_resync_total", "reason" => lacking.reason()).increment(readers as u64);
}

/// The frame that names the event topics of `bits` and why they may lack something.
pub(super) fn resync(lacking: Lacking, topics: &[Topic], bits: u64) -> Bytes {
    let is_named = |(index, topic): &(usize, &Topic)| bits & (1 << index) != 0 && topic.class == Class::Event;
    let names = topics.iter().enumerate().filter(is_named).map(|(_, topic)| topic.name.to_owned()).collect();
    control("resync", &Resync { reason: lacking.reason().into(), topics: names })
}

/// A frame of the hub's own.
pub(super) fn control(event: &str, data: &impl serde::Serialize) -> Bytes {
    frame::frame(event, &serde_json::to_string(data).unwrap_or_else(|_unlikely| "{}".into()))
}

impl Hub {
    /// A hub of at most 64 `topics`; a snapshot has them in this order.
    pub fn new(topics: &[(&'static str, Class)], limits: Limits) -> Self {
        assert!(topics.len() <= 64, "topics fit one bit set");
        let held = Held {
            number: 0,
            changed: 0,
            slots: Slots::new(topics.len()),
            ring: Ring::new(limits.ring.clone(), topics.len()),
            fan_out: histogram!("sse_fanout_seconds"),
        };
        let topics = topics.iter().map(|&(name, class)| Topic {
            name,
            class,
            published: counter!("sse_events_total", "topic" => name),
            conflated: counter!("sse_conflated_total", "topic" => name),
        });
        Self(Arc::new(Shared {
            run: rand::random(),
            topics: topics.collect(),
            limits,
            held: RwLock::new(held),
            clients: RwLock::default(),
            known: Known::default(),
            shards: shard::inboxes(),
            is_closing: AtomicBool::new(false),
            frames_sent: counter!("sse_frames_sent_total"),
        }))
    }

    /// Sets the state of `topic` for `symbol` (empty: the topic has none). The same data again is no change.
    pub fn state(&self, topic: &'static str, symbol: &str, data: &str) {
        self.put(topic, symbol, (topic, data), None);
    }

    /// As [`Hub::state`]; readers that have the state before get `change` only.
    pub fn change(&self, topic: &'static str, symbol: &str, full: &str, change: Option<&str>) {
        self.put(topic, symbol, (topic, full), change.map(|change| (topic, change)));
    }

    /// As [`Hub::change`], for a topic whose events are not called like it: each is its name and its data.
    pub fn put(&self, topic: &'static str, symbol: &str, full: (&str, &str), change: Option<(&str, &str)>) {
        let Some((index, found)) = self.topic(topic) else { return };
        let full = frame::frame(full.0, full.1);
        let change = change.map(|(event, data)| frame::frame(event, data));
        {
            let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
            if held.slots.find(index, symbol).is_some_and(|slot| slot.full == full) {
                return;
            }
            held.number += 1;
            let number = held.number;
            held.changed = number;
            held.slots.put(index, symbol, number, full, change, Instant::now());
        }
        found.published.increment(1);
        self.wake(1 << index);
    }

    /// Sends an event of `topic` to every reader.
    pub fn event(&self, topic: &'static str, data: &str) {
        self.send(topic, topic, data, Address::default());
    }

    /// As [`Hub::event`], called `event`, for whom `address` says. An event of the journal that a reader has already
    /// had, by its sequence, is not sent to it again.
    pub fn send(&self, topic: &'static str, event: &str, data: &str, address: Address) {
        let Some((index, found)) = self.topic(topic) else { return };
        self.enter(1 << index, address, Body::Event(frame::frame(event, data)));
        found.published.increment(1);
    }

    /// Where the numbering is. Take it before fetching what goes into [`Ask::missed`].
    pub fn here(&self) -> Here {
        Here(self.0.held.read().unwrap_or_else(PoisonError::into_inner).number)
    }

    /// Tells readers that events of `topics` may have been missed.
    pub fn gap(&self, topics: &[&'static str]) {
        self.enter(self.bits(topics), Address::default(), Body::Gap);
    }

    /// Data of the state of `topic` for `symbol`; `None` while there is none.
    pub fn data(&self, topic: &'static str, symbol: &str) -> Option<Bytes> {
        let (index, _) = self.topic(topic)?;
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.slots.find(index, symbol).map(|slot| frame::data(&slot.full))
    }

    /// All symbols of a [`Class::Map`] topic as one object; `None` while there is none.
    pub fn map(&self, topic: &'static str) -> Option<String> {
        let (index, _) = self.topic(topic)?;
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        merged(&held.slots.of(index, |_| true))
    }

    /// Whether it was closed.
    pub fn is_closing(&self) -> bool {
        self.0.is_closing.load(Ordering::SeqCst)
    }

    /// Ends every stream, spread over two seconds; no new one is opened.
    pub fn close(&self) {
        self.0.is_closing.store(true, Ordering::SeqCst);
        self.wake_all();
    }

    /// Lets go of old events and measures what waits. Call it about once a second.
    pub fn upkeep(&self) {
        self.0.known.tidy();
        self.0.held.write().unwrap_or_else(PoisonError::into_inner).ring.expire(Instant::now());
        let looked = self.looked();
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        let outside: usize = looked.into_iter().map(|number| held.ring.count_after(number)).sum();
        drop(held);
        let inside: usize = self.0.shards.iter().map(|shard| shard.waiting()).sum();
        gauge!("sse_queue_frames").set((outside + inside) as f64);
    }

    /// Names of the topics of `bits`.
    pub(super) fn names(&self, bits: u64) -> Vec<&'static str> {
        let topics = self.0.topics.iter().enumerate();
        topics.filter(|(index, _)| bits & (1 << index) != 0).map(|(_, topic)| topic.name).collect()
    }

    /// The known ones of `topics`.
    pub(super) fn bits<T: AsRef<str>>(&self, topics: &[T]) -> u64 {
        let position = |name: &T| self.0.topics.iter().position(|topic| topic.name == name.as_ref());
        topics.iter().filter_map(position).fold(0, |bits, index| bits | 1 << index)
    }

    fn topic(&self, name: &str) -> Option<(usize, &Topic)> {
        let found = self.0.topics.iter().enumerate().find(|(_, topic)| topic.name == name);
        debug_assert!(found.is_some(), "{name} is not a topic of this hub");
        found
    }

    fn enter(&self, topics: u64, Address { user, journal_seq, also }: Address, body: Body) {
        let topics = topics | also.map_or(0, |also| self.bits(&[also]));
        let unread = AtomicUsize::new(self.waiting_for(topics));
        let journal = journal_seq.filter(|_| user.is_some());
        {
            let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
            held.number += 1;
            let number = held.number;
            held.ring.push(Entry { number, topics, user, journal, body, at: Instant::now(), unread });
        }
        self.wake(topics);
    }
}
