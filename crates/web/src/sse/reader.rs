//! One reader's stream of bytes, for whoever polls it: what has gathered since the last look, in one chunk.

use super::{
    client::Order,
    frame::Chunks,
    hub::{control, count_resync},
    marks::{Gathered, Much, View},
    open::Start,
};
use bytes::Bytes;
use futures_util::Stream;
use rand::Rng;
use serde_json::json;
use std::{
    collections::VecDeque,
    convert::Infallible,
    mem,
    pin::Pin,
    sync::{PoisonError, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, Sleep, sleep_until};
use wire::EpochSec;

pub(super) const PING_AT_LEAST: Duration = Duration::from_secs(30);
/// Streams end within two seconds of the hub's closing; some of it is for those that look seldom.
pub(super) const CLOSE_SPREAD_MS: u64 = 1800;

/// A stream that was opened: the body of a response, or what [`reply`](super::reply) hands on with a connection.
#[derive(Debug)]
pub struct Reader {
    start: Option<Start>,
    body: Option<Body>,
}

/// What a reader needs only while it is polled.
#[derive(Debug)]
struct Body {
    ready: VecDeque<Bytes>,
    last_frame: Instant,
    last_ping: Instant,
    last_poll: Instant,
    /// When the stream ends.
    end: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    is_over: bool,
}

/// What a stream is told when the hub closes.
pub(super) fn farewell(chunks: &mut Chunks) {
    chunks.text(&format!("retry: {}\n", rand::rng().random_range(1000..=8000)));
    chunks.frame(&now_frame("shutdown"));
}

pub(super) fn ping(chunks: &mut Chunks) {
    chunks.text(": ka\n\n");
    chunks.frame(&now_frame("ping"));
}

pub(super) fn now_frame(event: &str) -> Bytes {
    control(event, &json!({"ts": EpochSec::from(SystemTime::now())}))
}

impl Reader {
    pub(super) const fn new(start: Start) -> Self {
        Self { start: Some(start), body: None }
    }

    /// The reader as it was opened; `None` when it was polled before.
    pub(super) fn into_start(mut self) -> Option<Start> {
        self.start.take().filter(|_| self.body.is_none())
    }
}

impl Body {
    fn new(start: &mut Start) -> Self {
        let now = Instant::now();
        let keep_alive = start.ticket.hub.0.limits.keep_alive;
        let greeting = mem::take(&mut start.greeting);
        Self {
            ready: [greeting].into_iter().chain(mem::take(&mut start.first)).collect(),
            last_frame: now,
            last_ping: now,
            last_poll: now,
            end: None,
            timer: Box::pin(sleep_until(now + keep_alive)),
            is_over: false,
        }
    }

    /// Fills `ready`, or says when to look again. `None`: the stream is over.
    fn look(&mut self, start: &mut Start, now: Instant) -> Option<Instant> {
        if let Some(end) = self.end {
            self.is_over = now >= end;
            return (!self.is_over).then_some(end);
        }
        let keep_alive = start.ticket.hub.0.limits.keep_alive;
        let mut chunks = Chunks::default();
        self.obey(start, now, &mut chunks);
        let due = if self.end.is_some() { None } else { self.gather(start, now, &mut chunks) };
        if now >= self.last_frame + keep_alive || now >= self.last_ping + PING_AT_LEAST {
            ping(&mut chunks);
            (self.last_ping, self.last_frame) = (now, now);
        }
        self.ready.extend(chunks.finish());
        let ping = (self.last_frame + keep_alive).min(self.last_ping + PING_AT_LEAST);
        let again = [due, self.end, start.ticket.client.ends].into_iter().flatten().min();
        Some(again.map_or(ping, |again| again.min(ping)))
    }

    /// Does what the hub orders; ends with the session, and with the hub.
    fn obey(&mut self, start: &mut Start, now: Instant, chunks: &mut Chunks) {
        let ticket = &mut start.ticket;
        let shared = &ticket.hub.0;
        for order in ticket.client.take_orders() {
            match order {
                Order::Tell(frame) => chunks.frame(&frame),
                Order::End(frame, reason) => {
                    chunks.frame(&frame);
                    (self.end, ticket.reason) = (Some(now), reason);
                    return;
                }
                Order::Narrow(topics) => {
                    start.wants = shared.known.get(topics, start.wants.symbols.clone(), start.wants.pace);
                    let held = shared.held.read().unwrap_or_else(PoisonError::into_inner);
                    let view = View { held: &held, topics: &shared.topics, wants: &start.wants, now };
                    start.marks.want(view);
                }
            }
        }
        if ticket.client.ends.is_some_and(|ends| ends <= now) {
            chunks.frame(&now_frame("session_expired"));
            (self.end, ticket.reason) = (Some(now), "session_expired");
        } else if shared.is_closing.load(Ordering::SeqCst) {
            farewell(chunks);
            let spread = Duration::from_millis(rand::rng().random_range(0..=CLOSE_SPREAD_MS));
            (self.end, ticket.reason) = (Some(now + spread), "shutdown");
        }
    }

    fn gather(&mut self, start: &mut Start, now: Instant, chunks: &mut Chunks) -> Option<Instant> {
        let Start { ticket, wants, marks, own, .. } = start;
        let shared = &ticket.hub.0;
        let Gathered { frames, due, conflated, resyncs, .. } = {
            let held = shared.held.read().unwrap_or_else(PoisonError::into_inner);
            let view = View { held: &held, topics: &shared.topics, wants, now };
            let before = marks.through();
            let gathered = marks.gather(view, own, Much::Dropped);
            ticket.client.looked.store(held.number, Ordering::Relaxed);
            held.taken(wants.topics, before, held.number);
            gathered
        };
        conflated.iter().for_each(|&(topic, values)| shared.topics[topic].conflated.increment(values));
        resyncs.iter().for_each(|&lacking| count_resync(lacking, 1));
        if !frames.is_empty() {
            shared.frames_sent.increment(frames.len() as u64);
            self.last_frame = now;
        }
        for (id, frame) in frames {
            id.into_iter().for_each(|id| chunks.id(id));
            chunks.frame(&frame);
        }
        due
    }
}

impl Stream for Reader {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(start) = &mut this.start else { return Poll::Ready(None) };
        let body = this.body.get_or_insert_with(|| {
            start.ticket.hub.listen(&start.ticket.client);
            Body::new(start)
        });
        body.last_poll = Instant::now();
        loop {
            if let Some(chunk) = body.ready.pop_front() {
                return Poll::Ready(Some(Ok(chunk)));
            }
            if body.is_over {
                return Poll::Ready(None);
            }
            start.ticket.client.listen(cx.waker());
            let Some(again) = body.look(start, Instant::now()) else { continue };
            if !body.ready.is_empty() {
                continue;
            }
            // The timer is moved only when it would ring too late, or has rung: not for every frame.
            if again < body.timer.deadline() || body.timer.is_elapsed() {
                body.timer.as_mut().reset(again);
            }
            if body.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (Some(start), Some(body)) = (&mut self.start, &self.body) else { return };
        let is_stuck = body.last_poll.elapsed() >= start.ticket.hub.0.limits.patience;
        if is_stuck && body.end.is_none() {
            start.ticket.reason = "stuck";
        }
    }
}
