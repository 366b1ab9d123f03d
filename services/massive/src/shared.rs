//! What the tasks of the program have in common. Everything here is safe to share; the market itself is not
//! here: it belongs to the writer alone.

use crate::{
    analytics::{Analytics, Wire},
    capture::Recorder,
    chain::directory::Names,
    clock::Clock,
    config::Config,
    models::Desk,
    notes::Note,
    provider::{queue::Queue, rest::Rest, topics::Topics},
    symbols::{Path, SymbolId, Symbols},
};
use arc_swap::ArcSwap;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, mpsc, watch};
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
    pub(crate) capture: Arc<Recorder>,
    pub(crate) rest: Rest,
    /// Where the writer leaves what the models work on.
    pub(crate) desk: Desk,
    pub(crate) notes: mpsc::Sender<Note>,
    /// Contracts that are listed.
    pub(crate) names: ArcSwap<Names>,
    /// What is to be subscribed, per path.
    pub(crate) topics: [watch::Sender<Topics>; Path::ALL.len()],
    /// Last prices, for those who are not the writer.
    pub(crate) prices: Prices,
    /// Asks for a chain cycle at once.
    pub(crate) recycle: Notify,
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
        let clock = Clock::new(config.clock);
        let capture = Arc::new(Recorder::new(&config, clock.clone(), Arc::clone(&analytics)));
        let symbols = Symbols::of(&config);
        let shared = Self {
            names: ArcSwap::default(),
            topics: Path::ALL
                .map(|path| watch::Sender::new(Arc::new(symbols.topics(path).into_iter().collect()))),
            prices: Prices::new(symbols.len()),
            recycle: Notify::new(),
            symbols,
            queue: Queue::new(config.limits.queue, Arc::clone(&analytics)),
            clock,
            rest: Rest::new(&config, Arc::clone(&analytics), Arc::clone(&capture), notes.clone())?,
            capture,
            desk: Desk::default(),
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
            return self.topics[path.index()].borrow().is_empty();
        }
        // Contracts may be silent for a while; what then happens is the chain's business.
        if path == Path::Options {
            return true;
        }
        let now = self.clock.now();
        let last = counts.get(Wire::LastFrameTs);
        let silent_ms = u64::try_from(EpochMs::from(now.ts).0).unwrap_or(0).saturating_sub(last);
        now.session != Session::Regular || u128::from(silent_ms) <= FRESH.as_millis()
    }
}

/// The last price of every symbol. Written by the writer alone.
#[derive(Debug)]
pub(crate) struct Prices(Box<[AtomicU64]>);

impl Prices {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_symbol| AtomicU64::new(f64::NAN.to_bits())).collect())
    }

    pub(crate) fn set(&self, symbol: SymbolId, value: f64) {
        if let Some(price) = self.0.get(symbol.index()) {
            price.store(value.to_bits(), Ordering::Relaxed);
        }
    }

    /// `None`: there was none yet.
    pub(crate) fn get(&self, symbol: SymbolId) -> Option<f64> {
        let value = f64::from_bits(self.0.get(symbol.index())?.load(Ordering::Relaxed));
        value.is_finite().then_some(value)
    }
}
