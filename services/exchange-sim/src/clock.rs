//! Market time: how it starts, runs, stands, steps and jumps.

use crate::{
    Config,
    config::{ClockSource, Hours},
};
use chrono::{NaiveDate, NaiveTime};
use quant::calendar;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

const LOOP_START: NaiveTime = NaiveTime::from_hms_opt(9, 25, 0).expect("a time of day");
/// Seconds of the host in which events must have been sent before the clock waits for them.
const LEASH_SEC: f64 = 1.0;
const LEAST_LEASH_MS: f64 = 5000.0;
/// After the close, until the loop goes on to the next date.
const LOOP_AFTER_MS: i64 = 15 * 60_000;

/// An instant of market time. Instants of different epochs are not connected: a jump lies between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    /// Unix milliseconds.
    pub(crate) ms: i64,
    /// Jumps so far.
    pub(crate) epoch: u64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    at_ms: i64,
    since: Instant,
    speed: f64,
    epoch: u64,
    /// Moves the host's clock, too.
    jumped_ms: i64,
    /// Market time that may still pass; see [`Clock::allow`].
    left_ms: i64,
}

/// The market's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    hours: Hours,
    source: ClockSource,
    state: Mutex<State>,
}

/// First trading date of a configuration.
pub(crate) fn first_date(config: &Config) -> NaiveDate {
    let date = match (config.clock, config.date) {
        (ClockSource::Sim, Some(date)) => date,
        _ => calendar::trading_date(host_ms()),
    };
    if calendar::is_trading_day(date) { date } else { calendar::next_trading_day(date) }
}

impl Clock {
    /// Starts now, at `begin_ms` if given, else at the start time of the first date.
    pub(crate) fn new(config: &Config, first: NaiveDate, begin_ms: Option<i64>) -> Self {
        let at_ms = begin_ms.unwrap_or_else(|| calendar::instant(first, config.start));
        let host = config.clock == ClockSource::Host;
        let hours = if host { Hours::Nyse } else { config.hours };
        let state = State {
            at_ms: if hours == Hours::Loop { into_loop(at_ms) } else { at_ms },
            since: Instant::now(),
            speed: if host { 1.0 } else { config.speed },
            epoch: 0,
            jumped_ms: 0,
            left_ms: i64::MAX,
        };
        Self { hours, source: config.clock, state: Mutex::new(state) }
    }

    /// Market time.
    pub(crate) fn now(&self) -> Now {
        let mut state = self.lock();
        self.settle(&mut state);
        Now { ms: state.at_ms, epoch: state.epoch }
    }

    /// Market seconds per second; 0 while it stands.
    pub(crate) fn speed(&self) -> f64 {
        if self.hours == Hours::Frozen { 0.0 } else { self.lock().speed }
    }

    /// Whether the host's clock leads.
    pub(crate) fn is_of_the_host(&self) -> bool {
        self.source == ClockSource::Host
    }

    /// Lets time run: on a leash for whoever turns time into events, who renews it when done, or without one.
    ///
    /// A leash that is used up stops the clock until it is renewed: a machine too slow for its speed makes time
    /// slower instead of leaving events out. The host's clock knows no leash.
    pub(crate) fn allow(&self, leashed: bool) {
        let mut state = self.lock();
        self.settle(&mut state);
        let leash = (state.speed * LEASH_SEC * 1000.0).max(LEAST_LEASH_MS);
        state.left_ms = if leashed { leash as i64 } else { i64::MAX };
    }

    /// Changes the speed from now on. False when the host's clock leads.
    pub(crate) fn set_speed(&self, speed: f64) -> bool {
        if self.source == ClockSource::Host {
            return false;
        }
        let mut state = self.lock();
        self.settle(&mut state);
        state.speed = speed;
        true
    }

    /// Moves on; what lies between happens. False when the host's clock leads.
    pub(crate) fn step(&self, ms: i64) -> bool {
        if self.source == ClockSource::Host {
            return false;
        }
        let mut state = self.lock();
        self.settle(&mut state);
        state.at_ms = self.onward(state.at_ms, ms);
        true
    }

    /// Jumps, forward or back; what lies between does not happen.
    pub(crate) fn jump(&self, ms: i64) {
        let mut state = self.lock();
        self.settle(&mut state);
        state.jumped_ms += ms;
        state.at_ms += ms;
        if self.hours == Hours::Loop {
            state.at_ms = into_loop(state.at_ms);
        }
        state.epoch += 1;
    }

    /// The stretches of market time between two instants of one epoch: each without its begin, with its end.
    pub(crate) fn spans(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut spans = Vec::new();
        let mut at = from;
        while self.hours != Hours::Nyse && at < to {
            let Some(end) = loop_end(at).filter(|_| self.loops()) else { break };
            if end >= to {
                break;
            }
            spans.push((at, end));
            at = loop_begin(calendar::next_trading_day(calendar::trading_date(at))) - 1;
        }
        if at < to {
            spans.push((at, to));
        }
        spans
    }

