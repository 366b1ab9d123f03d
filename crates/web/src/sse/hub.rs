//! Where frames come in, once each, and readers are woken.

use super::{
    client::Client,
    cursor::Cursor,
    frame::{self, Chunks},
    marks::{Marks, QueueLimits, Wants},
    reader::Reader,
    ring::{Body, Entry, Ring, RingLimits},
    slots::{Slots, merged},
};
use bytes::Bytes;
use metrics::{Counter, Histogram, counter, gauge, histogram};
use rand::Rng;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::time::Instant;
use wire::sse::{Connected, Resync};

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
}

/// What a reader asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Name of the stream, for the reader and for counting.
    pub stream: &'static str,
    /// Topics that it carries; unknown names are ignored.
    pub topics: Vec<String>,
    /// Symbols of [`Class::State`] topics; `None`: all.
    pub symbols: Option<Vec<String>>,
    /// Least time between two frames of one state; `None`: the hub's.
    pub pace: Option<Duration>,
    /// Id of the last frame that the reader has.
    pub cursor: Option<String>,
    /// Who it counts for.
    pub user: String,
    /// Internal user id.
    pub user_id: Option<u64>,
    /// Tier of the user.
    pub tier: Option<String>,
}

/// Why no stream was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The hub serves as many readers as it may.
    #[error("too many clients")]
    TooManyClients,
    /// The user has as many streams as one may have.
    #[error("too many streams of one user")]
    TooManyStreams,
    /// The hub is closing.
    #[error("closing")]
    Closing,
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
    clients: RwLock<Clients>,
    pub(super) is_closing: AtomicBool,
    pub(super) frames_sent: Counter,
}

/// Everything that readers read, under one number.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) number: u64,
    pub(super) slots: Slots,
    pub(super) ring: Ring,
    pub(super) fan_out: Histogram,
}

#[derive(Debug, Default)]
struct Clients {
    open: Vec<Arc<Client>>,
    by_user: HashMap<String, usize>,
    by_stream: BTreeMap<&'static str, usize>,
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
    const fn reason(self) -> &'static str {
        match self {
            Self::UnknownId => "unknown_id",
            Self::ExpiredId => "expired_id",
            Self::BadId => "bad_id",
            Self::SlowClient => "slow_client",
            Self::BusGap => "bus_gap",
        }
    }
}

