//! The market's own time: the host's, or a server's that is polled and extrapolated.

use crate::config::ClockSource;
use chrono::NaiveDate;
use quant::calendar;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;
use wire::{EpochMs, EpochSec, market::Session};

/// What goes on below this much is held; above it is a jump.
const JUMP_MS: f64 = 2_000.0;

/// One reading of all clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Now {
    /// Host time, for `ts`.
    pub(crate) ts: EpochSec,
    /// Market time, for `market_ts`.
    pub(crate) market: EpochMs,
    /// Session of the market time.
    pub(crate) session: Session,
    /// New York date of the market time.
    pub(crate) date: NaiveDate,
    /// For ages and pacing.
    pub(crate) at: Instant,
    /// False until the server's clock was read for the first time.
    pub(crate) is_synced: bool,
}

/// A jump of the market's time, seconds; negative: backwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Jump(pub(crate) f64);

/// The market clock, shared by all who ask for the time.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Mutex<MarketClock>>);

/// The clock itself. Pure: host time and monotonic time are arguments.
#[derive(Debug)]
struct MarketClock {
    source: ClockSource,
    sample: Option<Sample>,
    shown_ms: f64,
    closed: BTreeSet<NaiveDate>,
    /// The session is worked out once a minute of market time, not for every tick.
    session: Option<(i64, Session, NaiveDate)>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    market_ms: f64,
    speed: f64,
    at: Instant,
}

impl Sample {
    fn extrapolate(&self, at: Instant) -> f64 {
        let elapsed = at.saturating_duration_since(self.at).as_secs_f64();
        self.market_ms + self.speed * elapsed * 1000.0
    }
}

impl MarketClock {
    const fn new(source: ClockSource) -> Self {
        Self { source, sample: None, shown_ms: f64::MIN, closed: BTreeSet::new(), session: None }
    }

    /// Market time at `at`. It never runs backwards by less than two seconds.
    fn market_ms(&mut self, host_ms: f64, at: Instant) -> i64 {
        let read = match (self.source, self.sample) {
            (ClockSource::Server, Some(sample)) => sample.extrapolate(at),
            _ => host_ms,
        };
        if read > self.shown_ms || read < self.shown_ms - JUMP_MS {
            self.shown_ms = read;
        }
        self.shown_ms as i64
    }

    /// Takes a reading of the server's clock, made at `at`; the jump, when it was one.
    fn sync(&mut self, market_ms: f64, speed: f64, at: Instant) -> Option<Jump> {
        let before = self.sample.replace(Sample { market_ms, speed, at });
        let expected = before?.extrapolate(at);
        // At sixty times the speed a request's own duration is seconds of market time.
        let allowed = JUMP_MS * speed.max(1.0);
        let offset = market_ms - expected;
        if offset.abs() <= allowed {
            return None;
        }
        self.shown_ms = market_ms;
        Some(Jump(offset / 1000.0))
    }

    fn session(&mut self, market_ms: i64) -> (Session, NaiveDate) {
        let minute = market_ms.div_euclid(60_000);
        if let Some((known, session, date)) = self.session
            && known == minute
        {
            return (session, date);
        }
        let date = calendar::trading_date(market_ms);
        let session =
            if self.closed.contains(&date) { Session::Closed } else { named(calendar::session(market_ms)) };
        self.session = Some((minute, session, date));
        (session, date)
    }

    const fn speed(&self) -> f64 {
        match (self.source, self.sample) {
            (ClockSource::Server, Some(sample)) => sample.speed,
            _ => 1.0,
        }
    }
}

impl Clock {
    pub(crate) fn new(source: ClockSource) -> Self {
        Self(Arc::new(Mutex::new(MarketClock::new(source))))
    }

