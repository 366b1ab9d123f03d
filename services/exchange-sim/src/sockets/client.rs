//! One connection as the rest of the program sees it: what it wants, and what waits to be sent to it.

use super::{
    event::status,
    frame,
    topic::{Channel, Topic},
};
use crate::price::Listing;
use bytes::{Bytes, BytesMut};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

/// What may wait for a client that reads slowly.
const QUEUE_BYTES: usize = 8 << 20;
/// What is written at once, unless a single frame is more.
const WRITE_BYTES: usize = 128 << 10;

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    /// The oldest frame, and those behind it while they are small: many frames cost one write.
    fn pop(&mut self) -> Option<Bytes> {
        let first = self.frames.pop_front()?;
        let mut length = first.len();
        let more = self.frames.iter().take_while(|frame| {
            length += frame.len();
            length <= WRITE_BYTES
        });
        let more = more.count();
        let mut frames = first;
        if more > 0 {
            let mut joined = BytesMut::with_capacity(WRITE_BYTES);
            joined.extend_from_slice(&frames);
            self.frames.drain(..more).for_each(|frame| joined.extend_from_slice(&frame));
            frames = joined.freeze();
        }
        self.bytes = self.bytes.saturating_sub(frames.len());
        Some(frames)
    }
}

/// What a client wants of option contracts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OptionWants {
    /// Channels of all contracts.
    pub(super) all: u8,
    /// Channels by contract.
    pub(super) by_ticker: BTreeMap<String, u8>,
}

impl OptionWants {
    /// Channels wanted of a contract.
    pub(super) fn of(&self, ticker: &str) -> u8 {
        self.all | self.by_ticker.get(ticker).copied().unwrap_or(0)
    }
}

/// What a connection has reached and asked for.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) key: Option<String>,
    /// Authenticated, but one too many: to be closed after its first subscription.
    pub(super) is_surplus: bool,
    pub(super) topics: BTreeMap<String, Topic>,
    /// Channels wanted, by listing.
    masks: Vec<u8>,
    /// Channels wanted of contracts; on `/options` only.
    options: Arc<OptionWants>,
    /// Events held back by a fault, with the time at which they are sent.
    pub(super) late: Vec<(Instant, String)>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(super) id: u64,
    pub(super) path: String,
    pub(super) peer: SocketAddr,
    state: Mutex<State>,
    queue: Mutex<Queue>,
    ready: Notify,
    pub(super) sent_bytes: AtomicU64,
    /// Cuts the connection without a word.
    pub(super) cut: CancellationToken,
}

impl Client {
    pub(super) fn new(id: u64, path: String, peer: SocketAddr) -> Self {
        Self {
            id,
            path,
            peer,
            state: Mutex::default(),
            queue: Mutex::default(),
            ready: Notify::new(),
            sent_bytes: AtomicU64::new(0),
            cut: CancellationToken::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a status.
    pub(super) fn tell(&self, (kind, message): (&str, &str)) {
        self.text(status(kind, message).as_bytes());
    }

    /// Queues a text frame.
    pub(super) fn text(&self, payload: &[u8]) {
        self.send(frame::encode(frame::TEXT, payload));
    }

    /// Queues a frame. A client whose queue is full is closed: it does not read.
    pub(super) fn send(&self, frame: Bytes) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            return;
        }
        if queue.bytes > QUEUE_BYTES {
            queue.frames.clear();
            queue.bytes = 0;
            queue.closed = true;
            queue.frames.push_back(frame::close(1008, "slow consumer"));
        } else {
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
        }
        drop(queue);
        self.ready.notify_one();
    }

    /// Queues a close frame; nothing follows it.
    pub(super) fn close(&self, code: u16, reason: &str) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if !queue.closed {
            queue.closed = true;
            queue.frames.push_back(frame::close(code, reason));
        }
        drop(queue);
        self.ready.notify_one();
    }

    /// What is to be sent next, one frame or several; `None` after the close frame.
    pub(super) async fn next(&self) -> Option<Bytes> {
        loop {
            {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(frames) = queue.pop() {
                    return Some(frames);
                }
                if queue.closed {
                    return None;
                }
            }
            self.ready.notified().await;
        }
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Whether it is closed because it did not read, or on request.
    pub(super) fn is_closing(&self) -> bool {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    pub(super) fn count_bytes(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Whether it gets events.
    pub(super) fn listens(&self) -> bool {
        let state = self.state();
        state.key.is_some() && !state.topics.is_empty()
    }

    /// Topics as they were asked for.
    pub(super) fn topics(&self) -> HashSet<String> {
        self.state().topics.keys().cloned().collect()
    }

    /// Channels wanted of each listing.
    pub(super) fn masks(&self) -> Vec<u8> {
        self.state().masks.clone()
    }
}

impl State {
    /// Works out anew what is wanted.
    pub(super) fn settle(&mut self, path: &str, listings: &[Listing]) {
        let topics: Vec<&Topic> = self.topics.values().collect();
        self.masks = listings
            .iter()
            .map(|listing| {
                let wanted = topics.iter().filter(|topic| topic.covers(path, listing));
                wanted.fold(0, |mask, topic| mask | topic.channel.bit())
            })
            .collect();
        let mut options = OptionWants::default();
        for topic in topics.iter().filter(|topic| path == "/options" && topic.channel != Channel::Value) {
            let slot = match topic.is_wildcard() {
                true => &mut options.all,
                false => options.by_ticker.entry(topic.ticker.clone()).or_default(),
            };
            *slot |= topic.channel.bit();
        }
        self.options = Arc::new(options);
    }

    /// Whether a fault holds events back.
    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// What is wanted of contracts.
    pub(super) fn options(&self) -> Arc<OptionWants> {
        Arc::clone(&self.options)
    }

    /// Channels and listings that are subscribed, in a stable order.
    pub(super) fn wanted(&self) -> Vec<(usize, Channel)> {
        let each = |(listing, mask): (usize, &u8)| {
            let mask = *mask;
            Channel::ALL
                .into_iter()
                .filter(move |channel| mask & channel.bit() != 0)
                .map(move |c| (listing, c))
        };
        self.masks.iter().enumerate().flat_map(each).collect()
    }
}
