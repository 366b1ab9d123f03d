//! Further events at a given rate, on top of the market's own.

use super::{
    client::{Client, OptionWants},
    damage::{Outgoing, deliver},
    event,
    topic::Channel,
    volley::Volley,
};
use crate::{
    Sim,
    config::Sent,
    price::{Bar, Kind, Listing, PER_STEP, Quote, Trade, place, sequence},
    script::{Aim, FaultKind},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

const TICK: Duration = Duration::from_millis(1);
const WAITING: Duration = Duration::from_millis(20);
/// Distinct values of a symbol, a cent apart, before they begin again.
const CYCLE: u64 = 1000;
/// A burst that was held up sends no more than this at once, and the rest next time.
const MOST_AT_ONCE: f64 = 20_000.0;

/// A load waits while so much waits for its reader.
const FULL_QUEUE: usize = 4 << 20;
/// Courses of the load that `SIM_BENCH` asks for; faults count from 1.
const BENCH: u64 = 0;

#[derive(Debug)]
struct Course {
    since: Instant,
    sent: f64,
    /// On `/options`: what was subscribed when it was written, and the frames.
    volley: Option<(Arc<OptionWants>, Volley)>,
    /// Of each symbol: value at the beginning, events so far, last `t`.
    symbols: HashMap<usize, (f64, u64, i64)>,
}

/// Carries out bursts until the simulator closes.
pub(crate) async fn run(sim: Arc<Sim>) {
    let mut courses: HashMap<(u64, u64), Course> = HashMap::new();
    while !sim.closed.is_cancelled() {
        if !sim.faults.has_bursts() && sim.config.bench.is_none() {
            courses.clear();
            tokio::select! {
                () = sim.faults.changed() => (),
                () = sim.closed.cancelled() => return,
                // A burst that was set between the question and the wait.
                () = sleep(Duration::from_secs(1)) => (),
            }
            continue;
        }
        let mut busy = false;
        for client in sim.hub.listeners() {
            let is_options = client.path == "/options";
            let bench = sim.config.bench.filter(|_| is_options).map(|eps| (BENCH, f64::from(eps), None));
            for (id, eps, ticker) in sim.faults.bursts(&client.path).into_iter().chain(bench) {
                busy = true;
                let course = courses.entry((id, client.id)).or_insert_with(Course::new);
                if is_options {
                    course.go_on_with_quotes(&sim, &client, (id, eps), ticker.as_deref());
                } else {
                    course.go_on(&sim, &client, eps, ticker.as_deref());
                }
            }
        }
        sleep(if busy { TICK } else { WAITING }).await;
    }
}

impl Course {
    fn new() -> Self {
        Self { since: Instant::now(), sent: 0.0, volley: None, symbols: HashMap::new() }
    }

    /// Quotes of the subscribed contracts, in frames that are written in advance.
    fn go_on_with_quotes(&mut self, sim: &Sim, client: &Client, (id, eps): (u64, f64), ticker: Option<&str>) {
        let wants = client.state().options();
        let before = self.volley.take();
        let reached = before.as_ref().map_or(0, |(_, volley)| volley.reached());
        let written = before.filter(|(known, _)| Arc::ptr_eq(known, &wants));
        let (_, volley) = self.volley.insert(written.unwrap_or_else(|| {
            let quotes = wants.by_ticker.iter().filter(|(_, mask)| *mask & Channel::Quote.bit() != 0);
            let aimed = quotes.filter(|(known, _)| ticker.is_none_or(|ticker| known.contains(ticker)));
            let tickers = aimed.map(|(ticker, _)| ticker.clone()).collect();
            (Arc::clone(&wants), Volley::new(tickers, eps, id == BENCH, reached))
        }));
        let aim = Aim { path: &client.path, tickers: ticker.unwrap_or_default() };
        let held = [FaultKind::WsStall, FaultKind::WsGap].into_iter().any(|kind| sim.faults.holds(kind, aim));
        let due = self.since.elapsed().as_secs_f64() * eps - self.sent;
        if held || eps > 0.0 && due < 1.0 {
            return;
        }
        // What the reader has no room for comes later.
        let mut left = if eps > 0.0 { due as u64 } else { u64::MAX };
        while client.waiting() < FULL_QUEUE && !client.is_closing() {
            let sent = volley.send(sim, client, left.min(MOST_AT_ONCE as u64));
            if sent == 0 {
                break;
            }
            self.sent += sent as f64;
            left -= sent;
        }
    }

    fn go_on(&mut self, sim: &Sim, client: &Client, eps: f64, ticker: Option<&str>) {
        let listings = sim.market.listings();
        let aimed =
            |at: usize| ticker.is_none_or(|ticker| listings.get(at).is_some_and(|l| l.ticker == ticker));
        let mut wanted = client.state().wanted();
        wanted.retain(|(at, _)| aimed(*at));
        let due = (self.since.elapsed().as_secs_f64() * eps - self.sent).floor();
        if due < 1.0 || wanted.is_empty() {
            return;
        }
        let now = sim.clock.now().ms;
        let at = std::time::Instant::now();
        let count = due.min(MOST_AT_ONCE) as u64;
        let mut events: Vec<Outgoing<'_>> = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        let round = self.sent as u64;
        for n in round..round + count {
            let pick = usize::try_from(n).unwrap_or(0) % wanted.len();
            let Some((listing, channel)) = wanted.get(pick).copied() else { continue };
            let Some(listed) = listings.get(listing) else { continue };
            let (base, number, t) =
                self.symbols.entry(listing).or_insert_with(|| (sim.market.value(listed, now), 0, now));
            *number += 1;
            *t = now.max(*t);
            let value = (*base * 100.0 + (*number % CYCLE) as f64).round() / 100.0;
            if let Some(hook) = &sim.config.sent {
                hook.tell(&Sent { symbol: listed.ticker, value, t_ms: *t, at });
            }
            events.push((listed.ticker, write(listed, channel, value, *t, *number)));
        }
        self.sent += count as f64;
        deliver(sim, client, events);
    }
}

/// An event of the channel at this value.
fn write(listing: &Listing, channel: Channel, value: f64, t: i64, number: u64) -> String {
    let here = place(t);
    let upper = PER_STEP / 2;
    let sequence = sequence(here.minute, here.step) + upper + number % upper;
    let bar = Bar { volume: 100.0, trades: 1, ..Bar::point(t, value) };
    let ask = ((value + 0.01) * 100.0).round() / 100.0;
    let quote = Quote { t, bid: value, bid_size: 100, ask, ask_size: 100, sequence, exchanges: (4, 7) };
    match channel {
        Channel::Value => event::value(listing, value, t),
        Channel::Trade => event::trade(
            listing,
            &Trade { t, price: value, size: 100, sequence, exchange: 4, conditions: &[] },
        ),
        Channel::Quote => event::quote(listing, &quote),
        Channel::FairValue => event::fair_value(listing.ticker, (value, ask), t),
        Channel::Second | Channel::Minute => {
            let minute = channel == Channel::Minute;
            match listing.kind {
                Kind::Index => event::index_bar(listing, minute, &bar, value, t),
                Kind::Stock => {
                    let day = event::DaySoFar { open: value, volume: 100.0 * number as f64, vwap: value };
                    event::stock_bar(listing.ticker, minute, &bar, day, t)
                }
            }
        }
    }
}
