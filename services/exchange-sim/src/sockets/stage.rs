//! Events of indices and stocks, step by step.

use super::{
    event::{self, DaySoFar, Event},
    topic::Channel,
};
use crate::price::{
    Bar, Kind, Listing, Market, Minute, Place, Quote, STEP_MS, STEPS, Trade, place, regular_minutes,
};
use std::{collections::HashMap, sync::Arc};

const SECOND: usize = 10;
/// Steps of a second at which an index has a value: four a second.
const VALUE_STEPS: [usize; 4] = [0, 3, 5, 8];

/// A minute of a symbol with everything that happens in it.
#[derive(Debug)]
struct Tape {
    /// Of the market: an operator's shock makes it another minute.
    version: usize,
    minute: Minute,
    trades: Vec<Trade>,
    quotes: Vec<Quote>,
    open: f64,
    before: Bar,
}

/// The minutes under way, by listing.
#[derive(Debug, Default)]
pub(super) struct Tapes(HashMap<usize, [Option<Arc<Tape>>; 2]>);

impl Tapes {
    /// Events of the steps after `from`, up to and with `to`.
    pub(super) fn span(
        &mut self,
        market: &Market,
        wanted: &[u8],
        (from, to): (i64, i64),
        events: &mut Vec<Event>,
    ) {
        let mut t = from.div_euclid(STEP_MS) * STEP_MS + STEP_MS;
        while t <= to {
            let here = place(t);
            if here.ms() != t {
                // Closed: on to the next minute.
                t += STEP_MS * STEPS as i64 - t.rem_euclid(STEP_MS * STEPS as i64);
                continue;
            }
            for (at, listing) in market.listings().iter().enumerate() {
                if let Some(mask) = wanted.get(at).copied().filter(|mask| *mask != 0) {
                    let tape = self.tape(market, at, listing, here);
                    let before = (here.step == 0 && here.minute > 0)
                        .then(|| self.tape(market, at, listing, Place { minute: here.minute - 1, ..here }));
                    let stage = Stage { market, at, listing, mask, here, tape: &tape };
                    stage.play(before.as_deref(), events);
                }
            }
            t += STEP_MS;
        }
    }

    /// The minute of `here`; this one and the one before are kept.
    fn tape(&mut self, market: &Market, at: usize, listing: &Listing, here: Place) -> Arc<Tape> {
        let here = Place { step: 0, ..here };
        let kept = self.0.entry(at).or_default();
        let version = market.version();
        let is_it = |tape: &&Arc<Tape>| tape.minute.place == here && tape.version == version;
        if let Some(found) = kept.iter().flatten().find(is_it) {
            return Arc::clone(found);
        }
        let minute = market.minute(listing, here);
        let first =
            if here.minute < regular_minutes(here.date).start { 0 } else { regular_minutes(here.date).start };
        let open =
            market.minute_bars(listing, here.date, first..first + 1).first().map_or(0.0, |bar| bar.open);
        let before = match (listing.kind, here.minute.checked_sub(1)) {
            (Kind::Stock, Some(minute)) => {
                let end = Place { minute, step: STEPS - 1, ..here };
                market.stats(listing, end.ms()).bar
            }
            _ => Bar { volume: 0.0, ..Bar::point(here.ms(), 0.0) },
        };
        let tape = Arc::new(Tape {
            version,
            trades: market.trades(listing, &minute),
            quotes: market.quotes(listing, &minute),
            minute,
            open,
            before,
        });
        *kept = [kept[1].take(), Some(Arc::clone(&tape))];
        tape
    }
}

/// One step of one symbol.
struct Stage<'a> {
    market: &'a Market,
    at: usize,
    listing: &'a Listing,
    mask: u8,
    here: Place,
    tape: &'a Tape,
}

