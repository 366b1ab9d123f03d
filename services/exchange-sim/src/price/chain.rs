//! The option chain: what is listed on a date, and every quote and trade of it as a function of the instant.
//!
//! How to ask:
//! - [`Chain::board`] lists the contracts on one underlying on one trading date, in ticker order;
//!   [`Chain::contract`] finds one by its ticker.
//! - [`Chain::tape`] is one minute of an underlying. [`Tape::quotes`] gives the quote updates of a contract in any
//!   range of its steps, [`Tape::trades`] its trades, [`Tape::quote`] the quote that stands at a step,
//!   [`Tape::value`] the model behind it. A tape is kept between calls; asking again costs a lookup. A quote costs
//!   well below a microsecond, so it is cheap to ask step by step for exactly what is subscribed.
//! - [`Chain::day`] is what has been traded so far; [`Source`] is what REST shows, and what any other origin of a
//!   chain (a file, a recording) has to provide.
//!
//! Nothing depends on what was asked before: the same seed, date and shocks give the same numbers.

mod black;
mod board;
mod day;
mod interest;
mod model;
mod record;
mod strikes;
mod surface;
mod tape;
mod underlying;

pub use board::{Board, ChainSize, Contract, Series};
pub use day::{Day, Traded};
pub use model::Model;
pub use record::{
    Basis, Bounds, DayShown, Dealt, Filter, GreeksShown, OptionRecord, Order, QuoteShown, Source, Terms,
};
pub use surface::{Term, Value};
pub use tape::{OptionQuote, OptionTrade, Tape};
pub use underlying::Underlying;

use super::{Market, Place, place};
use chrono::NaiveDate;
use day::Days;
use model::Sheet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Minutes kept: today's and the previous close of the underlyings in use.
const KEPT_TAPES: usize = 24;
const KEPT_BOARDS: usize = 24;
/// A page may be asked for after the next list has begun.
const KEPT_SHEETS: usize = 8;

/// Newest last.
type Kept<K, V> = Mutex<Vec<(K, Arc<V>)>>;

/// Each underlying has its own lock, so that one need not wait for another.
type Counted = Mutex<Vec<(&'static str, Arc<Mutex<Days>>)>>;

/// Everything that is listed. Holds caches only; all numbers come from the seed and the market.
#[derive(Debug)]
pub struct Chain {
    seed: u64,
    size: ChainSize,
    /// First trading date: open interest begins here.
    first: NaiveDate,
    boards: Kept<(&'static str, NaiveDate), Board>,
    tapes: Kept<(&'static str, Place, usize), Tape>,
    interest: Kept<(&'static str, NaiveDate), Vec<u64>>,
    days: Counted,
    sheets: Kept<(&'static str, Place, usize), Sheet>,
    counting: Mutex<()>,
}

impl Chain {
    /// The chain of a seed. `first` is the first trading date of the market.
    pub fn new(seed: u64, size: ChainSize, first: NaiveDate) -> Self {
        Self {
            seed,
            size,
            first,
            boards: Mutex::default(),
            tapes: Mutex::default(),
            interest: Mutex::default(),
            days: Mutex::default(),
            sheets: Mutex::default(),
            counting: Mutex::default(),
        }
    }

    /// What is listed on `underlying` (vendor ticker) on a trading date; `None` when it has no options.
    pub fn board(&self, market: &Market, underlying: &str, date: NaiveDate) -> Option<Arc<Board>> {
        let underlying = Underlying::named(underlying)?;
        let key = (underlying.ticker, date);
        if let Some(found) = find(&self.boards, &key) {
            return Some(found);
        }
        let board = Arc::new(Board::of(market, self.seed, self.size, underlying, date)?);
        keep(&self.boards, KEPT_BOARDS, key, &board);
        Some(board)
    }

    /// The board of a contract and its index there; `None` when it is not listed on `date`.
    pub fn contract(&self, market: &Market, ticker: &str, date: NaiveDate) -> Option<(Arc<Board>, usize)> {
        let parsed: quant::contract::Contract = ticker.parse().ok()?;
        let board = self.board(market, parsed.underlying(), date)?;
        let at = board.find(ticker)?;
        Some((board, at))
    }

    /// The minute of `at` of a board; it begins at `at` with step 0.
    pub fn tape(&self, market: &Market, board: &Arc<Board>, at: Place) -> Arc<Tape> {
        let at = Place { step: 0, ..at };
        let key = (board.underlying.ticker, at, market.version());
        if let Some(found) = find(&self.tapes, &key).filter(|tape| tape.board().date == board.date) {
            return found;
        }
        let tape = Arc::new(Tape::of(market, Arc::clone(board), at));
        keep(&self.tapes, KEPT_TAPES, key, &tape);
        tape
    }

    /// Open interest of each contract of a board, fixed during its date.
    pub fn interest(&self, market: &Market, board: &Arc<Board>) -> Arc<Vec<u64>> {
        let key = (board.underlying.ticker, board.date);
        if let Some(found) = find(&self.interest, &key) {
            return found;
        }
        // The past is counted once, not by every request that waits for it.
        let _counting = locked(&self.counting);
        if let Some(found) = find(&self.interest, &key) {
            return found;
        }
        let known = |date| find(&self.interest, &(board.underlying.ticker, date));
        let counted = Arc::new(interest::of(self, market, board, known));
        keep(&self.interest, KEPT_BOARDS, key, &counted);
        counted
    }

    /// What has been traded on a board from its open up to and with `at`.
    pub fn day(&self, market: &Market, board: &Arc<Board>, at: Place) -> Day {
        let slot = {
            let mut days = locked(&self.days);
            let known = days.iter().find(|(ticker, _)| *ticker == board.underlying.ticker);
            match known.map(|(_, slot)| Arc::clone(slot)) {
                Some(slot) => slot,
                None => {
                    let slot = Arc::default();
                    days.push((board.underlying.ticker, Arc::clone(&slot)));
                    slot
                }
            }
        };
        locked(&slot).at(self, market, board, at)
    }

    /// Everything REST shows of an underlying at an instant.
    fn sheet(&self, market: &Market, underlying: &str, now: i64) -> Option<Arc<Sheet>> {
        let at = place(now);
        let key = (Underlying::named(underlying)?.ticker, at, market.version());
        if let Some(found) = find(&self.sheets, &key) {
            return Some(found);
        }
        let board = self.board(market, underlying, at.date)?;
        let sheet = Arc::new(Sheet::of(self, market, board, at));
        keep(&self.sheets, KEPT_SHEETS, key, &sheet);
        Some(sheet)
    }

    pub(super) fn first(&self) -> NaiveDate {
        self.first
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<K: PartialEq, V>(kept: &Kept<K, V>, key: &K) -> Option<Arc<V>> {
    let mut kept = locked(kept);
    let at = kept.iter().position(|(known, _)| known == key)?;
    let found = kept.remove(at);
    let value = Arc::clone(&found.1);
    kept.push(found);
    Some(value)
}

fn keep<K: PartialEq, V>(kept: &Kept<K, V>, most: usize, key: K, value: &Arc<V>) {
    let mut kept = locked(kept);
    kept.retain(|(known, _)| *known != key);
    if kept.len() >= most {
        kept.remove(0);
    }
    kept.push((key, Arc::clone(value)));
}
