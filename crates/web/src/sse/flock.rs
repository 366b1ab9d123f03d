//! The readers of one shard. No task and no clock of its own: time is an argument, and sockets are asked, not awaited.
//!
//! Readers with the same wants are a group. Those that keep up go in step: they share the group's marks, and what the
//! group gathers is encoded once and written to each. One that does not keep up, or gets something that the others
//! must not see, goes alone at marks of its own until it stands where the group stands.

use super::{
    client::Order,
    frame::{Chunks, Encoded},
    gait::Gait,
    hub::Hub,
    marks::{Marks, View},
    member::{Line, Member, Place, Sent},
    open::Start,
    reader::{CLOSE_SPREAD_MS, PING_AT_LEAST, farewell, now_frame, ping},
    round::{Letter, Round},
    shard::Inbox,
    wants::Wants,
};
use crate::takeover::Open;
use bytes::Bytes;
use rand::Rng;
use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// Least time between two looks at who was silent, who is stuck, who is to go.
const SWEEP: Duration = Duration::from_millis(100);
/// How long one that ends may take for its last frame.
const PARTING: Duration = Duration::from_secs(2);

/// A reader that comes with its socket; what HTTP has sent of its answer is the head and the greeting.
#[derive(Debug)]
pub(super) struct Joining<L> {
    pub(super) start: Start,
    pub(super) line: L,
    pub(super) open: Option<Open>,
}

#[derive(Debug)]
pub(super) struct Flock<L> {
    pub(super) hub: Hub,
    pub(super) inbox: Arc<Inbox>,
    pub(super) members: Vec<Option<Member<L>>>,
    free: Vec<usize>,
    pub(super) groups: Vec<Option<Group>>,
    /// Members that are not in step.
    pub(super) alone: usize,
    pub(super) round: Option<Round>,
    pub(super) gait: Gait,
    /// Every entry of the ring up to here was noted as taken.
    pub(super) passed: u64,
    next_sweep: Option<Instant>,
    is_closing: bool,
}

/// Readers with the same wants.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) wants: Arc<Wants>,
    pub(super) marks: Arc<Marks>,
    members: usize,
    pub(super) in_step: usize,
    /// When a waiting state may go.
    pub(super) due: Option<Instant>,
    /// Somebody came, or came back: all look.
    pub(super) is_called: bool,
    /// More events wait for the next round, which need not wait.
    pub(super) has_more: bool,
    pub(super) letter: Option<Letter>,
}

