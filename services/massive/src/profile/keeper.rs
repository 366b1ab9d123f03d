//! What the profiles need from outside: stored ones, days of minute bars, profiles made elsewhere, edits by people.

use super::Note;
use crate::{
    config::ProfileSource,
    provider::{answer, rest::Error},
    shared::Shared,
};
use bus::{Bus, Delivery};
use chrono::{Days, NaiveDate, NaiveTime};
use futures_util::StreamExt;
use quant::{calendar, profile::Bar};
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use wire::{
    gravity::{self, UPDATED, VolumeNode, VolumeProfile},
    market::Session,
};

const MINUTE_MS: i64 = 60_000;
/// A stored profile is asked for this long; then the bars are loaded.
const RECALL: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(30);
const UNSYNCED: Duration = Duration::from_millis(500);
/// A stored profile that is older than this begins anew.
const MAX_AGE_DAYS: u32 = 3;
/// Trading days of bars in one request.
const CHUNK_DAYS: u32 = 5;
/// A profile whose newest minute is older than this in a session lacks something.
const LAG_MS: i64 = 3 * MINUTE_MS;

/// Keeps the profiles supplied until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, bus: Bus, closed: CancellationToken) {
    if shared.config.models.profile.sources.is_empty() {
        return;
    }
    let keeper = Keeper { shared, bus, filled: Mutex::default(), edits: Mutex::default() };
    let work = async {
        while !keeper.shared.clock.now().is_synced {
            sleep(UNSYNCED).await;
        }
        tokio::join!(keeper.begin(), keeper.pace(), keeper.watch());
    };
    closed.run_until_cancelled(Box::pin(work)).await;
}

struct Keeper {
    shared: Arc<Shared>,
    bus: Bus,
    /// Indices whose history is told; the date of each.
    filled: Mutex<BTreeMap<String, NaiveDate>>,
    /// People's nodes as they were told last.
    edits: Mutex<BTreeMap<String, Vec<VolumeNode>>>,
}

impl Keeper {
    /// Every profile from where it was left, or from the bars.
    async fn begin(&self) {
        for (symbol, source) in self.sources() {
            self.edited(symbol).await;
            match timeout(RECALL, self.stored(symbol, source)).await {
                Ok(Some(model)) if !self.is_old(&model) => {
                    let last = model.last_bar_t.map(|t| t.0);
                    self.told(symbol, model);
                    if let Some(last) = last {
                        let now = self.shared.clock.now().market.0;
                        self.fill_surely(symbol, source, last + MINUTE_MS, now).await;
                    }
                }
                _ => self.load(symbol, source).await,
            }
            self.lock(&self.filled).insert(symbol.clone(), self.shared.clock.now().date);
            self.shared.desk.note(Note::Publish);
        }
    }

    /// Publishes at its pace and fills holes.
    async fn pace(&self) {
        let mut pace = interval(self.shared.config.limits.profile_every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            for (symbol, _) in self.sources() {
                self.edited(symbol).await;
            }
            self.shared.desk.note(Note::Publish);
            for (symbol, source) in self.sources() {
                self.keep_up(symbol, source).await;
            }
        }
    }

    /// Listens for what others write.
    async fn watch(&self) {
        let mut updates = pin!(self.bus.subscribe(UPDATED).await);
        while let Some(delivery) = updates.next().await {
            match delivery {
                Delivery::Message(update) => self.heard(&update.symbol, &update.artifact_version).await,
                Delivery::Resumed => {
                    for (symbol, _) in self.sources() {
                        self.heard(symbol, "").await;
                    }
                }
            }
        }
    }

    /// Holes, lag, and days that have grown too many.
    async fn keep_up(&self, symbol: &str, source: &ProfileSource) {
        let now = self.shared.clock.now();
        let Some(date) = self.lock(&self.filled).get(symbol).copied() else { return };
        let facts = self.shared.desk.board.take(symbol);
        if date != now.date {
            self.lock(&self.filled).insert(symbol.to_owned(), now.date);
            if facts.days > self.shared.config.models.profile.days {
                return self.load(symbol, source).await;
            }
        }
        let newest = facts.newest_minute.unwrap_or(now.market.0);
        let is_behind = now.session != Session::Closed && now.market.0 - newest > LAG_MS;
        let lag = is_behind.then_some((newest + MINUTE_MS, now.market.0));
        for (from, to) in facts.holes.into_iter().chain(lag) {
            // What fails now is gone when it was a hole, and seen again when it was the end: good enough for a minute.
            if let Err(error) = self.fill(symbol, source, from, to).await {
                debug!(symbol, %error, "hole not filled");
            }
        }
    }

    /// Somebody published version `version` of `symbol`.
    async fn heard(&self, symbol: &str, version: &str) {
        let Some(source) = self.shared.config.models.profile.sources.get(symbol) else { return };
        let is_own = |version: &str| self.shared.desk.board.is_own(symbol, version);
        if is_own(version) {
            return;
        }
        let mut is_news = self.edited(symbol).await;
        if let Some(model) = self.stored(symbol, source).await
            && !is_own(&model.version)
        {
            info!(symbol, version = model.version, "profile made elsewhere");
            // What it lacks up to now is filled like any other lag.
            self.told(symbol, model);
            is_news = true;
        }
        if is_news {
            self.shared.desk.note(Note::Publish);
        }
    }

    /// The stored profile; `None`: there is none of this source and scale. Waits for Redis.
    async fn stored(&self, symbol: &str, source: &ProfileSource) -> Option<VolumeProfile> {
        let stored = loop {
            match self.bus.get(&gravity::volume_profile(symbol)).await {
                Ok(stored) => break stored?,
                Err(error) if error.is_transient() => sleep(UNSYNCED).await,
                Err(error) => {
                    warn!(symbol, %error, "stored profile not usable");
                    return None;
                }
            }
        };
        let is_same = stored.source == source.source
            && stored.multiplier == source.multiplier
            && stored.step == source.step;
        is_same.then_some(stored)
    }

