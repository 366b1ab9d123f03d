//! Reading and writing single values.

use crate::{Bus, Error};
use redis::{FromRedisValue, RedisError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use wire::{BusId, Channel, Index, Key, Log, Members, Record};

impl Bus {
    /// The value of `key`; `None` when it does not exist.
    ///
    /// # Errors
    /// [`Error::Decode`] when the value is not a `T`; otherwise as every call.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key<T>) -> Result<Option<T>, Error> {
        self.text(key).await?.map(|text| decode(&key.name, &text)).transpose()
    }

    /// The value of `key` as it is stored; `None` when it does not exist.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn text<T>(&self, key: &Key<T>) -> Result<Option<String>, Error> {
        self.command(key.bus, redis::cmd("GET").arg(self.name(key.bus, &key.name))).await
    }

    /// Writes `value`, with the life that `key` carries.
    ///
    /// # Errors
    /// The server is away or refuses; nothing was written then, or the answer was lost.
    pub async fn set<T: Serialize>(&self, key: &Key<T>, value: &T) -> Result<(), Error> {
        let mut batch = self.batch(key.bus);
        batch.set(key, value)?;
        batch.run().await.map(|_replies| ())
    }

    /// Removes `key`; true when it existed.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn remove<T>(&self, key: &Key<T>) -> Result<bool, Error> {
        self.command(key.bus, redis::cmd("DEL").arg(self.name(key.bus, &key.name))).await
    }

    /// Publishes `message`; the number of subscribers that it reached.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn publish<T: Serialize>(&self, channel: &Channel<T>, message: &T) -> Result<u64, Error> {
        let payload = encode(&channel.name, message)?;
        self.command(
            channel.bus,
            redis::cmd("PUBLISH").arg(self.name(channel.bus, &channel.name)).arg(payload),
        )
        .await
    }

    /// Appends a flat `entry`, trimming the log to its length; the id of the entry.
    ///
    /// # Errors
    /// [`Error::Encode`] when `entry` is not an object; otherwise as every call.
    pub async fn append<T: Serialize>(&self, log: &Log<T>, entry: &T) -> Result<String, Error> {
        let mut batch = self.batch(log.bus);
        batch.append(log, entry)?;
        Ok(batch.run().await?.into_iter().flatten().next().unwrap_or_default())
    }

    /// The fields of `record` as text; empty when it does not exist.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn fields<T>(&self, record: &Record<T>) -> Result<BTreeMap<String, String>, Error> {
        self.command(record.bus, redis::cmd("HGETALL").arg(self.name(record.bus, &record.name))).await
    }

    /// The record as a `T` whose fields are all text; `None` when it does not exist.
    ///
    /// # Errors
    /// [`Error::Decode`] when a field is missing; otherwise as every call.
    pub async fn read<T: DeserializeOwned>(&self, record: &Record<T>) -> Result<Option<T>, Error> {
        let fields = self.fields(record).await?;
        if fields.is_empty() {
            return Ok(None);
        }
        let object = fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect();
        serde_json::from_value(Value::Object(object))
            .map(Some)
            .map_err(|source| Error::Decode { name: record.name.to_string(), source })
    }

    /// Writes all fields of `value` at once.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` is not an object; otherwise as every call.
    pub async fn update<T: Serialize>(&self, record: &Record<T>, value: &T) -> Result<(), Error> {
        let mut batch = self.batch(record.bus);
        batch.update(record, value)?;
        batch.run().await.map(|_replies| ())
    }

    /// Every member of a set, in no order.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn members(&self, set: &Members<String>) -> Result<Vec<String>, Error> {
        self.command(set.bus, redis::cmd("SMEMBERS").arg(self.name(set.bus, &set.name))).await
    }

    /// Members of `index` scored from `from` to `to` (epoch seconds, inclusive), oldest first, with their scores.
    ///
    /// # Errors
    /// [`Error::Decode`] when a member is not a `T`; otherwise as every call.
    pub async fn range<T: DeserializeOwned>(
        &self,
        index: &Index<T>,
        from: f64,
        to: f64,
    ) -> Result<Vec<(f64, T)>, Error> {
        let name = self.name(index.bus, &index.name);
        let members: Vec<(String, f64)> = self
            .command(index.bus, redis::cmd("ZRANGEBYSCORE").arg(name).arg(from).arg(to).arg("WITHSCORES"))
            .await?;
        members.into_iter().map(|(member, score)| Ok((score, decode(&index.name, &member)?))).collect()
    }

    /// The score of the newest member of `index` that is older than `before` (epoch seconds); `None` without one.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn newest_before<T>(&self, index: &Index<T>, before: f64) -> Result<Option<f64>, Error> {
        let mut command = redis::cmd("ZREVRANGEBYSCORE");
        command.arg(self.name(index.bus, &index.name)).arg(format!("({before}")).arg("-inf");
        command.arg("WITHSCORES").arg("LIMIT").arg(0).arg(1);
        let members: Vec<(String, f64)> = self.command(index.bus, &command).await?;
        Ok(members.first().map(|(_, score)| *score))
    }

    /// Everything on a list as it is stored, from its head on; empty when it does not exist.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn list<T>(&self, list: &Key<T>) -> Result<Vec<String>, Error> {
        let name = self.name(list.bus, &list.name);
        self.command(list.bus, redis::cmd("LRANGE").arg(name).arg(0).arg(-1)).await
    }

    /// The newest `count` members of `index` as they are stored, newest first.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn newest_texts<T>(&self, index: &Index<T>, count: usize) -> Result<Vec<String>, Error> {
        let Some(last) = count.checked_sub(1) else { return Ok(Vec::new()) };
        let name = self.name(index.bus, &index.name);
        self.command(index.bus, redis::cmd("ZREVRANGE").arg(name).arg(0).arg(last)).await
    }

    pub(crate) async fn command<T: FromRedisValue>(
        &self,
        bus: BusId,
        command: &redis::Cmd,
    ) -> Result<T, Error> {
        let mut connection = self.server(bus)?.connection().await?;
        command
            .query_async(&mut connection)
            .await
            .map_err(|source: RedisError| Error::from_redis(bus, source))
    }
}

pub(crate) fn encode<T: Serialize>(name: &str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Encode { name: name.into(), source })
}

pub(crate) fn decode<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| Error::Decode { name: name.into(), source })
}

/// The fields of a flat `value` as text. `null` becomes the empty text when `keep_null`, else it is left out.
pub(crate) fn flat<T: Serialize>(
    name: &str,
    value: &T,
    keep_null: bool,
) -> Result<Vec<(String, String)>, Error> {
    let failed = |source| Error::Encode { name: name.into(), source };
    let object: serde_json::Map<String, Value> =
        serde_json::to_value(value).and_then(serde_json::from_value).map_err(failed)?;
    Ok(object
        .into_iter()
        .filter_map(|(field, value)| match value {
            Value::String(text) => Some((field, text)),
            Value::Null => keep_null.then(|| (field, String::new())),
            other => Some((field, other.to_string())),
        })
        .collect())
}