impl Stage<'_> {
    fn play(&self, before: Option<&Tape>, events: &mut Vec<Event>) {
        let t = self.here.ms();
        let step = self.here.step;
        if step.is_multiple_of(SECOND) {
            let (tape, end) = if step == 0 { (before, STEPS) } else { (Some(self.tape), step) };
            if let Some(tape) = tape {
                self.second(tape, end, t, events);
                if step == 0 {
                    self.minute(tape, t, events);
                }
            }
        }
        match self.listing.kind {
            Kind::Index => {
                if self.wants(Channel::Value) && VALUE_STEPS.contains(&(step % SECOND)) {
                    let value = self.tape.minute.prices.get(step).copied().unwrap_or_default();
                    self.push(Channel::Value, event::value(self.listing, value, t), events);
                }
            }
            Kind::Stock => self.ticks(t, events),
        }
    }

    fn ticks(&self, t: i64, events: &mut Vec<Event>) {
        if self.wants(Channel::Quote) {
            for quote in at(&self.tape.quotes, t, |quote| quote.t) {
                self.push(Channel::Quote, event::quote(self.listing, quote), events);
            }
        }
        if self.wants(Channel::Trade) {
            for trade in at(&self.tape.trades, t, |trade| trade.t) {
                self.push(Channel::Trade, event::trade(self.listing, trade), events);
            }
        }
        if self.wants(Channel::FairValue)
            && self.here.step.is_multiple_of(SECOND)
            && let Some(quote) = self.tape.quotes.iter().rfind(|quote| quote.t <= t)
        {
            self.push(
                Channel::FairValue,
                event::fair_value(self.listing.ticker, (quote.bid, quote.ask), t),
                events,
            );
        }
    }

    /// The bar of the second that ends at step `end` of `tape`.
    fn second(&self, tape: &Tape, end: usize, until: i64, events: &mut Vec<Event>) {
        if !self.wants(Channel::Second) {
            return;
        }
        let from = until - 1000;
        let prices = tape.minute.prices.get(end - SECOND..end).unwrap_or_default();
        if self.listing.kind == Kind::Index {
            let Some(first) = prices.first() else { return };
            let mut bar = Bar::point(from, *first);
            prices.iter().for_each(|price| bar.price(*price));
            let json = event::index_bar(self.listing, false, &bar, tape.open, until);
            self.push(Channel::Second, json, events);
            return;
        }
        let mut so_far = tape.before;
        let mut bar: Option<Bar> = None;
        for trade in tape.trades.iter().take_while(|trade| trade.t < until) {
            so_far.trade(trade.size as f64, trade.price, 1);
            if trade.t >= from {
                let bar = bar.get_or_insert_with(|| Bar::point(from, trade.price));
                bar.price(trade.price);
                bar.trade(trade.size as f64, trade.price, 1);
            }
        }
        if let Some(bar) = bar {
            let day = DaySoFar { open: tape.open, volume: so_far.volume, vwap: so_far.vwap };
            self.push(
                Channel::Second,
                event::stock_bar(self.listing.ticker, false, &bar, day, until),
                events,
            );
        }
    }

    /// The bar of the minute that `tape` is.
    fn minute(&self, tape: &Tape, until: i64, events: &mut Vec<Event>) {
        if !self.wants(Channel::Minute) {
            return;
        }
        let minute = tape.minute.place.minute;
        let bars = self.market.minute_bars(self.listing, self.here.date, minute..minute + 1);
        let Some(bar) = bars.first() else { return };
        let json = if self.listing.kind == Kind::Index {
            event::index_bar(self.listing, true, bar, tape.open, until)
        } else {
            let mut day = tape.before;
            day.trade(bar.volume, bar.vwap, bar.trades);
            let day = DaySoFar { open: tape.open, volume: day.volume, vwap: day.vwap };
            event::stock_bar(self.listing.ticker, true, bar, day, until)
        };
        self.push(Channel::Minute, json, events);
    }

    fn wants(&self, channel: Channel) -> bool {
        self.mask & channel.bit() != 0
    }

    fn push(&self, channel: Channel, json: String, events: &mut Vec<Event>) {
        events.push(Event { listing: self.at, channel, json });
    }
}

/// The events of one instant, of a list in order of time.
fn at<T>(events: &[T], t: i64, of: impl Fn(&T) -> i64) -> &[T] {
    let from = events.partition_point(|event| of(event) < t);
    let to = events.partition_point(|event| of(event) <= t);
    events.get(from..to).unwrap_or_default()
}
