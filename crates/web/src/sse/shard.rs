//! The task that owns a part of the readers, and its letterbox.

use super::{
    flock::{Flock, Joining},
    hub::Hub,
    open::Start,
};
use crate::takeover::Connection;
use std::{
    mem,
    num::NonZero,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};
use tokio::{
    net::TcpStream,
    runtime::Handle,
    sync::Notify,
    task::yield_now,
    time::{Instant, sleep_until},
};
use tracing::error;

/// Writes after which other tasks of the worker have their turn.
const TURN: usize = 256;

/// How a shard is told of things.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Topics that have something new.
    news: AtomicU64,
    /// Topics that its readers carry, or some that they carried lately.
    wants: AtomicU64,
    clients: AtomicUsize,
    waiting: AtomicUsize,
    joining: Mutex<Arrivals>,
    touched: Mutex<Vec<usize>>,
    bell: Notify,
}

/// Readers that wait for their place; as many as the hub may have.
#[derive(Debug, Default)]
struct Arrivals {
    waiting: Vec<Joining<TcpStream>>,
    is_running: bool,
}

/// One inbox for each worker.
pub(super) fn inboxes() -> Vec<Arc<Inbox>> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    (0..workers).map(|_| Arc::default()).collect()
}

impl Inbox {
    /// There is something new in `topics`.
    pub(super) fn tell(&self, topics: u64) {
        if self.wants(topics) && self.news.fetch_or(topics, Ordering::SeqCst) == 0 {
            self.ring();
        }
    }

    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(super) fn wants(&self, topics: u64) -> bool {
        self.wants.load(Ordering::SeqCst) & topics != 0
    }

    pub(super) fn want(&self, topics: u64) {
        self.wants.fetch_or(topics, Ordering::SeqCst);
    }

    pub(super) fn want_only(&self, topics: u64) {
        self.wants.store(topics, Ordering::SeqCst);
    }

    pub(super) fn has_news(&self) -> bool {
        self.news.load(Ordering::SeqCst) != 0
    }

    pub(super) fn take_news(&self) -> u64 {
        self.news.swap(0, Ordering::SeqCst)
    }

    /// The reader at `key` wants to be looked after.
    pub(super) fn touch(&self, key: usize) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.push(key);
        if touched.len() == 1 {
            self.ring();
        }
    }

    pub(super) fn joined(&self) {
        self.clients.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn left(&self) {
        self.clients.fetch_sub(1, Ordering::Relaxed);
    }

    /// Frames that wait for blocked readers.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn measured(&self, waiting: usize) {
        self.waiting.store(waiting, Ordering::Relaxed);
    }

    pub(super) fn take_touched(&self) -> Vec<usize> {
        mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn arrivals(&self) -> MutexGuard<'_, Arrivals> {
        self.joining.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Goes on with the reader of `start` on its connection, in the shard that has the fewest.
    pub(super) fn adopt(&self, start: Start, Connection { socket, open, .. }: Connection) {
        let fewest = self.0.shards.iter().min_by_key(|shard| shard.clients.load(Ordering::Relaxed));
        let Some(inbox) = fewest else { return };
        inbox.joined();
        let mut arrivals = inbox.arrivals();
        arrivals.waiting.push(Joining { start, line: socket, open: Some(open) });
        if !mem::replace(&mut arrivals.is_running, true) {
            // It lives as long as it has readers, and says so when it dies.
            Handle::current().spawn(run(self.clone(), Arc::clone(inbox)));
        }
        drop(arrivals);
        inbox.ring();
    }
}

/// Notes the end of a shard that nobody expected: the next reader begins a new one.
struct Watch(Arc<Inbox>);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            error!("a shard of streams died");
            self.0.arrivals().is_running = false;
        }
    }
}

async fn run(hub: Hub, inbox: Arc<Inbox>) {
    let _watch = Watch(Arc::clone(&inbox));
    let mut flock = Flock::new(hub, Arc::clone(&inbox));
    let mut timer = Box::pin(sleep_until(Instant::now()));
    loop {
        let arrived = mem::take(&mut inbox.arrivals().waiting);
        let now = Instant::now();
        arrived.into_iter().for_each(|joining| flock.join(joining, now));
        inbox.take_touched().into_iter().for_each(|key| flock.touch(key, now));
        flock.close(now);
        if flock.next_round(now).is_some_and(|due| due <= now) {
            flock.look(now);
            while flock.write(TURN) {
                yield_now().await;
            }
            yield_now().await;
        }
        let now = Instant::now();
        if flock.next_sweep().is_some_and(|due| due <= now) {
            flock.sweep(now);
        }
        if flock.is_empty() {
            let mut arrivals = inbox.arrivals();
            if arrivals.waiting.is_empty() {
                arrivals.is_running = false;
                inbox.want_only(0);
                return;
            }
            continue;
        }
        let next = [flock.next_round(now), flock.next_sweep()].into_iter().flatten().min();
        if let Some(next) = next {
            timer.as_mut().reset(next);
        }
        tokio::select! {
            () = inbox.bell.notified() => {}
            () = &mut timer, if next.is_some() => {}
        }
    }
}
