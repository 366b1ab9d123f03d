//! One round of a shard: every group that has news gathers once, and the bytes go to all who are in step.

use super::{
    flock::Flock,
    frame::{Chunks, Encoded},
    hub::{Held, Shared, count_resync},
    marks::{Gathered, Much, Own, View},
    member::{Line, Place, Sent},
};
use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};
use tokio::time::Instant;

/// What one group, or one reader alone, gets in this round.
#[derive(Debug)]
pub(super) struct Letter {
    gathered: Gathered,
    /// Without a journal mark; `None`: there is nothing to send.
    plain: Option<Encoded>,
    readers: usize,
    /// Whoever gets all of it stands where the group stands.
    joins: bool,
}

/// A round under way.
#[derive(Debug)]
pub(super) struct Round {
    now: Instant,
    /// Hub number of everything that was looked at.
    here: u64,
    next: usize,
    /// Of the longest letter.
    frames: usize,
    /// By member, in order.
    alone: VecDeque<(usize, Letter)>,
}

impl Letter {
    fn new(gathered: Gathered, journal: Option<u64>) -> Self {
        let plain = (!gathered.frames.is_empty()).then(|| encode(&gathered, journal));
        Self { gathered, plain, readers: 0, joins: false }
    }

    const fn frames(&self) -> usize {
        self.gathered.frames.len()
    }

    fn count(&self, shared: &Shared) {
        let readers = self.readers as u64;
        shared.frames_sent.increment(self.gathered.frames.len() as u64 * readers);
        for &(topic, values) in &self.gathered.conflated {
            shared.topics[topic].conflated.increment(values * readers);
        }
        self.gathered.resyncs.iter().for_each(|&lacking| count_resync(lacking, self.readers));
    }
}

/// The frames with their ids; those that have no journal mark get `journal`.
fn encode(gathered: &Gathered, journal: Option<u64>) -> Encoded {
    let mut chunks = Chunks::default();
    for (id, frame) in &gathered.frames {
        if let Some(mut id) = *id {
            id.journal = id.journal.or(journal);
            chunks.id(id);
        }
        chunks.frame(frame);
    }
    chunks.encode()
}

impl<L: Line> Flock<L> {
    /// When the next round may begin; `None`: there is no reason for one.
    pub(super) fn next_round(&self, now: Instant) -> Option<Instant> {
        let groups = || self.groups.iter().flatten();
        if groups().any(|group| group.has_more) {
            return Some(now);
        }
        let is_wanted = self.inbox.has_news() || groups().any(|group| group.is_called);
        let reason = if is_wanted { Some(now) } else { groups().filter_map(|group| group.due).min() };
        reason.map(|reason| self.gait.earliest().map_or(reason, |earliest| reason.max(earliest)))
    }

    /// Gathers for every group that has news; [`Flock::write`] sends it.
    pub(super) fn look(&mut self, now: Instant) {
        let hub = self.hub.clone();
        // Taken before looking: what is told after this is seen now or told again.
        let news = self.inbox.take_news();
        let held = hub.0.held.read().unwrap_or_else(PoisonError::into_inner);
        for group in self.groups.iter_mut().flatten() {
            let is_due = group.due.is_some_and(|due| due <= now);
            group.is_called |= is_due || group.has_more || group.wants.topics & news != 0;
        }
        self.set_apart(&held);
        for group in self.groups.iter_mut().flatten().filter(|group| group.is_called) {
            (group.due, group.has_more) = (None, false);
            if group.in_step > 0 {
                let view = View { held: &held, topics: &hub.0.topics, wants: &group.wants, now };
                let marks = Arc::make_mut(&mut group.marks);
                let gathered = marks.gather(view, &mut Own::default(), Much::InTurn);
                (group.due, group.has_more) = (gathered.due, gathered.has_more);
                group.letter = Some(Letter::new(gathered, None));
            }
        }
        let alone = if self.alone > 0 { self.look_alone(&hub.0, &held, now) } else { VecDeque::new() };
        let letters = self.groups.iter().flatten().filter_map(|group| group.letter.as_ref());
        let frames =
            letters.chain(alone.iter().map(|(_, letter)| letter)).map(Letter::frames).max().unwrap_or(0);
        self.round = Some(Round { now, here: held.number, next: 0, frames, alone });
        drop(held);
        self.groups.iter_mut().flatten().for_each(|group| group.is_called = false);
    }

