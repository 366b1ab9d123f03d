//! Several commands in one round trip, optionally as one transaction.

use crate::{
    Bus, Error,
    outage::Trim,
    value::{encode, flat},
};
use redis::Pipeline;
use serde::Serialize;
use wire::{BusId, Channel, Index, Key, Log, Members, Record};

/// Commands for one server, sent together. Each command adds one reply, in order.
#[derive(Debug)]
pub struct Batch<'a> {
    bus: &'a Bus,
    id: BusId,
    pipeline: Pipeline,
    commands: usize,
}

impl Bus {
    /// An empty batch for server `id`.
    pub fn batch(&self, id: BusId) -> Batch<'_> {
        Batch { bus: self, id, pipeline: Pipeline::new(), commands: 0 }
    }
}

impl Batch<'_> {
    /// Makes it one transaction (`MULTI … EXEC`): all or nothing, nobody sees the middle.
    #[must_use]
    pub fn atomic(mut self) -> Self {
        self.pipeline.atomic();
        self
    }

    /// True when nothing was added.
    pub const fn is_empty(&self) -> bool {
        self.commands == 0
    }

    /// Writes `value` as JSON, with the life of the key.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` has no JSON form.
    pub fn set<T: Serialize>(&mut self, key: &Key<T>, value: &T) -> Result<&mut Self, Error> {
        let payload = encode(&key.name, value)?;
        Ok(self.set_text(key, &payload))
    }

    /// Writes `text` as it is, with the life of the key.
    pub fn set_text<T>(&mut self, key: &Key<T>, text: &str) -> &mut Self {
        self.start("SET", key.bus, &key.name).arg(text);
        if let Some(ttl) = key.ttl {
            self.pipeline.arg("PX").arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        }
        self
    }

    /// Writes `text` only when the key does not exist.
    pub fn set_new<T>(&mut self, key: &Key<T>, text: &str) -> &mut Self {
        self.start("SETNX", key.bus, &key.name).arg(text);
        self
    }

    /// Reads the key as text.
    pub fn text<T>(&mut self, key: &Key<T>) -> &mut Self {
        self.start("GET", key.bus, &key.name);
        self
    }

    /// Removes the key.
    pub fn remove<T>(&mut self, key: &Key<T>) -> &mut Self {
        self.start("DEL", key.bus, &key.name);
        self
    }

    /// Adds one to the key.
    pub fn increment(&mut self, key: &Key<u64>) -> &mut Self {
        self.start("INCR", key.bus, &key.name);
        self
    }

    /// Puts `value` at the head of a list and keeps the newest `keep`. Two replies.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` has no JSON form.
    pub fn push<T: Serialize>(&mut self, list: &Key<T>, value: &T, keep: usize) -> Result<&mut Self, Error> {
        let payload = encode(&list.name, value)?;
        self.start("LPUSH", list.bus, &list.name).arg(payload);
        self.start("LTRIM", list.bus, &list.name).arg(0).arg(keep.saturating_sub(1));
        Ok(self)
    }

    /// Puts `value` at the end of a list and keeps the newest `keep`. Two replies.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` has no JSON form.
    pub fn push_back<T: Serialize>(
        &mut self,
        list: &Key<T>,
        value: &T,
        keep: usize,
    ) -> Result<&mut Self, Error> {
        let payload = encode(&list.name, value)?;
        self.start("RPUSH", list.bus, &list.name).arg(payload);
        self.start("LTRIM", list.bus, &list.name).arg(format!("-{}", keep.max(1))).arg(-1);
        Ok(self)
    }

    /// Publishes `message`.
    ///
    /// # Errors
    /// [`Error::Encode`] when `message` has no JSON form.
    pub fn publish<T: Serialize>(&mut self, channel: &Channel<T>, message: &T) -> Result<&mut Self, Error> {
        let payload = encode(&channel.name, message)?;
        self.start("PUBLISH", channel.bus, &channel.name).arg(payload);
        Ok(self)
    }

    /// Appends a flat `entry`; fields that are `null` are left out.
    ///
    /// # Errors
    /// [`Error::Encode`] when `entry` is not an object.
    pub fn append<T: Serialize>(&mut self, log: &Log<T>, entry: &T) -> Result<&mut Self, Error> {
        let fields = flat(&log.name, entry, false)?;
        Trim::of(log).write(self.start("XADD", log.bus, &log.name)).arg("*");
        for (field, text) in fields {
            self.pipeline.arg(field).arg(text);
        }
        if let Some(ttl) = log.ttl {
            let name = self.bus.name(log.bus, &log.name);
            self.pipeline.cmd("EXPIRE").arg(name).arg(ttl.as_secs()).ignore();
        }
        Ok(self)
    }

    /// Writes every field of a flat `value`; `null` becomes the empty text.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` is not an object.
    pub fn update<T: Serialize>(&mut self, record: &Record<T>, value: &T) -> Result<&mut Self, Error> {
        let fields = flat(&record.name, value, true)?;
        self.start("HSET", record.bus, &record.name);
        for (field, text) in fields {
            self.pipeline.arg(field).arg(text);
        }
        Ok(self)
    }

    /// Writes one field of a record only when it is not there yet.
    pub fn update_new<T>(&mut self, record: &Record<T>, field: &str, text: &str) -> &mut Self {
        self.start("HSETNX", record.bus, &record.name).arg(field).arg(text);
        self
    }

    /// Removes a record.
    pub fn forget<T>(&mut self, record: &Record<T>) -> &mut Self {
        self.start("DEL", record.bus, &record.name);
        self
    }

    /// Adds `member` to a set.
    pub fn insert(&mut self, set: &Members<String>, member: &str) -> &mut Self {
        self.start("SADD", set.bus, &set.name).arg(member);
        self
    }

    /// Takes `member` out of a set.
    pub fn withdraw(&mut self, set: &Members<String>, member: &str) -> &mut Self {
        self.start("SREM", set.bus, &set.name).arg(member);
        self
    }

    /// Adds `member` at `score` (epoch seconds), trims the index to its window and renews its life.
    ///
    /// # Errors
    /// [`Error::Encode`] when `member` has no JSON form.
    pub fn add<T: Serialize>(
        &mut self,
        index: &Index<T>,
        score: f64,
        member: &T,
    ) -> Result<&mut Self, Error> {
        let payload = encode(&index.name, member)?;
        self.start("ZADD", index.bus, &index.name).arg(score).arg(payload);
        if let Some(window) = index.window {
            let oldest = format!("({}", score - window.as_secs_f64());
            self.start("ZREMRANGEBYSCORE", index.bus, &index.name).arg("-inf").arg(oldest);
        }
        if let Some(ttl) = index.ttl {
            self.start("EXPIRE", index.bus, &index.name).arg(ttl.as_secs());
        }
        Ok(self)
    }

    /// Adds `text` as it is at `score` (epoch seconds).
    pub fn add_text<T>(&mut self, index: &Index<T>, score: f64, text: &str) -> &mut Self {
        self.start("ZADD", index.bus, &index.name).arg(score).arg(text);
        self
    }

    /// Removes the members scored above `after` and below `before` (epoch seconds, both exclusive).
    pub fn cut<T>(&mut self, index: &Index<T>, after: f64, before: f64) -> &mut Self {
        self.start("ZREMRANGEBYSCORE", index.bus, &index.name)
            .arg(format!("({after}"))
            .arg(format!("({before}"));
        self
    }

    /// Sends everything. One text per command, `None` where the server answered nil or with an array.
    ///
    /// # Errors
    /// The server is away, or refused one of the commands; in a transaction then none took effect.
    pub async fn run(self) -> Result<Vec<Option<String>>, Error> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.bus.server(self.id)?.connection().await?;
        let replies: Vec<redis::Value> = self
            .pipeline
            .query_async(&mut connection)
            .await
            .map_err(|source| Error::from_redis(self.id, source))?;
        Ok(replies.into_iter().map(reply_text).collect())
    }

    pub(crate) fn start(&mut self, command: &str, bus: BusId, name: &str) -> &mut Pipeline {
        debug_assert_eq!(bus, self.id, "{name} is not on this batch's server");
        self.commands += 1;
        let name = self.bus.name(bus, name).to_owned();
        self.pipeline.cmd(command).arg(name)
    }
}

fn reply_text(reply: redis::Value) -> Option<String> {
    match reply {
        redis::Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        redis::Value::SimpleString(text) => Some(text),
        redis::Value::Int(number) => Some(number.to_string()),
        redis::Value::Okay => Some("OK".into()),
        _ => None,
    }
}
