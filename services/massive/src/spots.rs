//! Prices over REST: the first ones after the start, a fallback while a feed is down, and the reference values
//! (previous close, session high and low) that no feed brings.

use crate::{
    analytics::Spot,
    notes::{Note, Notice},
    provider::{
        answer::{self, Item, SpotItem},
        rest::Error,
    },
    shared::Shared,
    symbols::{Path, Symbol, SymbolId},
};
use chrono::NaiveDate;
use serde_json::json;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// A plan of a few requests a minute has a call for spots this often.
const SLOW_PLAN: Duration = Duration::from_secs(15);
/// Between two rounds of single requests, when the common one fails.
const FALLBACK: Duration = Duration::from_secs(5);
/// Between two requests for the same previous close.
const PREV_CLOSE: Duration = Duration::from_secs(60);

/// Asks for prices until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, closed: CancellationToken) {
    let mut spots = Spots::new(Arc::clone(&shared));
    let mut cadence = interval(spots.interval());
    cadence.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let is_urgent = tokio::select! {
            _ = cadence.tick() => false,
            () = shared.refresh.notified() => true,
            () = closed.cancelled() => return,
        };
        let due = spots.due(is_urgent);
        if due.is_empty() {
            continue;
        }
        let Some(found) = closed.run_until_cancelled(spots.ask(&due)).await else { return };
        if !found.is_empty() && shared.notes.send(Note::Spots(found)).await.is_err() {
            return;
        }
    }
}

struct Spots {
    shared: Arc<Shared>,
    asked: HashMap<Path, Instant>,
    disabled: HashMap<SymbolId, Instant>,
    snapshot_disabled: Option<Instant>,
    fallback_at: Option<Instant>,
    closes: HashMap<SymbolId, Close>,
}

/// A previous close that was asked for by itself.
struct Close {
    asked: Instant,
    date: NaiveDate,
    value: Option<f64>,
}

