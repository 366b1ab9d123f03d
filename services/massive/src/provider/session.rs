//! One WebSocket connection, from its opening to its end: greeting, key, subscriptions, keep-alive, frames.

use super::{
    message::{Decoded, Status},
    reconnect::Cause,
    socket::Feed,
    topics::{Subscriptions, Topics},
    transport::{Link, Unchecked},
};
use crate::{analytics::Wire, notes::Notice};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, interval, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Error as WsError, Message, error::ProtocolError, protocol::WebSocketConfig},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wire::market::Session as TradingSession;

const MAX_FRAME: usize = 16 << 20;
const READ_BUFFER: usize = 32 << 10;
const SEND: Duration = Duration::from_secs(5);
const FLOOD_WINDOW: Duration = Duration::from_secs(10);

/// How a connection ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) cause: Cause,
    /// When the key was confirmed; `None`: never.
    pub(crate) authenticated: Option<Instant>,
    /// The code of the server's close frame.
    pub(crate) code: Option<u16>,
}

type Socket = WebSocketStream<Unchecked<Link>>;

enum Stage {
    Greeting,
    Auth,
    Live,
}

/// A connection that is open.
struct Session<'f> {
    feed: &'f Feed,
    socket: Socket,
    /// Binary frames so far; they are read away below.
    binaries: Arc<AtomicU64>,
    binaries_seen: u64,
    stage: Stage,
    since: Instant,
    authenticated: Option<Instant>,
    wanted: watch::Receiver<Topics>,
    subscriptions: Subscriptions,
    ping_at: Instant,
    pong_at: Instant,
    data_at: Instant,
    flood: VecDeque<Instant>,
    decoded: Decoded,
}

/// Runs one connection of `feed` until it ends; `None` when the program is asked to stop.
pub(crate) async fn run(feed: &Feed, closed: &CancellationToken) -> Option<End> {
    let never = |cause| Some(End { cause, authenticated: None, code: None });
    let opened = closed.run_until_cancelled(timeout(feed.limits().connect, open(feed))).await?;
    let socket = match opened {
        Ok(Ok(socket)) => socket,
        Ok(Err(what)) => return never(Cause::Network(what)),
        Err(_late) => return never(Cause::Network("connect_timeout")),
    };
    let mut session = Session::new(feed, socket);
    let end = session.serve(closed).await;
    // A polite end where there is somebody to hear it; the connection is dropped in any case.
    let said = timeout(Duration::from_millis(500), session.socket.close(None)).await;
    drop(said);
    let (cause, code) = end?;
    Some(End { cause, authenticated: session.authenticated, code })
}

async fn open(feed: &Feed) -> Result<Socket, &'static str> {
    let link = Link::open(&feed.url).await.map_err(|_error| "connection_refused")?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME));
    let link = Unchecked::new(link);
    let upgraded = client_async_with_config(feed.url.as_str(), link, Some(config)).await;
    upgraded.map(|(socket, _response)| socket).map_err(|_error| "upgrade_refused")
}

type Ended = (Cause, Option<u16>);

impl<'f> Session<'f> {
    fn new(feed: &'f Feed, socket: Socket) -> Self {
        let now = Instant::now();
        Self {
            feed,
            binaries: socket.get_ref().swallowed(),
            socket,
            binaries_seen: 0,
            stage: Stage::Greeting,
            since: now,
            authenticated: None,
            wanted: feed.wanted(),
            subscriptions: Subscriptions::new(feed.limits().confirm),
            ping_at: now + feed.limits().ping_every,
            pong_at: now,
            data_at: now,
            flood: VecDeque::new(),
            decoded: Decoded::default(),
        }
    }

