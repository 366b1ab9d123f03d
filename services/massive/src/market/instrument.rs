//! All that is known of one symbol, and how an event changes it.

use crate::{
    clock::Now,
    pace::Pace,
    provider::{
        answer::SpotItem,
        message::{Bar, Body, Incoming},
    },
    symbols::{Path, Symbol},
};
use chrono::{DateTime, SecondsFormat, Utc};
use quant::tick::{Guard, Place, Sequence, Verdict};
use tokio::time::Instant;
use wire::{
    EpochMs, EpochSec,
    market::{Snapshot, Source, Spot, SymbolKind, Tick, TickKind},
};

/// Spot payloads and snapshots a second, per symbol.
const SPOTS_PER_SECOND: usize = 4;
const SNAPSHOTS_PER_SECOND: usize = 10;

/// What an event did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It is part of the state now, and an entry of the stream unless REST brought it.
    Accepted(Option<Tick>),
    /// It came after a newer one; a trade is still worth an entry in the stream.
    Late(Option<Tick>),
    /// It was there already.
    Duplicate,
    /// A jump that nothing has confirmed yet.
    Held { last: f64, price: f64 },
    /// It says nothing new.
    Nothing,
}

/// One symbol.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) name: String,
    pub(crate) kind: SymbolKind,
    pub(crate) path: Path,
    pub(crate) is_stale: bool,
    pub(crate) accepted_at: Option<Instant>,
    /// Something changed since the last spot payload, the last snapshot, the last point of the trail.
    pub(crate) spot_due: bool,
    pub(crate) snapshot_due: bool,
    pub(crate) trail_due: bool,
    pub(crate) spot_pace: Pace,
    pub(crate) snapshot_pace: Pace,
    pub(crate) trail_pace: Pace,
    price: Option<Price>,
    guard: Guard,
    values: Sequence,
    trades: Sequence,
    quotes: Sequence,
    bars: Sequence,
    facts: Facts,
    updates: u64,
    seq: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Price {
    value: f64,
    t: EpochMs,
    source: Source,
}

/// Everything but the price.
#[derive(Debug, Clone, Default, PartialEq)]
struct Facts {
    bid: Option<f64>,
    ask: Option<f64>,
    bid_size: Option<f64>,
    ask_size: Option<f64>,
    last_size: Option<f64>,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    prev_close: Option<f64>,
    volume: Option<f64>,
    vwap: Option<f64>,
    is_delayed: bool,
}

impl Instrument {
    pub(crate) fn new(symbol: &Symbol) -> Self {
        Self {
            name: symbol.name.clone(),
            kind: symbol.kind,
            path: symbol.path,
            is_stale: false,
            accepted_at: None,
            spot_due: false,
            snapshot_due: false,
            trail_due: false,
            spot_pace: Pace::new(SPOTS_PER_SECOND),
            snapshot_pace: Pace::new(SNAPSHOTS_PER_SECOND),
            trail_pace: Pace::new(1),
            price: None,
            guard: Guard::default(),
            values: Sequence::default(),
            trades: Sequence::default(),
            quotes: Sequence::default(),
            bars: Sequence::default(),
            facts: Facts::default(),
            updates: 0,
            seq: None,
        }
    }

    /// Takes one event of a feed.
    pub(crate) fn apply(&mut self, event: &Incoming, now: &Now) -> Outcome {
        let (order, price) = match event.body {
            Body::Value { value } => (&mut self.values, value),
            Body::Trade { size: 0.0, .. } => return Outcome::Nothing,
            Body::Trade { price, .. } => (&mut self.trades, price),
            Body::Quote { bid, .. } => (&mut self.quotes, bid),
            Body::Bar(bar) => (&mut self.bars, bar.close),
        };
        match order.place(event.t.0, event.q, price, now.date) {
            Place::Duplicate => return Outcome::Duplicate,
            Place::Late => {
                let is_trade = matches!(event.body, Body::Trade { .. }) && self.guard.is_near(price);
                return Outcome::Late(is_trade.then(|| Tick { late: Some(1), ..tick(event) }));
            }
            Place::Next => {}
        }
        if !matches!(event.body, Body::Quote { .. })
            && let Verdict::Held { last } = self.guard.judge(price, EpochMs::from(now.ts).0)
        {
            return Outcome::Held { last, price };
        }
        match event.body {
            Body::Value { value } => self.set_price(value, event.t, Source::Ws, now),
            Body::Trade { price, size } => {
                self.facts.last_size = Some(size);
                self.set_price(price, event.t, Source::Ws, now);
            }
            Body::Quote { bid, ask, bid_size, ask_size } => {
                self.facts.bid = Some(bid);
                self.facts.ask = Some(ask);
                self.facts.bid_size = bid_size;
                self.facts.ask_size = ask_size;
            }
            Body::Bar(bar) => self.set_bar(&bar, event.t, now),
        }
        self.seq = event.q.or(self.seq);
        self.changed();
        Outcome::Accepted(Some(tick(event)))
    }

