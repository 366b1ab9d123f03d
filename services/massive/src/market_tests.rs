use super::{Market, Output};
use crate::{
    analytics::{Analytics, Spot as Count, Wire},
    clock::Now,
    config::Config,
    provider::{
        answer::SpotItem,
        message::{Bar, Body, Incoming},
    },
    symbols::{Path, SymbolId, Symbols},
};
use chrono::NaiveDate;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use wire::{
    EpochMs, EpochSec,
    market::{Session, Source, TickKind},
};

const T0: i64 = 1_763_737_262_000; // 21 November 2025, 10:01:02 in New York

struct Bench {
    symbols: Symbols,
    analytics: Arc<Analytics>,
    market: Market,
    output: Output,
    now: Now,
}

impl Bench {
    fn new() -> Self {
        let symbols = Symbols::of(&Config::default());
        let analytics = Arc::new(Analytics::default());
        let market = Market::new(&symbols, Arc::clone(&analytics), Duration::from_secs(15));
        let now = Now {
            ts: EpochSec::new(T0 as f64 / 1000.0),
            market: EpochMs(T0),
            session: Session::Regular,
            date: NaiveDate::from_ymd_opt(2025, 11, 21).unwrap(),
            at: Instant::now(),
            is_synced: true,
        };
        Self { symbols, analytics, market, output: Output::default(), now }
    }

    fn id(&self, name: &str) -> SymbolId {
        self.symbols.id(name).unwrap()
    }

    fn send(&mut self, name: &str, offset_ms: i64, q: Option<u64>, body: Body) {
        let event = Incoming { symbol: self.id(name), t: EpochMs(T0 + offset_ms), q, body };
        self.market.apply(&event, &self.now, &mut self.output);
    }

    fn value(&mut self, offset_ms: i64, value: f64) {
        self.send("I:SPX", offset_ms, None, Body::Value { value });
    }

    fn trade(&mut self, offset_ms: i64, q: u64, price: f64) {
        self.send("SPY", offset_ms, Some(q), Body::Trade { price, size: 10.0 });
    }

    fn rest(&mut self, item: &SpotItem) {
        let id = self.id(&item.symbol);
        self.market.apply_rest(id, item, &self.now, &mut self.output);
    }

    fn pass(&mut self, seconds: u64) {
        let step = Duration::from_secs(seconds);
        self.now.at += step;
        self.now.ts = EpochSec::new(self.now.ts.seconds() + step.as_secs_f64());
        self.now.market.0 += seconds as i64 * 1000;
        self.market.look(&self.now, &mut self.output);
    }

    fn spot(&self, name: &str) -> wire::market::Spot {
        self.market.instruments()[self.id(name).index()].spot(&self.now).unwrap()
    }

    fn kinds(&mut self) -> Vec<(&'static str, Option<String>)> {
        std::mem::take(&mut self.output.notices).into_iter().map(|n| (n.kind, n.symbol)).collect()
    }
}

#[test]
fn a_value_becomes_price_range_and_tick() {
    let mut bench = Bench::new();
    bench.rest(&SpotItem {
        symbol: "I:SPX".into(),
        price: Some(6_600.0),
        t: Some(EpochMs(T0 - 5_000)),
        open: Some(6_601.2),
        high: Some(6_640.0),
        low: Some(6_596.5),
        prev_close: Some(6_617.32),
        ..SpotItem::default()
    });
    assert_eq!(bench.spot("I:SPX").source, Source::Rest);
    assert!(bench.output.ticks.is_empty(), "REST is no tick");
    bench.value(100, 6_641.41);
    let spot = bench.spot("I:SPX");
    assert_eq!((spot.value, spot.high, spot.low), (6_641.41, Some(6_641.41), Some(6_596.5)));
    assert_eq!((spot.change, spot.change_pct), (Some(24.09), Some(0.36404)));
    assert_eq!(spot.ts_iso, "2025-11-21T15:01:02.000Z");
    assert_eq!(spot.market_ts, EpochSec::new(T0 as f64 / 1000.0 + 0.1));
    let (_, tick) = &bench.output.ticks[0];
    assert_eq!((tick.ev, tick.p, tick.t), (TickKind::V, Some(6_641.41), EpochMs(T0 + 100)));
}

