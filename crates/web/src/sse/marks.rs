//! What one reader has seen, and what it is to get next. Pure: the hub's state and the time are arguments.

use super::{
    cursor::Cursor,
    hub::{Class, Held, Lacking, Topic, resync},
    ring::{Body, Entry},
    slots::Slot,
};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;

/// What a reader wants of the hub.
#[derive(Debug, Clone)]
pub(super) struct Wants {
    /// Bit set of topics.
    pub(super) topics: u64,
    /// Symbols of states of class [`Class::State`]; `None`: all.
    pub(super) symbols: Option<Vec<String>>,
    /// Least time between two frames of one slot.
    pub(super) pace: Duration,
}

impl Wants {
    pub(super) fn takes(&self, slot: &Slot, topics: &[Topic]) -> bool {
        let is_wanted = self.topics & (1 << slot.topic) != 0;
        // A map is one state, whatever its keys.
        let has_symbol = topics[slot.topic].class == Class::State && !slot.symbol.is_empty();
        let admits = |symbols: &Vec<String>| symbols.iter().any(|wanted| **wanted == *slot.symbol);
        is_wanted && (!has_symbol || self.symbols.as_ref().is_none_or(admits))
    }
}

/// Most that may wait for a reader before it is told to reload.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueueLimits {
    pub(super) frames: usize,
    pub(super) bytes: usize,
}

impl QueueLimits {
    /// For a reader that comes back: whatever the ring still keeps.
    pub(super) const NONE: Self = Self { frames: usize::MAX, bytes: usize::MAX };
}

/// What a reader has seen of one slot.
#[derive(Debug, Clone, Copy)]
struct Seen {
    is_wanted: bool,
    version: u64,
    /// Lower bound of the first change that was not sent; 0 with none waiting.
    waiting_from: u64,
    sent: Option<Instant>,
}

/// A reader's place in the hub.
#[derive(Debug)]
pub(super) struct Marks {
    run: u32,
    event: u64,
    state: u64,
    looked: u64,
    seen: Vec<Seen>,
}

/// What [`Marks::gather`] found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) frames: Vec<(Option<Cursor>, Bytes)>,
    /// When a waiting state may go.
    pub(super) due: Option<Instant>,
}

struct Outgoing {
    number: u64,
    frame: Bytes,
    kind: Kind,
}

enum Kind {
    Event,
    Control,
    State { waiting_from: u64 },
}

impl Marks {
    /// A reader that has everything the hub holds.
    pub(super) fn present(run: u32, held: &Held, topics: &[Topic], wants: &Wants, now: Instant) -> Self {
        let mut marks =
            Self { run, event: held.number, state: held.number, looked: held.number, seen: vec![] };
        marks.grow(held, topics, wants);
        for (seen, slot) in marks.seen.iter_mut().zip(held.slots.all()) {
            (seen.version, seen.sent) = (slot.version, Some(now));
        }
        marks
    }

    /// A reader that comes back with `cursor`.
    pub(super) fn resumed(cursor: Cursor, held: &Held, topics: &[Topic], wants: &Wants) -> Self {
        let Cursor { run, event, state, .. } = cursor;
        let mut marks = Self { run, event, state, looked: state, seen: vec![] };
        marks.grow(held, topics, wants);
        for (seen, slot) in marks.seen.iter_mut().zip(held.slots.all()) {
            // A mark for all slots together cannot say which base of a change this reader has: version 0, the full
            // state.
            seen.version = if slot.number <= state { slot.version } else { 0 };
        }
        marks
    }

    pub(super) const fn cursor(&self) -> Cursor {
        Cursor { run: self.run, event: self.event, state: self.state, journal: None }
    }

    /// Takes everything that may be sent now, in the order of its numbers.
    pub(super) fn gather(
        &mut self,
        held: &Held,
        topics: &[Topic],
        wants: &Wants,
        now: Instant,
        limits: QueueLimits,
    ) -> Gathered {
        let mut outgoing = self.events(held, topics, wants, limits, now);
        let due = self.states(held, topics, wants, now, &mut outgoing);
        outgoing.sort_by_key(|item| item.number);
        self.looked = held.number;
        Gathered { frames: self.stamp(outgoing, held.number), due }
    }