impl Spots {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            asked: HashMap::new(),
            disabled: HashMap::new(),
            snapshot_disabled: None,
            fallback_at: None,
            closes: HashMap::new(),
        }
    }

    fn interval(&self) -> Duration {
        let config = &self.shared.config;
        let wanted = Duration::from_secs_f64(config.spot_interval_sec);
        if config.rest_max_rps < 1.0 { wanted.max(SLOW_PLAN) } else { wanted }
    }

    /// Symbols whose turn it is: every interval while their feed is down, seldom while it is healthy.
    fn due(&mut self, is_urgent: bool) -> Vec<SymbolId> {
        let now = Instant::now();
        let healthy = self.shared.config.limits.spot_healthy;
        self.disabled.retain(|_, until| now < *until);
        let mut due = Vec::new();
        for path in Path::ALL {
            let is_new = self.asked.get(&path).is_none_or(|at| now - *at >= healthy);
            if !is_urgent && !is_new && self.shared.is_healthy(path) {
                continue;
            }
            self.asked.insert(path, now);
            let symbols = self.shared.symbols.iter().filter(|(_, symbol)| symbol.path == path);
            due.extend(symbols.map(|(id, _)| id).filter(|id| !self.disabled.contains_key(id)));
        }
        due
    }

    async fn ask(&mut self, due: &[SymbolId]) -> Vec<SpotItem> {
        let mut found = Vec::new();
        let is_off = self.snapshot_disabled.is_some_and(|until| Instant::now() < until);
        let error =
            if is_off { Some(Error::NotEntitled) } else { self.universal(due, &mut found).await.err() };
        if matches!(error, Some(Error::Held | Error::Auth | Error::TooMany)) {
            return found;
        }
        self.fall_back(due, error.is_some(), &mut found).await;
        self.fill_closes(&mut found).await;
        found
    }

    async fn universal(&mut self, due: &[SymbolId], found: &mut Vec<SpotItem>) -> Result<(), Error> {
        let size = self.shared.config.limits.page_size;
        for part in due.chunks(250) {
            let names: Vec<&str> = part.iter().map(|id| self.symbol(*id).name.as_str()).collect();
            let path = format!("/v3/snapshot?ticker.any_of={}&limit={size}", names.join(","));
            if let Err(error) = self.list(&path, found).await {
                self.universal_failed(error);
                return Err(error);
            }
        }
        Ok(())
    }

    fn universal_failed(&mut self, error: Error) {
        if matches!(error, Error::NotEntitled | Error::NotFound) {
            self.snapshot_disabled = Some(Instant::now() + self.shared.config.limits.disabled);
            warn!(%error, "spot snapshot switched off for a while");
            self.tell(Notice::warn("not_entitled").with(json!({"endpoint": "/v3/snapshot"})));
        }
    }

    async fn list(&mut self, path: &str, found: &mut Vec<SpotItem>) -> Result<(), Error> {
        let limit = self.shared.config.limits.rest_spot;
        let read = self.shared.rest.pages(path, limit, answer::snapshot).await?;
        for item in read.pages.into_iter().flat_map(|page| page.items) {
            match item {
                Item::Spot(spot) => found.push(spot),
                Item::Refused { symbol, code } => self.disable(&symbol, &code),
            }
        }
        Ok(())
    }

    /// Asks one by one for stocks that have no price yet, and for indices by their own list when the common
    /// one failed.
    async fn fall_back(&mut self, due: &[SymbolId], has_failed: bool, found: &mut Vec<SpotItem>) {
        let now = Instant::now();
        let priced: Vec<String> =
            found.iter().filter(|spot| spot.price.is_some()).map(|spot| spot.symbol.clone()).collect();
        let lacking = |path: Path, this: &Self| -> Vec<Symbol> {
            let symbols = due.iter().filter(|id| !this.disabled.contains_key(id)).map(|id| this.symbol(*id));
            symbols.filter(|symbol| symbol.path == path && !priced.contains(&symbol.name)).cloned().collect()
        };
        let (stocks, indices) = (lacking(Path::Stocks, self), lacking(Path::Indices, self));
        let is_due = self.fallback_at.is_none_or(|at| now >= at);
        if !is_due || (stocks.is_empty() && (indices.is_empty() || !has_failed)) {
            return;
        }
        self.fallback_at = Some(now + FALLBACK);
        if has_failed && !indices.is_empty() {
            let names: Vec<&str> = indices.iter().map(|symbol| symbol.name.as_str()).collect();
            let path = format!("/v3/snapshot/indices?ticker.any_of={}&limit=250", names.join(","));
            if let Err(error) = self.list(&path, found).await {
                info!(%error, "indices have no REST price");
            }
        }
        for symbol in stocks {
            let path = format!("/v2/snapshot/locale/us/markets/stocks/tickers/{}", symbol.name);
            match self.shared.rest.get(&path, self.shared.config.limits.rest_spot, answer::stock).await {
                Ok(spot) if spot.symbol == symbol.name => found.push(spot),
                Ok(_) => self.shared.analytics.spot.add(Spot::FieldErrors, 1),
                Err(Error::NotFound) => self.disable(&symbol.name, "NOT_FOUND"),
                Err(Error::NotEntitled) => self.disable(&symbol.name, "NOT_ENTITLED"),
                // The others would meet the same.
                Err(_) => return,
            }
        }
    }

    /// Adds the previous close where the snapshot has none.
    async fn fill_closes(&mut self, found: &mut [SpotItem]) {
        let now = self.shared.clock.now();
        for spot in found.iter_mut().filter(|spot| spot.prev_close.is_none() && spot.price.is_some()) {
            let Some(id) = self.shared.symbols.id(&spot.symbol) else { continue };
            let known = self.closes.get(&id).filter(|close| close.date == now.date);
            let is_due =
                known.is_none_or(|close| close.value.is_none() && now.at - close.asked >= PREV_CLOSE);
            if is_due {
                let path = format!("/v2/aggs/ticker/{}/prev", spot.symbol);
                let limit = self.shared.config.limits.rest_spot;
                let value = self.shared.rest.get(&path, limit, answer::previous_close).await.ok().flatten();
                self.closes.insert(id, Close { asked: now.at, date: now.date, value });
            }
            spot.prev_close = self.closes.get(&id).and_then(|close| close.value);
        }
    }

    fn disable(&mut self, name: &str, code: &str) {
        let Some(id) = self.shared.symbols.id(name) else { return };
        let until = Instant::now() + self.shared.config.limits.disabled;
        if self.disabled.insert(id, until).is_none() {
            let kind = if code == "NOT_ENTITLED" { "not_entitled" } else { "symbol_disabled" };
            self.tell(Notice::warn(kind).of(name).with(json!({"code": code})));
        }
    }

    fn symbol(&self, id: SymbolId) -> &Symbol {
        self.shared.symbols.get(id)
    }

    fn tell(&self, notice: Notice) {
        if self.shared.notes.try_send(Note::Happened(notice)).is_err() {
            info!("an event was not told: the writer is busy");
        }
    }
}