#[test]
fn an_older_rest_price_changes_nothing_but_the_facts() {
    let mut bench = Bench::new();
    bench.value(100, 6_600.0);
    bench.rest(&SpotItem {
        symbol: "I:SPX".into(),
        price: Some(6_500.0),
        t: Some(EpochMs(T0)),
        prev_close: Some(6_000.0),
        ..SpotItem::default()
    });
    let spot = bench.spot("I:SPX");
    assert_eq!((spot.value, spot.source, spot.change_pct), (6_600.0, Source::Ws, Some(10.0)));
}

#[test]
fn a_late_trade_enters_the_stream_only() {
    let mut bench = Bench::new();
    bench.trade(100, 7, 600.0);
    bench.trade(90, 5, 601.0);
    bench.trade(100, 7, 600.0);
    bench.trade(95, 6, 900.0);
    assert_eq!(bench.spot("SPY").value, 600.0);
    let late: Vec<_> = bench.output.ticks.iter().map(|(_, tick)| (tick.p.unwrap(), tick.late)).collect();
    assert_eq!(late, [(600.0, None), (601.0, Some(1))], "and a wild one not even that");
    let counts = bench.analytics.wire(Path::Stocks);
    assert_eq!((counts.get(Wire::Late), counts.get(Wire::Dup)), (2, 1));
}

#[test]
fn a_late_value_is_dropped() {
    let mut bench = Bench::new();
    bench.value(100, 6_600.0);
    bench.value(99, 6_601.0);
    bench.value(100, 6_600.0);
    assert_eq!(bench.output.ticks.len(), 1);
    let counts = bench.analytics.wire(Path::Indices);
    assert_eq!((counts.get(Wire::Late), counts.get(Wire::Dup)), (1, 1));
}

/// A second's bar arrives after that second's last trade, and sometimes after the first of the next.
#[test]
fn a_bar_never_puts_an_older_price_over_a_newer_trade() {
    let mut bench = Bench::new();
    bench.trade(1_050, 1, 600.5);
    let bar = Bar {
        open: 600.0,
        high: 601.0,
        low: 599.0,
        close: 600.25,
        volume: Some(500.0),
        day_volume: Some(90_000.0),
        day_open: Some(598.0),
        day_vwap: Some(600.1),
    };
    bench.send("SPY", 1_000, None, Body::Bar(bar));
    let spot = bench.spot("SPY");
    assert_eq!(
        (spot.value, spot.high, spot.open, spot.volume),
        (600.5, Some(601.0), Some(598.0), Some(90_000.0))
    );
    let (_, tick) = &bench.output.ticks[1];
    assert_eq!((tick.ev, tick.p, tick.v), (TickKind::A, Some(600.25), Some(500.0)));
}

#[test]
fn a_trade_of_size_zero_updates_nothing() {
    let mut bench = Bench::new();
    bench.send("SPY", 0, Some(1), Body::Trade { price: 600.0, size: 0.0 });
    assert!(bench.output.ticks.is_empty());
    assert_eq!(bench.analytics.spot.get(Count::Updates), 0);
}

#[test]
fn crossed_quotes_are_kept_and_counted() {
    let mut bench = Bench::new();
    bench.trade(0, 1, 600.0);
    bench.send(
        "SPY",
        1,
        Some(2),
        Body::Quote { bid: 601.0, ask: 600.0, bid_size: Some(1.0), ask_size: None },
    );
    assert_eq!((bench.spot("SPY").bid, bench.spot("SPY").ask), (Some(601.0), Some(600.0)));
    assert_eq!(bench.analytics.wire(Path::Stocks).get(Wire::Crossed), 1);
}

