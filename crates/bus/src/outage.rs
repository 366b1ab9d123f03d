//! What is kept while a server is away: the newest value per key, a bounded tail per stream, no messages.
//!
//! Everything that a program writes to one server goes through here, also while the server is well: writes are
//! gathered without waiting and sent by [`Outage::flush`] in pipelines. Within a key they keep their order;
//! keys are written before messages are published, so whoever hears a message finds its state.

mod fields;
mod kept;
mod link;

use crate::{Bus, Error, value::encode};
use fields::{Fields, Scratch};
pub(crate) use kept::Trim;
use kept::{Item, Kept, Line, Write};
use link::{Commands, Link};
use serde::Serialize;
use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tracing::warn;
use wire::{BusId, Channel, Index, Key, Log, Record};

/// Writes to one server that outlast its absence. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outage {
    bus: Bus,
    id: BusId,
    kept: Arc<Mutex<Kept>>,
    link: Arc<AsyncMutex<Option<Link>>>,
    wake: Arc<Notify>,
}

/// What one [`Outage::flush`] did.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Flushed {
    /// Commands that the server took.
    pub written: usize,
    /// Names that held another kind of value; they were deleted and written anew.
    pub rewritten: Vec<String>,
    /// Set once after an absence, when all that was kept is written.
    pub gap: Option<Gap>,
}

/// An absence that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// From the first refused write to the last kept one written.
    pub lasted: Duration,
    /// Stream entries that were too many to keep.
    pub dropped_entries: u64,
    /// Messages that nobody heard.
    pub lost_messages: u64,
}

impl Outage {
    /// Writes to server `id` of `bus`. Does no I/O.
    pub fn new(bus: &Bus, id: BusId) -> Self {
        Self { bus: bus.clone(), id, kept: Arc::default(), link: Arc::default(), wake: Arc::default() }
    }

    /// Writes `value`, with the life of the key; it replaces what still waits for the same key.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` has no JSON form.
    pub fn set<T: Serialize>(&self, key: &Key<T>, value: &T) -> Result<(), Error> {
        let text = encode(&key.name, value)?;
        self.keep(&key.name, Write::Set { text, ttl: key.ttl });
        Ok(())
    }

    /// Writes `text` as it is, as [`Outage::set`] does with a value.
    pub fn set_text<T>(&self, key: &Key<T>, text: String) {
        self.keep(&key.name, Write::Set { text, ttl: key.ttl });
    }

    /// Writes `text` only when the key does not exist.
    pub fn set_new<T>(&self, key: &Key<T>, text: &str) {
        self.keep(&key.name, Write::SetNew { text: text.to_owned() });
    }

    /// Writes every field of a flat `value` at once; `null` becomes the empty text.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` is not an object.
    pub fn update<T: Serialize>(&self, record: &Record<T>, value: &T) -> Result<(), Error> {
        let fields = Fields::of(&record.name, value, true, &mut Scratch::default())?;
        if !fields.is_empty() {
            self.keep(&record.name, Write::Fields(fields));
        }
        Ok(())
    }

    /// Appends a flat `entry`; fields that are `null` are left out.
    ///
    /// # Errors
    /// [`Error::Encode`] when `entry` is not an object.
    pub fn append<T: Serialize>(&self, log: &Log<T>, entry: &T) -> Result<(), Error> {
        self.append_all(log, [entry])
    }

    /// Appends flat `entries` whose fields are those of the log's own, in their order; fields that are `null` are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Encode`] when an entry is not an object; those before it are appended.
    pub fn append_all<T, E: Serialize>(
        &self,
        log: &Log<T>,
        entries: impl IntoIterator<Item = E>,
    ) -> Result<(), Error> {
        let name = self.bus.name(self.id, &log.name);
        let trim = Trim::of(log);
        let mut guard = self.kept();
        let kept = &mut *guard;
        for entry in entries {
            let fields = Fields::of(&log.name, &entry, false, &mut kept.scratch)?;
            kept.push(name, Line::Entry { trim, ttl: log.ttl, fields });
        }
        drop(guard);
        self.wake.notify_one();
        Ok(())
    }

    /// Adds `member` at `score` (epoch seconds), trims the index to its window and renews its life.
    ///
    /// # Errors
    /// [`Error::Encode`] when `member` has no JSON form.
    pub fn add<T: Serialize>(&self, index: &Index<T>, score: f64, member: &T) -> Result<(), Error> {
        let member = encode(&index.name, member)?;
        self.line(&index.name, Line::Scored { score, member, window: index.window, ttl: index.ttl });
        Ok(())
    }

    /// Publishes `message` after the keys that wait. While the server is away it is lost, and counted.
    ///
    /// # Errors
    /// [`Error::Encode`] when `message` has no JSON form.
    pub fn publish<T: Serialize>(&self, channel: &Channel<T>, message: &T) -> Result<(), Error> {
        let payload = encode(&channel.name, message)?;
        self.message(&channel.name, payload);
        Ok(())
    }

    /// Publishes `payload` as it is, as [`Outage::publish`] does with a message.
    pub fn publish_text<T>(&self, channel: &Channel<T>, payload: String) {
        self.message(&channel.name, payload);
    }

    /// Commands that wait to be sent.
    pub fn backlog(&self) -> usize {
        self.kept().backlog()
    }

