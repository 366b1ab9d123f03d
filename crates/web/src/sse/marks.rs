//! What one reader, or many in step, have seen, and what is next. Pure: the hub's state and the time are arguments.

use super::{
    cursor::Cursor,
    hub::{Held, Lacking, Topic, resync},
    ring::Body,
    slots::Slot,
    wants::Wants,
};
use bytes::Bytes;
use tokio::time::Instant;

/// Most frames and bytes that may wait for a reader, and that leave in one go.
const FRAMES: usize = 256;
const BYTES: usize = 512 * 1024;

/// What a look at the hub needs.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) held: &'a Held,
    pub(super) topics: &'a [Topic],
    pub(super) wants: &'a Wants,
    pub(super) now: Instant,
}

/// What is a reader's own: never shared with readers of other users.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Own {
    pub(super) user: Option<u64>,
    /// Highest sequence of the journal that it has.
    pub(super) journal: Option<u64>,
    /// What it had of the journal, up to this sequence, when the journal itself made up for what was missed. Later
    /// ones may come out of order.
    pub(super) had: Option<u64>,
}

/// What becomes of events when there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Much {
    /// All leave: a reader that comes back.
    All,
    /// The rest leaves in the next go: a reader that keeps up.
    InTurn,
    /// None leaves, it is told to reload: a reader that was too slow.
    Dropped,
}

/// What was seen of one slot.
#[derive(Debug, Clone, Copy)]
struct Seen {
    is_wanted: bool,
    version: u64,
    /// Lower bound of the first change that was not sent; 0 with none waiting.
    waiting_from: u64,
    sent: Option<Instant>,
}

/// A place in the hub.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    run: u32,
    /// Number of the last event sent.
    event: u64,
    /// Every wanted event up to here was sent.
    through: u64,
    state: u64,
    looked: u64,
    seen: Vec<Seen>,
}

/// What [`Marks::gather`] found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// In order; the id of each is true once it has arrived.
    pub(super) frames: Vec<(Option<Cursor>, Bytes)>,
    /// When a waiting state may go.
    pub(super) due: Option<Instant>,
    /// More events wait for the next go.
    pub(super) has_more: bool,
    /// Values of a topic that were replaced unsent.
    pub(super) conflated: Vec<(usize, u64)>,
    pub(super) resyncs: Vec<Lacking>,
}

struct Outgoing {
    number: u64,
    frame: Bytes,
    kind: Kind,
}

enum Kind {
    Event { journal: Option<u64> },
    Control,
    State { waiting_from: u64 },
}

impl Marks {
    /// A reader that has everything the hub holds.
    pub(super) fn present(run: u32, view: View<'_>) -> Self {
        let number = view.held.number;
        let (event, through, state, looked) = (number, number, number, number);
        let mut marks = Self { run, event, through, state, looked, seen: vec![] };
        marks.grow(view);
        for (seen, slot) in marks.seen.iter_mut().zip(view.held.slots.all()) {
            (seen.version, seen.sent) = (slot.version, Some(view.now));
        }
        marks
    }

    /// A reader that comes back with `cursor`.
    pub(super) fn resumed(cursor: Cursor, view: View<'_>) -> Self {
        let Cursor { run, event, state, .. } = cursor;
        let mut marks = Self { run, event, through: event, state, looked: state, seen: vec![] };
        marks.grow(view);
        for (seen, slot) in marks.seen.iter_mut().zip(view.held.slots.all()) {
            // A mark for all slots together cannot say which base of a change this reader has: version 0, the full
            // state.
            seen.version = if slot.number <= state { slot.version } else { 0 };
        }
        marks
    }

    pub(super) const fn cursor(&self, journal: Option<u64>) -> Cursor {
        Cursor { run: self.run, event: self.event, state: self.state, journal }
    }

    /// Every wanted event up to this number was taken.
    pub(super) const fn through(&self) -> u64 {
        self.through
    }

    /// Takes everything that may be sent now, in the order of its numbers.
    pub(super) fn gather(&mut self, view: View<'_>, own: &mut Own, much: Much) -> Gathered {
        let mut gathered = Gathered::default();
        let journal = own.journal;
        let mut outgoing = self.events(view, own, much, &mut gathered);
        self.states(view, &mut outgoing, &mut gathered);
        outgoing.sort_by_key(|item| item.number);
        self.looked = view.held.number;
        gathered.frames = self.stamp(outgoing, journal);
        gathered
    }

    /// From now on for other wants: what they add is sent whole.
    pub(super) fn want(&mut self, view: View<'_>) {
        self.grow(view);
        for (seen, slot) in self.seen.iter_mut().zip(view.held.slots.all()) {
            let is_wanted = view.wants.takes(slot, view.topics);
            if is_wanted != seen.is_wanted {
                *seen = Seen { is_wanted, version: 0, waiting_from: 0, sent: None };
            }
        }
    }

    /// Sends states when readers at `marks` send them.
    pub(super) fn keep_pace_with(&mut self, marks: &Self) {
        for (seen, other) in self.seen.iter_mut().zip(&marks.seen) {
            seen.sent = other.sent;
        }
    }

    /// Whether a reader at `other` can go on from here, without anything twice or left out, for itself or for those
    /// who are here. Both must have gathered from the same `slots`.
    pub(super) fn admits(&self, other: &Self, slots: &[Slot]) -> bool {
        let is_level = self.through == other.through && self.looked == other.looked;
        let waiting = self.lowest_waiting();
        let watermark = if waiting == u64::MAX { self.looked } else { waiting - 1 };
        let places = self.seen.iter().zip(&other.seen).zip(slots);
        is_level
            && other.state <= self.state.max(watermark)
            && self.seen.len() == other.seen.len()
            && places.filter(|((seen, _), _)| seen.is_wanted).all(|((seen, other), slot)| {
                let (here, there) = (seen.version, other.version);
                here == there || (here <= there && there < slot.version)
            })
    }

