//! Turns passing market time into events, in an order that depends on nothing but that time.
//!
//! Time is taken in slices. While slices are left to do, or readers are behind, the clock is kept from running
//! away (see [`crate::clock::Clock::allow`]), so nothing is skipped and nothing piles up.

use super::{client::Client, damage::deliver, event::Event, options::Options, stage::Tapes, topic::Channel};
use crate::{
    Sim,
    clock::Now,
    script::{Aim, FaultKind},
};
use quant::calendar::{self, Session};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tracing::warn;

/// Longest time between two batches.
const BATCH: Duration = Duration::from_millis(50);
/// A process that was stopped does not replay more than this.
const MOST_BEHIND_MS: i64 = 20 * 60_000;
/// Market time that is handed out at once.
const SLICE_MS: i64 = 1000;
/// The same while the exchange is closed.
const CLOSED_SLICE_MS: i64 = 60_000;
/// Slices that are handed out before somebody else's request is answered.
const AT_ONCE: usize = 8;
/// While so much waits for a reader, the next slice does.
const FULL_QUEUE: usize = 2 << 20;
/// But not longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct State {
    last: Option<Now>,
    tapes: Tapes,
    options: Options,
}

/// How far events have been sent.
#[derive(Debug, Default)]
pub(crate) struct Pump {
    state: Mutex<State>,
}

/// Sends events until the simulator closes. Rests while nobody listens.
pub(crate) async fn run(sim: Arc<Sim>) {
    loop {
        let idle = sim.hub.listeners().is_empty();
        sim.clock.allow(!idle);
        tokio::select! {
            () = sim.closed.cancelled() => return,
            () = sim.hub.changed.notified() => (),
            () = tokio::time::sleep(BATCH), if !idle => (),
        }
        while !sim.pump.advance(&sim) && !sim.closed.is_cancelled() {
            drained(&sim).await;
        }
        // What a fault holds back is due even while no market time passes.
        for client in sim.hub.listeners() {
            deliver(&sim, &client, Vec::new());
        }
    }
}

/// Waits until the readers have room for more.
pub(crate) async fn drained(sim: &Sim) {
    tokio::task::yield_now().await;
    let begun = tokio::time::Instant::now();
    while sim.hub.longest_queue() > FULL_QUEUE && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

impl Pump {
    /// Sends what has happened up to now; of a long time, or while readers have no room, its beginning. True when
    /// all of it was sent.
    pub(crate) fn catch_up(&self, sim: &Sim) -> bool {
        for _ in 0..AT_ONCE {
            if self.advance(sim) {
                return true;
            }
            if sim.hub.longest_queue() > FULL_QUEUE {
                return false;
            }
        }
        false
    }

    /// Sends the next slice. True when it reaches up to now.
    fn advance(&self, sim: &Sim) -> bool {
        let mut state = self.lock();
        let now = sim.clock.now();
        let clients = sim.hub.listeners();
        let last = state.last.filter(|last| last.epoch == now.epoch && last.ms <= now.ms);
        let Some(last) = last.filter(|_| !clients.is_empty()) else {
            state.last = Some(now);
            return true;
        };
        let spans = sim.clock.spans(last.ms, now.ms);
        if now.ms - last.ms > MOST_BEHIND_MS && sim.clock.is_of_the_host() {
            warn!(behind_ms = now.ms - last.ms, "events skipped");
            state.last = Some(now);
            return true;
        }
        let Some(&(from, end)) = spans.first() else { return true };
        let slice = if calendar::session(from) == Session::Closed { CLOSED_SLICE_MS } else { SLICE_MS };
        let to = end.min(from + slice);
        state.slice(sim, &clients, (from, to));
        // Behind the last instant of a date comes the first of the next.
        let next = if to == end { spans.get(1).map_or(to, |span| span.0) } else { to };
        state.last = Some(Now { ms: next, epoch: now.epoch });
        next >= now.ms
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Everything after `from`, up to and with `to`.
    fn slice(&mut self, sim: &Sim, clients: &[Arc<Client>], (from, to): (i64, i64)) {
        if let Some(day) = &sim.day {
            let told = day.events(from, to);
            for client in clients {
                let topics = client.topics();
                let is_mine = |topic: &str| topics.contains(topic);
                let mine = told.iter().filter(|told| told.path == client.path);
                let mine = mine.filter(|told| is_mine(&told.topic) || is_mine(&told.wildcard()));
                deliver(sim, client, mine.map(|told| (told.ticker(), told.json.clone())).collect());
            }
            return;
        }
        let wanted = union(clients, sim.market.listings().len());
        let mut events = Vec::new();
        self.tapes.span(&sim.market, &wanted, (from, to), &mut events);
        spike(sim, &mut events);
        for client in clients.iter().filter(|client| client.path != "/options") {
            hand_out(sim, client, &events);
        }
        self.options.slice(sim, clients, (from, to));
    }
}

fn union(clients: &[Arc<Client>], listings: usize) -> Vec<u8> {
    let mut wanted = vec![0; listings];
    for client in clients {
        for (all, mask) in wanted.iter_mut().zip(client.masks()) {
            *all |= mask;
        }
    }
    wanted
}

fn hand_out(sim: &Sim, client: &Client, events: &[Event]) {
    let masks = client.masks();
    let listings = sim.market.listings();
    let mine = events
        .iter()
        .filter(|event| masks.get(event.listing).is_some_and(|mask| mask & event.channel.bit() != 0))
        .filter_map(|event| Some((listings.get(event.listing)?.ticker, event.json.clone())));
    deliver(sim, client, mine.collect());
}

/// One wrong value.
fn spike(sim: &Sim, events: &mut [Event]) {
    for event in events.iter_mut().filter(|event| event.channel == Channel::Value) {
        let Some(listing) = sim.market.listings().get(event.listing) else { continue };
        let aim = Aim { path: "/indices", tickers: listing.ticker };
        let Some(args) = sim.faults.strikes(FaultKind::SpotSpike, aim) else { continue };
        let factor = args.get("x").and_then(Value::as_f64).unwrap_or(1.0);
        if let Ok(mut json) = serde_json::from_str::<Value>(&event.json) {
            let value = json.get("val").and_then(Value::as_f64).unwrap_or_default() * factor;
            json["val"] = Value::from((value * 100.0).round() / 100.0);
            event.json = json.to_string();
        }
    }
}
