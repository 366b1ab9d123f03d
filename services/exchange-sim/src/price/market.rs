//! The market as the outside asks for it.

use super::{
    bar::{Bar, cents, four},
    ledger::{Day, Ledger, Levels},
    listing::{self, Kind, Listing, MARKET, VARIANCE},
    overlay::{Overlay, Shock},
    path::{
        MINUTES, Node, Painter, Place, STEPS, Weights, active_minutes, day_start, place, regular_minutes,
    },
    tape::{Printer, Quote, Trade},
};
use crate::Config;
use chrono::{NaiveDate, Timelike};
use quant::calendar;
use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// Days kept per factor: today and the previous one, of all factors.
const KEPT_PATHS: usize = 2 * listing::FACTORS.len() + 2;
/// Horizon of the VIX, years.
const VIX_YEARS: f64 = 30.0 / 365.0;

/// A minute of a symbol in full detail.
#[derive(Debug)]
pub struct Minute {
    /// The minute; its step is 0.
    pub place: Place,
    /// Prices of all steps.
    pub prices: Vec<f64>,
    turns: [usize; 4],
}

/// A day so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// Trading date.
    pub date: NaiveDate,
    /// The session: from 09:30, or from 04:00 before that. Volume counts from 04:00.
    pub bar: Bar,
    /// Close of the trading day before.
    pub previous_close: f64,
}

#[derive(Debug, Clone, Copy)]
struct Running {
    date: NaiveDate,
    version: usize,
    minute: usize,
    early: Option<Bar>,
    regular: Option<Bar>,
}

type Paths = Vec<((NaiveDate, usize), Arc<Vec<Node>>)>;

/// Prices, trades and quotes of every symbol at every instant.
#[derive(Debug)]
pub struct Market {
    listings: Vec<Listing>,
    printers: Vec<Printer>,
    painter: Painter,
    /// Long-run variance.
    mean: f64,
    zero: Levels,
    ledger: Mutex<Ledger>,
    paths: Mutex<Paths>,
    running: Mutex<HashMap<&'static str, Running>>,
    overlay: RwLock<Overlay>,
}

impl Market {
    /// The market of a configuration; its start values hold at the start date and time.
    pub fn new(config: &Config, first: NaiveDate) -> Self {
        let vix0 = config.spots.get("I:VIX").copied().unwrap_or(config.vix0);
        let mean = (vix0 / 100.0).powi(2);
        let mut listings = listing::all();
        for listing in &mut listings {
            let given = config.spots.get(listing.ticker).copied();
            listing.start = given.unwrap_or(if listing.factor == VARIANCE { vix0 } else { listing.start });
        }
        let painter = Painter::new(config.seed);
        let minutes = usize::try_from(config.start.num_seconds_from_midnight() / 60).unwrap_or(0);
        let minute = minutes.saturating_sub(240).min(active_minutes(first).saturating_sub(1));
        let mut zero = Levels::default();
        let mut ledger = Ledger::new(config.seed, mean.ln(), first, mean.ln());
        let open = |ledger: &Ledger, day: &Day, factor: usize| {
            let nodes = painter.nodes(ledger, day, factor, &Levels::default());
            nodes.get(minute).map_or(0.0, |node| node.open)
        };
        if let Some(day) = ledger.day(first) {
            let drifted = open(&ledger, &day, VARIANCE) - mean.ln();
            ledger = Ledger::new(config.seed, mean.ln(), first, mean.ln() - drifted);
        }
        if let Some(day) = ledger.day(first) {
            zero[MARKET] = open(&ledger, &day, MARKET);
            for (factor, level) in zero.iter_mut().enumerate().skip(MARKET + 1) {
                *level = painter.own_level(&ledger, &day, factor, minute);
            }
        }
        Self {
            printers: listings.iter().map(|listing| Printer::new(config.seed, listing.ticker)).collect(),
            listings,
            painter,
            mean,
            zero,
            ledger: Mutex::new(ledger),
            paths: Mutex::default(),
            running: Mutex::default(),
            overlay: RwLock::default(),
        }
    }

