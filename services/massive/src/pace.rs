//! At most so many a second, as early as possible. Pure: the instant is an argument.

use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// Lets `per_second` through in any second. The first comes at once; a burst is spread over the second instead
/// of being spent at its beginning.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    per_second: usize,
    passed: VecDeque<Instant>,
}

const SECOND: Duration = Duration::from_secs(1);

impl Pace {
    pub(crate) fn new(per_second: usize) -> Self {
        Self { per_second: per_second.max(1), passed: VecDeque::new() }
    }

    /// When the next may pass; `None`: at once.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        // Three quarters of an even share: a value that comes four times a second, unevenly, is not held back.
        let gap = SECOND.mul_f64(0.75 / self.per_second as f64);
        let after_last = self.passed.back().map(|last| *last + gap);
        let after_window = (self.passed.len() >= self.per_second)
            .then(|| self.passed.front().map(|first| *first + SECOND))
            .flatten();
        after_last.max(after_window)
    }

    /// Passes at `now`, if it may.
    pub(crate) fn pass(&mut self, now: Instant) -> bool {
        if self.next_at().is_some_and(|at| at > now) {
            return false;
        }
        if self.passed.len() >= self.per_second {
            self.passed.pop_front();
        }
        self.passed.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds at which a pace of `per_second` passes, when it is asked every `step` for three seconds.
    fn passes(per_second: usize, step: u64) -> Vec<u64> {
        let start = Instant::now();
        let mut pace = Pace::new(per_second);
        (0..3000)
            .step_by(usize::try_from(step).unwrap())
            .map(|ms| ms as u64)
            .filter(|&ms| pace.pass(start + Duration::from_millis(ms)))
            .collect()
    }

    #[test]
    fn no_second_has_more_than_its_share() {
        for (per_second, step) in [(4, 1), (4, 33), (10, 1), (10, 7), (1, 100)] {
            let passed = passes(per_second, step);
            for &from in &passed {
                let inside = passed.iter().filter(|&&at| (from..from + 1000).contains(&at)).count();
                assert!(inside <= per_second, "{per_second}/s, every {step} ms: {passed:?}");
            }
            assert!(passed.len() >= 3 * per_second - 1, "and it is used: {passed:?}");
        }
    }

    #[test]
    fn four_uneven_values_a_second_are_not_held_back() {
        let start = Instant::now();
        let mut pace = Pace::new(4);
        for ms in [0, 200, 500, 700, 1000, 1200, 1500, 1700, 2000] {
            assert!(pace.pass(start + Duration::from_millis(ms)), "{ms}");
        }
    }

    #[test]
    fn a_burst_is_spread() {
        assert_eq!(passes(4, 1)[..5], [0, 188, 376, 564, 1000]);
    }
}