impl<L: Line> Flock<L> {
    pub(super) fn new(hub: Hub, inbox: Arc<Inbox>) -> Self {
        let passed = hub.here().0;
        Self {
            hub,
            inbox,
            members: Vec::new(),
            free: Vec::new(),
            groups: Vec::new(),
            alone: 0,
            round: None,
            gait: Gait::new(),
            passed,
            next_sweep: None,
            is_closing: false,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.members.len() == self.free.len()
    }

    /// Takes a reader in: what it is to get first goes out, the rest follows with the next round.
    pub(super) fn join(&mut self, Joining { start, line, open }: Joining<L>, now: Instant) {
        let Start { ticket, wants, marks, own, first, .. } = start;
        let key = self.free.pop().unwrap_or(self.members.len());
        if key == self.members.len() {
            self.members.push(None);
        }
        let marks = Arc::new(marks);
        let group = self.group(&wants, &marks);
        ticket.client.move_in(Arc::clone(&self.inbox), key);
        self.members[key] = Some(Member::new(ticket, line, group, marks, own, open));
        self.alone += 1;
        let mut chunks = Chunks::default();
        chunks.shared(&first);
        let sent = self.send(key, chunks, now);
        if sent != Sent::Gone {
            self.touch(key, now);
        }
    }

    /// Looks after a reader whose socket, or whom somebody, has said something.
    pub(super) fn touch(&mut self, key: usize, now: Instant) {
        let Some(member) = self.members.get_mut(key).and_then(Option::as_mut) else { return };
        member.ticket.client.listening();
        if !member.listen() {
            return self.remove(key, "client");
        }
        let was_blocked = member.is_blocked();
        match member.flush(now) {
            Sent::Gone => return self.remove(key, "client"),
            Sent::Part => {}
            Sent::All if was_blocked => match member.place {
                Place::Leaving { is_spread: false, .. } => return self.finish(key),
                _ => self.call(key),
            },
            Sent::All => {}
        }
        self.obey(key, now);
        self.hasten(now);
    }

    /// Tells everybody that the hub closes, once it does.
    pub(super) fn close(&mut self, now: Instant) {
        if self.is_closing || !self.hub.0.is_closing.load(Ordering::SeqCst) {
            return;
        }
        self.is_closing = true;
        for key in 0..self.members.len() {
            self.obey(key, now);
        }
        self.next_sweep = Some(now);
    }

    /// When [`Flock::sweep`] is due.
    pub(super) const fn next_sweep(&self) -> Option<Instant> {
        self.next_sweep
    }

    /// Lets go of those who are stuck or whose time is over; gives the others a sign of life when it is time.
    pub(super) fn sweep(&mut self, now: Instant) {
        let limits = &self.hub.0.limits;
        let (keep_alive, patience) = (limits.keep_alive, limits.patience);
        let soon = now + SWEEP.min(keep_alive / 8);
        let mut chunks = Chunks::default();
        ping(&mut chunks);
        let sign = chunks.encode();
        let mut next: Option<Instant> = None;
        for key in 0..self.members.len() {
            let Some(member) = &mut self.members[key] else { continue };
            if member.blocked_since().is_some_and(|since| since + patience <= now) {
                self.remove(key, "stuck");
                continue;
            }
            if let Place::Leaving { at, .. } = member.place {
                if at <= now {
                    self.finish(key);
                    continue;
                }
            } else if member.ticket.client.ends.is_some_and(|ends| ends <= now) {
                self.part(key, now_frame("session_expired"), "session_expired", now);
            } else if !member.is_blocked() && ping_due(member, keep_alive) <= soon {
                (member.last_frame, member.last_ping) = (now, now);
                match member.send(&sign, now) {
                    Sent::All => {}
                    Sent::Part => self.fall_out(key),
                    Sent::Gone => self.remove(key, "client"),
                }
            }
            let Some(member) = &self.members[key] else { continue };
            let at = next_look(member, keep_alive, patience);
            next = Some(next.map_or(at, |other| other.min(at)));
        }
        self.next_sweep = next.map(|next| next.max(now + SWEEP.min(keep_alive / 8)));
        self.measure();
    }

    /// Sends to one reader, whatever else goes on.
    fn send(&mut self, key: usize, chunks: Chunks, now: Instant) -> Sent {
        let Some(member) = self.members[key].as_mut() else { return Sent::Gone };
        if chunks.is_empty() {
            return Sent::All;
        }
        let sent = member.send(&chunks.encode(), now);
        match sent {
            Sent::All => member.last_frame = now,
            Sent::Part => self.fall_out(key),
            Sent::Gone => self.remove(key, "client"),
        }
        sent
    }

    /// Does what the hub orders, and what its closing asks for.
    fn obey(&mut self, key: usize, now: Instant) {
        let Some(member) = self.members[key].as_ref() else { return };
        for order in member.ticket.client.take_orders() {
            match order {
                Order::Tell(frame) => {
                    let mut chunks = Chunks::default();
                    chunks.frame(&frame);
                    self.send(key, chunks, now);
                }
                Order::End(frame, reason) => self.part(key, frame, reason, now),
                Order::Narrow(topics) => self.narrow(key, topics, now),
            }
        }
        if !self.hub.0.is_closing.load(Ordering::SeqCst) {
            return;
        }
        if self.members[key].as_ref().is_some_and(|member| !matches!(member.place, Place::Leaving { .. })) {
            let spread = Duration::from_millis(rand::rng().random_range(0..=CLOSE_SPREAD_MS));
            let mut chunks = Chunks::default();
            farewell(&mut chunks);
            self.send(key, chunks, now);
            self.leave(key, Place::Leaving { at: now + spread, is_spread: true }, "shutdown");
        }
    }

    /// The reader is told `frame` and ends as soon as it has it.
    fn part(&mut self, key: usize, frame: Bytes, reason: &'static str, now: Instant) {
        let mut chunks = Chunks::default();
        chunks.frame(&frame);
        let sent = self.send(key, chunks, now);
        self.leave(key, Place::Leaving { at: now + PARTING, is_spread: false }, reason);
        if sent == Sent::All {
            self.finish(key);
        }
    }

    fn leave(&mut self, key: usize, place: Place, reason: &'static str) {
        self.put(key, place);
        if let Some(member) = &mut self.members[key] {
            member.ticket.reason = reason;
        }
    }

    /// From now on the reader has other wants.
    fn narrow(&mut self, key: usize, topics: u64, now: Instant) {
        let hub = self.hub.clone();
        let Some(member) = self.members[key].as_ref() else { return };
        let Some(group) = self.groups[member.group].as_ref() else { return };
        let (old, wants) = (member.group, &group.wants);
        if wants.topics == topics || matches!(member.place, Place::Leaving { .. }) {
            return;
        }
        let wants = hub.0.known.get(topics, wants.symbols.clone(), wants.pace);
        let (mut marks, was_blocked) = match &member.place {
            Place::Alone { marks, was_blocked } => (Marks::clone(marks), *was_blocked),
            _ => (Marks::clone(&group.marks), false),
        };
        {
            let held = hub.0.held.read().unwrap_or_else(PoisonError::into_inner);
            marks.want(View { held: &held, topics: &hub.0.topics, wants: &wants, now });
        }
        let marks = Arc::new(marks);
        self.put(key, Place::Alone { marks: Arc::clone(&marks), was_blocked });
        let new = self.group(&wants, &marks);
        self.release(old);
        if let Some(member) = &mut self.members[key] {
            member.group = new;
        }
    }

    /// The group of `wants`, for one more member at `marks`.
    fn group(&mut self, wants: &Arc<Wants>, marks: &Arc<Marks>) -> usize {
        let position =
            |group: &Option<Group>| group.as_ref().is_some_and(|group| Arc::ptr_eq(&group.wants, wants));
        let index = self.groups.iter().position(position).unwrap_or_else(|| {
            let index = self.groups.iter().position(Option::is_none).unwrap_or(self.groups.len());
            if index == self.groups.len() {
                self.groups.push(None);
            }
            index
        });
        let group = self.groups[index].get_or_insert_with(|| Group {
            wants: Arc::clone(wants),
            marks: Arc::clone(marks),
            members: 0,
            in_step: 0,
            due: None,
            is_called: false,
            has_more: false,
            letter: None,
        });
        (group.members, group.is_called) = (group.members + 1, true);
        self.inbox.want(wants.topics);
        index
    }

    /// One member less in the group at `index`.
    fn release(&mut self, index: usize) {
        let Some(group) = self.groups[index].as_mut() else { return };
        group.members -= 1;
        if group.members == 0 {
            self.groups[index] = None;
        }
    }

    /// The reader wants to be looked at in the next round.
    fn call(&mut self, key: usize) {
        let group = self.members[key].as_ref().map(|member| member.group);
        if let Some(group) = group.and_then(|index| self.groups[index].as_mut()) {
            group.is_called = true;
        }
    }

    /// The socket did not take everything: from here on the reader has marks of its own.
    pub(super) fn fall_out(&mut self, key: usize) {
        let Some(member) = self.members[key].as_mut() else { return };
        match &mut member.place {
            Place::InStep => {
                if let Some(group) = &self.groups[member.group] {
                    let marks = Arc::clone(&group.marks);
                    self.put(key, Place::Alone { marks, was_blocked: true });
                }
            }
            Place::Alone { was_blocked, .. } => *was_blocked = true,
            Place::Leaving { .. } => {}
        }
    }

    pub(super) fn put(&mut self, key: usize, place: Place) {
        let Some(member) = self.members[key].as_mut() else { return };
        let Some(group) = self.groups[member.group].as_mut() else { return };
        let (was, is) = (is_in_step(&member.place), is_in_step(&place));
        group.in_step = group.in_step + usize::from(is) - usize::from(was);
        self.alone = self.alone + usize::from(was) - usize::from(is);
        member.place = place;
    }

    /// Ends the body and closes.
    fn finish(&mut self, key: usize) {
        if let Some(member) = self.members[key].as_mut().filter(|member| !member.is_blocked()) {
            member.send(&Encoded::end(), Instant::now());
        }
        let reason = self.members[key].as_ref().map_or("client", |member| member.ticket.reason);
        self.remove(key, reason);
    }

    pub(super) fn remove(&mut self, key: usize, reason: &'static str) {
        let Some(mut member) = self.members[key].take() else { return };
        let is_in_step = is_in_step(&member.place);
        if let Some(group) = &mut self.groups[member.group] {
            group.in_step -= usize::from(is_in_step);
        }
        self.alone -= usize::from(!is_in_step);
        self.release(member.group);
        self.free.push(key);
        self.inbox.left();
        // Why it was told to end weighs more than how its socket closed.
        if !matches!(member.place, Place::Leaving { .. }) {
            member.ticket.reason = reason;
        }
    }

    /// Looks at the reader with the next sweep at the latest.
    fn hasten(&mut self, now: Instant) {
        self.next_sweep = Some(self.next_sweep.map_or(now, |next| next.min(now + SWEEP)));
    }

    /// How much waits, and for what anybody waits.
    fn measure(&self) {
        let held = self.hub.0.held.read().unwrap_or_else(PoisonError::into_inner);
        let blocked = self.members.iter().flatten().filter(|member| member.is_blocked());
        let waiting = blocked.filter_map(|member| match &member.place {
            Place::Alone { marks, .. } => Some(held.ring.count_after(marks.through())),
            _ => None,
        });
        self.inbox.measured(waiting.sum());
        let topics = self.groups.iter().flatten().fold(0, |bits, group| bits | group.wants.topics);
        self.inbox.want_only(topics);
    }
}

const fn is_in_step(place: &Place) -> bool {
    matches!(place, Place::InStep)
}

fn ping_due<L>(member: &Member<L>, keep_alive: Duration) -> Instant {
    (member.last_frame + keep_alive).min(member.last_ping + PING_AT_LEAST)
}

/// When a sweep has to look at the reader again.
fn next_look<L: Line>(member: &Member<L>, keep_alive: Duration, patience: Duration) -> Instant {
    let stuck = member.blocked_since().map(|since| since + patience);
    let ping = (!member.is_blocked()).then(|| ping_due(member, keep_alive));
    let end = match member.place {
        Place::Leaving { at, .. } => Some(at),
        _ => member.ticket.client.ends,
    };
    let all = [stuck, ping, end].into_iter().flatten();
    all.min().unwrap_or_else(|| member.last_frame + keep_alive)
}
