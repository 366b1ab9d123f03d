//! The event frames that are kept for readers that come back.

use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
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
    /// Internal user id of the only one who may see it; `None`: everybody may.
    pub(super) user: Option<u64>,
    /// The journal's sequence; only with a user.
    pub(super) journal: Option<u64>,
    pub(super) body: Body,
    pub(super) at: Instant,
    /// Shards, and readers outside of them, that have not taken it yet.
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

    /// Notes that one took it; true for the last one.
    pub(super) fn taken(&self) -> bool {
        self.unread.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

#[derive(Debug)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    limits: RingLimits,
    /// By topic: the highest number that has left, of those for everybody.
    lost: Vec<u64>,
    /// The same of those for one user, by user and topic.
    lost_of: HashMap<(u64, usize), u64>,
    /// The highest number of an entry for one user.
    newest_scoped: u64,
}

impl Ring {
    pub(super) fn new(limits: RingLimits, topics: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            limits,
            lost: vec![0; topics],
            lost_of: HashMap::new(),
            newest_scoped: 0,
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.len();
        let now = entry.at;
        if entry.user.is_some() {
            self.newest_scoped = entry.number;
        }
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
                if oldest.topics & (1 << topic) == 0 {
                    continue;
                }
                match oldest.user {
                    Some(user) => drop(self.lost_of.insert((user, topic), oldest.number)),
                    None => *lost = oldest.number,
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

    /// Those of `topics` of which something above `number` has left that `user` might have seen.
    pub(super) fn lost_after(&self, topics: u64, user: Option<u64>, number: u64) -> u64 {
        let lost = self.lost.iter().enumerate().filter(|&(topic, &last)| {
            let own = user.and_then(|user| self.lost_of.get(&(user, topic)));
            last > number || own.is_some_and(|&last| last > number)
        });
        lost.fold(0, |bits, (topic, _)| bits | 1 << topic) & topics
    }

    /// Users for whom alone something of `topics` above `number` is or was here.
    pub(super) fn users_after(&self, topics: u64, number: u64) -> Vec<u64> {
        if self.newest_scoped <= number {
            return Vec::new();
        }
        let here = self.after(number).filter(|entry| entry.topics & topics != 0);
        let mut users: Vec<_> = here.filter_map(|entry| entry.user).collect();
        if self.entries.front().is_none_or(|oldest| oldest.number > number + 1) {
            let left = self
                .lost_of
                .iter()
                .filter(|&(&(_, topic), &last)| last > number && topics & (1 << topic) != 0);
            users.extend(left.map(|(&(user, _), _)| user));
        }
        users.sort_unstable();
        users.dedup();
        users
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
        Entry { number, topics: 1 << topic, user: None, journal: None, body, at, unread: AtomicUsize::new(0) }
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
        assert_eq!(ring.lost_after(0b11, None, 0), 0b01);
        assert_eq!(ring.lost_after(0b11, None, 1), 0, "a reader that had it lost nothing");
        assert_eq!(ring.lost_after(0b10, None, 0), 0, "nor did a reader of the other topic");
    }

    #[test]
    fn what_was_for_one_user_is_lost_for_that_user_only() {
        let now = Instant::now();
        let mut ring = ring(1, 1000, 60);
        ring.push(Entry { user: Some(7), ..entry(1, 0, now) });
        assert_eq!((ring.users_after(0b01, 0), ring.users_after(0b10, 0)), (vec![7], vec![]));
        ring.push(entry(2, 1, now));
        assert_eq!(ring.lost_after(0b11, None, 0), 0);
        assert_eq!(ring.lost_after(0b11, Some(8), 0), 0);
        assert_eq!(ring.lost_after(0b11, Some(7), 0), 0b01);
        assert_eq!(ring.users_after(0b01, 0), [7], "it left before anybody looked");
        assert!(ring.users_after(0b01, 1).is_empty());
    }
}