    /// Takes what REST knows: facts always, the price when it is newer.
    pub(crate) fn apply_rest(&mut self, item: &SpotItem, now: &Now) -> Outcome {
        let before = self.facts.clone();
        self.take_facts(item);
        if self.facts != before && self.price.is_some() {
            self.changed();
        }
        let Some(price) = item.price else { return Outcome::Nothing };
        let t = item.t.unwrap_or(now.market);
        let is_news =
            self.price.is_none_or(|known| t > known.t && (item.t.is_some() || price != known.value));
        if !is_news {
            return Outcome::Nothing;
        }
        if let Verdict::Held { last } = self.guard.judge(price, EpochMs::from(now.ts).0) {
            return Outcome::Held { last, price };
        }
        self.set_price(price, t, Source::Rest, now);
        self.changed();
        Outcome::Accepted(None)
    }

    fn take_facts(&mut self, item: &SpotItem) {
        let facts = &mut self.facts;
        for (fact, known) in [
            (&mut facts.bid, item.bid),
            (&mut facts.ask, item.ask),
            (&mut facts.bid_size, item.bid_size),
            (&mut facts.ask_size, item.ask_size),
            (&mut facts.last_size, item.last_size),
            (&mut facts.open, item.open),
            (&mut facts.high, item.high),
            (&mut facts.low, item.low),
            (&mut facts.prev_close, item.prev_close),
            (&mut facts.volume, item.volume),
            (&mut facts.vwap, item.vwap),
        ] {
            *fact = known.or(*fact);
        }
        facts.is_delayed = item.is_delayed.unwrap_or(facts.is_delayed);
    }

    fn set_bar(&mut self, bar: &Bar, t: EpochMs, now: &Now) {
        self.facts.open = bar.day_open.or(self.facts.open);
        self.facts.volume = bar.day_volume.or(self.facts.volume);
        self.facts.vwap = bar.day_vwap.or(self.facts.vwap);
        self.stretch(bar.high);
        self.stretch(bar.low);
        self.set_price(bar.close, t, Source::Ws, now);
    }

    /// An older price than the present one (a bar ends after its last trade) changes nothing but the range.
    fn set_price(&mut self, value: f64, t: EpochMs, source: Source, now: &Now) {
        self.stretch(value);
        self.updates += 1;
        self.accepted_at = Some(now.at);
        if self.price.is_none_or(|known| t >= known.t) {
            self.price = Some(Price { value, t, source });
        }
    }

    fn stretch(&mut self, value: f64) {
        self.facts.high = Some(self.facts.high.map_or(value, |high| high.max(value)));
        self.facts.low = Some(self.facts.low.map_or(value, |low| low.min(value)));
    }

    fn changed(&mut self) {
        self.spot_due = true;
        self.snapshot_due = true;
        self.trail_due = true;
    }

    /// The last price and its exchange time.
    pub(crate) fn last(&self) -> Option<(f64, EpochMs)> {
        self.price.map(|price| (price.value, price.t))
    }

    /// Marks it stale; true when it was not.
    pub(crate) fn go_stale(&mut self) -> bool {
        let is_new = !std::mem::replace(&mut self.is_stale, true);
        self.spot_due |= is_new;
        self.snapshot_due |= is_new;
        is_new
    }

    /// Marks it live; true when it was stale.
    pub(crate) fn recover(&mut self) -> bool {
        let was_stale = std::mem::replace(&mut self.is_stale, false);
        self.spot_due |= was_stale;
        self.snapshot_due |= was_stale;
        was_stale
    }