    /// Reads all clocks.
    pub(crate) fn now(&self) -> Now {
        let at = Instant::now();
        let host = SystemTime::now();
        let host_ms = host.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64() * 1000.0;
        let mut clock = self.lock();
        let market_ms = clock.market_ms(host_ms, at);
        let (session, date) = clock.session(market_ms);
        let is_synced = clock.source == ClockSource::System || clock.sample.is_some();
        Now { ts: EpochSec::from(host), market: EpochMs(market_ms), session, date, at, is_synced }
    }

    /// Takes a reading of the server's clock.
    pub(crate) fn sync(&self, market_ms: f64, speed: f64, at: Instant) -> Option<Jump> {
        self.lock().sync(market_ms, speed, at)
    }

    /// Market seconds per second.
    pub(crate) fn speed(&self) -> f64 {
        self.lock().speed()
    }

    /// `system` or `server`.
    pub(crate) fn source_name(&self) -> &'static str {
        match self.lock().source {
            ClockSource::System => "system",
            ClockSource::Server => "server",
        }
    }

    /// Days without trading that the vendor announces beyond the calendar's own.
    pub(crate) fn close_on(&self, days: BTreeSet<NaiveDate>) {
        let mut clock = self.lock();
        clock.closed = days;
        clock.session = None;
    }

    fn lock(&self) -> MutexGuard<'_, MarketClock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn named(session: calendar::Session) -> Session {
    match session {
        calendar::Session::Pre => Session::Pre,
        calendar::Session::Regular => Session::Regular,
        calendar::Session::Post => Session::Post,
        calendar::Session::Closed => Session::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(source: ClockSource) -> (MarketClock, Instant) {
        (MarketClock::new(source), Instant::now())
    }

    fn sec(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn between_polls_the_servers_time_runs_at_its_speed() {
        let (mut clock, start) = clock(ClockSource::Server);
        assert_eq!(clock.market_ms(5_000.0, start), 5_000, "the host's until the server was asked");
        assert_eq!(clock.sync(1_000_000.0, 60.0, start), None);
        assert_eq!(clock.market_ms(5_000.0, start + sec(2.0)), 1_120_000);
        assert_eq!(clock.sync(1_301_000.0, 60.0, start + sec(5.0)), None, "within the tolerance");
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_step_back_is_held_and_a_jump_is_told() {
        let (mut clock, start) = clock(ClockSource::Server);
        clock.sync(1_000_000.0, 1.0, start);
        assert_eq!(clock.market_ms(0.0, start + sec(5.0)), 1_005_000);
        assert_eq!(clock.sync(1_004_000.0, 1.0, start + sec(5.0)), None);
        assert_eq!(clock.market_ms(0.0, start + sec(5.5)), 1_005_000, "held");
        assert_eq!(clock.market_ms(0.0, start + sec(7.0)), 1_006_000);
        assert_eq!(clock.sync(1_606_000.0, 1.0, start + sec(7.0)), Some(Jump(600.0)));
        assert_eq!(clock.sync(1_006_000.0, 1.0, start + sec(7.0)), Some(Jump(-600.0)));
        assert_eq!(clock.market_ms(0.0, start + sec(8.0)), 1_007_000, "a jump back is followed");
    }

    #[tokio::test(start_paused = true)]
    async fn the_hosts_time_is_taken_as_it_is() {
        let (mut clock, start) = clock(ClockSource::System);
        assert_eq!(clock.market_ms(5_000.0, start), 5_000);
        assert_eq!(clock.market_ms(4_000.0, start), 5_000, "held");
        assert_eq!(clock.market_ms(1_000.0, start), 1_000);
    }

    #[test]
    fn an_announced_holiday_closes_the_day() {
        let mut clock = MarketClock::new(ClockSource::System);
        let noon = 1_763_744_400_000; // Friday, 21 November 2025, 12:00 in New York
        let date = NaiveDate::from_ymd_opt(2025, 11, 21).unwrap();
        assert_eq!(clock.session(noon), (Session::Regular, date));
        clock.session = None;
        clock.closed.insert(date);
        assert_eq!(clock.session(noon), (Session::Closed, date));
    }
}