    /// Lets the value of a symbol stand still. False when there is no such symbol.
    pub fn fix(&mut self, ticker: &str, value: f64) -> bool {
        let found = self.listings.iter_mut().find(|listing| listing.ticker == ticker);
        found.map(|listing| listing.fixed = Some(value)).is_some()
    }

    /// All symbols, by ticker.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The symbol with this ticker.
    pub fn listing(&self, ticker: &str) -> Option<&Listing> {
        self.listings
            .binary_search_by(|listing| listing.ticker.cmp(ticker))
            .ok()
            .and_then(|at| self.listings.get(at))
    }

    /// Last price of a symbol at an instant.
    pub fn value(&self, listing: &Listing, ms: i64) -> f64 {
        let at = place(ms);
        let minute = self.minute(listing, at);
        minute.prices.get(at.step).copied().unwrap_or_default()
    }

    /// Instantaneous variance, per year.
    pub fn variance(&self, ms: i64) -> f64 {
        let at = place(ms);
        self.variances(at).get(at.step).copied().unwrap_or(self.mean)
    }

    /// Instantaneous variance at all steps of a minute, per year.
    pub fn variances(&self, at: Place) -> Vec<f64> {
        let nodes = self.nodes(at.date, VARIANCE);
        let Some(node) = nodes.get(at.minute) else { return vec![self.mean; STEPS] };
        let start = Place { step: 0, ..at }.ms();
        let overlay = self.overlay_read();
        let levels = self.painter.steps(at.date, at.minute, VARIANCE, node).into_iter().zip(0_i64..);
        let level = |(level, step)| level + overlay.at(VARIANCE, start + step * super::path::STEP_MS);
        levels.map(level).map(f64::exp).collect()
    }

    /// Long-run variance, per year.
    pub fn mean_variance(&self) -> f64 {
        self.mean
    }

    /// How often an operator has changed the course of prices: what was computed under another number may not hold.
    pub fn version(&self) -> usize {
        self.overlay_read().version()
    }

    /// One minute in full detail.
    pub fn minute(&self, listing: &Listing, at: Place) -> Minute {
        let at = Place { step: 0, ..at };
        let nodes = self.nodes(at.date, listing.factor);
        let Some(node) = nodes.get(at.minute) else {
            return Minute {
                place: at,
                prices: vec![self.price(listing, 0.0); STEPS],
                turns: [0, 1, 2, STEPS - 1],
            };
        };
        let mut levels = self.painter.steps(at.date, at.minute, listing.factor, node);
        let start = at.ms();
        let overlay = self.overlay_read();
        if overlay.version() > 0 {
            for (level, step) in levels.iter_mut().zip(0_i64..) {
                *level += overlay.at(listing.factor, start + step * super::path::STEP_MS);
            }
        }
        drop(overlay);
        let prices = levels.into_iter().map(|level| self.price(listing, level)).collect();
        Minute { place: at, prices, turns: node.turns() }
    }

    /// The trades of a minute; none of an index.
    pub fn trades(&self, listing: &Listing, minute: &Minute) -> Vec<Trade> {
        let Some(printer) = self.printer(listing).filter(|_| listing.kind == Kind::Stock) else {
            return Vec::new();
        };
        let traded = self.traded(listing, minute.place.date, minute.place.minute);
        printer.trades(minute.place, &minute.prices, minute.turns, traded)
    }

    /// The quotes of a minute; none of an index.
    pub fn quotes(&self, listing: &Listing, minute: &Minute) -> Vec<Quote> {
        let Some(printer) = self.printer(listing).filter(|_| listing.kind == Kind::Stock) else {
            return Vec::new();
        };
        printer.quotes(listing, minute.place, &minute.prices)
    }

    /// The bars of these minutes of a day, in order.
    pub fn minute_bars(&self, listing: &Listing, date: NaiveDate, minutes: Range<usize>) -> Vec<Bar> {
        let nodes = self.nodes(date, listing.factor);
        let start = day_start(date);
        minutes
            .filter_map(|minute| Some((minute, nodes.get(minute)?)))
            .map(|(minute, node)| self.minute_bar(listing, date, start, minute, node))
            .collect()
    }

