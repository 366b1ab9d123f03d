use rand::Rng;
use std::time::Duration;

/// Waits that double from `first` to `cap`, each jittered by up to a fifth.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    next: Duration,
}

impl Default for Backoff {
    /// The fleet's reconnect pace: 0.2 to 5 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(5))
    }
}

impl Backoff {
    /// Starts at `first`, never waits longer than `cap` (before jitter).
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, next: first }
    }

    /// The next wait, drawn between 0.8 and 1.2 of the step.
    pub fn next_delay(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(self.cap);
        step.mul_f64(rand::rng().random_range(0.8..1.2))
    }

    /// Sleeps for the next wait.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_delay()).await;
    }

    /// Starts over, after a success.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_start_over() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.next_delay()).collect();
        assert!(waits[0] >= Duration::from_millis(160) && waits[0] <= Duration::from_millis(240));
        assert!(waits[7] >= Duration::from_secs(4) && waits[7] <= Duration::from_secs(6));
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(240));
    }
}
