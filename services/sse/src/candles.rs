//! Bars out of a trail of prices. Pure: times are market time in epoch seconds.

use std::collections::{BTreeMap, BTreeSet};
use wire::{
    EpochSec,
    sse::{Candle, Candles},
};

/// Length of the smallest bar, seconds; every other length is a multiple of it.
const BASE: i64 = 300;
const DAY: i64 = 86_400;

/// The bars of one symbol, as old as they are wanted.
#[derive(Debug, Default)]
pub(crate) struct Book {
    bars: BTreeMap<i64, Bar>,
    touched: BTreeSet<i64>,
}

/// A five-minute bar that knows when its first and last price were, so that prices may come in any order.
#[derive(Debug, Clone, Copy)]
struct Bar {
    first_at: f64,
    last_at: f64,
    candle: Candle,
}

impl Book {
    /// Adds a price. One that is not finite is left out.
    pub(crate) fn add(&mut self, at: f64, value: f64) {
        if !at.is_finite() || !value.is_finite() {
            return;
        }
        let t = (at / BASE as f64).floor() as i64 * BASE;
        self.touched.insert(t);
        let bar = self.bars.entry(t).or_insert_with(|| Bar {
            first_at: at,
            last_at: at,
            candle: Candle { t, o: value, h: value, l: value, c: value },
        });
        if at < bar.first_at {
            (bar.first_at, bar.candle.o) = (at, value);
        }
        if at >= bar.last_at {
            (bar.last_at, bar.candle.c) = (at, value);
        }
        bar.candle.h = bar.candle.h.max(value);
        bar.candle.l = bar.candle.l.min(value);
    }

    /// When the newest price was; `None` while there is none.
    pub(crate) fn newest(&self) -> Option<f64> {
        self.bars.values().next_back().map(|bar| bar.last_at)
    }

    /// Forgets bars that end more than `days` before the newest price.
    pub(crate) fn trim(&mut self, days: i64) {
        if let Some(newest) = self.newest() {
            self.bars = self.bars.split_off(&(newest as i64 - days * DAY - BASE));
        }
    }

    /// The last price from `from` up to, not including, `to`; both on five-minute marks.
    pub(crate) fn last_in(&self, from: i64, to: i64) -> Option<f64> {
        self.bars.range(from..to).next_back().map(|(_, bar)| bar.candle.c)
    }

    /// All bars of the last `days` days; `None` while there is no price.
    pub(crate) fn candles(&self, symbol: &str, ts: EpochSec, days: u32) -> Option<Candles> {
        let from = self.newest()? as i64 - i64::from(days) * DAY;
        let size = |size: i64| self.merged(size, from.div_euclid(size) * size..=i64::MAX);
        Some(self.payload(symbol, ts, size))
    }

    /// The bars of every size that changed since the last call; `None` when none did.
    pub(crate) fn changes(&mut self, symbol: &str, ts: EpochSec) -> Option<Candles> {
        let touched = std::mem::take(&mut self.touched);
        if touched.is_empty() {
            return None;
        }
        let size = |size: i64| {
            let starts: BTreeSet<i64> = touched.iter().map(|t| t.div_euclid(size) * size).collect();
            starts.into_iter().flat_map(|start| self.merged(size, start..=start + size - 1)).collect()
        };
        Some(Candles { partial: Some(true), ..self.payload(symbol, ts, size) })
    }

    fn payload(&self, symbol: &str, ts: EpochSec, size: impl Fn(i64) -> Vec<Candle>) -> Candles {
        Candles {
            symbol: symbol.into(),
            spot: self.bars.values().next_back().map(|bar| bar.candle.c),
            ts,
            days: None,
            partial: None,
            candles_5m: size(BASE),
            candles_10m: size(2 * BASE),
            candles_15m: size(3 * BASE),
            candles_1h: size(12 * BASE),
        }
    }

