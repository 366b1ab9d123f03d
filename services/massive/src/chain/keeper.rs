//! What the writer does for the chains: events in, ticks out, copies to the models, subscriptions to the socket.

use crate::{
    analytics::{Chain as Count, Wire},
    chain::{
        book::{Applied, Book, Fetched, Held, Taken},
        subscriptions::{self, Candidates},
    },
    clock::Now,
    notes::Notice,
    provider::message::OptionEvent,
    publish::Publisher,
    shared::Shared,
    symbols::{Path, SymbolId},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use wire::{EpochMs, market::Session};

/// A chain that nothing changes is still handed to the models this often: time decays.
const OFFER: Duration = Duration::from_secs(1);
const VIX: &str = "I:VIX";

pub(crate) struct Keeper {
    shared: Arc<Shared>,
    book: Book,
    /// By chain.
    states: Vec<State>,
    events: Vec<OptionEvent>,
    topics_due: bool,
    /// Since when options are silent enough to have been fetched anew.
    is_dormant: bool,
}

#[derive(Debug, Clone, Copy)]
struct State {
    symbol: Option<SymbolId>,
    offered: Option<(Instant, f64)>,
    /// Spot when the subscriptions were last worked out.
    subscribed_at: Option<f64>,
}

impl Keeper {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let symbols = &shared.config.chains.symbols;
        let state =
            |symbol: &String| State { symbol: shared.symbols.id(symbol), offered: None, subscribed_at: None };
        Self {
            shared: Arc::clone(shared),
            book: Book::new(symbols),
            states: symbols.iter().map(state).collect(),
            events: Vec::new(),
            topics_due: false,
            is_dormant: false,
        }
    }

    /// Takes up to `limit` events of contracts, and hands their ticks out.
    pub(crate) fn drain(&mut self, limit: usize, publisher: &Publisher, now: &Now) {
        self.events.clear();
        self.shared.queue.take_options(limit, &mut self.events);
        let counts = self.shared.analytics.wire(Path::Options);
        let (mut crossed, mut late, mut dup, mut bad_time, mut gone) = (0, 0, 0, 0, 0);
        for event in &self.events {
            match self.book.apply(event, now) {
                Applied::Accepted { is_crossed } => crossed += u64::from(is_crossed),
                Applied::Late => late += 1,
                Applied::Duplicate => dup += 1,
                Applied::BadTime => bad_time += 1,
                Applied::Gone => gone += 1,
                Applied::Nothing => {}
            }
        }
        for (count, by) in [
            (Wire::Crossed, crossed),
            (Wire::Late, late),
            (Wire::Dup, dup),
            (Wire::BadTime, bad_time),
            (Wire::GeometryMiss, gone),
        ] {
            counts.add(count, by);
        }
        for held in self.book.chains_mut() {
            publisher.option_ticks(&held.log, &held.geometry.tickers, &held.ticks);
            held.ticks.clear();
        }
    }

    /// Takes what a cycle found of one chain; what there is to tell of it.
    pub(crate) fn take(&mut self, fetched: Fetched, publisher: &Publisher, now: &Now) -> Vec<Notice> {
        let (chain, count) = (fetched.chain, fetched.contracts.len());
        let before = self.book.chains().get(chain).map_or(0, Held::len);
        let first = self.first_expiration(chain);
        let Taken { is_changed, is_partial, is_rolled } = self.book.take(fetched, now);
        let counts = &self.shared.analytics.chain;
        counts.set(Count::Listed, self.book.chains().iter().map(|held| held.len() as u64).sum());
        let Some(held) = self.book.chains().get(chain) else { return Vec::new() };
        let mut notices = Vec::new();
        if is_partial {
            counts.add(Count::Partial, 1);
            let detail =
                json!({"contracts": count, "previous": before, "kept_cycles": held.partial_cycles()});
            notices.push(Notice::warn("chain_partial").of(&held.symbol).with(detail));
        }
        if is_changed {
            counts.add(Count::Geometries, 1);
            let geometry = &held.geometry;
            notices.push(Notice::info("geometry_changed").of(&held.symbol).with(json!({
                "geometry_version": geometry.version, "epoch": geometry.epoch, "contracts": held.len(),
                "entered": geometry.entered.len(), "exited": geometry.exited.len(),
            })));
            publisher.geometry(&held.symbol, geometry, now);
            self.shared.names.store(Arc::new(self.book.names().clone()));
            self.topics_due = true;
        }
        if is_rolled {
            let detail = json!({"from": first, "to": self.first_expiration(chain)});
            notices
                .push(Notice::info("expiration_rolled").of(&self.book.chains()[chain].symbol).with(detail));
        }
        notices
    }

    /// Hands chains that changed to the models, and moves the subscriptions after the spot.
    pub(crate) fn offer(&mut self, now: &Now) {
        let vix = self.shared.symbols.id(VIX).and_then(|id| self.shared.prices.get(id));
        for (held, state) in self.book.chains_mut().iter_mut().zip(&mut self.states) {
            let Some(spot) = state.symbol.and_then(|id| self.shared.prices.get(id)) else { continue };
            let is_far = |from: f64| (spot / from - 1.0).abs() > subscriptions::MOVE;
            self.topics_due |= state.subscribed_at.is_some_and(is_far);
            let is_due = state.offered.is_none_or(|(at, of)| of != spot || now.at - at >= OFFER);
            if held.geometry.version > 0 && (held.is_dirty || is_due) {
                held.is_dirty = false;
                state.offered = Some((now.at, spot));
                let spare = self.shared.desk.spare();
                self.shared.desk.offer(held.view(spare, spot, vix, *now));
            }
        }
        if std::mem::take(&mut self.topics_due) {
            self.subscribe(now);
        }
    }

    /// A new trading date has other contracts that expire today.
    pub(crate) fn begin_day(&mut self) {
        self.topics_due = true;
        self.shared.recycle.notify_one();
    }

    /// The market's time was moved.
    pub(crate) fn restart_order(&mut self) {
        self.book.restart_order();
        self.shared.recycle.notify_one();
    }

    /// Fetches the chains at once when their feed falls silent in a regular session.
    pub(crate) fn look(&mut self, now: &Now) {
        let counts = self.shared.analytics.wire(Path::Options);
        let last = i64::try_from(counts.get(Wire::LastFrameTs)).unwrap_or(0);
        let silent_ms = EpochMs::from(now.ts).0.saturating_sub(last);
        let limit = i64::try_from(self.shared.config.limits.dormant_after.as_millis()).unwrap_or(i64::MAX);
        let is_silent = now.session == Session::Regular && last > 0 && silent_ms > limit;
        if is_silent && !self.is_dormant {
            counts.add(Wire::Dormant, 1);
            self.shared.recycle.notify_one();
        }
        self.is_dormant = is_silent;
    }

    fn subscribe(&mut self, now: &Now) {
        let mut candidates = Vec::new();
        for (held, state) in self.book.chains().iter().zip(&mut self.states) {
            state.subscribed_at = state.symbol.and_then(|id| self.shared.prices.get(id));
            if let Some(spot) = state.subscribed_at {
                let tickers = held.geometry.tickers.as_slice();
                candidates.push(Candidates { symbol: &held.symbol, chain: held.chain(), tickers, spot });
            }
        }
        let topics = Arc::new(subscriptions::topics(&candidates, now.date));
        self.shared.analytics.chain.set(Count::Subscribed, topics.len() as u64);
        self.shared.topics[Path::Options.index()].send_if_modified(|known| {
            let is_new = *known != topics;
            *known = topics;
            is_new
        });
    }

    fn first_expiration(&self, chain: usize) -> Option<String> {
        Some(self.book.chains().get(chain)?.chain().expiries.first()?.date.to_string())
    }
}
