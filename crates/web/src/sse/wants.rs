//! What readers want of the hub. Readers with the same wants share one value, and with it their snapshot.

use super::{
    frame::{self, Chunks},
    hub::{Class, Held, Topic},
    ring::Entry,
    slots::{Slot, merged},
};
use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

/// What a reader wants, whoever it is.
#[derive(Debug)]
pub(super) struct Wants {
    /// Bit set of topics.
    pub(super) topics: u64,
    /// Symbols of states of class [`Class::State`], sorted; `None`: all.
    pub(super) symbols: Option<Vec<String>>,
    /// Least time between two frames of one slot.
    pub(super) pace: Duration,
    snapshot: Mutex<Option<Snapshot>>,
}

/// The frames of all wanted states.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// Hub number of the newest state.
    number: u64,
    pub(super) parts: Arc<[Bytes]>,
    pub(super) frames: usize,
}

impl Wants {
    pub(super) fn takes(&self, slot: &Slot, topics: &[Topic]) -> bool {
        let is_wanted = self.topics & (1 << slot.topic) != 0;
        // A map is one state, whatever its keys.
        let has_symbol = topics[slot.topic].class == Class::State && !slot.symbol.is_empty();
        let admits = |symbols: &Vec<String>| {
            symbols.binary_search_by(|wanted| wanted.as_str().cmp(&slot.symbol)).is_ok()
        };
        is_wanted && (!has_symbol || self.symbols.as_ref().is_none_or(admits))
    }

    /// Whether a reader who is `user` gets `entry`.
    pub(super) fn includes(&self, entry: &Entry, user: Option<u64>) -> bool {
        entry.topics & self.topics != 0 && (entry.user.is_none() || entry.user == user)
    }

    /// The present. Made once for all who ask before a state changes.
    pub(super) fn snapshot(&self, held: &Held, topics: &[Topic]) -> Snapshot {
        let mut kept = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.number == held.changed) {
            return kept.clone();
        }
        let snapshot = self.snapshot_with(&[], held, topics);
        *kept = Some(snapshot.clone());
        snapshot
    }

    /// The present with frames (event, data) of one reader's own, each in the place of the topic of its name.
    pub(super) fn snapshot_with(
        &self,
        own: &[(&'static str, String)],
        held: &Held,
        topics: &[Topic],
    ) -> Snapshot {
        let (mut chunks, mut frames) = (Chunks::default(), 0);
        for (index, topic) in topics.iter().enumerate() {
            let slots = held.slots.of(index, |slot| self.takes(slot, topics));
            match topic.class {
                Class::State => {
                    slots.iter().for_each(|slot| chunks.frame(&slot.full));
                    frames += slots.len();
                }
                Class::Map => {
                    let all = merged(&slots);
                    frames += usize::from(all.is_some());
                    all.iter().for_each(|all| chunks.frame(&frame::frame(topic.name, all)));
                }
                Class::Event => {}
            }
            let is_here = |event: &str| event == topic.name && self.topics & (1 << index) != 0;
            for (event, data) in own.iter().filter(|(event, _)| is_here(event)) {
                chunks.frame(&frame::frame(event, data));
                frames += 1;
            }
        }
        Snapshot { number: held.changed, parts: chunks.finish().into(), frames }
    }
}

type Key = (u64, Option<Vec<String>>, Duration);

/// Every different set of wants that somebody has.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<Key, Weak<Wants>>>);

impl Known {
    pub(super) fn get(&self, topics: u64, symbols: Option<Vec<String>>, pace: Duration) -> Arc<Wants> {
        let symbols = symbols.map(|mut symbols| {
            symbols.sort_unstable();
            symbols.dedup();
            symbols
        });
        let key = (topics, symbols, pace);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wants) = known.get(&key).and_then(Weak::upgrade) {
            return wants;
        }
        let wants = Arc::new(Wants { topics, symbols: key.1.clone(), pace, snapshot: Mutex::new(None) });
        known.insert(key, Arc::downgrade(&wants));
        wants
    }

    /// Forgets what nobody wants any more.
    pub(super) fn tidy(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, wants| wants.strong_count() > 0);
    }
}
