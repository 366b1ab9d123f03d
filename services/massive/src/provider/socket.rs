//! One WebSocket path: exactly one connection at a time, opened again for ever.

use super::{
    message::{Decoded, Known, Unreadable},
    reconnect::{Cause, Reconnect},
    session::{self, End},
    topics::Topics,
};
use crate::{
    analytics::{Wire, WireCounts},
    config::Limits,
    notes::{Note, Notice},
    shared::Shared,
    symbols::Path,
};
use anyhow::Context as _;
use rand::Rng;
use reqwest::Url;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use truth::secret::Secret;
use wire::{EpochMs, EpochSec, market::Session};

/// What a path needs to be connected and read.
pub(crate) struct Feed {
    pub(crate) path: Path,
    pub(crate) url: Url,
    pub(crate) key: Secret,
    shared: Arc<Shared>,
}

impl Feed {
    /// # Errors
    /// The WebSocket base is no URL.
    pub(crate) fn new(path: Path, shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let url = Url::parse(&format!("{}{}", shared.config.ws_base, path.name()))
            .context("parse WebSocket URL")?;
        Ok(Self { path, url, key: shared.config.key(), shared: Arc::clone(shared) })
    }

    /// Keeps the path connected until `closed`. Without topics there is nothing to connect for.
    pub(crate) async fn run(&self, closed: &CancellationToken) {
        let mut wanted = self.wanted();
        let first = async { wanted.wait_for(|topics| !topics.is_empty()).await.is_ok() };
        if closed.run_until_cancelled(first).await != Some(true) {
            return;
        }
        let mut reconnect = Reconnect::of(&self.shared.config);
        while let Some(end) = session::run(self, closed).await {
            self.counts().set(Wire::Connected, 0);
            self.counts().add(Wire::Reconnects, 1);
            metrics::counter!("feed_reconnects_total", "path" => self.path.label()).increment(1);
            let lived = end.authenticated.map(|since| since.elapsed());
            let delay = reconnect.after(end.cause, lived, rand::rng().random_range(0.0..1.0));
            self.ended(&end, lived, delay);
            if closed.run_until_cancelled(sleep(delay)).await.is_none() {
                break;
            }
        }
        self.counts().set(Wire::Connected, 0);
    }

    /// Takes a copy of a frame, where frames are recorded.
    pub(crate) fn record(&self, frame: &[u8]) {
        self.shared.capture.frame(self.path.name(), frame);
    }

    /// What is to be subscribed; it may change at any time.
    pub(crate) fn wanted(&self) -> watch::Receiver<Topics> {
        self.shared.topics[self.path.index()].subscribe()
    }

    /// Reads one frame.
    pub(crate) fn decode(&self, frame: &[u8], into: &mut Decoded) -> Result<(), Unreadable> {
        let contracts = self.shared.names.load();
        into.read(frame, Known { symbols: &self.shared.symbols, contracts: &contracts })
    }

    /// Takes the events of one frame.
    pub(crate) fn received(&self, decoded: &Decoded) {
        let now = self.shared.clock.now();
        self.counts().set(Wire::LastFrameTs, u64::try_from(EpochMs::from(now.ts).0).unwrap_or(0));
        self.shared.queue.push(self.path, &decoded.events);
        self.shared.queue.push_options(&decoded.options);
    }

    /// The key was confirmed and the subscriptions go out.
    pub(crate) fn connected(&self, topics: usize) {
        info!(path = self.path.name(), topics, "feed connected");
        self.counts().set(Wire::Connected, 1);
        self.tell(Notice::info("feed_connected").on(self.path).with(json!({"topics": topics})));
        let last = self.counts().get(Wire::LastFrameTs);
        if last > 0 && self.counts().get(Wire::Reconnects) > 0 {
            let (from, to) = (EpochSec::new(last as f64 / 1000.0), self.shared.clock.now().ts);
            let seconds = EpochSec::new(to.since(from)).seconds();
            let detail = json!({"path": self.path.name(), "from": from, "to": to, "seconds": seconds});
            self.tell(Notice::warn("feed_gap").on(self.path).with(detail));
        }
        self.shared.refresh.notify_one();
        self.shared.resync.notify_one();
        if self.counts().get(Wire::Reconnects) > 0 {
            self.shared.recycle.notify_one();
        }
    }

    fn ended(&self, end: &End, lived: Option<Duration>, delay: Duration) {
        let cause = end.cause.name();
        let retry_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        warn!(path = self.path.name(), cause, code = end.code, retry_ms, "feed lost");
        let lived_sec = lived.map(|lived| EpochSec::new(lived.as_secs_f64()));
        let retry_sec = EpochSec::new(delay.as_secs_f64());
        let detail =
            json!({"cause": cause, "code": end.code, "lived_sec": lived_sec, "retry_sec": retry_sec});
        match end.cause {
            Cause::Policy => self.tell(Notice::error("policy_violation").on(self.path).with(detail.clone())),
            Cause::AuthFailed => self.tell(Notice::error("auth_failed").on(self.path).with(detail.clone())),
            Cause::Network(_) | Cause::AuthTimeout | Cause::TooBig => {}
        }
        self.tell(Notice::warn("feed_disconnected").on(self.path).with(detail));
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if self.shared.notes.try_send(Note::Happened(notice)).is_err() {
            debug!("an event was not told: the writer is busy");
        }
    }

    pub(crate) fn counts(&self) -> &WireCounts {
        self.shared.analytics.wire(self.path)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.config.limits
    }

    pub(crate) fn session(&self) -> Session {
        self.shared.clock.now().session
    }

    pub(crate) fn idle_limit(&self) -> Duration {
        match self.path {
            Path::Indices => self.limits().idle_indices,
            Path::Stocks => self.limits().idle_stocks,
            Path::Options => self.limits().idle_options,
        }
    }

    /// How often the clocks of a connection are looked at: often enough for the shortest of them.
    pub(crate) fn tick(&self) -> Duration {
        let limits = self.limits();
        let shortest = [limits.greeting, limits.auth, limits.confirm, limits.ping_every, self.idle_limit()];
        let step = shortest.into_iter().min().unwrap_or_default() / 10;
        step.clamp(Duration::from_millis(10), Duration::from_secs(1))
    }
}
