//! How a stream begins: the present, or what was missed.

use super::{
    ask::{Ask, Missed, Refused},
    clients::Ticket,
    cursor::Cursor,
    frame::{self, Chunks},
    hub::{Held, Hub, Lacking, control, count_resync, resync},
    marks::{Marks, Much, Own, View},
    reader::Reader,
    ring::Body,
    wants::Wants,
};
use bytes::Bytes;
use rand::Rng;
use std::{
    sync::{Arc, PoisonError},
    time::SystemTime,
};
use tokio::time::Instant;
use wire::sse::Connected;

/// A reader that begins: who it is, where it is, and the bytes that it is to get first.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) ticket: Ticket,
    pub(super) wants: Arc<Wants>,
    pub(super) marks: Marks,
    pub(super) own: Own,
    /// Leaves at once, whatever else there is.
    pub(super) greeting: Bytes,
    pub(super) first: Vec<Bytes>,
}

enum Accepted {
    Resume(Cursor),
    Fresh(Option<Lacking>),
}

/// What precedes `connected`.
struct Opening {
    marks: Marks,
    frames: usize,
    is_resumed: bool,
}

impl Hub {
    /// The journal's sequence after which a reader with `cursor` misses events that only the journal can give;
    /// `None`: the hub has everything itself, or the reader never had one.
    pub fn missing(&self, cursor: Option<&str>) -> Option<u64> {
        let cursor: Cursor = cursor?.parse().ok()?;
        cursor.journal.filter(|_| cursor.run != self.0.run)
    }

    /// Opens a stream: snapshot or what was missed since the cursor, then everything new.
    ///
    /// # Errors
    /// There are too many streams, or the hub is closing.
    pub fn open(&self, ask: &Ask) -> Result<Reader, Refused> {
        let shared = &self.0;
        let topics = self.bits(&ask.topics);
        let ticket = self.register(ask, topics)?;
        let wants = shared.known.get(topics, ask.symbols.clone(), ask.pace.unwrap_or(shared.limits.pace));
        let mut own = Own { user: ask.user_id, ..Own::default() };
        let mut chunks = Chunks::default();
        let held = shared.held.read().unwrap_or_else(PoisonError::into_inner);
        let view = View { held: &held, topics: &shared.topics, wants: &wants, now: Instant::now() };
        let opening = match self.accept(ask, view) {
            Accepted::Resume(cursor) => {
                own.journal = cursor.journal;
                resume(cursor, view, &mut own, &mut chunks)
            }
            Accepted::Fresh(lacking) => self.begin(ask, lacking, view, &mut own, &mut chunks),
        };
        drop(held);
        chunks.id(opening.marks.cursor(own.journal));
        chunks.frame(&control(
            "connected",
            &Connected {
                channel: ask.stream.into(),
                ts: SystemTime::now().into(),
                r#gen: format!("{:08x}", shared.run),
                resumed: opening.is_resumed,
                snapshot: opening.frames,
                user_id: ask.user_id,
                tier: ask.tier.clone(),
            },
        ));
        let greeting = format!("retry: {}\n: ok\n\n", rand::rng().random_range(1500..=4500)).into();
        let (marks, first) = (opening.marks, chunks.finish());
        Ok(Reader::new(Start { ticket, wants, marks, own, greeting, first }))
    }

    fn accept(&self, ask: &Ask, View { held, wants, .. }: View<'_>) -> Accepted {
        let Some(text) = ask.cursor.as_deref().filter(|text| !text.is_empty()) else {
            return Accepted::Fresh(None);
        };
        let Ok(cursor) = text.parse::<Cursor>() else { return Accepted::Fresh(Some(Lacking::BadId)) };
        if cursor.run != self.0.run {
            return Accepted::Fresh(Some(Lacking::UnknownId));
        }
        if cursor.event > held.number || cursor.state > held.number {
            return Accepted::Fresh(Some(Lacking::BadId));
        }
        if held.ring.lost_after(wants.topics, ask.user_id, cursor.event) != 0 {
            return Accepted::Fresh(Some(Lacking::ExpiredId));
        }
        Accepted::Resume(cursor)
    }

    fn begin(
        &self,
        ask: &Ask,
        lacking: Option<Lacking>,
        view: View<'_>,
        own: &mut Own,
        chunks: &mut Chunks,
    ) -> Opening {
        if !matches!(lacking, None | Some(Lacking::BadId)) {
            let cursor = ask.cursor.as_deref().and_then(|text| text.parse::<Cursor>().ok());
            own.journal = cursor.and_then(|cursor| cursor.journal);
        }
        let mut complete = 0;
        if let Some(missed) = ask.missed.as_ref().filter(|_| matches!(lacking, Some(Lacking::UnknownId))) {
            make_up(missed, view, own, chunks);
            own.had = own.journal;
            complete = self.bits(&missed.complete);
        }
        let snapshot = match ask.greeting.as_slice() {
            [] => view.wants.snapshot(view.held, view.topics),
            own => view.wants.snapshot_with(own, view.held, view.topics),
        };
        chunks.shared(&snapshot.parts);
        if let Some(lacking) = lacking {
            count_resync(lacking, 1);
            chunks.frame(&resync(lacking, view.topics, view.wants.topics & !complete));
        }
        let marks = Marks::present(self.0.run, view);
        Opening { marks, frames: snapshot.frames, is_resumed: false }
    }
}

fn resume(cursor: Cursor, view: View<'_>, own: &mut Own, chunks: &mut Chunks) -> Opening {
    let mut marks = Marks::resumed(cursor, view);
    let gathered = marks.gather(view, own, Much::All);
    gathered.resyncs.iter().for_each(|lacking| count_resync(*lacking, 1));
    let frames = gathered.frames.len();
    for (id, frame) in gathered.frames {
        id.into_iter().for_each(|id| chunks.id(id));
        chunks.frame(&frame);
    }
    Opening { marks, frames, is_resumed: true }
}

/// What the journal kept, then what came while that was fetched. Without ids: who breaks off here starts over.
fn make_up(missed: &Missed, view: View<'_>, own: &mut Own, chunks: &mut Chunks) {
    let is_new = |seq: u64, own: &Own| own.journal.is_none_or(|known| seq > known);
    for (seq, event, data) in &missed.events {
        if is_new(*seq, own) {
            chunks.frame(&frame::frame(event, data));
            own.journal = Some(*seq);
        }
    }
    let (held, user): (&Held, _) = (view.held, own.user);
    for entry in held.ring.after(missed.since.0).filter(|entry| view.wants.includes(entry, user)) {
        if let (Some(seq), Body::Event(frame)) = (entry.journal, &entry.body)
            && is_new(seq, own)
        {
            chunks.frame(frame);
            own.journal = Some(seq);
        }
    }
}
