//! Following streams without a group: every reader sees every entry.

use crate::{Backoff, Bus, Error};
use async_stream::stream;
use futures_util::{Stream, StreamExt};
use redis::{
    RedisError,
    aio::MultiplexedConnection,
    streams::{StreamRangeReply, StreamReadReply},
};
use std::{collections::BTreeMap, time::Duration};
use tracing::{debug, info};
use wire::{BusId, Log};

const BLOCK: Duration = Duration::from_secs(2);
const PAGE: usize = 1000;

/// What a follower yields.
#[derive(Debug, PartialEq)]
pub enum Followed {
    /// An entry.
    Entry {
        /// Name of the stream.
        stream: String,
        /// Its id: `<ms>-<n>`.
        id: String,
        /// Its fields.
        fields: BTreeMap<String, String>,
    },
    /// The link was lost; entries that are still kept come after [`Followed::Up`].
    Down,
    /// The link is there (again).
    Up,
}

impl Bus {
    /// Follows `streams` from now on. After an outage it goes on behind the last entry it saw, so nothing is
    /// lost that the server still keeps. Ends when the bus closes.
    pub fn follow(&self, bus: BusId, streams: Vec<String>) -> impl Stream<Item = Followed> + use<> {
        self.follow_from(bus, streams.into_iter().map(|name| (name, None)).collect())
    }

    /// As [`Bus::follow`], behind the given entry ids; `None`: from now on.
    pub fn follow_from(
        &self,
        bus: BusId,
        streams: Vec<(String, Option<String>)>,
    ) -> impl Stream<Item = Followed> + use<> {
        let servers = self.clone();
        let followed = stream! {
            let mut cursors = streams;
            let mut backoff = Backoff::default();
            loop {
                let mut connection = match servers.reader(bus, &mut cursors).await {
                    Ok(connection) => connection,
                    Err(error) => {
                        debug!(%error, "follow refused");
                        backoff.wait().await;
                        continue;
                    }
                };
                backoff.reset();
                yield Followed::Up;
                loop {
                    match next_page(&mut connection, &cursors).await {
                        Ok(page) => for key in page.keys {
                            for entry in key.ids {
                                let fields = texts(&entry.map);
                                if let Some(cursor) = cursors.iter_mut().find(|(name, _)| *name == key.key) {
                                    cursor.1 = Some(entry.id.clone());
                                }
                                yield Followed::Entry { stream: key.key.clone(), id: entry.id, fields };
                            }
                        },
                        Err(error) => {
                            debug!(error = %Error::from_redis(bus, error), "follow broken");
                            break;
                        }
                    }
                }
                metrics::counter!("bus_reconnects_total", "bus" => bus.name()).increment(1);
                info!(bus = bus.name(), "follower lost");
                yield Followed::Down;
                backoff.wait().await;
            }
        };
        followed.take_until(self.closed.clone().cancelled_owned())
    }

    /// Up to `count` entries of `log` with ids after `after` (`0` = from the start), oldest first.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn entries<T>(
        &self,
        log: &Log<T>,
        after: &str,
        count: usize,
    ) -> Result<Vec<(String, BTreeMap<String, String>)>, Error> {
        let name = self.name(log.bus, &log.name);
        let command = redis::cmd("XRANGE")
            .arg(name)
            .arg(format!("({after}"))
            .arg("+")
            .arg("COUNT")
            .arg(count)
            .to_owned();
        let page: StreamRangeReply = self.command(log.bus, &command).await?;
        Ok(page.ids.into_iter().map(|entry| (entry.id, texts(&entry.map))).collect())
    }

    /// The newest `count` entries of `log`, newest first.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn newest<T>(
        &self,
        log: &Log<T>,
        count: usize,
    ) -> Result<Vec<(String, BTreeMap<String, String>)>, Error> {
        let name = self.name(log.bus, &log.name);
        let command = redis::cmd("XREVRANGE").arg(name).arg("+").arg("-").arg("COUNT").arg(count).to_owned();
        let page: StreamRangeReply = self.command(log.bus, &command).await?;
        Ok(page.ids.into_iter().map(|entry| (entry.id, texts(&entry.map))).collect())
    }

    async fn reader(
        &self,
        bus: BusId,
        cursors: &mut [(String, Option<String>)],
    ) -> Result<MultiplexedConnection, Error> {
        let mut connection = self.server(bus)?.own_connection(BLOCK + Duration::from_secs(1)).await?;
        for (name, cursor) in cursors.iter_mut().filter(|(_, cursor)| cursor.is_none()) {
            let last: StreamRangeReply = redis::cmd("XREVRANGE")
                .arg(&*name)
                .arg("+")
                .arg("-")
                .arg("COUNT")
                .arg(1)
                .query_async(&mut connection)
                .await
                .map_err(|source| Error::from_redis(bus, source))?;
            *cursor = Some(last.ids.into_iter().next().map_or_else(|| "0-0".into(), |entry| entry.id));
        }
        Ok(connection)
    }
}

async fn next_page(
    connection: &mut MultiplexedConnection,
    cursors: &[(String, Option<String>)],
) -> Result<StreamReadReply, RedisError> {
    let mut command = redis::cmd("XREAD");
    command
        .arg("COUNT")
        .arg(PAGE)
        .arg("BLOCK")
        .arg(u64::try_from(BLOCK.as_millis()).unwrap_or(2000))
        .arg("STREAMS");
    for (name, _) in cursors {
        command.arg(name);
    }
    for (_, cursor) in cursors {
        command.arg(cursor.as_deref().unwrap_or("0-0"));
    }
    let page: Option<StreamReadReply> = command.query_async(connection).await?;
    Ok(page.unwrap_or_default())
}

fn texts(map: &std::collections::HashMap<String, redis::Value>) -> BTreeMap<String, String> {
    map.iter()
        .filter_map(|(field, value)| {
            Some((field.clone(), redis::from_redis_value_ref::<String>(value).ok()?))
        })
        .collect()
}