    /// The bar of a minute up to and with step `last`.
    pub fn partial_bar(&self, listing: &Listing, at: Place) -> Bar {
        if at.step + 1 >= STEPS {
            let bars = self.minute_bars(listing, at.date, at.minute..at.minute + 1);
            if let Some(bar) = bars.first() {
                return *bar;
            }
        }
        let minute = self.minute(listing, at);
        let mut prices = minute.prices.iter().take(at.step + 1).copied();
        let mut bar = Bar::point(minute.place.ms(), prices.next().unwrap_or_default());
        prices.for_each(|price| bar.price(price));
        for trade in self.trades(listing, &minute).iter().take_while(|trade| trade.t <= at.ms()) {
            bar.trade(trade.size as f64, trade.price, 1);
        }
        bar.vwap = four(bar.vwap);
        bar
    }

    /// The whole day: prices of the regular session, volume of all hours. `None` when there was no session.
    pub fn day_bar(&self, listing: &Listing, date: NaiveDate) -> Option<Bar> {
        let regular = regular_minutes(date);
        let bars = self.minute_bars(listing, date, 0..active_minutes(date));
        fold_day(&bars, &regular)
    }

    /// The day of `ms` so far.
    pub fn stats(&self, listing: &Listing, ms: i64) -> Stats {
        let at = place(ms);
        let regular = regular_minutes(at.date);
        let version = self.overlay_read().version();
        let mut running = self
            .running()
            .get(listing.ticker)
            .copied()
            .filter(|seen| seen.date == at.date && seen.version == version && seen.minute <= at.minute)
            .unwrap_or(Running { date: at.date, version, minute: 0, early: None, regular: None });
        for (minute, bar) in
            (running.minute..).zip(self.minute_bars(listing, at.date, running.minute..at.minute))
        {
            running.add(minute, &bar, &regular);
        }
        running.minute = at.minute;
        self.running().insert(listing.ticker, running);
        running.add(at.minute, &self.partial_bar(listing, at), &regular);
        let mut bar =
            running.regular.or(running.early).unwrap_or_else(|| Bar::point(ms, self.price(listing, 0.0)));
        if let (Some(early), Some(_)) = (running.early, running.regular) {
            bar.trade(early.volume, early.vwap, early.trades);
        }
        bar.vwap = four(bar.vwap);
        Stats {
            date: at.date,
            bar,
            previous_close: self.close(listing, calendar::previous_trading_day(at.date)),
        }
    }

    /// Close of the regular session of `date`.
    pub fn close(&self, listing: &Listing, date: NaiveDate) -> f64 {
        let last = regular_minutes(date).end - 1;
        self.minute_bars(listing, date, last..last + 1).first().map_or(0.0, |bar| bar.close)
    }

    /// Lets a symbol drift by `percent` over `over_ms` of market time. False when there is no such symbol.
    pub fn shock(&self, ticker: &str, percent: f64, now: i64, over_ms: i64) -> bool {
        let Some(listing) = self.listing(ticker) else { return false };
        if listing.factor == VARIANCE {
            self.set_vix(self.value(listing, now) * (1.0 + percent / 100.0), now);
            return true;
        }
        let ln = (1.0 + percent / 100.0).max(0.01).ln();
        self.overlay_write(Shock { factor: listing.factor, at_ms: now, over_ms, ln });
        true
    }

    /// Moves the variance so that the VIX reads `vix` now.
    pub fn set_vix(&self, vix: f64, now: i64) {
        let share = vix_share();
        let target = self.mean + ((vix / 100.0).powi(2) - self.mean) / share;
        let ln = (target.max(1e-6) / self.variance(now)).ln();
        self.overlay_write(Shock { factor: VARIANCE, at_ms: now, over_ms: 0, ln });
    }

    fn overlay_write(&self, shock: Shock) {
        self.overlay.write().unwrap_or_else(PoisonError::into_inner).add(shock);
    }

