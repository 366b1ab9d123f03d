//! What the tasks of the program have in common. Everything here is safe to share; the market itself is not
//! here: it belongs to the writer alone.

use crate::{
    analytics::{Analytics, Wire},
    clock::Clock,
    config::Config,
    notes::Note,
    provider::{queue::Queue, rest::Rest},
    symbols::{Path, Symbols},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, mpsc};
use wire::{EpochMs, market::Session};

/// Notes that wait for the writer. When it is full, tasks wait and events go untold.
const NOTES: usize = 1_024;
/// A connection that is silent for longer than this in a session is not trusted with the prices alone.
const FRESH: Duration = Duration::from_secs(5);

pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) symbols: Symbols,
    pub(crate) queue: Queue,
    pub(crate) analytics: Arc<Analytics>,
    pub(crate) clock: Clock,
    pub(crate) rest: Rest,
    pub(crate) notes: mpsc::Sender<Note>,
    /// Asks for a REST spot at once.
    pub(crate) refresh: Notify,
    /// Asks for the server's clock at once.
    pub(crate) resync: Notify,
}

impl Shared {
    /// # Errors
    /// The REST client cannot be built.
    pub(crate) fn new(config: Arc<Config>) -> anyhow::Result<(Arc<Self>, mpsc::Receiver<Note>)> {
        let (notes, heard) = mpsc::channel(NOTES);
        let analytics = Arc::new(Analytics::default());
        let shared = Self {
            symbols: Symbols::of(&config),
            queue: Queue::new(config.limits.queue, Arc::clone(&analytics)),
            clock: Clock::new(config.clock),
            rest: Rest::new(&config, Arc::clone(&analytics), notes.clone())?,
            refresh: Notify::new(),
            resync: Notify::new(),
            config,
            analytics,
            notes,
        };
        Ok((Arc::new(shared), heard))
    }

    /// Whether `path` is connected and, in a session, speaks. A path without topics has nothing to say.
    pub(crate) fn is_healthy(&self, path: Path) -> bool {
        let counts = self.analytics.wire(path);
        if counts.get(Wire::Connected) == 0 {
            return self.symbols.topics(path).is_empty();
        }
        let now = self.clock.now();
        let last = counts.get(Wire::LastFrameTs);
        let silent_ms = u64::try_from(EpochMs::from(now.ts).0).unwrap_or(0).saturating_sub(last);
        now.session != Session::Regular || u128::from(silent_ms) <= FRESH.as_millis()
    }
}
