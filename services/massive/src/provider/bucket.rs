//! How many requests may go out, and when none may. Pure: the instant is an argument.

use std::time::Duration;
use tokio::time::Instant;

/// Why no request goes out for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The key was refused.
    Auth,
    /// The vendor asked to wait.
    RateLimit,
}

/// A token bucket that a rate limit halves, with pauses.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    halved_until: Option<Instant>,
    held: Option<(Hold, Instant)>,
    next_wait: Duration,
}

const HALVED_FOR: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const MAX_BURST: f64 = 20.0;

impl Bucket {
    /// `rate` requests a second, full at `now`.
    pub(crate) fn new(rate: f64, now: Instant) -> Self {
        let burst = rate.ceil().clamp(1.0, MAX_BURST);
        Self {
            rate,
            burst,
            tokens: burst,
            filled: now,
            halved_until: None,
            held: None,
            next_wait: FIRST_WAIT,
        }
    }

    /// Takes a token, or says how long to wait for one.
    ///
    /// # Errors
    /// The wait until a token is there.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let rate =
            if self.halved_until.is_some_and(|until| now < until) { self.rate / 2.0 } else { self.rate };
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * rate).min(self.burst);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64(((1.0 - self.tokens) / rate).max(0.001)))
    }

    /// The pause that is on.
    pub(crate) fn held(&self, now: Instant) -> Option<Hold> {
        self.held.filter(|(_, until)| now < *until).map(|(hold, _)| hold)
    }

    /// No request for `pause`.
    pub(crate) fn hold(&mut self, hold: Hold, pause: Duration, now: Instant) {
        self.held = Some((hold, now + pause));
    }

    /// The vendor said "too many": half the rate for a minute, and a pause of `retry_after` (1 to 120 s), or of
    /// 1, 2, 4 … 60 s. The pause.
    pub(crate) fn limit(&mut self, retry_after: Option<Duration>, now: Instant) -> Duration {
        let pause = match retry_after {
            Some(asked) => asked.clamp(FIRST_WAIT, Duration::from_secs(120)),
            None => {
                let wait = self.next_wait;
                self.next_wait = (wait * 2).min(LONGEST_WAIT);
                wait
            }
        };
        self.halved_until = Some(now + HALVED_FOR);
        self.hold(Hold::RateLimit, pause, now);
        pause
    }

    /// A request went well.
    pub(crate) fn succeeded(&mut self) {
        self.next_wait = FIRST_WAIT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sec(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(20.0, start);
        assert!((0..20).all(|_n| bucket.take(start).is_ok()));
        assert_eq!(bucket.take(start), Err(sec(0.05)));
        assert_eq!(bucket.take(start + sec(0.051)), Ok(()));
        assert!(bucket.take(start + sec(0.06)).is_err());
    }

    #[test]
    fn five_a_minute_is_one_in_twelve_seconds() {
        let start = Instant::now();
        let mut bucket = Bucket::new(0.08, start);
        assert_eq!(bucket.take(start), Ok(()));
        assert_eq!(bucket.take(start), Err(sec(12.5)));
        assert_eq!(bucket.take(start + sec(12.6)), Ok(()));
    }

    #[test]
    fn too_many_requests_pause_and_halve_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        while bucket.take(start).is_ok() {}
        let waits: Vec<_> = (0..8).map(|_n| bucket.limit(None, start).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(bucket.limit(Some(sec(0.1)), start), sec(1.0));
        assert_eq!(bucket.limit(Some(sec(600.0)), start), sec(120.0));
        assert_eq!(bucket.held(start + sec(119.0)), Some(Hold::RateLimit));
        assert_eq!(bucket.held(start + sec(120.0)), None);
        assert_eq!(bucket.take(start), Err(sec(0.2)), "half of ten a second");
        bucket.succeeded();
        assert_eq!(bucket.limit(None, start).as_secs(), 1);
    }
}
