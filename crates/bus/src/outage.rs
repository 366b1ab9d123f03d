//! What is kept while a server is away: the newest value per key, a bounded tail per stream, no messages.
//!
//! Everything that a program writes to one server goes through here, also while the server is well: writes are
//! gathered without waiting and sent by [`Outage::flush`] in pipelines. Within a key they keep their order;
//! keys are written before messages are published, so whoever hears a message finds its state.

use crate::{
    Bus, Error,
    value::{encode, flat},
};
use redis::{Pipeline, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    time::Instant,
};
use tracing::warn;
use wire::{BusId, Channel, Index, Key, Log, Record};

/// Entries kept per stream or index while the server is away; the oldest go first.
const MAX_ENTRIES: usize = 50_000;
const MAX_MESSAGES: usize = 10_000;
const ROUND: usize = 2_000;
const ANSWER: Duration = Duration::from_secs(2);

/// Writes to one server that outlast its absence. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outage {
    bus: Bus,
    id: BusId,
    kept: Arc<Mutex<Kept>>,
    link: Arc<AsyncMutex<Option<MultiplexedConnection>>>,
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

#[derive(Debug, Default)]
struct Kept {
    values: HashMap<String, Write>,
    lines: BTreeMap<String, VecDeque<Line>>,
    messages: VecDeque<(String, String)>,
    line_count: usize,
    away_since: Option<Instant>,
    dropped_entries: u64,
    lost_messages: u64,
}

#[derive(Debug, Clone)]
enum Write {
    Set { text: String, ttl: Option<Duration> },
    SetNew { text: String },
    Fields(Vec<(String, String)>),
}

#[derive(Debug, Clone)]
enum Line {
    Entry { max_len: usize, fields: Vec<(String, String)> },
    Scored { score: f64, member: String, window: Option<Duration>, ttl: Option<Duration> },
}

#[derive(Debug, Clone)]
enum Item {
    Value(String, Write),
    Line(String, Line),
    Message(String, String),
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

    /// Writes `text` only when the key does not exist.
    pub fn set_new<T>(&self, key: &Key<T>, text: &str) {
        self.keep(&key.name, Write::SetNew { text: text.to_owned() });
    }

