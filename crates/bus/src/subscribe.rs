//! Subscriptions that survive the server.

use crate::{Backoff, Bus, Error};
use async_stream::stream;
use futures_util::{Stream, StreamExt};
use redis::{
    Client, RedisError,
    aio::{PubSub, PubSubSink},
};
use serde::de::DeserializeOwned;
use std::{pin::pin, time::Duration};
use tokio::{
    select,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};
use wire::{BusId, Channel};

const CONNECT: Duration = Duration::from_secs(3);
const PROBE_EVERY: Duration = Duration::from_secs(5);
const PROBE_ANSWER: Duration = Duration::from_secs(5);

/// What a subscription yields.
#[derive(Debug, PartialEq)]
pub enum Delivery<T> {
    /// A message, in order.
    Message(T),
    /// The link was lost and is back. What was published in between is gone: read the latest state anew.
    Resumed,
}

/// What a listener on raw channels yields.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A message as it came.
    Message {
        /// The channel it came on.
        channel: String,
        /// Its bytes.
        payload: Vec<u8>,
    },
    /// The link was lost; nothing is heard until [`Heard::Up`].
    Down,
    /// The link is there (again): what is published from now on is heard.
    Up,
}

/// What to listen to.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    /// Exact channel names.
    pub channels: Vec<String>,
    /// Globs over channel names.
    pub patterns: Vec<String>,
}

impl Bus {
    /// Subscribes and waits for the confirmation: nothing published after this returns is missed.
    ///
    /// A lost link is opened again for ever. A payload that does not decode is logged and skipped: one bad
    /// producer must not silence the others. The stream ends when the bus closes, at shutdown.
    pub async fn subscribe<T: DeserializeOwned>(
        &self,
        channel: Channel<T>,
    ) -> impl Stream<Item = Delivery<T>> + use<T> {
        let topics = Topics { channels: vec![channel.name.to_string()], patterns: Vec::new() };
        let mut heard = Box::pin(self.listen(channel.bus, topics));
        let first = heard.next().await;
        stream! {
            if first != Some(Heard::Up) {
                return;
            }
            while let Some(heard) = heard.next().await {
                match heard {
                    Heard::Up => yield Delivery::Resumed,
                    Heard::Down => {}
                    Heard::Message { payload, .. } => match serde_json::from_slice(&payload) {
                        Ok(message) => yield Delivery::Message(message),
                        Err(error) => warn!(channel = %channel.name, %error, "message skipped"),
                    },
                }
            }
        }
    }

    /// Listens to raw messages, telling when the link is up and when it is down. [`Heard::Up`] comes first,
    /// once the subscription is confirmed. Names are taken as they are, or as Truth renames them.
    pub fn listen(&self, bus: BusId, topics: Topics) -> impl Stream<Item = Heard> + use<> {
        let client = self.server(bus).map(|server| server.client().clone());
        let topics = Topics {
            channels: topics.channels.iter().map(|name| self.name(bus, name).to_owned()).collect(),
            patterns: topics.patterns,
        };
        let heard = stream! {
            let client = match client {
                Ok(client) => client,
                Err(error) => { warn!(%error, "nothing to listen to"); return; }
            };
            loop {
                let (mut sink, mut messages) = open(&client, bus, &topics).await.split();
                yield Heard::Up;
                while let Some(message) = select! { m = messages.next() => m, () = deaf(&mut sink) => None } {
                    let channel = message.get_channel_name().to_owned();
                    yield Heard::Message { channel, payload: message.get_payload_bytes().to_vec() };
                }
                metrics::counter!("bus_reconnects_total", "bus" => bus.name()).increment(1);
                info!(bus = bus.name(), "subscription lost");
                yield Heard::Down;
            }
        };
        heard.take_until(self.closed.clone().cancelled_owned())
    }
}

/// Opens a subscribed link however long it takes.
async fn open(client: &Client, bus: BusId, topics: &Topics) -> PubSub {
    let mut backoff = Backoff::default();
    loop {
        match timeout(CONNECT, try_open(client, topics)).await {
            Ok(Ok(link)) => return link,
            Ok(Err(error)) => {
                debug!(error = %Error::from_redis(bus, error), "subscribe refused");
            }
            Err(_late) => debug!(bus = bus.name(), "subscribe unanswered"),
        }
        backoff.wait().await;
    }
}

async fn try_open(client: &Client, topics: &Topics) -> Result<PubSub, RedisError> {
    let mut link = client.get_async_pubsub().await?;
    if !topics.channels.is_empty() {
        link.subscribe(&topics.channels).await?;
    }
    if !topics.patterns.is_empty() {
        link.psubscribe(&topics.patterns).await?;
    }
    Ok(link)
}

/// Completes when the server stops answering: a half-open connection never reports its own death.
async fn deaf(sink: &mut PubSubSink) {
    loop {
        sleep(PROBE_EVERY).await;
        let mut ping = pin!(sink.ping::<redis::Value>());
        if !matches!(timeout(PROBE_ANSWER, &mut ping).await, Ok(Ok(_))) {
            return;
        }
    }
}