    /// A new trading date: the session's values start anew. The previous close comes with the next REST spot.
    pub(crate) fn begin_day(&mut self) {
        let Facts { open, high, low, volume, vwap, .. } = &mut self.facts;
        (*open, *high, *low, *volume, *vwap) = (None, None, None, None, None);
        self.snapshot_due |= self.price.is_some();
        self.spot_due |= self.price.is_some();
    }

    /// Forgets which exchange times were seen.
    pub(crate) fn restart_order(&mut self) {
        for order in [&mut self.values, &mut self.trades, &mut self.quotes, &mut self.bars] {
            order.restart();
        }
        if let Some(price) = &mut self.price {
            price.t = EpochMs(i64::MIN);
        }
    }

    /// The spot payload; `None` before the first price.
    pub(crate) fn spot(&self, now: &Now) -> Option<Spot> {
        let price = self.price?;
        let facts = &self.facts;
        Some(Spot {
            symbol: self.name.clone(),
            value: price.value,
            bid: facts.bid,
            ask: facts.ask,
            open: facts.open,
            high: facts.high,
            low: facts.low,
            prev_close: facts.prev_close,
            change: self.change(price),
            change_pct: self.change_percent(price),
            volume: facts.volume,
            kind: self.kind,
            session: now.session,
            source: price.source,
            stale: self.is_stale,
            ts: now.ts,
            ts_iso: iso(now.ts),
            market_ts: market_ts(price, now),
        })
    }

    /// The snapshot; `None` before the first price.
    pub(crate) fn snapshot(&self, now: &Now) -> Option<Snapshot> {
        let price = self.price?;
        let facts = &self.facts;
        Some(Snapshot {
            symbol: self.name.clone(),
            kind: self.kind,
            value: Some(price.value),
            bid: facts.bid,
            ask: facts.ask,
            bid_size: facts.bid_size,
            ask_size: facts.ask_size,
            last_size: facts.last_size,
            open: facts.open,
            high: facts.high,
            low: facts.low,
            prev_close: facts.prev_close,
            change: self.change(price),
            change_pct: self.change_percent(price),
            volume: facts.volume,
            vwap: facts.vwap,
            ts: now.ts,
            market_ts: market_ts(price, now),
            seq: self.seq,
            source: price.source,
            session: now.session,
            timeframe: if facts.is_delayed { "DELAYED" } else { "REAL-TIME" }.into(),
            stale: u8::from(self.is_stale),
            n: self.updates,
        })
    }

    fn change(&self, price: Price) -> Option<f64> {
        self.facts.prev_close.map(|close| rounded(price.value - close, 1e6))
    }

    fn change_percent(&self, price: Price) -> Option<f64> {
        self.facts.prev_close.map(|close| rounded(100.0 * (price.value - close) / close, 1e5))
    }
}

/// After a jump of the clock the old exchange time means nothing: the market's own time stands in.
fn market_ts(price: Price, now: &Now) -> EpochSec {
    if price.t.0 == i64::MIN { now.market.to_sec() } else { price.t.to_sec() }
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

fn iso(ts: EpochSec) -> String {
    let at = DateTime::<Utc>::from_timestamp_millis(EpochMs::from(ts).0).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

const fn blank(ev: TickKind, t: EpochMs) -> Tick {
    Tick {
        sym: None,
        ev,
        p: None,
        s: None,
        b: None,
        a: None,
        bs: None,
        ask_size: None,
        o: None,
        h: None,
        l: None,
        v: None,
        t,
        q: None,
        late: None,
    }
}

/// The entry of the tick stream.
fn tick(event: &Incoming) -> Tick {
    let entry = |ev| Tick { q: event.q, ..blank(ev, event.t) };
    match event.body {
        Body::Value { value } => Tick { p: Some(value), ..entry(TickKind::V) },
        Body::Trade { price, size } => Tick { p: Some(price), s: Some(size), ..entry(TickKind::T) },
        Body::Quote { bid, ask, bid_size, ask_size } => {
            Tick { b: Some(bid), a: Some(ask), bs: bid_size, ask_size, ..entry(TickKind::Q) }
        }
        Body::Bar(bar) => Tick {
            p: Some(bar.close),
            o: Some(bar.open),
            h: Some(bar.high),
            l: Some(bar.low),
            v: bar.volume,
            ..entry(TickKind::A)
        },
    }
}
