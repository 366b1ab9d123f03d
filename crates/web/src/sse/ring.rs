//! The event frames that are kept for readers that come back.

use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// How much is kept; the oldest leaves first.
#[derive(Debug, Clone)]
pub struct RingLimits {
    /// Frames.
    pub events: usize,
    /// Bytes of all frames.
    pub bytes: usize,
    /// Age of a frame.
    pub age: Duration,
}

/// A numbered entry: an event, or the place where events may be missing.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Bit set of topics.
    pub(super) topics: u64,
    pub(super) body: Body,
    pub(super) at: Instant,
    /// Readers that have not taken it yet.
    pub(super) unread: AtomicUsize,
}

#[derive(Debug)]
pub(super) enum Body {
    Event(Bytes),
    Gap,
}

impl Entry {
    fn len(&self) -> usize {
        match &self.body {
            Body::Event(frame) => frame.len(),
            Body::Gap => 0,
        }
    }

    /// Notes that one reader took it; true for the last one.
    pub(super) fn taken(&self) -> bool {
        self.unread.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

#[derive(Debug)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    limits: RingLimits,
    /// By topic: the highest number that has left.
    lost: Vec<u64>,
}

impl Ring {
    pub(super) fn new(limits: RingLimits, topics: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, limits, lost: vec![0; topics] }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.len();
        let now = entry.at;
        self.entries.push_back(entry);
        self.expire(now);
    }

    /// Lets go of what is too old or too much.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(oldest) = self.entries.front() {
            let is_too_much = self.entries.len() > self.limits.events || self.bytes > self.limits.bytes;
            if !is_too_much && now.saturating_duration_since(oldest.at) <= self.limits.age {
                return;
            }
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.len();
            for (topic, lost) in self.lost.iter_mut().enumerate() {
                if oldest.topics & (1 << topic) != 0 {
                    *lost = oldest.number;
                }
            }
        }
    }

    /// Entries with a number above `number`, oldest first.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &Entry> {
        self.entries.range(self.position(number)..)
    }

    /// How many entries are numbered above `number`.
    pub(super) fn count_after(&self, number: u64) -> usize {
        self.entries.len() - self.position(number)
    }

    /// Those of `topics` of which something above `number` has left.
    pub(super) fn lost_after(&self, topics: u64, number: u64) -> u64 {
        let lost = self.lost.iter().enumerate().filter(|(_, last)| **last > number);
        lost.fold(0, |bits, (topic, _)| bits | 1 << topic) & topics
    }

    fn position(&self, number: u64) -> usize {
        self.entries.partition_point(|entry| entry.number <= number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(events: usize, bytes: usize, age_sec: u64) -> Ring {
        Ring::new(RingLimits { events, bytes, age: Duration::from_secs(age_sec) }, 2)
    }

    fn entry(number: u64, topic: u64, at: Instant) -> Entry {
        let body = Body::Event(Bytes::from_static(b"0123456789"));
        Entry { number, topics: 1 << topic, body, at, unread: AtomicUsize::new(0) }
    }

    fn numbers(ring: &Ring) -> Vec<u64> {
        ring.after(0).map(|entry| entry.number).collect()
    }

    #[test]
    fn the_oldest_leave_when_there_are_too_many_or_too_large() {
        let now = Instant::now();
        let (mut by_count, mut by_bytes) = (ring(2, 1000, 60), ring(100, 25, 60));
        for number in 1..=3 {
            by_count.push(entry(number, 0, now));
            by_bytes.push(entry(number, 0, now));
        }
        assert_eq!(numbers(&by_count), [2, 3]);
        assert_eq!(numbers(&by_bytes), [2, 3]);
    }

    #[test]
    fn what_is_too_old_leaves_and_the_loss_is_told_per_topic() {
        let now = Instant::now();
        let mut ring = ring(100, 1000, 60);
        ring.push(entry(1, 0, now));
        ring.push(entry(2, 1, now + Duration::from_secs(30)));
        ring.expire(now + Duration::from_secs(61));
        assert_eq!(numbers(&ring), [2]);
        assert_eq!(ring.lost_after(0b11, 0), 0b01);
        assert_eq!(ring.lost_after(0b11, 1), 0, "a reader that had it lost nothing");
        assert_eq!(ring.lost_after(0b10, 0), 0, "nor did a reader of the other topic");
    }
}