    fn overlay_read(&self) -> std::sync::RwLockReadGuard<'_, Overlay> {
        self.overlay.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<&'static str, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn printer(&self, listing: &Listing) -> Option<&Printer> {
        let at = self.listings.binary_search_by(|known| known.ticker.cmp(listing.ticker)).ok()?;
        self.printers.get(at)
    }

    fn traded(&self, listing: &Listing, date: NaiveDate, minute: usize) -> (u64, u64) {
        let weights = Weights::of(date);
        let share = weights.price(minute) / weights.price_years();
        let number = Day::number(date) * MINUTES as u64 + minute as u64;
        self.printer(listing).map_or((0, 0), |printer| printer.traded(listing, number, share))
    }

    fn minute_bar(&self, listing: &Listing, date: NaiveDate, start: i64, minute: usize, node: &Node) -> Bar {
        let t = start + minute as i64 * 60_000;
        let (moving, offset) = {
            let overlay = self.overlay_read();
            (overlay.moves(listing.factor, t, t + 60_000), overlay.at(listing.factor, t))
        };
        let mut bar = if moving {
            let minute = self.minute(listing, Place { date, minute, step: 0 });
            let mut bar = Bar::point(t, minute.prices.first().copied().unwrap_or_default());
            minute.prices.iter().for_each(|price| bar.price(*price));
            bar
        } else {
            let price = |level: f64| self.price(listing, level + offset);
            let mut bar = Bar::point(t, price(node.open));
            bar.high = price(node.high);
            bar.low = price(node.low);
            bar.close = price(node.close);
            bar
        };
        if listing.kind == Kind::Stock {
            let (shares, trades) = self.traded(listing, date, minute);
            bar.volume = shares as f64;
            bar.trades = trades;
            bar.vwap = four((bar.open + bar.high + bar.low + 2.0 * bar.close) / 5.0);
        }
        bar
    }

    fn nodes(&self, date: NaiveDate, factor: usize) -> Arc<Vec<Node>> {
        let key = (date, factor);
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = paths.iter().position(|(known, _)| *known == key) {
            let found = paths.remove(at);
            let nodes = Arc::clone(&found.1);
            paths.push(found);
            return nodes;
        }
        drop(paths);
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let nodes = match ledger.day(date) {
            Some(day) => self.painter.nodes(&ledger, &day, factor, &self.zero),
            None => Vec::new(),
        };
        drop(ledger);
        let nodes = Arc::new(nodes);
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if paths.len() >= KEPT_PATHS {
            paths.remove(0);
        }
        paths.push((key, Arc::clone(&nodes)));
        nodes
    }

    fn price(&self, listing: &Listing, level: f64) -> f64 {
        if let Some(fixed) = listing.fixed {
            return fixed;
        }
        if listing.factor == VARIANCE {
            let variance = self.mean + (level.exp() - self.mean) * vix_share();
            return cents(100.0 * variance.max(0.0).sqrt());
        }
        cents(listing.start * level.exp()).max(0.01)
    }
}

impl Running {
    fn add(&mut self, minute: usize, bar: &Bar, regular: &Range<usize>) {
        if minute < regular.start {
            join(&mut self.early, bar);
        } else if regular.contains(&minute) {
            join(&mut self.regular, bar);
        } else if let Some(day) = &mut self.regular {
            day.trade(bar.volume, bar.vwap, bar.trades);
        }
    }
}

fn join(slot: &mut Option<Bar>, bar: &Bar) {
    match slot {
        Some(known) => known.join(bar),
        None => *slot = Some(*bar),
    }
}

fn fold_day(bars: &[Bar], regular: &Range<usize>) -> Option<Bar> {
    let mut day: Option<Bar> = None;
    for bar in bars.get(regular.clone())? {
        join(&mut day, bar);
    }
    let mut day = day?;
    for (_, bar) in bars.iter().enumerate().filter(|(minute, _)| !regular.contains(minute)) {
        day.trade(bar.volume, bar.vwap, bar.trades);
    }
    day.vwap = four(day.vwap);
    Some(day)
}

/// How much of the distance between spot variance and long-run variance the VIX shows.
fn vix_share() -> f64 {
    let reversion = super::ledger::REVERSION * VIX_YEARS;
    (1.0 - (-reversion).exp()) / reversion
}