    /// Tells people's nodes, when they changed.
    async fn edited(&self, symbol: &str) -> bool {
        let artifact = match self.bus.get(&gravity::artifact(symbol)).await {
            Ok(artifact) => artifact,
            Err(error) => {
                debug!(symbol, %error, "artifact not read");
                return false;
            }
        };
        let edited = artifact.filter(|artifact| artifact.meta.edited == Some(true));
        let nodes = edited.map(|artifact| artifact.structures.volume_nodes);
        let mut edits = self.lock(&self.edits);
        let before = match &nodes {
            Some(nodes) => edits.insert(symbol.to_owned(), nodes.clone()),
            None => edits.remove(symbol),
        };
        let is_news = before != nodes;
        if is_news {
            self.shared.desk.note(Note::Edited { symbol: symbol.to_owned(), nodes });
        }
        is_news
    }

    fn is_old(&self, model: &VolumeProfile) -> bool {
        let last = model.last_bar_t.map_or_else(|| wire::EpochMs::from(model.market_ts).0, |t| t.0);
        trading_days(calendar::trading_date(last), self.shared.clock.now().date) > MAX_AGE_DAYS
    }

    /// The profile goes on from `model`.
    fn told(&self, symbol: &str, model: VolumeProfile) {
        self.shared.desk.note(Note::Base { symbol: symbol.to_owned(), model: Some(Box::new(model)) });
        self.shared.desk.note(Note::Ready { symbol: symbol.to_owned() });
    }

    /// All the days, newest first.
    async fn load(&self, symbol: &str, source: &ProfileSource) {
        self.shared.desk.note(Note::Base { symbol: symbol.to_owned(), model: None });
        let now = self.shared.clock.now();
        let mut last = now.date;
        if !calendar::is_trading_day(last) {
            last = calendar::previous_trading_day(last);
        }
        let mut missing = self.shared.config.models.profile.days;
        while missing > 0 {
            let days = missing.min(CHUNK_DAYS);
            let first = (1..days).fold(last, |date, _| calendar::previous_trading_day(date));
            let until = midnight(last + Days::new(1)).min(now.market.0);
            let found = self.fill_surely(symbol, source, midnight(first), until).await;
            if found == 0 && missing < self.shared.config.models.profile.days {
                break;
            }
            missing -= days;
            last = calendar::previous_trading_day(first);
        }
        self.shared.desk.note(Note::Ready { symbol: symbol.to_owned() });
        info!(symbol, "profile loaded");
    }

    /// [`Self::fill`], again and again, unless the vendor has no bars.
    async fn fill_surely(&self, symbol: &str, source: &ProfileSource, from: i64, to: i64) -> usize {
        loop {
            match self.fill(symbol, source, from, to).await {
                Ok(count) => return count,
                Err(error @ (Error::NotEntitled | Error::NotFound | Error::Refused(_))) => {
                    warn!(symbol, %error, "no bars for the profile");
                    return 0;
                }
                Err(error) => {
                    debug!(symbol, %error, "bars not loaded");
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Tells the whole minutes from `from` up to `to`, Unix milliseconds; how many there are.
    async fn fill(&self, symbol: &str, source: &ProfileSource, from: i64, to: i64) -> Result<usize, Error> {
        if to - from < MINUTE_MS {
            return Ok(0);
        }
        let path = format!(
            "/v2/aggs/ticker/{}/range/1/minute/{from}/{to}?adjusted=true&sort=asc&limit=50000",
            source.source
        );
        let limit = self.shared.config.limits.rest_total;
        let bars = self.shared.rest.get(&path, limit, answer::bars).await?;
        let bars: Vec<Bar> = bars
            .iter()
            .map(|bar| Bar {
                t_ms: bar.t.0,
                low: bar.low,
                high: bar.high,
                close: bar.close,
                volume: bar.volume,
            })
            // A minute that still runs comes by its trades.
            .filter(|bar| bar.t_ms >= from && bar.t_ms + MINUTE_MS <= to)
            .collect();
        let count = bars.len();
        self.shared.desk.note(Note::Bars { symbol: symbol.to_owned(), bars });
        Ok(count)
    }

    fn sources(&self) -> impl Iterator<Item = (&String, &ProfileSource)> {
        self.shared.config.models.profile.sources.iter()
    }

    fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Midnight in New York, Unix milliseconds.
fn midnight(date: NaiveDate) -> i64 {
    calendar::instant(date, NaiveTime::MIN)
}

/// Trading days after `from`, up to and with `to`; more than a month is as much as a month.
fn trading_days(from: NaiveDate, to: NaiveDate) -> u32 {
    let later: BTreeSet<NaiveDate> = from
        .iter_days()
        .skip(1)
        .take(31)
        .filter(|date| *date <= to && calendar::is_trading_day(*date))
        .collect();
    u32::try_from(later.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekend_makes_a_profile_no_older() {
        let date = |day| NaiveDate::from_ymd_opt(2025, 11, day).unwrap();
        assert_eq!(trading_days(date(21), date(21)), 0);
        assert_eq!(trading_days(date(21), date(23)), 0);
        assert_eq!(trading_days(date(21), date(24)), 1);
        assert_eq!(trading_days(date(24), date(28)), 3, "without Thanksgiving");
        assert!(trading_days(date(21), NaiveDate::from_ymd_opt(2027, 1, 1).unwrap()) > MAX_AGE_DAYS);
    }
}
