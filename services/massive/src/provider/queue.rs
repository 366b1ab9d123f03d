//! What waits between the sockets and the market: bounded, never blocking the reader of a socket.

use super::message::{Body, Incoming, OptionBody, OptionEvent};
use crate::{
    analytics::{Analytics, Wire},
    symbols::Path,
};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// One line per path. When a line is full, quotes collapse to the newest per ticker; when that is not enough,
/// the oldest events go. Both are counted.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Of events of underlyings; that of `/options` stays empty.
    lines: [Mutex<Line<Incoming>>; Path::ALL.len()],
    options: Mutex<Line<OptionEvent>>,
    capacity: usize,
    ready: Notify,
    analytics: Arc<Analytics>,
}

/// What can wait.
pub(crate) trait Event: Copy {
    /// Whose quote it is; `None`: it is none.
    fn quote_of(&self) -> Option<usize>;
}

impl Event for Incoming {
    fn quote_of(&self) -> Option<usize> {
        matches!(self.body, Body::Quote { .. }).then(|| self.symbol.index())
    }
}

impl Event for OptionEvent {
    fn quote_of(&self) -> Option<usize> {
        matches!(self.body, OptionBody::Quote { .. }).then(|| self.contract.index())
    }
}

#[derive(Debug)]
struct Line<E> {
    events: VecDeque<E>,
    /// Quotes in `events`.
    quotes: usize,
    /// How many of them were left by the last collapse: it is tried again only when it can help.
    collapsed: usize,
}

impl<E> Default for Line<E> {
    fn default() -> Self {
        Self { events: VecDeque::new(), quotes: 0, collapsed: 0 }
    }
}

/// A buffer that grew past this gives its memory back when it is empty.
const KEPT: usize = 4_096;

impl Queue {
    pub(crate) fn new(capacity: usize, analytics: Arc<Analytics>) -> Self {
        Self {
            lines: Path::ALL.map(|_path| Mutex::default()),
            options: Mutex::default(),
            capacity,
            ready: Notify::new(),
            analytics,
        }
    }

    /// Adds `events` of `path`, in order.
    pub(crate) fn push(&self, path: Path, events: &[Incoming]) {
        self.add(&self.lines[path.index()], path, events);
    }

    /// Adds events of contracts, in order.
    pub(crate) fn push_options(&self, events: &[OptionEvent]) {
        self.add(&self.options, Path::Options, events);
    }

    /// Moves up to `limit` events of `path` to `into`.
    pub(crate) fn take(&self, path: Path, limit: usize, into: &mut Vec<Incoming>) {
        lock(&self.lines[path.index()]).take(limit, into);
    }

    /// Moves up to `limit` events of contracts to `into`.
    pub(crate) fn take_options(&self, limit: usize, into: &mut Vec<OptionEvent>) {
        lock(&self.options).take(limit, into);
    }

    /// True when no event of an underlying waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| lock(line).events.is_empty())
    }

    /// True when no event of a contract waits.
    pub(crate) fn has_no_options(&self) -> bool {
        lock(&self.options).events.is_empty()
    }

    /// Completes when something waits: of contracts only when `with_options`.
    pub(crate) async fn ready(&self, with_options: bool) {
        while self.is_empty() && (!with_options || self.has_no_options()) {
            self.ready.notified().await;
        }
    }

    fn add<E: Event>(&self, line: &Mutex<Line<E>>, path: Path, events: &[E]) {
        if events.is_empty() {
            return;
        }
        let mut dropped = 0;
        let mut line = lock(line);
        for &event in events {
            if line.events.len() >= self.capacity {
                dropped += line.make_room();
            }
            line.quotes += usize::from(event.quote_of().is_some());
            line.events.push_back(event);
        }
        drop(line);
        self.analytics.wire(path).add(Wire::BackpressureDropped, dropped);
        self.ready.notify_one();
    }
}

fn lock<E>(line: &Mutex<Line<E>>) -> MutexGuard<'_, Line<E>> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E: Event> Line<E> {
    fn take(&mut self, limit: usize, into: &mut Vec<E>) {
        let count = limit.min(self.events.len());
        let before = into.len();
        into.extend(self.events.drain(..count));
        let quotes = into.iter().skip(before).filter(|event| event.quote_of().is_some()).count();
        self.quotes -= quotes;
        self.collapsed = self.collapsed.min(self.quotes);
        if self.events.is_empty() && self.events.capacity() > KEPT {
            self.events = VecDeque::new();
        }
    }

    /// Makes room for at least one event; how many were dropped.
    fn make_room(&mut self) -> u64 {
        let before = self.events.len();
        // A walk through everything for a handful of quotes would cost more than it gives.
        if self.quotes > self.collapsed + before / 16 {
            self.collapse();
        }
        if self.events.len() == before
            && let Some(oldest) = self.events.pop_front()
        {
            self.quotes -= usize::from(oldest.quote_of().is_some());
        }
        (before - self.events.len()) as u64
    }

    /// Keeps the newest quote of each ticker, where it stood.
    fn collapse(&mut self) {
        let mut seen = HashSet::new();
        let mut kept: VecDeque<E> = VecDeque::with_capacity(self.events.len());
        for event in self.events.drain(..).rev() {
            if event.quote_of().is_none_or(|ticker| seen.insert(ticker)) {
                kept.push_front(event);
            }
        }
        self.quotes = seen.len();
        self.collapsed = self.quotes;
        self.events = kept;
    }
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
