//! What routes and sources share.

use crate::{
    calendar::Calendar, config::Config, database::Database, feeds::Feeds, gates::Gates, market::Market,
    members::Errands, models::Models, overlays::Edits, presence::People, resume::Journal, session::Secrets,
    sessions::Sessions, streams,
};
use bus::Bus;
use chassis::Context;
use std::{
    future::Future,
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
    pub(crate) feeds: Feeds,
    pub(crate) journal: Journal,
    pub(crate) links: Links,
    pub(crate) gates: Gates,
    pub(crate) secrets: Secrets,
    pub(crate) sessions: Sessions,
    pub(crate) database: Database,
    pub(crate) errands: Errands,
    pub(crate) people: People,
    pub(crate) calendar: Calendar,
    pub(crate) edits: Edits,
    pub(crate) started: Instant,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Keeps `task` running beside the routes.
    pub(crate) fn spawn<F>(
        &self,
        ctx: &Context<Config>,
        name: &'static str,
        task: impl Fn(Context<Config>, Self) -> F + Send + 'static,
    ) where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (inner, app) = (ctx.clone(), self.clone());
        ctx.spawn(name, move || task(inner.clone(), app.clone()));
    }

    pub(crate) fn new(bus: Bus, config: Config) -> Self {
        let (events, bytes, seconds) = config.ring;
        let limits = Limits {
            keep_alive: config.keep_alive(),
            pace: Duration::from_millis(config.min_interval_ms),
            clients: config.max_clients,
            streams_per_user: config.max_streams_per_user,
            ring: RingLimits { events, bytes, age: Duration::from_secs(seconds) },
            ..Limits::default()
        };
        let hub = Hub::new(&streams::TOPICS, limits);
        let market = Market::new(hub.clone(), &config.symbols);
        let models = Models::new(hub.clone());
        let database = Database::new(config.database_url.as_ref());
        Self(Arc::new(Parts {
            journal: Journal::new(&config),
            gates: Gates::new(&config),
            secrets: Secrets::new(&config),
            sessions: Sessions::new(hub.clone(), &config),
            config,
            bus,
            hub,
            market,
            models,
            feeds: Feeds::default(),
            links: Links::new(),
            database,
            errands: Errands::default(),
            people: People::default(),
            calendar: Calendar::default(),
            edits: Edits::default(),
            started: Instant::now(),
        }))
    }
}

impl App {
    /// Whether everything that must be known before the first request was read.
    pub(crate) fn is_loaded(&self) -> bool {
        self.links.is_loaded()
            && self.gates.is_loaded()
            && self.sessions.is_loaded()
            && self.database.is_loaded()
    }

    /// A connection to the database.
    ///
    /// # Errors
    /// 503 `db_unavailable`.
    pub(crate) async fn store(&self) -> Result<store::Conn, web::Error> {
        self.database.get().await
    }
}

/// Which buses are heard, and whether what they hold was read once.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) market: Link,
    pub(crate) system: Link,
    pub(crate) intel: Link,
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
        Self { market: link(), system: link(), intel: link() }
    }

    const fn all(&self) -> [&Link; 3] {
        [&self.market, &self.system, &self.intel]
    }

    /// True while all are heard.
    pub(crate) fn are_up(&self) -> bool {
        self.all().iter().all(|link| *link.0.borrow() == State::Up)
    }

    /// True once the snapshots of all were read.
    pub(crate) fn is_loaded(&self) -> bool {
        self.all().iter().all(|link| *link.0.borrow() != State::Starting)
    }

    /// Waits, for a short time only, until the snapshots were read.
    pub(crate) async fn loaded(&self) {
        let all = async {
            for link in self.all() {
                let mut state = link.0.subscribe();
                // The sender lives in `self`: it cannot be gone.
                let _loaded = state.wait_for(|state| *state != State::Starting).await;
            }
        };
        // Late is as good as never: the states follow as they come.
        let _in_time = timeout(LOADING, all).await;
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
