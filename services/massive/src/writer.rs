//! The single writer: takes events and notes in, changes the market, hands results to the publisher.

use crate::{
    chain::keeper::Keeper,
    clock::Jump,
    market::{Market, Output},
    models::desk::{Spot, Trade},
    notes::{Note, Notice, Repeats},
    probe::Step,
    provider::message::Incoming,
    publish::Publisher,
    shared::Shared,
    symbols::Path,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::{EpochSec, market::TickKind};

/// Events of one path that are taken in one go.
const ROUND: usize = 1_024;
/// How long the sockets' queue waits for Redis to catch up.
const CATCH_UP: Duration = Duration::from_millis(2);

pub(crate) struct Writer {
    shared: Arc<Shared>,
    notes: mpsc::Receiver<Note>,
    market: Market,
    chains: Keeper,
    publisher: Publisher,
    repeats: Repeats,
    output: Output,
    events: Vec<Incoming>,
    /// Last result of each probe step, as fields.
    probes: BTreeMap<String, Value>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, notes: mpsc::Receiver<Note>, publisher: Publisher) -> Self {
        let limits = &shared.config.limits;
        Self {
            market: Market::new(&shared.symbols, Arc::clone(&shared.analytics), limits.stale_after),
            chains: Keeper::new(&shared),
            repeats: Repeats::new(limits.event_gap),
            notes,
            publisher,
            output: Output::default(),
            events: Vec::new(),
            probes: BTreeMap::new(),
            shared,
        }
    }

    /// Runs until `closed`; `pulse` is called once a second with whether the vendor is reached.
    pub(crate) async fn run(&mut self, closed: &CancellationToken, mut pulse: impl FnMut(bool)) {
        let mut beat = interval(self.shared.config.limits.pulse);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut offer = interval(Duration::from_millis(self.shared.config.models.heatmap_interval_ms));
        offer.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let is_behind = self.publisher.is_behind();
            let due = Publisher::next_due(self.market.instruments());
            tokio::select! {
                biased;
                () = closed.cancelled() => return,
                _ = beat.tick() => pulse(self.second()),
                Some(note) = self.notes.recv() => self.note(note),
                _ = offer.tick() => self.chains.offer(&self.shared.clock.now()),
                () = self.shared.queue.ready(!is_behind) => self.round(!is_behind),
                () = until(due) => self.publish(),
                // Redis catches up: what waits of contracts is looked at again.
                () = sleep(CATCH_UP), if is_behind => {}
            }
        }
    }

    /// Takes a round of what the sockets have brought. Prices come first and are never held up by contracts, which
    /// wait while Redis is behind.
    fn round(&mut self, with_options: bool) {
        let now = self.shared.clock.now();
        for path in Path::ALL {
            self.events.clear();
            self.shared.queue.take(path, ROUND, &mut self.events);
            for event in &self.events {
                self.market.apply(event, &now, &mut self.output);
            }
        }
        self.hand_out();
        self.publish();
        if with_options {
            self.chains.drain(ROUND, &self.publisher, &now);
        }
    }

    /// Ticks and events go to the publisher as they are.
    fn hand_out(&mut self) {
        for (id, tick) in self.output.ticks.drain(..) {
            let symbol = self.shared.symbols.get(id);
            if let (true, Some(price), Some(size)) = (symbol.trades && tick.ev == TickKind::T, tick.p, tick.s)
            {
                let source = symbol.name.as_str().into();
                self.shared.desk.trade(Trade { source, price, size, t_ms: tick.t.0 });
            }
            self.publisher.tick(&symbol.name, &tick);
        }
        for notice in std::mem::take(&mut self.output.notices) {
            if notice.kind == "trading_date" {
                self.shared.refresh.notify_one();
                self.chains.begin_day();
            }
            self.happened(notice);
        }
    }

    fn happened(&mut self, notice: Notice) {
        let now = self.shared.clock.now();
        if let Some(event) = self.repeats.admit(notice, &now) {
            info!(kind = event.kind, symbol = event.symbol, path = event.path, "market event");
            self.publisher.event(&event);
        }
    }

    /// Spots and snapshots that changed and whose pace allows it.
    fn publish(&mut self) {
        let now = self.shared.clock.now();
        let shared = Arc::clone(&self.shared);
        for ((id, symbol), instrument) in shared.symbols.iter().zip(self.market.instruments_mut()) {
            if instrument.spot_due
                && let Some((value, t)) = instrument.last()
            {
                shared.prices.set(id, value);
                shared.desk.spot(&symbol.name, Spot { value, t_ms: t.0, is_stale: instrument.is_stale });
            }
            self.publisher.instrument(instrument, &now);
        }
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Happened(notice) => self.happened(notice),
            Note::Spots(items) => {
                let now = self.shared.clock.now();
                for item in items {
                    if let Some(id) = self.shared.symbols.id(&item.symbol) {
                        self.market.apply_rest(id, &item, &now, &mut self.output);
                    }
                }
                self.hand_out();
                self.publish();
            }
            Note::Chain(fetched) => {
                let now = self.shared.clock.now();
                for notice in self.chains.take(fetched, &self.publisher, &now) {
                    self.happened(notice);
                }
                self.chains.offer(&now);
            }
            Note::Jumped(Jump(seconds)) => {
                self.market.restart_order();
                self.chains.restart_order();
                let detail = json!({"seconds": EpochSec::new(seconds)});
                self.happened(Notice::warn("clock_jump").with(detail));
                self.shared.refresh.notify_one();
            }
            Note::Probed(steps) => steps.iter().for_each(|step| self.probed(step)),
        }
    }

    fn probed(&mut self, step: &Step) {
        let field = format!("probe_{}", step.name);
        let before = self.probes.insert(field.clone(), json!(step.text()));
        self.probes.insert(format!("{field}_ms"), json!(step.took_ms));
        let was_ok = before.is_none_or(|before| before == "ok");
        let detail = json!({"step": step.name, "result": step.text(), "ms": step.took_ms});
        match (was_ok, step.failure) {
            (true, Some(_)) => self.happened(Notice::warn("probe_failed").with(detail)),
            (false, None) => self.happened(Notice::info("probe_recovered").with(detail)),
            _ => {}
        }
    }

    /// What is due once a second; whether the vendor is reached.
    fn second(&mut self) -> bool {
        let now = self.shared.clock.now();
        self.market.look(&now, &mut self.output);
        self.chains.look(&now);
        self.hand_out();
        self.publish();
        self.publisher.spots(self.market.instruments(), &now);
        self.publisher.clock(&self.shared.clock, &now);
        self.publisher.analytics(&self.shared.analytics, &self.probes);
        let is_connected = Path::ALL.iter().all(|&path| self.shared.is_healthy(path));
        is_connected && self.shared.rest.is_reachable()
    }

    /// The last round before the end: what the sockets brought so far is written, too.
    pub(crate) fn finish(&mut self) {
        while !self.shared.queue.is_empty() || !self.shared.queue.has_no_options() {
            self.round(true);
        }
        self.second();
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
