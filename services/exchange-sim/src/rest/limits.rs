//! Requests per minute and key.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Counts in windows of a minute.
#[derive(Debug)]
pub(crate) struct Limiter {
    per_minute: u32,
    seen: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Limiter {
    /// 0 is no limit.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, seen: Mutex::default() }
    }

    /// Counts one request of `key`; false when it is one too many.
    pub(crate) fn admits(&self, key: &str) -> bool {
        if self.per_minute == 0 {
            return true;
        }
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, (since, _)| now - *since < MINUTE);
        let (_, count) = seen.entry(key.to_owned()).or_insert((now, 0));
        *count += 1;
        *count <= self.per_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_key_has_its_own_minute() {
        let limiter = Limiter::new(2);
        assert!(limiter.admits("a") && limiter.admits("a") && !limiter.admits("a"));
        assert!(limiter.admits("b"));
        tokio::time::advance(MINUTE).await;
        assert!(limiter.admits("a"));
    }
}