    fn loops(&self) -> bool {
        self.hours == Hours::Loop
    }

    fn settle(&self, state: &mut State) {
        let elapsed = state.since.elapsed();
        if self.source == ClockSource::Host {
            state.at_ms = host_ms() + state.jumped_ms;
            return;
        }
        if self.hours == Hours::Frozen {
            return;
        }
        let passed = (elapsed.as_secs_f64() * state.speed * 1000.0) as i64;
        if passed > 0 {
            // Keeps the fraction of a millisecond for the next time.
            let used = std::time::Duration::from_secs_f64(passed as f64 / state.speed / 1000.0);
            state.since += used.min(elapsed);
            let passed = passed.min(state.left_ms);
            state.left_ms -= passed;
            state.at_ms = self.onward(state.at_ms, passed);
        }
    }

    fn onward(&self, from: i64, ms: i64) -> i64 {
        let (mut at, mut left) = (from, ms);
        while self.loops() {
            let Some(end) = loop_end(at) else { return into_loop(at) };
            if at + left < end {
                break;
            }
            left -= end - at;
            at = loop_begin(calendar::next_trading_day(calendar::trading_date(at)));
        }
        at + left
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn loop_begin(date: NaiveDate) -> i64 {
    calendar::instant(date, LOOP_START)
}

/// When the loop leaves the date of `ms`; `None` on a day without a session.
fn loop_end(ms: i64) -> Option<i64> {
    calendar::close(calendar::trading_date(ms)).map(|close| close + LOOP_AFTER_MS)
}

/// The instant itself, or where the loop goes on when it lies outside.
fn into_loop(ms: i64) -> i64 {
    match loop_end(ms) {
        Some(end) if ms < end => ms,
        _ => loop_begin(calendar::next_trading_day(calendar::trading_date(ms))),
    }
}

fn host_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(hours: Hours, start: &str) -> Clock {
        let date: NaiveDate = "2025-11-28".parse().unwrap();
        let start = NaiveTime::parse_from_str(start, "%H:%M").unwrap();
        Clock::new(&Config { hours, start, speed: 0.1, date: Some(date), ..Config::default() }, date, None)
    }

    fn local(ms: i64) -> String {
        calendar::local(ms).format("%m-%d %H:%M:%S").to_string()
    }

    #[test]
    fn a_frozen_clock_moves_by_steps_only() {
        let clock = clock(Hours::Frozen, "10:00");
        let before = clock.now();
        assert_eq!(clock.now(), before);
        assert!(clock.step(2500));
        assert_eq!(clock.now(), Now { ms: before.ms + 2500, epoch: before.epoch });
    }

    /// The day after Thanksgiving closes at 13:00, and the next trading date is Monday.
    #[test]
    fn the_loop_goes_from_a_quarter_past_the_close_to_the_next_date() {
        let clock = clock(Hours::Loop, "13:14");
        let from = clock.now().ms;
        clock.step(90_000);
        let to = clock.now().ms;
        assert!(local(to).starts_with("12-01 09:25:3"), "{}", local(to));
        let spans: Vec<_> = clock.spans(from, to).iter().map(|(a, b)| (local(*a), local(*b))).collect();
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[0].1, "11-28 13:15:00");
        assert_eq!(spans[1].0, "12-01 09:24:59", "the first instant of the next date belongs to it");
    }

    #[test]
    fn a_jump_begins_a_new_epoch_and_stays_inside_the_loop() {
        let clock = clock(Hours::Loop, "10:00");
        let before = clock.now();
        clock.jump(-600_000);
        let now = clock.now();
        assert_eq!(now.epoch, before.epoch + 1);
        assert!(local(now.ms).starts_with("11-28 09:50"), "{}", local(now.ms));
        clock.jump(5 * 3_600_000);
        assert!(local(clock.now().ms).starts_with("12-01 09:25"), "{}", local(clock.now().ms));
    }

    #[test]
    fn a_leash_that_is_used_up_stops_the_clock() {
        let clock = clock(Hours::Nyse, "10:00");
        let before = clock.now().ms;
        clock.set_speed(600.0);
        clock.lock().left_ms = 2000;
        while clock.now().ms < before + 2000 {
            std::thread::yield_now();
        }
        let stopped = Instant::now();
        while stopped.elapsed().as_millis() < 10 {
            std::thread::yield_now();
        }
        assert_eq!(clock.now().ms, before + 2000, "six seconds would have passed");
        clock.allow(true);
        while clock.now().ms <= before + 2000 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn real_hours_run_through_the_night() {
        let clock = clock(Hours::Nyse, "16:30");
        clock.step(86_400_000);
        assert!(local(clock.now().ms).starts_with("11-29 16:30"));
    }
}