    /// Serves until the connection ends; `None` when the program is asked to stop.
    async fn serve(&mut self, closed: &CancellationToken) -> Option<Ended> {
        let mut tick = interval(self.feed.tick());
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            let ended = tokio::select! {
                message = self.socket.next() => self.receive(message).await,
                _ = tick.tick() => self.keep_alive().await,
                Ok(()) = self.wanted.changed(), if matches!(self.stage, Stage::Live) => self.subscribe().await,
                () = closed.cancelled() => return None,
            };
            if let Err(ended) = ended {
                return Some(ended);
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, WsError>>) -> Result<(), Ended> {
        match message {
            Some(Ok(Message::Binary(frame))) => self.frame(&frame).await,
            Some(Ok(Message::Pong(_))) => {
                self.pong_at = Instant::now();
                Ok(())
            }
            // The library has prepared the answer; it goes out at once.
            Some(Ok(Message::Ping(_))) => self.within(|socket| socket.flush()).await,
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map(|frame| u16::from(frame.code));
                Err(match code {
                    Some(1008) => (Cause::Policy, code),
                    Some(1009) => (Cause::TooBig, code),
                    _ => (Cause::Network("closed"), code),
                })
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(WsError::Capacity(_))) => Err((Cause::TooBig, None)),
            Some(Err(WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => {
                Err((Cause::Network("connection_lost"), None))
            }
            Some(Err(WsError::Protocol(_))) => Err((Cause::Network("protocol_error"), None)),
            Some(Err(_)) | None => Err((Cause::Network("connection_lost"), None)),
        }
    }

    async fn frame(&mut self, frame: &[u8]) -> Result<(), Ended> {
        let now = Instant::now();
        let counts = self.feed.counts();
        counts.add(Wire::Frames, 1);
        counts.add(Wire::Bytes, frame.len() as u64);
        self.feed.record(frame);
        if self.feed.decode(frame, &mut self.decoded).is_err() {
            return self.unreadable(1, now);
        }
        self.decoded.count(counts);
        if self.decoded.has_data() {
            self.data_at = now;
            self.feed.received(&self.decoded);
        }
        for status in std::mem::take(&mut self.decoded.statuses) {
            self.status(status).await?;
        }
        Ok(())
    }

    fn unreadable(&mut self, count: u64, now: Instant) -> Result<(), Ended> {
        self.feed.counts().add(Wire::DecodeErrors, count);
        let limit = self.feed.limits().decode_errors;
        for _ in 0..count.min(limit as u64 + 1) {
            self.flood.push_back(now);
        }
        while self.flood.front().is_some_and(|first| now.duration_since(*first) > FLOOD_WINDOW) {
            self.flood.pop_front();
        }
        if self.flood.len() > limit {
            return Err((Cause::Network("unreadable_frames"), None));
        }
        Ok(())
    }

    async fn status(&mut self, status: Status) -> Result<(), Ended> {
        match status {
            Status::Connected if matches!(self.stage, Stage::Greeting) => {
                self.enter(Stage::Auth);
                let auth = json!({"action": "auth", "params": self.feed.key.expose()}).to_string();
                self.send(auth).await
            }
            Status::AuthSuccess if matches!(self.stage, Stage::Auth) => {
                self.enter(Stage::Live);
                self.authenticated = Some(self.since);
                self.pong_at = self.since;
                self.data_at = self.since;
                let topics = self.wanted.borrow().len();
                self.feed.connected(topics);
                self.subscribe().await
            }
            Status::AuthFailed => Err((Cause::AuthFailed, None)),
            Status::AuthTimeout => Err((Cause::AuthTimeout, None)),
            Status::MaxConnections => Err((Cause::Policy, None)),
            Status::Subscribed(topic) => {
                self.subscriptions.confirmed(&topic);
                Ok(())
            }
            Status::Error(message) => {
                warn!(path = self.feed.path.name(), message, "the vendor refused an action");
                if message == "not authorized" {
                    self.feed.tell(Notice::warn("not_entitled").on(self.feed.path));
                }
                Ok(())
            }
            Status::Other(status) => {
                info!(path = self.feed.path.name(), status, "status of the vendor");
                Ok(())
            }
            Status::Connected | Status::AuthSuccess | Status::Unsubscribed => Ok(()),
        }
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.since = Instant::now();
    }

    /// Everything that is due by the clock.
    async fn keep_alive(&mut self) -> Result<(), Ended> {
        let now = Instant::now();
        let limits = self.feed.limits();
        let binaries = self.binaries.load(Ordering::Relaxed);
        let new = binaries - std::mem::replace(&mut self.binaries_seen, binaries);
        self.feed.counts().add(Wire::Frames, new);
        self.unreadable(new, now)?;
        match self.stage {
            Stage::Greeting if now - self.since > limits.greeting => {
                return Err((Cause::Network("greeting_timeout"), None));
            }
            Stage::Auth if now - self.since > limits.auth => {
                return Err((Cause::Network("auth_unanswered"), None));
            }
            Stage::Greeting | Stage::Auth => return Ok(()),
            Stage::Live => {}
        }
        if now - self.pong_at > limits.pong_within {
            return Err((Cause::Network("no_pong"), None));
        }
        // Only a running session promises data; outside of one the silence starts anew.
        if self.feed.session() != TradingSession::Regular {
            self.data_at = now;
        }
        if now - self.data_at > self.feed.idle_limit() {
            return Err((Cause::Network("no_data"), None));
        }
        if now >= self.ping_at {
            self.ping_at = now + limits.ping_every;
            self.within(|socket| socket.send(Message::Ping(Default::default()))).await?;
        }
        self.check_confirmations(now);
        self.flush_outbox().await
    }

    fn check_confirmations(&mut self, now: Instant) {
        let topics = self.subscriptions.overdue(now);
        if topics.is_empty() {
            return;
        }
        self.feed.counts().add(Wire::Unconfirmed, topics.len() as u64);
        let detail = json!({"count": topics.len(), "topics": topics.iter().take(20).collect::<Vec<_>>()});
        self.feed.tell(Notice::warn("subscribe_unconfirmed").on(self.feed.path).with(detail));
    }

    /// Brings the subscriptions to what is wanted now.
    async fn subscribe(&mut self) -> Result<(), Ended> {
        let wanted = Topics::clone(&self.wanted.borrow_and_update());
        self.subscriptions.want(&wanted, Instant::now());
        self.flush_outbox().await
    }

    /// Sends what waits, as far as the pace allows.
    async fn flush_outbox(&mut self) -> Result<(), Ended> {
        while let Some(message) = self.subscriptions.next(Instant::now()) {
            self.within(|socket| socket.send(Message::Text(message.into()))).await?;
        }
        Ok(())
    }

    async fn send(&mut self, text: String) -> Result<(), Ended> {
        self.subscriptions.count(Instant::now());
        self.within(|socket| socket.send(Message::Text(text.into()))).await
    }

    async fn within<'s, F>(&'s mut self, act: impl FnOnce(&'s mut Socket) -> F) -> Result<(), Ended>
    where
        F: Future<Output = Result<(), WsError>> + 's,
    {
        match timeout(SEND, act(&mut self.socket)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_lost)) => Err((Cause::Network("connection_lost"), None)),
            Err(_stuck) => Err((Cause::Network("send_timeout"), None)),
        }
    }
}
