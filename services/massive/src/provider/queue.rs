//! What waits between the sockets and the market: bounded, never blocking the reader of a socket.

use super::message::{Body, Incoming};
use crate::{
    analytics::{Analytics, Wire},
    symbols::Path,
};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// One line per path. When a line is full, quotes collapse to the newest per symbol; when that is not enough,
/// the oldest events go. Both are counted.
#[derive(Debug)]
pub(crate) struct Queue {
    lines: [Mutex<Line>; Path::ALL.len()],
    capacity: usize,
    ready: Notify,
    analytics: Arc<Analytics>,
}

#[derive(Debug, Default)]
struct Line {
    events: VecDeque<Incoming>,
    /// Quotes in `events`, so that collapsing is tried only when it can help.
    quotes: usize,
}

/// A buffer that grew past this gives its memory back when it is empty.
const KEPT: usize = 1024;

impl Queue {
    pub(crate) fn new(capacity: usize, analytics: Arc<Analytics>) -> Self {
        Self { lines: Path::ALL.map(|_path| Mutex::default()), capacity, ready: Notify::new(), analytics }
    }

    /// Adds `events` of `path`, in order.
    pub(crate) fn push(&self, path: Path, events: &[Incoming]) {
        if events.is_empty() {
            return;
        }
        let mut dropped = 0;
        let mut line = self.line(path);
        for &event in events {
            if line.events.len() >= self.capacity {
                dropped += line.make_room();
            }
            line.quotes += usize::from(is_quote(&event));
            line.events.push_back(event);
        }
        drop(line);
        self.analytics.wire(path).add(Wire::BackpressureDropped, dropped);
        self.ready.notify_one();
    }

    /// Moves up to `limit` events of `path` to `into`.
    pub(crate) fn take(&self, path: Path, limit: usize, into: &mut Vec<Incoming>) {
        let mut line = self.line(path);
        let count = limit.min(line.events.len());
        into.extend(line.events.drain(..count));
        let quotes = into.iter().rev().take(count).filter(|event| is_quote(event)).count();
        line.quotes -= quotes;
        if line.events.is_empty() && line.events.capacity() > KEPT {
            line.events = VecDeque::new();
        }
    }

    /// True when nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        Path::ALL.iter().all(|&path| self.line(path).events.is_empty())
    }

    /// Completes when something was pushed.
    pub(crate) async fn ready(&self) {
        self.ready.notified().await;
    }

    fn line(&self, path: Path) -> MutexGuard<'_, Line> {
        self.lines[path.index()].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Makes room for at least one event; how many were dropped.
    fn make_room(&mut self) -> u64 {
        let before = self.events.len();
        if self.quotes > 0 {
            self.collapse();
        }
        if self.events.len() == before
            && let Some(oldest) = self.events.pop_front()
        {
            self.quotes -= usize::from(is_quote(&oldest));
        }
        (before - self.events.len()) as u64
    }

    /// Keeps the newest quote of each symbol, where it stood.
    fn collapse(&mut self) {
        let mut seen = HashSet::new();
        let mut kept: VecDeque<Incoming> = VecDeque::with_capacity(self.events.len());
        for event in self.events.drain(..).rev() {
            if !is_quote(&event) || seen.insert(event.symbol) {
                kept.push_front(event);
            }
        }
        self.quotes = seen.len();
        self.events = kept;
    }
}

const fn is_quote(event: &Incoming) -> bool {
    matches!(event.body, Body::Quote { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, symbols::Symbols};
    use wire::EpochMs;

    fn event(name: &str, t: i64, body: Body) -> Incoming {
        let symbol = Symbols::of(&Config::default()).id(name).unwrap();
        Incoming { symbol, t: EpochMs(t), q: None, body }
    }

    fn trade(t: i64) -> Incoming {
        event("SPY", t, Body::Trade { price: 1.0, size: 1.0 })
    }

    fn quote(name: &str, t: i64) -> Incoming {
        event(name, t, Body::Quote { bid: 1.0, ask: 2.0, bid_size: None, ask_size: None })
    }

    fn times(queue: &Queue) -> Vec<i64> {
        let mut events = Vec::new();
        queue.take(Path::Stocks, 1000, &mut events);
        events.iter().map(|event| event.t.0).collect()
    }

    fn full(events: &[Incoming]) -> (Queue, Arc<Analytics>) {
        let analytics = Arc::new(Analytics::default());
        let queue = Queue::new(events.len(), Arc::clone(&analytics));
        queue.push(Path::Stocks, events);
        (queue, analytics)
    }

    fn dropped(analytics: &Analytics) -> u64 {
        analytics.wire(Path::Stocks).get(Wire::BackpressureDropped)
    }

    #[test]
    fn quotes_collapse_to_the_newest_before_ticks_are_dropped() {
        let (queue, analytics) = full(&[quote("SPY", 1), trade(2), quote("QQQ", 3), quote("SPY", 4)]);
        queue.push(Path::Stocks, &[trade(5)]);
        assert_eq!(dropped(&analytics), 1);
        assert_eq!(times(&queue), [2, 3, 4, 5]);
    }

    #[test]
    fn without_quotes_the_oldest_tick_goes() {
        let (queue, analytics) = full(&[trade(1), trade(2), trade(3)]);
        queue.push(Path::Stocks, &[trade(4), trade(5)]);
        assert_eq!(dropped(&analytics), 2);
        assert_eq!(times(&queue), [3, 4, 5]);
        assert!(queue.is_empty());
    }

    #[test]
    fn the_newest_quote_of_each_symbol_goes_last() {
        let (queue, analytics) = full(&[quote("SPY", 1), quote("QQQ", 2)]);
        queue.push(Path::Stocks, &[trade(3), trade(4), trade(5)]);
        assert_eq!(dropped(&analytics), 3);
        assert_eq!(times(&queue), [4, 5]);
    }
}
