//! The part of a reader that the hub holds: whom to wake, and for what.

use futures_util::task::AtomicWaker;
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    task::Waker,
};

#[derive(Debug)]
pub(super) struct Client {
    pub(super) topics: u64,
    pub(super) stream: &'static str,
    pub(super) user: String,
    /// Hub number of its last event, for measuring what waits.
    pub(super) looked: AtomicU64,
    waker: AtomicWaker,
    is_woken: AtomicBool,
}

impl Client {
    pub(super) fn new(topics: u64, stream: &'static str, user: String) -> Self {
        let (looked, is_woken) = (AtomicU64::new(u64::MAX), AtomicBool::new(false));
        Self { topics, stream, user, looked, waker: AtomicWaker::new(), is_woken }
    }

    /// From here on every change wakes `waker`. Look for changes after this call, not before.
    pub(super) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
        self.is_woken.store(false, Ordering::SeqCst);
    }

    /// Wakes the reader, once until it listens again: a stuck reader costs nothing.
    pub(super) fn wake(&self) {
        if !self.is_woken.swap(true, Ordering::SeqCst) {
            self.waker.wake();
        }
    }
}