    fn events(
        &mut self,
        held: &Held,
        topics: &[Topic],
        wants: &Wants,
        limits: QueueLimits,
        now: Instant,
    ) -> Vec<Outgoing> {
        let lost = held.ring.lost_after(wants.topics, self.event);
        let mut outgoing: Vec<Outgoing> = Vec::new();
        let mut bytes = 0;
        let mut is_behind = lost != 0;
        let wanted = |entry: &&Entry| entry.topics & wants.topics != 0;
        for entry in held.ring.after(self.event).filter(wanted) {
            let (frame, kind) = match &entry.body {
                Body::Event(frame) => (frame.clone(), Kind::Event),
                Body::Gap => (resync(Lacking::BusGap, topics, entry.topics & wants.topics), Kind::Control),
            };
            bytes += frame.len();
            is_behind |= outgoing.len() == limits.frames || bytes > limits.bytes;
            if is_behind {
                break;
            }
            outgoing.push(Outgoing { number: entry.number, frame, kind });
        }
        if !is_behind {
            for entry in held.ring.after(self.event).filter(wanted) {
                if entry.taken() {
                    held.fan_out.record(now.saturating_duration_since(entry.at).as_secs_f64());
                }
            }
            return outgoing;
        }
        let missed = held.ring.after(self.event).fold(lost, |bits, entry| bits | entry.topics);
        self.event = held.number;
        let frame = resync(Lacking::SlowClient, topics, missed & wants.topics);
        vec![Outgoing { number: held.number, frame, kind: Kind::Control }]
    }

    fn states(
        &mut self,
        held: &Held,
        topics: &[Topic],
        wants: &Wants,
        now: Instant,
        outgoing: &mut Vec<Outgoing>,
    ) -> Option<Instant> {
        self.grow(held, topics, wants);
        let mut next_due: Option<Instant> = None;
        for (seen, slot) in self.seen.iter_mut().zip(held.slots.all()) {
            if !seen.is_wanted || seen.version == slot.version {
                continue;
            }
            let is_next = seen.version + 1 == slot.version;
            if seen.waiting_from == 0 {
                seen.waiting_from = if is_next { slot.number } else { self.looked + 1 };
            }
            let due = seen.sent.map_or(now, |sent| sent + wants.pace);
            if due > now {
                next_due = Some(next_due.map_or(due, |other| other.min(due)));
                continue;
            }
            let has_base = is_next && seen.version > 0;
            let frame = slot.change.as_ref().filter(|_| has_base).unwrap_or(&slot.full).clone();
            if seen.version > 0 && !is_next {
                topics[slot.topic].conflated.increment(slot.version - seen.version - 1);
            }
            let kind = Kind::State { waiting_from: seen.waiting_from };
            outgoing.push(Outgoing { number: slot.number, frame, kind });
            *seen = Seen { version: slot.version, waiting_from: 0, sent: Some(now), ..*seen };
        }
        next_due
    }

    /// Gives each frame the id that is true once it has arrived.
    fn stamp(&mut self, outgoing: Vec<Outgoing>, here: u64) -> Vec<(Option<Cursor>, Bytes)> {
        let mut lowest_waiting = self
            .seen
            .iter()
            .map(|seen| seen.waiting_from)
            .filter(|&number| number > 0)
            .min()
            .unwrap_or(u64::MAX);
        let mut watermarks = vec![0; outgoing.len()];
        for (watermark, item) in watermarks.iter_mut().zip(&outgoing).rev() {
            *watermark = if lowest_waiting == u64::MAX { here } else { lowest_waiting - 1 };
            if let Kind::State { waiting_from } = item.kind {
                lowest_waiting = lowest_waiting.min(waiting_from);
            }
        }
        let stamped = outgoing.into_iter().zip(watermarks).map(|(item, watermark)| {
            self.state = self.state.max(watermark);
            if !matches!(item.kind, Kind::State { .. }) {
                self.event = self.event.max(item.number);
            }
            let has_id = !matches!(item.kind, Kind::Control);
            (has_id.then(|| self.cursor()), item.frame)
        });
        stamped.collect()
    }

    fn grow(&mut self, held: &Held, topics: &[Topic], wants: &Wants) {
        for slot in held.slots.all().iter().skip(self.seen.len()) {
            let is_wanted = wants.takes(slot, topics);
            self.seen.push(Seen { is_wanted, version: 0, waiting_from: 0, sent: None });
        }
    }
}