    /// Takes a reader at `other` in, whom these marks admit: ids never go back, for nobody.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.event = self.event.max(other.event);
        self.state = self.state.max(other.state);
    }

    /// Whether [`Marks::take_in`] would change anything.
    pub(super) const fn is_ahead_of(&self, other: &Self) -> bool {
        self.event >= other.event && self.state >= other.state
    }

    fn events(
        &mut self,
        View { held, topics, wants, .. }: View<'_>,
        own: &mut Own,
        much: Much,
        gathered: &mut Gathered,
    ) -> Vec<Outgoing> {
        let lost = held.ring.lost_after(wants.topics, own.user, self.through);
        let mut outgoing: Vec<Outgoing> = Vec::new();
        let (mut bytes, mut is_behind, mut journal) = (0, lost != 0, own.journal);
        let mut last = held.number;
        for entry in held.ring.after(self.through).filter(|entry| wants.includes(entry, own.user)) {
            let is_known = entry.journal.is_some_and(|seq| own.had.is_some_and(|had| seq <= had));
            if is_known {
                continue;
            }
            let (frame, kind) = match &entry.body {
                Body::Event(frame) => (frame.clone(), Kind::Event { journal: entry.journal }),
                Body::Gap => (resync(Lacking::BusGap, topics, entry.topics & wants.topics), Kind::Control),
            };
            bytes += frame.len();
            let is_much = outgoing.len() == FRAMES || bytes > BYTES;
            if is_much && much == Much::InTurn && !outgoing.is_empty() {
                (gathered.has_more, last) = (true, outgoing.last().map_or(last, |item| item.number));
                break;
            }
            is_behind |= is_much && much == Much::Dropped;
            if is_behind {
                break;
            }
            if matches!(kind, Kind::Control) {
                gathered.resyncs.push(Lacking::BusGap);
            }
            journal = journal.max(entry.journal);
            outgoing.push(Outgoing { number: entry.number, frame, kind });
        }
        if !is_behind {
            (self.through, own.journal) = (last, journal);
            return outgoing;
        }
        let mine = held.ring.after(self.through).filter(|entry| wants.includes(entry, own.user));
        let missed = mine.fold(lost, |bits, entry| bits | entry.topics);
        (self.event, self.through, gathered.has_more) = (held.number, held.number, false);
        gathered.resyncs = vec![Lacking::SlowClient];
        let frame = resync(Lacking::SlowClient, topics, missed & wants.topics);
        vec![Outgoing { number: held.number, frame, kind: Kind::Control }]
    }

    fn states(&mut self, view: View<'_>, outgoing: &mut Vec<Outgoing>, gathered: &mut Gathered) {
        self.grow(view);
        let now = view.now;
        for (seen, slot) in self.seen.iter_mut().zip(view.held.slots.all()) {
            if !seen.is_wanted || seen.version == slot.version {
                continue;
            }
            let is_next = seen.version + 1 == slot.version;
            if seen.waiting_from == 0 {
                seen.waiting_from = if is_next { slot.number } else { self.looked + 1 };
            }
            let due = seen.sent.map_or(now, |sent| sent + view.wants.pace);
            if due > now {
                gathered.due = Some(gathered.due.map_or(due, |other| other.min(due)));
                continue;
            }
            let has_base = is_next && seen.version > 0;
            let frame = slot.change.as_ref().filter(|_| has_base).unwrap_or(&slot.full).clone();
            if seen.version > 0 && !is_next {
                gathered.conflated.push((slot.topic, slot.version - seen.version - 1));
            }
            let kind = Kind::State { waiting_from: seen.waiting_from };
            outgoing.push(Outgoing { number: slot.number, frame, kind });
            *seen = Seen { version: slot.version, waiting_from: 0, sent: Some(now), ..*seen };
        }
    }

    /// Gives each frame the id that is true once it has arrived.
    fn stamp(&mut self, outgoing: Vec<Outgoing>, mut journal: Option<u64>) -> Vec<(Option<Cursor>, Bytes)> {
        let mut lowest_waiting = self.lowest_waiting();
        let mut watermarks = vec![0; outgoing.len()];
        for (watermark, item) in watermarks.iter_mut().zip(&outgoing).rev() {
            *watermark = if lowest_waiting == u64::MAX { self.looked } else { lowest_waiting - 1 };
            if let Kind::State { waiting_from } = item.kind {
                lowest_waiting = lowest_waiting.min(waiting_from);
            }
        }
        let stamped = outgoing.into_iter().zip(watermarks).map(|(item, watermark)| {
            self.state = self.state.max(watermark);
            if !matches!(item.kind, Kind::State { .. }) {
                self.event = self.event.max(item.number);
            }
            if let Kind::Event { journal: sequence } = item.kind {
                journal = journal.max(sequence);
            }
            let has_id = !matches!(item.kind, Kind::Control);
            (has_id.then(|| self.cursor(journal)), item.frame)
        });
        stamped.collect()
    }

    fn lowest_waiting(&self) -> u64 {
        let waiting = self.seen.iter().filter(|seen| seen.is_wanted).map(|seen| seen.waiting_from);
        waiting.filter(|&number| number > 0).min().unwrap_or(u64::MAX)
    }

    fn grow(&mut self, View { held, topics, wants, .. }: View<'_>) {
        for slot in held.slots.all().iter().skip(self.seen.len()) {
            let is_wanted = wants.takes(slot, topics);
            self.seen.push(Seen { is_wanted, version: 0, waiting_from: 0, sent: None });
        }
    }
}
