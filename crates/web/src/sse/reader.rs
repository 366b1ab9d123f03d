//! One reader's stream of bytes: whatever has gathered since the last look, in one chunk.

use super::{
    client::Client,
    frame::Chunks,
    hub::{Hub, control},
    marks::{Marks, QueueLimits, Wants},
};
use bytes::Bytes;
use futures_util::Stream;
use rand::Rng;
use serde_json::json;
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, PoisonError, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, Sleep, sleep_until};
use wire::EpochSec;

const QUEUE: QueueLimits = QueueLimits { frames: 256, bytes: 512 * 1024 };
const PING_AT_LEAST: Duration = Duration::from_secs(30);
const CLOSE_SPREAD_MS: u64 = 2000;
const STUCK: Duration = crate::patience::PATIENCE;

/// The body of a stream's response. Ends when the hub closes.
#[derive(Debug)]
pub struct Reader {
    hub: Hub,
    client: Arc<Client>,
    wants: Wants,
    marks: Marks,
    ready: VecDeque<Bytes>,
    last_frame: Instant,
    last_ping: Instant,
    last_poll: Instant,
    /// When the stream ends, once the hub closes.
    end: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    is_over: bool,
}

impl Reader {
    pub(super) fn new(hub: Hub, client: Arc<Client>, wants: Wants, marks: Marks, ready: Vec<Bytes>) -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + hub.0.limits.keep_alive));
        Self {
            hub,
            client,
            wants,
            marks,
            ready: ready.into(),
            last_frame: now,
            last_ping: now,
            last_poll: now,
            end: None,
            timer,
            is_over: false,
        }
    }

    /// Fills `ready`, or says when to look again. `None`: the stream is over.
    fn look(&mut self, now: Instant) -> Option<Instant> {
        if let Some(end) = self.end {
            self.is_over = now >= end;
            return (!self.is_over).then_some(end);
        }
        let mut chunks = Chunks::default();
        if self.hub.0.is_closing.load(Ordering::SeqCst) {
            let end = now + Duration::from_millis(rand::rng().random_range(0..=CLOSE_SPREAD_MS));
            self.end = Some(end);
            chunks.text(&format!("retry: {}\n", rand::rng().random_range(1000..=8000)));
            chunks.frame(&control("shutdown", &json!({"ts": EpochSec::from(SystemTime::now())})));
            self.ready.extend(chunks.finish());
            return Some(end);
        }
        let due = self.gather(now, &mut chunks);
        let idle = self.last_frame + self.hub.0.limits.keep_alive;
        if now >= idle || now >= self.last_ping + PING_AT_LEAST {
            chunks.text(": ka\n\n");
            chunks.frame(&control("ping", &json!({"ts": EpochSec::from(SystemTime::now())})));
            (self.last_ping, self.last_frame) = (now, now);
        }
        self.ready.extend(chunks.finish());
        let ping = (self.last_frame + self.hub.0.limits.keep_alive).min(self.last_ping + PING_AT_LEAST);
        Some(due.map_or(ping, |due| due.min(ping)))
    }

    fn gather(&mut self, now: Instant, chunks: &mut Chunks) -> Option<Instant> {
        let shared = &self.hub.0;
        let gathered = {
            let held = shared.held.read().unwrap_or_else(PoisonError::into_inner);
            let gathered = self.marks.gather(&held, &shared.topics, &self.wants, now, QUEUE);
            self.client.looked.store(held.number, Ordering::Relaxed);
            gathered
        };
        if !gathered.frames.is_empty() {
            shared.frames_sent.increment(gathered.frames.len() as u64);
            self.last_frame = now;
        }
        for (id, frame) in gathered.frames {
            id.into_iter().for_each(|id| chunks.id(id));
            chunks.frame(&frame);
        }
        gathered.due
    }
}

impl Stream for Reader {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let now = Instant::now();
        this.last_poll = now;
        loop {
            if let Some(chunk) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(chunk)));
            }
            if this.is_over {
                return Poll::Ready(None);
            }
            this.client.listen(cx.waker());
            let Some(again) = this.look(Instant::now()) else { continue };
            if !this.ready.is_empty() {
                continue;
            }
            // The timer is moved only when it would ring too late, or has rung: not for every frame.
            if again < this.timer.deadline() || this.timer.is_elapsed() {
                this.timer.as_mut().reset(again);
            }
            if this.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let reason = if self.end.is_some() {
            "shutdown"
        } else if self.last_poll.elapsed() >= STUCK && !self.is_over {
            "stuck"
        } else {
            "client"
        };
        self.hub.forget(&self.client, reason);
    }
}