    /// Writes every field of a flat `value` at once; `null` becomes the empty text.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` is not an object.
    pub fn update<T: Serialize>(&self, record: &Record<T>, value: &T) -> Result<(), Error> {
        let fields = flat(&record.name, value, true)?;
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
        let fields = flat(&log.name, entry, false)?;
        self.line(&log.name, Line::Entry { max_len: log.max_len, fields });
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
        let name = self.bus.name(self.id, &channel.name).to_owned();
        let mut kept = self.kept();
        if kept.away_since.is_some() {
            kept.lost_messages += 1;
            return Ok(());
        }
        if kept.messages.len() == MAX_MESSAGES {
            kept.messages.pop_front();
            kept.lost_messages += 1;
        }
        kept.messages.push_back((name, payload));
        drop(kept);
        self.wake.notify_one();
        Ok(())
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
        let replies = match self.send(&mut link, &guard.items, &HashSet::new()).await {
            Ok(replies) => replies,
            Err(error) => {
                *link = None;
                drop(guard);
                return Err(error);
            }
        };
        let sent = mem::take(&mut guard.items);
        let (mut flushed, refused, strange) = sort(sent, replies);
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
    async fn rewrite(
        &self,
        link: &mut Option<MultiplexedConnection>,
        items: Vec<Item>,
    ) -> Result<Vec<String>, Error> {
        let names: HashSet<String> = items.iter().map(|item| item.name().to_owned()).collect();
        let guard = PutBack { kept: &self.kept, items };
        let replies = self.send(link, &guard.items, &names).await?;
        let mut guard = guard;
        guard.items.clear();
        for error in replies.into_iter().filter_map(Result::err) {
            warn!(error = error.code(), "write refused after its key was deleted");
        }
        Ok(names.into_iter().collect())
    }

    async fn send(
        &self,
        link: &mut Option<MultiplexedConnection>,
        items: &[Item],
        delete: &HashSet<String>,
    ) -> Result<Vec<RedisResult<Value>>, Error> {
        let connection = match link {
            Some(connection) => connection,
            None => link.insert(self.bus.server(self.id)?.own_connection(ANSWER).await?),
        };
        let mut pipeline = Pipeline::with_capacity(items.len());
        pipeline.ignore_errors();
        for name in delete {
            pipeline.cmd("DEL").arg(name).ignore();
        }
        for item in items {
            item.write(&mut pipeline);
        }
        pipeline.query_async(connection).await.map_err(|source| Error::from_redis(self.id, source))
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

impl Kept {
    fn backlog(&self) -> usize {
        self.values.len() + self.line_count + self.messages.len()
    }

    fn push(&mut self, name: &str, line: Line) {
        let lines = match self.lines.get_mut(name) {
            Some(lines) => lines,
            None => self.lines.entry(name.to_owned()).or_default(),
        };
        lines.push_back(line);
        self.line_count += 1;
        if lines.len() > MAX_ENTRIES {
            lines.pop_front();
            self.line_count -= 1;
            self.dropped_entries += 1;
        }
    }

    /// At most [`ROUND`] commands: values, lines, and messages only when nothing stays behind them.
    fn take(&mut self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.backlog().min(ROUND));
        let names: Vec<String> = self.values.keys().take(ROUND).cloned().collect();
        for name in names {
            if let Some(write) = self.values.remove(&name) {
                items.push(Item::Value(name, write));
            }
        }
        for (name, lines) in &mut self.lines {
            let room = ROUND.saturating_sub(items.len()).min(lines.len());
            self.line_count -= room;
            items.extend(lines.drain(..room).map(|line| Item::Line(name.clone(), line)));
        }
        if self.line_count == 0 {
            // An outage may have grown the buffers: an idle program gives the memory back.
            self.lines.clear();
        }
        if self.values.is_empty() && self.line_count == 0 {
            items.extend(self.messages.drain(..).map(|(name, payload)| Item::Message(name, payload)));
        }
        items
    }

    fn put_back(&mut self, items: Vec<Item>) {
        self.away_since.get_or_insert_with(Instant::now);
        for item in items.into_iter().rev() {
            match item {
                Item::Value(name, write) => {
                    self.values.entry(name).or_insert(write);
                }
                Item::Line(name, line) => {
                    let lines = self.lines.entry(name).or_default();
                    if lines.len() < MAX_ENTRIES {
                        lines.push_front(line);
                        self.line_count += 1;
                    } else {
                        self.dropped_entries += 1;
                    }
                }
                Item::Message(..) => self.lost_messages += 1,
            }
        }
        self.lost_messages += self.messages.len() as u64;
        self.messages.clear();
    }

    fn ended(&mut self) -> Option<Gap> {
        if self.backlog() > 0 {
            return None;
        }
        let since = self.away_since.take()?;
        Some(Gap {
            lasted: since.elapsed(),
            dropped_entries: mem::take(&mut self.dropped_entries),
            lost_messages: mem::take(&mut self.lost_messages),
        })
    }
}

impl Item {
    fn name(&self) -> &str {
        match self {
            Self::Value(name, _) | Self::Line(name, _) | Self::Message(name, _) => name,
        }
    }

    fn write(&self, pipeline: &mut Pipeline) {
        match self {
            Self::Value(name, Write::Set { text, ttl }) => {
                pipeline.cmd("SET").arg(name).arg(text);
                if let Some(ttl) = ttl {
                    pipeline.arg("PX").arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
                }
            }
            Self::Value(name, Write::SetNew { text }) => {
                pipeline.cmd("SETNX").arg(name).arg(text);
            }
            Self::Value(name, Write::Fields(fields)) => {
                pipeline.cmd("HSET").arg(name).arg(fields);
            }
            Self::Line(name, Line::Entry { max_len, fields }) => {
                pipeline.cmd("XADD").arg(name).arg("MAXLEN").arg("~").arg(max_len).arg("*").arg(fields);
            }
            Self::Line(name, Line::Scored { score, member, window, ttl }) => {
                if let Some(window) = window {
                    let oldest = format!("({}", score - window.as_secs_f64());
                    pipeline.cmd("ZREMRANGEBYSCORE").arg(name).arg("-inf").arg(oldest).ignore();
                }
                pipeline.cmd("ZADD").arg(name).arg(score).arg(member);
                if let Some(ttl) = ttl {
                    pipeline.cmd("EXPIRE").arg(name).arg(ttl.as_secs()).ignore();
                }
            }
            Self::Message(name, payload) => {
                pipeline.cmd("PUBLISH").arg(name).arg(payload);
            }
        }
    }
}

/// What the server took, what it cannot take now, and what meets a value of another kind.
fn sort(items: Vec<Item>, replies: Vec<RedisResult<Value>>) -> (Flushed, Vec<Item>, Vec<Item>) {
    let (mut flushed, mut refused, mut strange) = (Flushed::default(), Vec::new(), Vec::new());
    for (item, reply) in items.into_iter().zip(replies) {
        match reply {
            Ok(_) => flushed.written += 1,
            Err(error) if error.code() == Some("WRONGTYPE") => strange.push(item),
            Err(error) if is_passing(&error) => refused.push(item),
            Err(error) => warn!(key = item.name(), error = error.code(), "write refused"),
        }
    }
    (flushed, refused, strange)
}

/// Conditions of the whole server that an operator or time will end.
fn is_passing(error: &RedisError) -> bool {
    const CODES: [&str; 8] =
        ["LOADING", "BUSY", "OOM", "READONLY", "MISCONF", "MASTERDOWN", "NOREPLICAS", "NOAUTH"];
    error.code().is_some_and(|code| CODES.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: usize) -> Line {
        Line::Entry { max_len: 10, fields: vec![("n".into(), n.to_string())] }
    }

    fn numbers(kept: &Kept, name: &str) -> Vec<String> {
        let number = |line: &Line| match line {
            Line::Entry { fields, .. } => fields[0].1.clone(),
            Line::Scored { member, .. } => member.clone(),
        };
        kept.lines.get(name).into_iter().flatten().map(number).collect()
    }

    #[test]
    fn a_stream_keeps_its_newest_entries() {
        let mut kept = Kept::default();
        (0..MAX_ENTRIES + 3).for_each(|n| kept.push("s", entry(n)));
        assert_eq!((kept.backlog(), kept.dropped_entries), (MAX_ENTRIES, 3));
        assert_eq!(numbers(&kept, "s")[0], "3");
    }

    #[test]
    fn what_is_given_back_comes_before_what_came_meanwhile_and_never_replaces_a_newer_value() {
        let mut kept = Kept::default();
        let set = |text: &str| Write::Set { text: text.into(), ttl: None };
        (0..3).for_each(|n| kept.push("s", entry(n)));
        kept.values.insert("k".into(), set("old"));
        let taken = kept.take();
        assert_eq!((taken.len(), kept.backlog()), (4, 0));
        kept.push("s", entry(3));
        kept.values.insert("k".into(), set("new"));
        kept.put_back(taken);
        assert_eq!(numbers(&kept, "s"), ["0", "1", "2", "3"]);
        assert!(matches!(&kept.values["k"], Write::Set { text, .. } if text == "new"));
        assert_eq!(kept.backlog(), 5);
        assert!(kept.ended().is_none(), "it is over when all is written");
    }

    #[test]
    fn messages_wait_until_all_keys_are_written() {
        let mut kept = Kept::default();
        (0..ROUND + 1).for_each(|n| kept.push("s", entry(n)));
        kept.messages.push_back(("c".into(), "{}".into()));
        assert!(kept.take().iter().all(|item| matches!(item, Item::Line(..))));
        assert_eq!(kept.take().len(), 2);
        assert_eq!(kept.backlog(), 0);
    }
}