    /// Readers for whom alone something has come take it alone.
    fn set_apart(&mut self, held: &Held) {
        for index in 0..self.groups.len() {
            let Some(group) = &self.groups[index] else { continue };
            if !group.is_called || group.in_step == 0 {
                continue;
            }
            let users = held.ring.users_after(group.wants.topics, group.marks.through());
            if users.is_empty() {
                continue;
            }
            let marks = Arc::clone(&group.marks);
            for key in 0..self.members.len() {
                let Some(member) = &self.members[key] else { continue };
                let is_meant = member.own.user.is_some_and(|user| users.binary_search(&user).is_ok());
                if is_meant && member.group == index && matches!(member.place, Place::InStep) {
                    self.put(key, Place::Alone { marks: Arc::clone(&marks), was_blocked: false });
                }
            }
        }
    }

    fn look_alone(&mut self, shared: &Shared, held: &Held, now: Instant) -> VecDeque<(usize, Letter)> {
        let mut letters = VecDeque::new();
        // Where nobody is in step, the first who is up to date leads.
        let mut is_led: Vec<_> =
            self.groups.iter().map(|group| group.as_ref().is_some_and(|group| group.in_step > 0)).collect();
        for (key, member) in self.members.iter_mut().enumerate() {
            let Some(member) = member.as_mut().filter(|member| !member.is_blocked()) else { continue };
            let Some(group) = self.groups[member.group].as_mut().filter(|group| group.is_called) else {
                continue;
            };
            let Place::Alone { marks, was_blocked } = &mut member.place else { continue };
            let view = View { held, topics: &shared.topics, wants: &group.wants, now };
            let much = if *was_blocked { Much::Dropped } else { Much::InTurn };
            *was_blocked = false;
            let own = Arc::make_mut(marks);
            let journal = member.own.journal;
            let gathered = own.gather(view, &mut member.own, much);
            group.due = [group.due, gathered.due].into_iter().flatten().min();
            let mut joins = false;
            if gathered.has_more {
                group.has_more = true;
            } else if !is_led[member.group] {
                (joins, is_led[member.group]) = (true, true);
                group.marks = Arc::clone(marks);
            } else {
                own.keep_pace_with(&group.marks);
                joins = group.marks.admits(own, held.slots.all());
                if joins && !group.marks.is_ahead_of(own) {
                    Arc::make_mut(&mut group.marks).take_in(own);
                }
            }
            letters.push_back((key, Letter { joins, ..Letter::new(gathered, journal) }));
        }
        letters
    }

    /// Writes what was gathered to the next `count` members. False when the round is over.
    pub(super) fn write(&mut self, count: usize) -> bool {
        let Some(mut round) = self.round.take() else { return false };
        let end = self.members.len().min(round.next + count);
        for key in round.next..end {
            self.write_to(key, &mut round);
        }
        round.next = end;
        if end < self.members.len() {
            self.round = Some(round);
            return true;
        }
        self.conclude(round.here);
        self.gait.rest(round.now, Instant::now(), round.frames, self.hub.0.limits.gather);
        false
    }

    fn write_to(&mut self, key: usize, round: &mut Round) {
        let Some(member) = &mut self.members[key] else { return };
        let is_next = round.alone.front().is_some_and(|(next, _)| *next == key);
        let mut alone = if is_next { round.alone.pop_front().map(|(_, letter)| letter) } else { None };
        let group = self.groups[member.group].as_mut();
        let letter = match (&member.place, &mut alone) {
            (Place::InStep, _) => group.and_then(|group| group.letter.as_mut()),
            (Place::Alone { .. }, Some(letter)) => Some(letter),
            _ => None,
        };
        let Some(letter) = letter else { return };
        let joins = letter.joins;
        let sent = match &letter.plain {
            None => Sent::All,
            Some(plain) => {
                letter.readers += 1;
                let is_marked = matches!(member.place, Place::InStep) && member.own.journal.is_some();
                let sent = if is_marked {
                    member.send(&encode(&letter.gathered, member.own.journal), round.now)
                } else {
                    member.send(plain, round.now)
                };
                member.last_frame = round.now;
                sent
            }
        };
        match sent {
            Sent::All if joins => self.put(key, Place::InStep),
            Sent::All => {}
            Sent::Part => self.fall_out(key),
            Sent::Gone => self.remove(key, "client"),
        }
        alone.iter().for_each(|letter| letter.count(&self.hub.0));
    }

    fn conclude(&mut self, here: u64) {
        let hub = self.hub.clone();
        let mut topics = 0;
        for group in self.groups.iter_mut().flatten() {
            topics |= group.wants.topics;
            group.letter.take().iter().for_each(|letter| letter.count(&hub.0));
        }
        if self.groups.iter().flatten().all(|group| !group.has_more) {
            let held = hub.0.held.read().unwrap_or_else(PoisonError::into_inner);
            held.taken(topics, self.passed, here);
            self.passed = here;
        }
    }
}

/// Where a reader stands, for tests.
#[cfg(test)]
impl<L: Line> Flock<L> {
    pub(super) fn in_step(&self) -> usize {
        self.groups.iter().flatten().map(|group| group.in_step).sum()
    }
}
