//! What an operator asks a server.

use crate::{Bus, Error};
use redis::FromRedisValue;
use std::{collections::BTreeMap, time::Duration};
use wire::{BusId, Key};

/// A server's own figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerInfo {
    fields: BTreeMap<String, String>,
}

impl ServerInfo {
    /// A field of `INFO` as a number: `used_memory`, `connected_clients`, `uptime_in_seconds`.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.fields.get(field)?.parse().ok()
    }

    /// A field of `INFO` as text: `redis_version`.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

/// What is held under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// `string`, `hash`, `set`, `zset`, `list`, `stream`.
    pub kind: String,
    /// Bytes of a string, members or entries of anything else.
    pub size: u64,
    /// What is left of its life; `None`: it lives for ever.
    pub life: Option<Duration>,
}

impl Bus {
    /// What is held under `name`, whatever its kind; `None` when nothing is.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn describe(&self, id: BusId, name: &str) -> Result<Option<Held>, Error> {
        Ok(self.describe_all(id, &[name.to_owned()]).await?.pop().flatten())
    }

    /// [`Bus::describe`] of each of `names`, in three round trips.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn describe_all(&self, id: BusId, names: &[String]) -> Result<Vec<Option<Held>>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = names.iter().map(|name| self.name(id, name)).collect();
        let kinds: Vec<String> = self.each(id, names.iter().map(|name| ("TYPE", *name))).await?;
        let sized = names.iter().zip(&kinds).map(|(name, kind)| (counting(kind), *name));
        let sizes: Vec<u64> = self.each(id, sized).await?;
        let lives: Vec<i64> = self.each(id, names.iter().map(|name| ("PTTL", *name))).await?;
        let described = kinds.into_iter().zip(sizes).zip(lives).map(|((kind, size), left)| {
            let life = u64::try_from(left).ok().map(Duration::from_millis);
            (kind != "none").then_some(Held { kind, size, life })
        });
        Ok(described.collect())
    }

    async fn each<'n, T: FromRedisValue>(
        &self,
        id: BusId,
        commands: impl Iterator<Item = (&'static str, &'n str)> + Send,
    ) -> Result<Vec<T>, Error> {
        let mut pipeline = redis::pipe();
        commands.for_each(|(command, name)| {
            pipeline.cmd(command).arg(name);
        });
        let mut connection = self.server(id)?.connection().await?;
        pipeline.query_async(&mut connection).await.map_err(|source| Error::from_redis(id, source))
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn ping(&self, id: BusId) -> Result<(), Error> {
        self.command::<redis::Value>(id, &redis::cmd("PING")).await.map(|_pong| ())
    }

    /// The server's own figures.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn info(&self, id: BusId) -> Result<ServerInfo, Error> {
        let text: String = self.command(id, &redis::cmd("INFO")).await?;
        let fields = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(field, value)| (field.to_owned(), value.trim().to_owned()))
            .collect();
        Ok(ServerInfo { fields })
    }

    /// What is left of the life of `key`; `None` when it does not exist or lives for ever.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn life<T>(&self, key: &Key<T>) -> Result<Option<Duration>, Error> {
        let left: i64 = self.command(key.bus, redis::cmd("PTTL").arg(self.name(key.bus, &key.name))).await?;
        Ok(u64::try_from(left).ok().map(Duration::from_millis))
    }

    /// Bytes that `key` takes as a value; 0 when it does not exist.
    ///
    /// # Errors
    /// The server is away, or the name holds no STRING.
    pub async fn size<T>(&self, key: &Key<T>) -> Result<u64, Error> {
        self.command(key.bus, redis::cmd("STRLEN").arg(self.name(key.bus, &key.name))).await
    }

    /// True when the name exists, whatever it holds.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn exists(&self, id: BusId, name: &str) -> Result<bool, Error> {
        self.command(id, redis::cmd("EXISTS").arg(self.name(id, name))).await
    }

    /// Subscribers of each exact channel name.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn subscribers(&self, id: BusId, channels: &[String]) -> Result<BTreeMap<String, u64>, Error> {
        if channels.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.command(id, redis::cmd("PUBSUB").arg("NUMSUB").arg(channels)).await
    }
}

/// The command that tells the size of a `kind`. One that was replaced by another kind meanwhile is refused.
fn counting(kind: &str) -> &'static str {
    match kind {
        "none" => "EXISTS",
        "hash" => "HLEN",
        "set" => "SCARD",
        "zset" => "ZCARD",
        "list" => "LLEN",
        "stream" => "XLEN",
        _ => "STRLEN",
    }
}
