use crate::tasks::{Restarts, supervise};
use anyhow::Context as _;
use bus::Bus;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use truth::settings::Settings;
use wire::system::Status;

/// What a service is given to work with. Cheap to clone.
pub struct Context<C> {
    /// The four servers.
    pub bus: Bus,
    pub(crate) config: Arc<C>,
    pub(crate) settings: watch::Receiver<Arc<Settings>>,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) closed: CancellationToken,
    /// Ends what one run of the main work spawned, before the next run.
    pub(crate) attempt: CancellationToken,
    pub(crate) tracker: TaskTracker,
}

impl<C> Clone for Context<C> {
    fn clone(&self) -> Self {
        Self {
            bus: self.bus.clone(),
            config: Arc::clone(&self.config),
            settings: self.settings.clone(),
            vitals: Arc::clone(&self.vitals),
            closed: self.closed.clone(),
            attempt: self.attempt.clone(),
            tracker: self.tracker.clone(),
        }
    }
}

impl<C> Context<C> {
    /// The configuration, as it was at start.
    pub fn config(&self) -> Arc<C> {
        Arc::clone(&self.config)
    }

    /// Truth as this service sees it, in its newest valid revision.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.borrow())
    }

    /// Changes whenever a new revision of Truth is loaded.
    pub fn settings_watch(&self) -> watch::Receiver<Arc<Settings>> {
        self.settings.clone()
    }

    /// `SERVICE_ID`.
    pub fn id(&self) -> String {
        self.settings.borrow().service_id().to_owned()
    }

    /// Cancelled when the program is asked to stop.
    pub fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }

    /// Runs `task` beside the main work. An error or a panic starts it again with back-off; `Ok` ends it.
    pub fn spawn<F>(&self, name: &'static str, task: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let work = supervise(name, self.vitals.restarts.clone(), self.closed.clone(), task);
        let attempt = self.attempt.clone();
        self.tracker.spawn(async move { attempt.run_until_cancelled(work).await });
    }

    /// Registers a critical loop: silent for longer than `max_silence`, it makes the service `degraded`.
    pub fn progress(&self, name: &'static str, max_silence: Duration) -> Progress {
        let last = Arc::new(Mutex::new(Instant::now()));
        let mut loops = self.vitals.loops.lock().unwrap_or_else(PoisonError::into_inner);
        loops.insert(name, (Arc::clone(&last), max_silence));
        Progress { last }
    }

    /// Says that the service truly serves.
    pub fn running(&self) {
        self.vitals.set_status(Status::Running);
    }

    /// Says that it serves less than it should, or fully again.
    pub fn degraded(&self, is_degraded: bool) {
        self.vitals.is_degraded.store(is_degraded, Ordering::Relaxed);
    }

    /// Adds a field to the heartbeat key.
    pub fn tell(&self, field: &str, value: Value) {
        let mut extra = self.vitals.extra.lock().unwrap_or_else(PoisonError::into_inner);
        extra.insert(field.to_owned(), value);
    }

    /// Listens on all interfaces.
    ///
    /// # Errors
    /// The port is taken; the text names it.
    pub async fn listen(&self, port: u16) -> anyhow::Result<TcpListener> {
        TcpListener::bind(("0.0.0.0", port)).await.with_context(|| format!("listen on port {port}"))
    }
}

/// A critical loop's sign of life.
#[derive(Debug, Clone)]
pub struct Progress {
    last: Arc<Mutex<Instant>>,
}

impl Progress {
    /// The loop went round once more.
    pub fn tick(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

type Loops = BTreeMap<&'static str, (Arc<Mutex<Instant>>, Duration)>;

/// What the beat and the ops listener know of the main runtime.
pub(crate) struct Vitals {
    pub(crate) started: Instant,
    pub(crate) restarts: Restarts,
    pub(crate) is_degraded: AtomicBool,
    pub(crate) is_serving: AtomicBool,
    pub(crate) truth_rev: AtomicU64,
    pub(crate) stored_rev: watch::Sender<u64>,
    pub(crate) extra: Mutex<Map<String, Value>>,
    status: Mutex<Status>,
    loops: Mutex<Loops>,
    pulse: Mutex<Instant>,
    stall_after: Duration,
}

impl Vitals {
    pub(crate) fn new(stall_after: Duration) -> Self {
        Self {
            started: Instant::now(),
            restarts: Restarts::default(),
            is_degraded: AtomicBool::new(false),
            is_serving: AtomicBool::new(false),
            truth_rev: AtomicU64::new(0),
            stored_rev: watch::Sender::new(0),
            extra: Mutex::new(Map::new()),
            status: Mutex::new(Status::Starting),
            loops: Mutex::new(Loops::new()),
            pulse: Mutex::new(Instant::now()),
            stall_after,
        }
    }

    /// The main runtime still turns.
    pub(crate) fn pulse(&self) {
        *self.pulse.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// True while the main runtime turns; false closes the gate: no beat, and liveness fails.
    pub(crate) fn is_alive(&self) -> bool {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < self.stall_after
    }

    pub(crate) fn set_status(&self, status: Status) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
        self.is_serving.store(status == Status::Running, Ordering::Relaxed);
    }

    /// The status to tell: a silent loop or a degraded service is not `running`.
    pub(crate) fn status(&self) -> Status {
        let status = *self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let is_less = self.is_degraded.load(Ordering::Relaxed) || !self.stalled().is_empty();
        if status == Status::Running && is_less { Status::Degraded } else { status }
    }

    pub(crate) fn stalled(&self) -> Vec<String> {
        let loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |(last, limit): &(Arc<Mutex<Instant>>, Duration)| {
            last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > *limit
        };
        loops.iter().filter(|(_, entry)| is_silent(entry)).map(|(name, _)| (*name).to_owned()).collect()
    }
}