    /// Bars of `size` seconds out of the five-minute bars that start in `starts`.
    fn merged(&self, size: i64, starts: std::ops::RangeInclusive<i64>) -> Vec<Candle> {
        let mut merged: Vec<Candle> = Vec::new();
        for bar in self.bars.range(starts).map(|(_, bar)| bar.candle) {
            let t = bar.t.div_euclid(size) * size;
            match merged.last_mut().filter(|last| last.t == t) {
                Some(last) => {
                    (last.h, last.l, last.c) = (last.h.max(bar.h), last.l.min(bar.l), bar.c);
                }
                None => merged.push(Candle { t, ..bar }),
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: i64 = 1_763_737_200; // 2025-11-21 15:00:00 UTC, a full hour

    fn book(points: &[(i64, f64)]) -> Book {
        let mut book = Book::default();
        points.iter().for_each(|&(after, value)| book.add((TEN + after) as f64 + 0.25, value));
        book
    }

    fn bar(after: i64, [o, h, l, c]: [f64; 4]) -> Candle {
        Candle { t: TEN + after, o, h, l, c }
    }

    /// Worked by hand: prices at 0:00, 1:40, 4:59 | 5:00, 9:59 | 10:00 | 65:00 after the hour.
    const POINTS: [(i64, f64); 7] =
        [(0, 10.0), (100, 12.0), (299, 11.0), (300, 9.0), (599, 13.0), (600, 8.0), (3900, 20.0)];

    #[test]
    fn bars_of_every_size_have_the_prices_of_their_buckets() {
        let candles = book(&POINTS).candles("SPY", EpochSec::new(5.0), 1).unwrap();
        let (first, second) = (bar(0, [10.0, 12.0, 10.0, 11.0]), bar(300, [9.0, 13.0, 9.0, 13.0]));
        let (third, last) = (bar(600, [8.0; 4]), bar(3900, [20.0; 4]));
        assert_eq!(candles.candles_5m, [first, second, third, last]);
        assert_eq!(candles.candles_10m, [bar(0, [10.0, 13.0, 9.0, 13.0]), third, bar(3600, [20.0; 4])]);
        assert_eq!(candles.candles_15m, [bar(0, [10.0, 13.0, 8.0, 8.0]), bar(3600, [20.0; 4])]);
        assert_eq!(candles.candles_1h, [bar(0, [10.0, 13.0, 8.0, 8.0]), bar(3600, [20.0; 4])]);
        assert_eq!(candles.spot, Some(20.0));
    }

    #[test]
    fn the_order_in_which_prices_arrive_does_not_matter() {
        let mut backwards = POINTS;
        backwards.reverse();
        let at = EpochSec::new(5.0);
        assert_eq!(book(&backwards).candles("SPY", at, 1), book(&POINTS).candles("SPY", at, 1));
    }

    #[test]
    fn only_what_changed_is_told_and_whole_bars_of_it() {
        let mut book = book(&POINTS);
        book.changes("SPY", EpochSec::new(5.0)).unwrap();
        assert_eq!(book.changes("SPY", EpochSec::new(6.0)), None);
        book.add((TEN + 700) as f64, 30.0);
        let changes = book.changes("SPY", EpochSec::new(7.0)).unwrap();
        assert_eq!(changes.partial, Some(true));
        assert_eq!(changes.candles_5m, [bar(600, [8.0, 30.0, 8.0, 30.0])]);
        assert_eq!(changes.candles_10m, [bar(600, [8.0, 30.0, 8.0, 30.0])]);
        assert_eq!(changes.candles_15m, [bar(0, [10.0, 30.0, 8.0, 30.0])]);
        assert_eq!(changes.candles_1h, [bar(0, [10.0, 30.0, 8.0, 30.0])]);
    }

    #[test]
    fn days_reach_back_from_the_newest_price() {
        let mut book = book(&[(-2 * DAY, 1.0), (-DAY + 5, 2.0), (0, 3.0)]);
        let bars =
            |book: &Book, days| book.candles("SPY", EpochSec::new(5.0), days).unwrap().candles_5m.len();
        assert_eq!((bars(&book, 1), bars(&book, 2), bars(&book, 7)), (2, 3, 3));
        book.trim(1);
        assert_eq!(bars(&book, 7), 2);
        assert_eq!(book.last_in(TEN - DAY, TEN), Some(2.0));
        assert_eq!(book.last_in(TEN - 600, TEN), None);
    }

    #[test]
    fn without_a_price_there_are_no_bars() {
        let mut book = Book::default();
        book.add(f64::NAN, 1.0);
        book.add(1.0, f64::INFINITY);
        assert_eq!(book.candles("SPY", EpochSec::new(5.0), 1), None);
        assert_eq!(book.changes("SPY", EpochSec::new(5.0)), None);
    }
}