/// The frame that names the event topics of `bits` and why they may lack something.
pub(super) fn resync(lacking: Lacking, topics: &[Topic], bits: u64) -> Bytes {
    counter!("sse_resync_total", "reason" => lacking.reason()).increment(1);
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
            held.slots.put(index, symbol, number, full, change, Instant::now());
        }
        found.published.increment(1);
        self.wake(1 << index);
    }

    /// Sends an event of `topic` to every reader.
    pub fn event(&self, topic: &'static str, data: &str) {
        let Some((index, found)) = self.topic(topic) else { return };
        self.enter(1 << index, Body::Event(frame::frame(topic, data)));
        found.published.increment(1);
    }

    /// Tells readers that events of `topics` may have been missed.
    pub fn gap(&self, topics: &[&'static str]) {
        let bits =
            topics.iter().filter_map(|name| self.topic(name)).fold(0, |bits, (index, _)| bits | 1 << index);
        self.enter(bits, Body::Gap);
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

    /// Opens a stream: snapshot or what was missed since the cursor, then everything new.
    ///
    /// # Errors
    /// There are too many streams, or the hub is closing.
    pub fn open(&self, ask: &Ask) -> Result<Reader, Refused> {
        let shared = &self.0;
        let topics = ask
            .topics
            .iter()
            .filter_map(|name| shared.topics.iter().position(|topic| topic.name == name))
            .fold(0_u64, |bits, index| bits | 1 << index);
        let pace = ask.pace.unwrap_or(shared.limits.pace);
        let wants = Wants { topics, symbols: ask.symbols.clone(), pace };
        // Woken from here on: whatever the snapshot does not have comes behind it.
        let client = self.register(ask, topics)?;
        let now = Instant::now();
        let held = shared.held.read().unwrap_or_else(PoisonError::into_inner);
        let mut chunks = Chunks::default();
        chunks.text(&format!("retry: {}\n: ok\n\n", rand::rng().random_range(1500..=4500)));
        let (marks, count, is_resumed) = match self.accept(ask.cursor.as_deref(), &held, topics) {
            Accepted::Resume(cursor) => {
                let mut marks = Marks::resumed(cursor, &held, &shared.topics, &wants);
                let gathered = marks.gather(&held, &shared.topics, &wants, now, QueueLimits::NONE);
                let count = gathered.frames.len();
                for (id, frame) in gathered.frames {
                    id.into_iter().for_each(|id| chunks.id(id));
                    chunks.frame(&frame);
                }
                (marks, count, true)
            }
            Accepted::Fresh(lacking) => {
                let snapshot = self.snapshot(&held, &wants);
                snapshot.iter().for_each(|frame| chunks.frame(frame));
                if let Some(lacking) = lacking {
                    chunks.frame(&resync(lacking, &shared.topics, topics));
                }
                (Marks::present(shared.run, &held, &shared.topics, &wants, now), snapshot.len(), false)
            }
        };
        drop(held);
        chunks.id(marks.cursor());
        chunks.frame(&control(
            "connected",
            &Connected {
                channel: ask.stream.into(),
                ts: SystemTime::now().into(),
                r#gen: format!("{:08x}", shared.run),
                resumed: is_resumed,
                snapshot: count,
                user_id: ask.user_id,
                tier: ask.tier.clone(),
            },
        ));
        Ok(Reader::new(self.clone(), client, wants, marks, chunks.finish()))
    }

    /// Ends every stream, spread over two seconds; no new one is opened.
    pub fn close(&self) {
        self.0.is_closing.store(true, Ordering::SeqCst);
        self.wake(u64::MAX);
    }

    /// Open streams by name.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.0.clients.read().unwrap_or_else(PoisonError::into_inner).by_stream.clone()
    }

    /// Lets go of old events and measures what waits. Call it about once a second.
    pub fn upkeep(&self) {
        self.0.held.write().unwrap_or_else(PoisonError::into_inner).ring.expire(Instant::now());
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        let looked: Vec<_> =
            clients.open.iter().map(|client| client.looked.load(Ordering::Relaxed)).collect();
        drop(clients);
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        let waiting: usize = looked.into_iter().map(|number| held.ring.count_after(number)).sum();
        drop(held);
        gauge!("sse_queue_frames").set(waiting as f64);
    }

    fn topic(&self, name: &str) -> Option<(usize, &Topic)> {
        let found = self.0.topics.iter().enumerate().find(|(_, topic)| topic.name == name);
        debug_assert!(found.is_some(), "{name} is not a topic of this hub");
        found
    }

    fn enter(&self, topics: u64, body: Body) {
        let unread = AtomicUsize::new(self.readers_of(topics));
        {
            let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
            held.number += 1;
            let number = held.number;
            held.ring.push(Entry { number, topics, body, at: Instant::now(), unread });
        }
        self.wake(topics);
    }

    fn readers_of(&self, topics: u64) -> usize {
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.open.iter().filter(|client| client.topics & topics != 0).count()
    }

    fn wake(&self, topics: u64) {
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |client: &&Arc<Client>| client.topics & topics != 0 || topics == u64::MAX;
        clients.open.iter().filter(is_meant).for_each(|client| client.wake());
    }

    fn register(&self, ask: &Ask, topics: u64) -> Result<Arc<Client>, Refused> {
        let mut clients = self.0.clients.write().unwrap_or_else(PoisonError::into_inner);
        if self.0.is_closing.load(Ordering::SeqCst) {
            return Err(Refused::Closing);
        }
        if clients.open.len() >= self.0.limits.clients {
            return Err(Refused::TooManyClients);
        }
        let of_user = clients.by_user.get(&ask.user).copied().unwrap_or_default();
        if of_user >= self.0.limits.streams_per_user {
            return Err(Refused::TooManyStreams);
        }
        clients.by_user.insert(ask.user.clone(), of_user + 1);
        *clients.by_stream.entry(ask.stream).or_default() += 1;
        gauge!("sse_clients", "stream" => ask.stream).increment(1.0);
        let client = Arc::new(Client::new(topics, ask.stream, ask.user.clone()));
        clients.open.push(Arc::clone(&client));
        Ok(client)
    }

    pub(super) fn forget(&self, client: &Arc<Client>, reason: &'static str) {
        let mut clients = self.0.clients.write().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = clients.open.iter().position(|open| Arc::ptr_eq(open, client)) else { return };
        clients.open.swap_remove(at);
        if let Some(of_user) = clients.by_user.get_mut(&client.user) {
            *of_user -= 1;
            if *of_user == 0 {
                clients.by_user.remove(&client.user);
            }
        }
        if let Some(of_stream) = clients.by_stream.get_mut(client.stream) {
            *of_stream -= 1;
        }
        gauge!("sse_clients", "stream" => client.stream).decrement(1.0);
        counter!("sse_closed_total", "reason" => reason).increment(1);
    }

    fn accept(&self, cursor: Option<&str>, held: &Held, topics: u64) -> Accepted {
        let Some(text) = cursor.filter(|text| !text.is_empty()) else { return Accepted::Fresh(None) };
        let Ok(cursor) = text.parse::<Cursor>() else { return Accepted::Fresh(Some(Lacking::BadId)) };
        if cursor.run != self.0.run {
            return Accepted::Fresh(Some(Lacking::UnknownId));
        }
        if cursor.event > held.number || cursor.state > held.number {
            return Accepted::Fresh(Some(Lacking::BadId));
        }
        if held.ring.lost_after(topics, cursor.event) != 0 {
            return Accepted::Fresh(Some(Lacking::ExpiredId));
        }
        Accepted::Resume(cursor)
    }

    fn snapshot(&self, held: &Held, wants: &Wants) -> Vec<Bytes> {
        let mut frames = Vec::new();
        for (index, topic) in self.0.topics.iter().enumerate() {
            let slots = held.slots.of(index, |slot| wants.takes(slot, &self.0.topics));
            match topic.class {
                Class::State => frames.extend(slots.iter().map(|slot| slot.full.clone())),
                Class::Map => {
                    frames.extend(merged(&slots).map(|all| frame::frame(topic.name, &all)));
                }
                Class::Event => {}
            }
        }
        frames
    }
}

enum Accepted {
    Resume(Cursor),
    Fresh(Option<Lacking>),
}
