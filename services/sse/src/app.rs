//! What routes and sources share.

use crate::{config::Config, market::Market, models::Models, streams};
use bus::Bus;
use std::{
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::timeout};
use web::sse::{Hub, Limits, RingLimits};

/// How long a stream may wait at start, so that its snapshot is not empty.
const LOADING: Duration = Duration::from_secs(3);

/// Shared by all; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) bus: Bus,
    pub(crate) hub: Hub,
    pub(crate) market: Market,
    pub(crate) models: Models,
    pub(crate) links: Links,
    pub(crate) started: Instant,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(bus: Bus, config: Config) -> Self {
        let (events, bytes, seconds) = config.ring;
        let limits = Limits {
            keep_alive: config.keep_alive(),
            pace: Duration::from_millis(config.min_interval_ms),
            clients: config.max_clients,
            streams_per_user: config.max_streams_per_user,
            ring: RingLimits { events, bytes, age: Duration::from_secs(seconds) },
        };
        let hub = Hub::new(&streams::TOPICS, limits);
        let market = Market::new(hub.clone(), &config.symbols);
        let models = Models::new(hub.clone());
        Self(Arc::new(Parts {
            config,
            bus,
            hub,
            market,
            models,
            links: Links::new(),
            started: Instant::now(),
        }))
    }
}

/// Which buses are heard, and whether what they hold was read once.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) market: Link,
    pub(crate) system: Link,
}

#[derive(Debug)]
pub(crate) struct Link(watch::Sender<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Up,
    Down,
}

impl Links {
    fn new() -> Self {
        let link = || Link(watch::Sender::new(State::Starting));
        Self { market: link(), system: link() }
    }

    /// True while both are heard.
    pub(crate) fn are_up(&self) -> bool {
        [&self.market, &self.system].iter().all(|link| *link.0.borrow() == State::Up)
    }

    /// True once the snapshots of both were read.
    pub(crate) fn is_loaded(&self) -> bool {
        [&self.market, &self.system].iter().all(|link| *link.0.borrow() != State::Starting)
    }

    /// Waits, for a short time only, until the snapshots were read.
    pub(crate) async fn loaded(&self) {
        let both = async {
            for link in [&self.market, &self.system] {
                let mut state = link.0.subscribe();
                // The sender lives in `self`: it cannot be gone.
                let _loaded = state.wait_for(|state| *state != State::Starting).await;
            }
        };
        // Late is as good as never: the states follow as they come.
        let _in_time = timeout(LOADING, both).await;
    }
}

impl Link {
    /// Heard, and read.
    pub(crate) fn up(&self) {
        self.0.send_replace(State::Up);
    }

    /// Lost. Before the first reading it stays `starting`.
    pub(crate) fn down(&self) {
        self.0.send_if_modified(|state| {
            let is_loss = *state == State::Up;
            if is_loss {
                *state = State::Down;
            }
            is_loss
        });
    }
}
