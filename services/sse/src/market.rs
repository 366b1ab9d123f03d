//! What is known of the market: the newest spot of each symbol, and its bars.

use crate::{
    candles::Book,
    streams::{CANDLES, SPOT},
};
use chrono::NaiveTime;
use quant::calendar;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};
use tokio::sync::watch;
use web::sse::Hub;
use wire::{EpochSec, sse::Candles};

/// Days of bars that are kept.
pub(crate) const DAYS: u32 = 7;

/// New York times between which the last price is the close: after it first, else before it.
const CLOSES: [((u32, u32), (u32, u32)); 2] = [((16, 0), (16, 20)), ((15, 30), (16, 0))];

/// The market, as far as it is known.
#[derive(Debug)]
pub(crate) struct Market {
    hub: Hub,
    symbols: watch::Sender<BTreeSet<String>>,
    newest: Mutex<BTreeMap<String, Newest>>,
    books: Mutex<HashMap<String, Dated>>,
}

/// The bars of a symbol, and when they changed last.
#[derive(Debug, Default)]
struct Dated {
    book: Book,
    changed: EpochSec,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    ts: EpochSec,
    market_ts: EpochSec,
}

/// The part of a spot that is looked at; the rest passes through.
#[derive(Debug, Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    value: f64,
    prev_close: Option<f64>,
    ts: EpochSec,
    market_ts: EpochSec,
}

impl Market {
    pub(crate) fn new(hub: Hub, symbols: &[String]) -> Self {
        let symbols = watch::Sender::new(symbols.iter().cloned().collect());
        Self { hub, symbols, newest: Mutex::default(), books: Mutex::default() }
    }

    /// The symbols that are known; changes when one more is heard.
    pub(crate) fn symbols(&self) -> watch::Receiver<BTreeSet<String>> {
        self.symbols.subscribe()
    }

    /// Takes a spot as massive published it. An older one than the newest known is left out.
    ///
    /// # Errors
    /// It is not a spot.
    pub(crate) fn take_spot(&self, text: &str) -> Result<(), serde_json::Error> {
        let head: Head<'_> = serde_json::from_str(text)?;
        {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            if newest.get(&*head.symbol).is_some_and(|known| head.ts < known.ts) {
                return Ok(());
            }
            newest.insert(head.symbol.to_string(), Newest { ts: head.ts, market_ts: head.market_ts });
        }
        self.symbols.send_if_modified(|symbols| {
            !symbols.contains(&*head.symbol) && symbols.insert(head.symbol.to_string())
        });
        let key = serde_json::to_string(&*head.symbol)?;
        let filled = self.filled(text, &head)?;
        self.hub.state(SPOT, &head.symbol, &format!("{{{key}:{}}}", filled.as_deref().unwrap_or(text)));
        Ok(())
    }

    /// Market time of the newest spot of `symbol`.
    pub(crate) fn market_ts(&self, symbol: &str) -> Option<f64> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.get(symbol).map(|newest| newest.market_ts.seconds())
    }

    /// Adds `points` (market time, price) to the bars of `symbol`, after dropping all it had when `is_anew`, and
    /// streams what changed.
    pub(crate) fn take_trail(&self, symbol: &str, points: &[(f64, f64)], is_anew: bool) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let Dated { book, changed } = books.entry(symbol.to_owned()).or_default();
        if is_anew {
            *book = Book::default();
        }
        points.iter().for_each(|&(at, value)| book.add(at, value));
        book.trim(DAYS.into());
        let now = EpochSec::from(SystemTime::now());
        let changes = book.changes(symbol, now);
        if changes.is_some() {
            *changed = now;
        }
        let changes = changes.filter(|_| !is_anew);
        let Some(full) = book.candles(symbol, now, 1).filter(|_| is_anew || changes.is_some()) else {
            return;
        };
        drop(books);
        let text = |candles: &Candles| serde_json::to_string(candles).unwrap_or_default();
        self.hub.change(CANDLES, symbol, &text(&full), changes.as_ref().map(text).as_deref());
    }

    /// Bars of the last `days` days of `symbol`; `None` while there is no price.
    pub(crate) fn candles(&self, symbol: &str, days: u32) -> Option<Candles> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let Dated { book, changed } = books.get(symbol)?;
        let candles = book.candles(symbol, *changed, days)?;
        Some(Candles { days: Some(days), ..candles })
    }

    /// The spot with the previous close of the trail, where massive knows none; `None`: nothing to fill in.
    fn filled(&self, text: &str, head: &Head<'_>) -> Result<Option<String>, serde_json::Error> {
        if head.prev_close.is_some() {
            return Ok(None);
        }
        let close = {
            let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
            books.get(&*head.symbol).and_then(|dated| previous_close(&dated.book, head.market_ts))
        };
        let Some(close) = close.filter(|close| *close > 0.0) else { return Ok(None) };
        let mut spot: Value = serde_json::from_str(text)?;
        let change = head.value - close;
        spot["prev_close"] = json!(close);
        spot["change"] = json!(rounded(change, 1e4));
        spot["change_pct"] = json!(rounded(100.0 * change / close, 1e5));
        Ok(Some(spot.to_string()))
    }
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// The last price around the close of the trading day before `market_ts`.
fn previous_close(book: &Book, market_ts: EpochSec) -> Option<f64> {
    let today = calendar::trading_date((market_ts.seconds() * 1000.0) as i64);
    let before = calendar::previous_trading_day(today);
    let instant = |(hour, minute)| {
        let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
        Some(calendar::instant(before, time).div_euclid(1000))
    };
    CLOSES.iter().find_map(|&(from, to)| book.last_in(instant(from)?, instant(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Friday 2025-11-21 10:00 in New York; the day before was Thursday, 16:00 there is 21:00 UTC.
    const FRIDAY: f64 = 1_763_737_200.0;
    const THURSDAY_CLOSE: f64 = 1_763_672_400.0;

    #[test]
    fn the_close_is_the_last_price_after_the_bell_else_the_last_before_it() {
        let mut book = Book::default();
        assert_eq!(previous_close(&book, EpochSec::new(FRIDAY)), None);
        book.add(THURSDAY_CLOSE - 60.0, 99.0);
        assert_eq!(previous_close(&book, EpochSec::new(FRIDAY)), Some(99.0));
        book.add(THURSDAY_CLOSE + 1.0, 100.0);
        book.add(THURSDAY_CLOSE + 1199.0, 101.0);
        book.add(THURSDAY_CLOSE + 1200.0, 102.0);
        assert_eq!(previous_close(&book, EpochSec::new(FRIDAY)), Some(101.0));
        assert_eq!(previous_close(&book, EpochSec::new(FRIDAY + 86_400.0)), None, "Friday has no close yet");
    }
}