#[test]
fn a_spike_is_held_and_told() {
    let mut bench = Bench::new();
    bench.value(0, 6_600.0);
    bench.value(250, 9_900.0);
    assert_eq!(bench.kinds(), [("spot_jump_held", Some("I:SPX".into()))]);
    bench.value(500, 6_601.0);
    assert_eq!(bench.spot("I:SPX").value, 6_601.0);
    bench.value(750, 9_900.0);
    bench.rest(&SpotItem {
        symbol: "I:SPX".into(),
        price: Some(9_905.0),
        t: Some(EpochMs(T0 + 800)),
        ..SpotItem::default()
    });
    assert_eq!(bench.spot("I:SPX").value, 9_905.0, "confirmed by REST");
}

#[test]
fn a_time_of_another_day_is_refused() {
    let mut bench = Bench::new();
    bench.value(86_400_001, 6_600.0);
    bench.value(-T0, 6_600.0);
    bench.value(-T0 + T0 / 1000, 6_600.0);
    assert_eq!(bench.analytics.wire(Path::Indices).get(Wire::BadTime), 3);
    bench.now.is_synced = false;
    bench.value(86_400_001, 6_600.0);
    assert_eq!(bench.output.ticks.len(), 1, "before the clock is known nothing can be said");
}

#[test]
fn silence_in_a_session_is_stale_until_the_next_value() {
    let mut bench = Bench::new();
    bench.pass(0);
    bench.value(0, 6_600.0);
    bench.pass(15);
    assert_eq!(bench.kinds(), []);
    bench.pass(1);
    let kinds = bench.kinds();
    assert_eq!(kinds.len(), 17, "all are silent");
    assert!(kinds.contains(&("feed_stale", Some("I:SPX".into()))));
    assert!(bench.spot("I:SPX").stale);
    assert_eq!(bench.analytics.spot.get(Count::Stale), 17);
    bench.value(16_000, 6_601.0);
    assert_eq!(bench.kinds(), [("feed_recovered", Some("I:SPX".into()))]);
    assert!(!bench.spot("I:SPX").stale);
}

#[test]
fn outside_the_session_nobody_owes_a_price() {
    let mut bench = Bench::new();
    bench.now.session = Session::Pre;
    bench.pass(0);
    bench.pass(3600);
    bench.now.session = Session::Regular;
    bench.pass(1);
    assert_eq!(bench.kinds(), [("session_open", None)]);
    bench.pass(15);
    assert_eq!(bench.kinds(), []);
    bench.pass(1);
    assert_eq!(bench.kinds().len(), 17);
    bench.now.session = Session::Post;
    bench.pass(1);
    assert_eq!(bench.kinds(), [("session_close", None)]);
}

#[test]
fn a_new_day_starts_its_range_anew() {
    let mut bench = Bench::new();
    bench.pass(0);
    bench.trade(0, 900, 600.0);
    bench.now.date = NaiveDate::from_ymd_opt(2025, 11, 24).unwrap();
    bench.pass(1);
    assert_eq!(bench.kinds(), [("trading_date", None)]);
    assert_eq!((bench.spot("SPY").high, bench.spot("SPY").value), (None, 600.0));
    bench.trade(2_000, 1, 601.0);
    assert_eq!(bench.spot("SPY").value, 601.0, "sequence numbers begin again");
}

#[test]
fn after_a_jump_of_the_clock_earlier_times_count_again() {
    let mut bench = Bench::new();
    bench.value(100, 6_600.0);
    bench.market.restart_order();
    bench.value(-3_600_000, 6_605.0);
    assert_eq!(bench.spot("I:SPX").value, 6_605.0);
    assert_eq!(bench.spot("I:SPX").market_ts, EpochSec::new(T0 as f64 / 1000.0 - 3_600.0));
}