    /// True from the first refused write until all that was kept is written.
    pub fn is_away(&self) -> bool {
        self.kept().away_since.is_some()
    }

    /// Completes when something waits to be sent.
    pub async fn waiting(&self) {
        while self.backlog() == 0 {
            self.wake.notified().await;
        }
    }

    /// Sends what waits, at most two thousand commands a call. What the server did not take is kept, in its
    /// order, unless something newer for the same key came meanwhile. A pipeline whose answer was lost is sent
    /// again: stream entries may then be there twice, values cannot.
    ///
    /// # Errors
    /// The server is away or cannot write (out of memory, read-only): call again after a while.
    pub async fn flush(&self) -> Result<Flushed, Error> {
        let mut link = self.link.lock().await;
        let items = self.kept().take();
        if items.is_empty() {
            return Ok(Flushed::default());
        }
        let mut guard = PutBack { kept: &self.kept, items };
        let outcomes = self.send(&mut link, &guard.items, &HashSet::new()).await?;
        let sent = mem::take(&mut guard.items);
        let (mut flushed, refused, strange) = sort(sent, outcomes);
        guard.items = refused;
        if !guard.items.is_empty() {
            drop(guard);
            return Err(Error::Unavailable { bus: self.id, cause: "the server cannot write".into() });
        }
        if !strange.is_empty() {
            flushed.rewritten = self.rewrite(&mut link, strange).await?;
        }
        flushed.gap = self.kept().ended();
        Ok(flushed)
    }

    /// Deletes names that hold another kind of value and writes their items once more.
    async fn rewrite(&self, link: &mut Option<Link>, items: Vec<Item>) -> Result<Vec<String>, Error> {
        let names: HashSet<String> = items.iter().map(|item| item.name().to_owned()).collect();
        let mut guard = PutBack { kept: &self.kept, items };
        let outcomes = self.send(link, &guard.items, &names).await?;
        guard.items.clear();
        for code in outcomes.into_iter().flatten() {
            warn!(error = code, "write refused after its key was deleted");
        }
        Ok(names.into_iter().collect())
    }

    /// Sends `items` behind the deletion of some names; the code of each refusal, by item.
    async fn send(
        &self,
        link: &mut Option<Link>,
        items: &[Item],
        delete: &HashSet<String>,
    ) -> Result<Vec<Option<String>>, Error> {
        let mut commands = Commands::default();
        for name in delete {
            commands.put(&[b"DEL", name.as_bytes()]);
        }
        let mut ends = Vec::with_capacity(items.len());
        for item in items {
            item.write(&mut commands);
            ends.push(commands.count);
        }
        let away = |error: std::io::Error| Error::Unavailable { bus: self.id, cause: error.to_string() };
        // Taken out: a connection that was left in the middle of an exchange is of no use.
        let mut open = match link.take() {
            Some(open) => open,
            None => Link::open(self.bus.server(self.id)?.client()).await.map_err(away)?,
        };
        let refusals = open.exchange(&commands).await.map_err(away)?;
        *link = Some(open);
        let mut outcomes = vec![None; items.len()];
        for refusal in refusals {
            let item = ends.partition_point(|end| *end <= refusal.at);
            if refusal.at >= delete.len()
                && let Some(outcome) = outcomes.get_mut(item)
            {
                outcome.get_or_insert(refusal.code);
            }
        }
        Ok(outcomes)
    }

    fn keep(&self, name: &str, write: Write) {
        let name = self.bus.name(self.id, name).to_owned();
        self.kept().values.insert(name, write);
        self.wake.notify_one();
    }

    fn line(&self, name: &str, line: Line) {
        let name = self.bus.name(self.id, name);
        self.kept().push(name, line);
        self.wake.notify_one();
    }

    fn message(&self, name: &str, payload: String) {
        let name = self.bus.name(self.id, name).to_owned();
        self.kept().say(name, payload);
        self.wake.notify_one();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives items back when a flush fails or is dropped half-way.
struct PutBack<'a> {
    kept: &'a Mutex<Kept>,
    items: Vec<Item>,
}

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        let items = mem::take(&mut self.items);
        if !items.is_empty() {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).put_back(items);
        }
    }
}

/// What the server took, what it cannot take now, and what meets a value of another kind.
fn sort(items: Vec<Item>, outcomes: Vec<Option<String>>) -> (Flushed, Vec<Item>, Vec<Item>) {
    let (mut flushed, mut refused, mut strange) = (Flushed::default(), Vec::new(), Vec::new());
    for (item, outcome) in items.into_iter().zip(outcomes) {
        match outcome.as_deref() {
            None => flushed.written += 1,
            Some("WRONGTYPE") => strange.push(item),
            Some(code) if is_passing(code) => refused.push(item),
            Some(code) => warn!(key = item.name(), error = code, "write refused"),
        }
    }
    (flushed, refused, strange)
}

/// Conditions of the whole server that an operator or time will end.
fn is_passing(code: &str) -> bool {
    const CODES: [&str; 8] =
        ["LOADING", "BUSY", "OOM", "READONLY", "MISCONF", "MASTERDOWN", "NOREPLICAS", "NOAUTH"];
    CODES.contains(&code)
}
