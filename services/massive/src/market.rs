//! The one state of the market. It has a single writer and no clock: every change is an event and an instant.

pub(crate) mod instrument;

use crate::{
    analytics::{Analytics, Spot as Count, Wire},
    clock::Now,
    notes::Notice,
    provider::{answer::SpotItem, message::Incoming},
    symbols::{SymbolId, Symbols},
};
use instrument::{Instrument, Outcome};
use quant::tick;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use wire::market::{Session, Tick};

/// What changes produce, besides marking instruments as changed.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) ticks: Vec<(SymbolId, Tick)>,
    pub(crate) notices: Vec<Notice>,
}

pub(crate) struct Market {
    instruments: Vec<Instrument>,
    analytics: Arc<Analytics>,
    stale_after: Duration,
    session: Option<Session>,
    date: Option<chrono::NaiveDate>,
    /// Since when the regular session lasts: before that nobody owes a price.
    regular_since: Instant,
}

impl Market {
    pub(crate) fn new(symbols: &Symbols, analytics: Arc<Analytics>, stale_after: Duration) -> Self {
        let instruments = symbols.iter().map(|(_, symbol)| Instrument::new(symbol)).collect();
        Self { instruments, analytics, stale_after, session: None, date: None, regular_since: Instant::now() }
    }

    pub(crate) fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    pub(crate) fn instruments_mut(&mut self) -> &mut [Instrument] {
        &mut self.instruments
    }

    /// Takes one event of a feed.
    pub(crate) fn apply(&mut self, event: &Incoming, now: &Now, output: &mut Output) {
        let instrument = &mut self.instruments[event.symbol.index()];
        let counts = self.analytics.wire(instrument.path);
        if now.is_synced && !tick::is_time(event.t.0, now.market.0) {
            counts.add(Wire::BadTime, 1);
            return;
        }
        match instrument.apply(event, now) {
            Outcome::Accepted(tick) => {
                self.analytics.spot.add(Count::Updates, 1);
                counts.add(Wire::Crossed, u64::from(tick.as_ref().is_some_and(is_crossed)));
                output.ticks.extend(tick.map(|tick| (event.symbol, tick)));
                if instrument.recover() {
                    output.notices.push(Notice::info("feed_recovered").of(&instrument.name));
                }
            }
            Outcome::Late(tick) => {
                counts.add(Wire::Late, 1);
                output.ticks.extend(tick.map(|tick| (event.symbol, tick)));
            }
            Outcome::Duplicate => counts.add(Wire::Dup, 1),
            Outcome::Held { last, price } => {
                self.analytics.spot.add(Count::JumpsHeld, 1);
                output.notices.push(held(&instrument.name, last, price));
            }
            Outcome::Nothing => {}
        }
    }

    /// Takes what REST knows of a symbol.
    pub(crate) fn apply_rest(&mut self, id: SymbolId, item: &SpotItem, now: &Now, output: &mut Output) {
        let instrument = &mut self.instruments[id.index()];
        match instrument.apply_rest(item, now) {
            Outcome::Held { last, price } => {
                self.analytics.spot.add(Count::JumpsHeld, 1);
                output.notices.push(held(&instrument.name, last, price));
            }
            Outcome::Accepted(_) => {
                self.analytics.spot.add(Count::Updates, 1);
                if instrument.recover() {
                    output.notices.push(Notice::info("feed_recovered").of(&instrument.name));
                }
            }
            _ => {}
        }
    }

    /// The market's time was moved: what counted as newer before does not any more.
    pub(crate) fn restart_order(&mut self) {
        self.instruments.iter_mut().for_each(Instrument::restart_order);
    }

    /// Looks at session, date and silence.
    pub(crate) fn look(&mut self, now: &Now, output: &mut Output) {
        self.look_at_session(now, output);
        if now.session != Session::Regular {
            self.analytics.spot.set(Count::Stale, 0);
            for instrument in &mut self.instruments {
                instrument.recover();
            }
            return;
        }
        for instrument in &mut self.instruments {
            let since = instrument.accepted_at.map_or(self.regular_since, |at| at.max(self.regular_since));
            let silent = now.at.saturating_duration_since(since);
            if silent > self.stale_after && instrument.go_stale() {
                let detail = json!({"silent_sec": silent.as_secs_f64().round()});
                output.notices.push(Notice::warn("feed_stale").of(&instrument.name).with(detail));
            }
        }
        let stale = self.instruments.iter().filter(|instrument| instrument.is_stale).count();
        self.analytics.spot.set(Count::Stale, stale as u64);
    }

    fn look_at_session(&mut self, now: &Now, output: &mut Output) {
        if !now.is_synced {
            return;
        }
        let before = self.session.replace(now.session);
        if before != Some(now.session) && now.session == Session::Regular {
            self.regular_since = now.at;
        }
        match before {
            Some(Session::Regular) if now.session != Session::Regular => {
                output.notices.push(Notice::info("session_close"));
            }
            Some(before) if before != now.session && now.session == Session::Regular => {
                output.notices.push(Notice::info("session_open"));
            }
            _ => {}
        }
        if let Some(before) = self.date.replace(now.date)
            && before != now.date
        {
            let detail = json!({"date": now.date.to_string(), "previous": before.to_string()});
            output.notices.push(Notice::info("trading_date").with(detail));
            self.instruments.iter_mut().for_each(Instrument::begin_day);
        }
    }
}

fn is_crossed(tick: &Tick) -> bool {
    matches!((tick.b, tick.a), (Some(bid), Some(ask)) if bid > 0.0 && ask > 0.0 && bid > ask)
}

fn held(name: &str, last: f64, price: f64) -> Notice {
    Notice::warn("spot_jump_held").of(name).with(json!({"last": last, "value": price}))
}

#[cfg(test)]
#[path = "market_tests.rs"]
mod tests;
