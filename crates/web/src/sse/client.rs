//! The part of a reader that the hub holds: who it is, what it was ordered, and how it is woken.

use super::{ask::Ask, shard::Inbox};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use std::{
    mem,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Wake, Waker},
    time::SystemTime,
};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Client {
    pub(super) number: u64,
    /// Bit set of the topics that it was opened with.
    pub(super) topics: u64,
    pub(super) stream: &'static str,
    pub(super) user: Box<str>,
    pub(super) user_id: Option<u64>,
    pub(super) session: Option<Box<str>>,
    pub(super) tier: Option<Box<str>>,
    pub(super) is_admin: bool,
    pub(super) since: SystemTime,
    /// When its session expires.
    pub(super) ends: Option<Instant>,
    /// Hub number of its last look, for measuring what waits; of readers outside of shards.
    pub(super) looked: AtomicU64,
    orders: Mutex<Vec<Order>>,
    home: OnceLock<(Arc<Inbox>, usize)>,
    waker: AtomicWaker,
    is_woken: AtomicBool,
}

/// What a reader is to do, whatever else goes on.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Tell(Bytes),
    End(Bytes, &'static str),
    /// The topics that it may carry.
    Narrow(u64),
}

impl Client {
    pub(super) fn new(number: u64, ask: &Ask, topics: u64) -> Self {
        let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
        let left = |ends: SystemTime| ends.duration_since(SystemTime::now()).unwrap_or_default();
        Self {
            number,
            topics,
            stream: ask.stream,
            user: ask.user.as_str().into(),
            user_id: ask.user_id,
            session: boxed(&ask.session),
            tier: boxed(&ask.tier),
            is_admin: ask.is_admin,
            since: SystemTime::now(),
            ends: ask.ends.and_then(|ends| Instant::now().checked_add(left(ends))),
            looked: AtomicU64::new(u64::MAX),
            orders: Mutex::default(),
            home: OnceLock::new(),
            waker: AtomicWaker::new(),
            is_woken: AtomicBool::new(false),
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).push(order);
        self.wake_up();
    }

    pub(super) fn take_orders(&self) -> Vec<Order> {
        mem::take(&mut *self.orders.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on every change wakes `waker`. Look for changes after this call, not before.
    pub(super) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
        self.is_woken.store(false, Ordering::SeqCst);
    }

    /// From here on it is woken as `key` of `inbox`.
    pub(super) fn move_in(&self, inbox: Arc<Inbox>, key: usize) {
        // It moves once only.
        let _first = self.home.set((inbox, key));
        self.listening();
    }

    /// Its shard is about to look after it.
    pub(super) fn listening(&self) {
        self.is_woken.store(false, Ordering::SeqCst);
    }

    /// Wakes the reader, once until it listens again: a stuck reader costs nothing.
    pub(super) fn wake_up(&self) {
        if self.is_woken.swap(true, Ordering::SeqCst) {
            return;
        }
        match self.home.get() {
            Some((inbox, key)) => inbox.touch(*key),
            None => self.waker.wake(),
        }
    }
}

/// Wakes its shard when its socket has something to say.
impl Wake for Client {
    fn wake(self: Arc<Self>) {
        self.wake_up();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_up();
    }
}
