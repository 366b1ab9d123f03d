//! The coarse level: where every factor stands at the beginning and the end of each trading day.
//!
//! Days are chained from the first trading date of the simulation in both directions: log prices are sums, and
//! the variance process is reversible in time, so the past obeys the same law as the future.

use super::{
    listing::{FACTORS, MARKET, VARIANCE},
    path::{Weights, regular_minutes},
    random::Stream,
};
use chrono::{Datelike, NaiveDate};
use quant::calendar;

pub(super) const REVERSION: f64 = 6.0;
pub(super) const VOL_OF_VOL: f64 = 1.6;
const DRIFT: f64 = 0.05;
const JUMPS_PER_DAY: f64 = 2.0;
const JUMP: f64 = 0.0015;
const GAP: f64 = 0.35;
pub(super) const DAYS_PER_YEAR: f64 = 252.0;
/// How far back history goes.
const YEARS_BACK: i32 = 12;

pub(super) type Levels = [f64; FACTORS.len()];

/// One trading day. Levels are logs; of the variance its own, of the others relative to the start value:
/// entry 1 is the market, further entries the part of a symbol that is its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) start: Levels,
    pub(super) end: Levels,
}

impl Day {
    pub(super) fn variance(&self) -> f64 {
        self.start[VARIANCE].exp()
    }

    /// Position on the time axis of the daily streams.
    pub(super) fn number(date: NaiveDate) -> u64 {
        u64::try_from(date.num_days_from_ce()).unwrap_or(0)
    }
}

#[derive(Debug)]
pub(super) struct Ledger {
    shocks: [Stream; FACTORS.len()],
    gaps: [Stream; FACTORS.len()],
    jumps: Stream,
    /// Log of the long-run variance.
    mean: f64,
    first: NaiveDate,
    forward: Vec<Day>,
    backward: Vec<Day>,
}

impl Ledger {
    pub(super) fn new(seed: u64, mean: f64, first: NaiveDate, log_variance: f64) -> Self {
        let named = |what: &str| FACTORS.map(|factor| Stream::new(seed, &format!("{what}/{}", factor.name)));
        let mut ledger = Self {
            shocks: named("day"),
            gaps: named("gap"),
            jumps: Stream::new(seed, "jumps"),
            mean,
            first,
            forward: Vec::new(),
            backward: Vec::new(),
        };
        let mut start = Levels::default();
        start[VARIANCE] = log_variance;
        let opening = ledger.onward(first, start);
        ledger.forward.push(opening);
        ledger
    }

    /// The day `date`; `None` when it is no trading day or lies before the beginning of history.
    pub(super) fn day(&mut self, date: NaiveDate) -> Option<Day> {
        if !calendar::is_trading_day(date) || date.year() < self.first.year() - YEARS_BACK {
            return None;
        }
        if date >= self.first {
            while let Some(last) = self.forward.last().copied().filter(|last| last.date < date) {
                let next = calendar::next_trading_day(last.date);
                let start = self.over_night(last.end, next, last.end[VARIANCE].exp(), 1.0);
                let day = self.onward(next, start);
                self.forward.push(day);
            }
            return find(&self.forward, |day| day.date.cmp(&date));
        }
        loop {
            let next = self.backward.last().or_else(|| self.forward.first()).copied()?;
            if next.date <= date {
                return find(&self.backward, |day| date.cmp(&day.date));
            }
            let end = self.over_night(next.start, next.date, next.start[VARIANCE].exp(), -1.0);
            let day = self.back_to(calendar::previous_trading_day(next.date), end);
            self.backward.push(day);
        }
    }

    /// Jumps of the market on `date`: minute of the day, size in logs.
    pub(super) fn jumps(&self, date: NaiveDate) -> Vec<(usize, f64)> {
        let number = Day::number(date) * 64;
        let regular = regular_minutes(date);
        let count = self.jumps.poisson(number, JUMPS_PER_DAY).min(20);
        (0..u64::from(count))
            .map(|jump| {
                let at = self.jumps.uniform(number + 1 + 2 * jump) * regular.len() as f64;
                (regular.start + at as usize, JUMP * self.jumps.normal(number + 2 + 2 * jump))
            })
            .collect()
    }

    fn onward(&self, date: NaiveDate, start: Levels) -> Day {
        let (reach, noise) = self.variance_day(date);
        let log_variance = self.mean + (start[VARIANCE] - self.mean) * reach + noise;
        let mut day = Day { date, start, end: start };
        day.end[VARIANCE] = log_variance;
        self.prices(&mut day, 1.0);
        day
    }

    fn back_to(&self, date: NaiveDate, end: Levels) -> Day {
        let (reach, noise) = self.variance_day(date);
        let log_variance = self.mean + (end[VARIANCE] - self.mean) * reach + noise;
        let mut day = Day { date, start: end, end };
        day.start[VARIANCE] = log_variance;
        self.prices(&mut day, -1.0);
        day
    }

    /// Share of the distance to the mean that is left after a day, and the day's own noise.
    fn variance_day(&self, date: NaiveDate) -> (f64, f64) {
        let years = Weights::of(date).variance_years();
        let reach = (-REVERSION * years).exp();
        let sd = VOL_OF_VOL * ((1.0 - reach * reach) / (2.0 * REVERSION)).sqrt();
        (reach, sd * self.shocks[VARIANCE].normal(Day::number(date)))
    }

    /// Fills in the far side of the day: its end going onward (`sign` 1), its start going back (-1).
    fn prices(&self, day: &mut Day, sign: f64) {
        let number = Day::number(day.date);
        let weights = Weights::of(day.date);
        let variance = day.variance();
        let sd = (variance * weights.price_years()).sqrt();
        for factor in MARKET..FACTORS.len() {
            let mut change = sd * self.shock(factor, number);
            if factor == MARKET {
                change += (DRIFT - variance / 2.0) * weights.price_years();
                change += self.jumps(day.date).iter().map(|(_, size)| size).sum::<f64>();
            }
            if sign > 0.0 {
                day.end[factor] = day.start[factor] + change;
            } else {
                day.start[factor] = day.end[factor] - change;
            }
        }
    }

    /// The market falls when the variance rises.
    fn shock(&self, factor: usize, number: u64) -> f64 {
        let own = self.shocks[factor].normal(number);
        if factor == MARKET { leverage(self.shocks[VARIANCE].normal(number), own) } else { own }
    }

    /// Levels across the night before `date`.
    fn over_night(&self, levels: Levels, date: NaiveDate, variance: f64, sign: f64) -> Levels {
        let sd = GAP * (variance / DAYS_PER_YEAR).sqrt();
        let mut moved = levels;
        for (level, gap) in moved.iter_mut().zip(self.gaps).skip(MARKET) {
            *level += sign * sd * gap.normal(Day::number(date));
        }
        moved
    }
}

/// The market's normal, correlated with the variance's.
pub(super) fn leverage(variance: f64, own: f64) -> f64 {
    let corr = FACTORS[VARIANCE].corr;
    corr * variance + (1.0 - corr * corr).sqrt() * own
}

fn find(days: &[Day], by: impl Fn(&Day) -> std::cmp::Ordering) -> Option<Day> {
    days.binary_search_by(by).ok().and_then(|at| days.get(at)).copied()
}
