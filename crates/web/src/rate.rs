//! Token buckets, one per caller.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Callers remembered at once; beyond that those who have been quiet are forgotten.
const CALLERS: usize = 10_000;

/// So many requests a second, and so many at once.
#[derive(Debug)]
pub(crate) struct Rate {
    per_sec: f64,
    burst: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Rate {
    pub(crate) fn new(per_sec: u32, burst: u32) -> Self {
        Self { per_sec: per_sec.into(), burst: burst.into(), buckets: Mutex::default() }
    }

    /// Takes a token of `caller`.
    ///
    /// # Errors
    /// There is none; the wait until the next one.
    pub(crate) fn take(&self, caller: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CALLERS && !buckets.contains_key(&caller) {
            let full_again = Duration::from_secs_f64(self.burst / self.per_sec);
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at) < full_again);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { tokens: self.burst, at: now });
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_sec;
        *bucket = Bucket { tokens: (bucket.tokens + gained).min(self.burst), at: now };
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.per_sec));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_then_the_rate() {
        let (rate, now) = (Rate::new(20, 60), Instant::now());
        let (greedy, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!((0..100).filter(|_| rate.take(greedy, now).is_ok()).count(), 60);
        let second_later = now + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| rate.take(greedy, second_later).is_ok()).count(), 20);
        assert!(rate.take(greedy, second_later).unwrap_err() <= Duration::from_millis(51));
        assert!(rate.take(other, now).is_ok(), "another caller has a bucket of its own");
    }
}
