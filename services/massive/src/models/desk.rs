//! What waits for the models: the newest of everything that replaces itself, a bounded queue of what adds up.

use crate::{
    chain::view::View,
    profile::{Board, Note},
};
use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Trades that wait. The models take them several times a second; more than this is minutes of a busy market.
const MAX_TRADES: usize = 100_000;
/// Used views whose memory is kept for the next ones.
const MAX_SPARE: usize = 4;

/// Where the writer leaves what the models work on. Cheap to clone; no method waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    inbox: Arc<Inbox>,
    /// What can be seen of the volume profiles.
    pub(crate) board: Board,
}

#[derive(Debug, Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    is_manned: watch::Sender<bool>,
}

/// Everything that came since the models looked last.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// By underlying.
    pub(crate) views: HashMap<Arc<str>, View>,
    /// By symbol.
    pub(crate) spots: HashMap<String, Spot>,
    pub(crate) trades: VecDeque<Trade>,
    /// What the keeper of the volume profiles tells, in its order.
    pub(crate) notes: VecDeque<Note>,
    pub(crate) is_closed: bool,
    spare: Vec<View>,
}

/// A price of a symbol, points or dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub(crate) value: f64,
    /// Exchange time, Unix milliseconds.
    pub(crate) t_ms: i64,
    pub(crate) is_stale: bool,
}

/// A trade in the source of a volume profile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trade {
    pub(crate) source: Arc<str>,
    /// Dollars.
    pub(crate) price: f64,
    /// Shares.
    pub(crate) size: f64,
    /// Exchange time, Unix milliseconds.
    pub(crate) t_ms: i64,
}

impl Desk {
    /// A chain as it is now; it replaces the one of the same underlying that still waits.
    pub(crate) fn offer(&self, view: View) {
        let mut waiting = self.lock();
        if let Some(stale) = waiting.views.insert(Arc::clone(&view.symbol), view) {
            waiting.keep(stale);
        }
        drop(waiting);
        self.inbox.wake.notify_one();
    }

    /// A view that is not needed any more, for the memory of its columns; `None`: make a new one.
    pub(crate) fn spare(&self) -> Option<View> {
        self.lock().spare.pop()
    }

    /// Takes a view back for [`Desk::spare`].
    pub(crate) fn give_back(&self, view: View) {
        self.lock().keep(view);
    }

    /// The newest price of `symbol`; the VIX comes this way, too.
    pub(crate) fn spot(&self, symbol: &str, spot: Spot) {
        let mut waiting = self.lock();
        match waiting.spots.get_mut(symbol) {
            Some(known) => *known = spot,
            None => {
                waiting.spots.insert(symbol.to_owned(), spot);
            }
        }
    }

    /// A trade in `source`, accepted or late: volume has no order.
    pub(crate) fn trade(&self, trade: Trade) {
        let mut waiting = self.lock();
        if waiting.trades.len() == MAX_TRADES {
            waiting.trades.pop_front();
        }
        waiting.trades.push_back(trade);
    }

    /// What the keeper of the volume profiles tells; it tells little and waits for much.
    pub(crate) fn note(&self, note: Note) {
        self.lock().notes.push_back(note);
        self.inbox.wake.notify_one();
    }

    /// Lets the models begin, also once more after they ended.
    pub(crate) fn open(&self) {
        self.lock().is_closed = false;
        self.inbox.is_manned.send_replace(true);
    }

    /// The models have ended; nothing more comes from them.
    pub(crate) fn left(&self) {
        self.inbox.is_manned.send_replace(false);
    }

    /// Waits until the models have ended.
    pub(crate) async fn vacant(&self) {
        let mut is_manned = self.inbox.is_manned.subscribe();
        let seen = is_manned.wait_for(|is_manned| !is_manned).await.map(|_vacant| ());
        debug_assert!(seen.is_ok(), "the sender is in the inbox");
    }

    /// Tells the models to end.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.inbox.wake.notify_one();
    }

    /// Takes what waits; waits for a view for at most `limit`. For the models' own thread only.
    pub(crate) fn take(&self, limit: Duration) -> Waiting {
        let is_idle = |waiting: &mut Waiting| {
            waiting.views.is_empty() && waiting.notes.is_empty() && !waiting.is_closed
        };
        let waited = self.inbox.wake.wait_timeout_while(self.lock(), limit, is_idle);
        let (mut waiting, _timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        let (is_closed, spare) = (waiting.is_closed, mem::take(&mut waiting.spare));
        mem::replace(&mut *waiting, Waiting { is_closed, spare, ..Waiting::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inbox.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn keep(&mut self, view: View) {
        if self.spare.len() < MAX_SPARE {
            self.spare.push(view);
        }
    }
}
