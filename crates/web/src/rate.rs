//! Token buckets, one per limit and caller.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Buckets remembered at once; beyond that those that are full again are forgotten.
const BUCKETS: usize = 20_000;

/// So many requests in so long, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// Tells its buckets from those of other limits.
    pub name: &'static str,
    /// Requests in `per`, in the long run.
    pub requests: u32,
    /// See `requests`.
    pub per: Duration,
    /// Requests at once after a silence.
    pub burst: u32,
    /// True: one bucket for an address, whoever calls from there.
    pub is_by_address: bool,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Account {
    Address(IpAddr),
    User(Box<str>),
}

#[derive(Debug, Default)]
pub(crate) struct Rate {
    buckets: Mutex<HashMap<(&'static str, Account), Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
    full_after: Duration,
}

impl Rate {
    /// Takes a token of `account` for each of `limits`; when one of them has none, of none.
    ///
    /// # Errors
    /// The wait until there is one of each.
    pub(crate) fn take<'a>(
        &self,
        limits: impl Iterator<Item = (&'a Limit, Account)> + Clone,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at) < bucket.full_after);
        }
        let mut wait = Duration::ZERO;
        for (limit, account) in limits.clone() {
            let (burst, per_sec) = (f64::from(limit.burst), limit.per_sec());
            let full_after = Duration::from_secs_f64(burst / per_sec);
            let fresh = Bucket { tokens: burst, at: now, full_after };
            let bucket = buckets.entry((limit.name, account)).or_insert(fresh);
            let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * per_sec;
            (bucket.tokens, bucket.at) = ((bucket.tokens + gained).min(burst), now);
            if bucket.tokens < 1.0 {
                wait = wait.max(Duration::from_secs_f64((1.0 - bucket.tokens) / per_sec));
            }
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        for (limit, account) in limits {
            if let Some(bucket) = buckets.get_mut(&(limit.name, account)) {
                bucket.tokens -= 1.0;
            }
        }
        Ok(())
    }
}

impl Limit {
    fn per_sec(&self) -> f64 {
        f64::from(self.requests) / self.per.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Limit =
        Limit { name: "usual", requests: 20, per: Duration::from_secs(1), burst: 60, is_by_address: false };
    const RARE: Limit =
        Limit { name: "rare", requests: 5, per: Duration::from_secs(60), burst: 5, is_by_address: false };

    fn admitted(rate: &Rate, limits: &[Limit], account: &Account, now: Instant) -> usize {
        let once = || rate.take(limits.iter().map(|limit| (limit, account.clone())), now).is_ok();
        (0..100).filter(|_| once()).count()
    }

    #[test]
    fn a_burst_is_admitted_then_the_rate() {
        let (rate, now) = (Rate::default(), Instant::now());
        let greedy = Account::User("fotw:7".into());
        assert_eq!(admitted(&rate, &[USUAL], &greedy, now), 60);
        assert_eq!(admitted(&rate, &[USUAL], &greedy, now + Duration::from_secs(1)), 20);
        let other = Account::Address([10, 0, 0, 2].into());
        assert_eq!(admitted(&rate, &[USUAL], &other, now), 60, "another caller has a bucket of its own");
    }

    #[test]
    fn who_is_stopped_by_one_limit_spends_nothing_of_another() {
        let (rate, now) = (Rate::default(), Instant::now());
        let caller = Account::User("fotw:7".into());
        assert_eq!(admitted(&rate, &[USUAL, RARE], &caller, now), 5);
        let wait = rate.take([(&USUAL, caller.clone()), (&RARE, caller.clone())].into_iter(), now);
        assert!(wait.unwrap_err() <= Duration::from_secs(12));
        assert_eq!(admitted(&rate, &[USUAL], &caller, now), 55);
    }
}
