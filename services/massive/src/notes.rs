//! What the other tasks tell the single writer, and how often a market event may repeat.

use crate::{
    chain::book::Fetched,
    clock::{Jump, Now},
    probe::Step,
    provider::answer::SpotItem,
    symbols::Path,
};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;
use wire::market::{MarketEvent, Severity};

/// A message to the writer.
#[derive(Debug)]
pub(crate) enum Note {
    /// Something that readers of `market:events` should hear.
    Happened(Notice),
    /// Prices and reference values from REST.
    Spots(Vec<SpotItem>),
    /// What a cycle found of one chain.
    Chain(Fetched),
    /// The market's time jumped.
    Jumped(Jump),
    /// Results of a connectivity probe.
    Probed(Vec<Step>),
}

/// A market event before it has a time.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) kind: &'static str,
    pub(crate) severity: Severity,
    pub(crate) symbol: Option<String>,
    pub(crate) path: Option<&'static str>,
    pub(crate) detail: Value,
}

impl Notice {
    pub(crate) fn info(kind: &'static str) -> Self {
        Self { kind, severity: Severity::Info, symbol: None, path: None, detail: json!({}) }
    }

    pub(crate) fn warn(kind: &'static str) -> Self {
        Self { severity: Severity::Warn, ..Self::info(kind) }
    }

    pub(crate) fn error(kind: &'static str) -> Self {
        Self { severity: Severity::Error, ..Self::info(kind) }
    }

    #[must_use]
    pub(crate) fn on(mut self, path: Path) -> Self {
        self.path = Some(path.name());
        self
    }

    #[must_use]
    pub(crate) fn of(mut self, symbol: &str) -> Self {
        self.symbol = Some(symbol.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Lets the same event for the same symbol or path through once in a while, and counts the rest.
#[derive(Debug)]
pub(crate) struct Repeats {
    gap: Duration,
    seen: HashMap<Subject, (Instant, u64)>,
}

/// Kind, symbol and path of an event.
type Subject = (&'static str, Option<String>, Option<&'static str>);

/// Kinds times symbols stay far below this; beyond it the oldest are forgotten.
const MAX_SEEN: usize = 1_000;

impl Repeats {
    pub(crate) fn new(gap: Duration) -> Self {
        Self { gap, seen: HashMap::new() }
    }

    /// The event to publish at `now`, with the number of repeats since the last one; `None` when it is a repeat.
    pub(crate) fn admit(&mut self, notice: Notice, now: &Now) -> Option<MarketEvent> {
        let key = (notice.kind, notice.symbol.clone(), notice.path);
        let repeats = match self.seen.get_mut(&key) {
            Some((last, repeats)) if now.at.duration_since(*last) < self.gap => {
                *repeats += 1;
                return None;
            }
            Some((_, repeats)) => *repeats,
            None => 0,
        };
        if self.seen.len() >= MAX_SEEN {
            let gap = self.gap;
            self.seen.retain(|_, (last, _)| now.at.duration_since(*last) < gap);
        }
        self.seen.insert(key, (now.at, 0));
        let mut detail = notice.detail;
        if repeats > 0
            && let Some(fields) = detail.as_object_mut()
        {
            fields.insert("repeats".into(), json!(repeats));
        }
        Some(MarketEvent {
            kind: notice.kind.into(),
            ts: now.ts,
            market_ts: now.market.to_sec(),
            severity: notice.severity,
            symbol: notice.symbol,
            path: notice.path.map(str::to_owned),
            detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, config::ClockSource};

    #[tokio::test(start_paused = true)]
    async fn a_repeat_within_ten_seconds_is_counted_not_told() {
        let clock = Clock::new(ClockSource::System);
        let mut repeats = Repeats::new(Duration::from_secs(10));
        let stale = |symbol| Notice::warn("feed_stale").of(symbol);
        assert_eq!(repeats.admit(stale("SPY"), &clock.now()).unwrap().detail, json!({}));
        assert!(repeats.admit(stale("SPY"), &clock.now()).is_none());
        assert!(repeats.admit(stale("QQQ"), &clock.now()).is_some(), "another symbol");
        assert!(repeats.admit(Notice::warn("feed_stale"), &clock.now()).is_some(), "no symbol");
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(repeats.admit(stale("SPY"), &clock.now()).is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(repeats.admit(stale("SPY"), &clock.now()).unwrap().detail, json!({"repeats": 2}));
    }
}
