//! Who sends the messages: evenly spaced, each with its number and its time, by Redis or by HTTP.

use super::tally::stamp;
use anyhow::Context;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::{TcpStream, tcp::OwnedWriteHalf},
    sync::Semaphore,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// Where the stamp stands in a message.
const PLACE: &str = "{stamp}";
/// Requests to a server that closes after each.
const AT_ONCE: usize = 64;

/// How a message reaches the server.
#[derive(Debug, Clone)]
pub enum Publish {
    /// `PUBLISH channel message` on a Redis server.
    Redis(SocketAddr, String),
    /// `POST path`, the body is the message (nchan).
    Post(SocketAddr, String),
    /// `POST /publish/` with the message as an item of this channel (pushpin).
    Grip(SocketAddr, String),
}

impl Publish {
    /// Reads `redis://address/channel`, `http://address/path` or `grip://address/channel`.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) =
            text.split_once("://").context("publish: expected redis://, http:// or grip://")?;
        let (address, name) = rest.split_once('/').context("publish: expected address/name")?;
        let address = address.parse().with_context(|| format!("{address}: expected address:port"))?;
        match scheme {
            "redis" => Ok(Self::Redis(address, name.to_owned())),
            "http" => Ok(Self::Post(address, format!("/{name}"))),
            "grip" => Ok(Self::Grip(address, name.to_owned())),
            _ => anyhow::bail!("{scheme}: expected redis, http or grip"),
        }
    }

    const fn address(&self) -> SocketAddr {
        match self {
            Self::Redis(address, _) | Self::Post(address, _) | Self::Grip(address, _) => *address,
        }
    }

    /// The bytes that say `message`.
    fn request(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Redis(_, channel) => format!(
                "*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n${}\r\n{message}\r\n",
                channel.len(),
                message.len()
            ),
            Self::Post(address, path) => post(*address, path, "application/json", message),
            Self::Grip(address, channel) => {
                let content = format!("event: message\ndata: {message}\n\n");
                let item =
                    serde_json::json!({"channel": channel, "formats": {"http-stream": {"content": content}}});
                let body = serde_json::json!({"items": [item]}).to_string();
                post(*address, "/publish/", "application/json", &body)
            }
        }
        .into_bytes()
    }
}

fn post(address: SocketAddr, path: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Messages to send.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How.
    pub publish: Publish,
    /// The message; `{stamp}` is replaced.
    pub message: String,
    /// Its length in bytes, padded behind the stamp.
    pub bytes: usize,
    /// Messages a second.
    pub rate: f64,
    /// For how long.
    pub seconds: f64,
    /// Number of the first one.
    pub first: u64,
}

impl Plan {
    /// How many.
    pub fn count(&self) -> u64 {
        (self.rate * self.seconds).round() as u64
    }

    fn message(&self, number: u64) -> String {
        let stamp = stamp(number);
        let padding = (self.bytes + PLACE.len()).saturating_sub(self.message.len() + stamp.len());
        self.message.replace(PLACE, &(stamp + &"x".repeat(padding)))
    }

    /// Sends them from a thread of its own, so that a busy crowd does not hold them up: how long it took, and the
    /// connection. A server may forget what it has not yet read of one that is closed.
    ///
    /// # Errors
    /// The server is not reached, or hangs up.
    pub async fn run(self) -> anyhow::Result<(Duration, Option<OwnedWriteHalf>)> {
        let sending = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(self.send())
        };
        tokio::task::spawn_blocking(sending).await?
    }

    async fn send(&self) -> anyhow::Result<(Duration, Option<OwnedWriteHalf>)> {
        let mut way = Way::open(&self.publish).await?;
        let begun = Instant::now();
        let mut step = interval(Duration::from_millis(1));
        step.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut sent = 0;
        while sent < self.count() {
            step.tick().await;
            let due = ((begun.elapsed().as_secs_f64() * self.rate) as u64 + 1).min(self.count());
            let requests: Vec<Vec<u8>> =
                (sent..due).map(|at| self.publish.request(&self.message(self.first + at))).collect();
            way.say(requests).await?;
            sent = due;
        }
        let took = begun.elapsed();
        Ok((took, way.close().await?))
    }
}

/// The line to the server.
enum Way {
    /// One connection; answers are thrown away.
    Kept { write: OwnedWriteHalf, _answers: JoinSet<()> },
    /// A connection for each message.
    Each(SocketAddr, Arc<Semaphore>, JoinSet<std::io::Result<()>>),
}

impl Way {
    async fn open(publish: &Publish) -> anyhow::Result<Self> {
        let address = publish.address();
        if matches!(publish, Publish::Grip(..)) {
            return Ok(Self::Each(address, Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new()));
        }
        let stream = TcpStream::connect(address).await.with_context(|| format!("publish to {address}"))?;
        stream.set_nodelay(true)?;
        let (mut read, write) = stream.into_split();
        let mut answers = JoinSet::new();
        answers.spawn(async move {
            let _ended = copy(&mut read, &mut sink()).await;
        });
        Ok(Self::Kept { write, _answers: answers })
    }

    async fn say(&mut self, requests: Vec<Vec<u8>>) -> anyhow::Result<()> {
        match self {
            Self::Kept { write, .. } => Ok(write.write_all(&requests.concat()).await?),
            Self::Each(address, gate, open) => {
                while open.try_join_next().is_some() {}
                for request in requests {
                    let (address, turn) = (*address, Arc::clone(gate).acquire_owned().await?);
                    open.spawn(async move {
                        let _turn = turn;
                        let mut stream = TcpStream::connect(address).await?;
                        stream.write_all(&request).await?;
                        stream.read_to_end(&mut Vec::new()).await.map(drop)
                    });
                }
                Ok(())
            }
        }
    }

    /// Waits until everything is said; the connection, when there is one.
    async fn close(self) -> anyhow::Result<Option<OwnedWriteHalf>> {
        match self {
            Self::Kept { write, .. } => Ok(Some(write)),
            Self::Each(_, _, mut open) => {
                while let Some(said) = open.join_next().await {
                    said??;
                }
                Ok(None)
            }
        }
    }
}
