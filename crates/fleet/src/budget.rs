//! May a patient be helped once more? Counts attempts, spaces them and gives up in time.

use std::{collections::VecDeque, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);
const FIRST_DELAY: Duration = Duration::from_secs(10);
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// How much help is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Attempts within `window`.
    pub max: u32,
    /// See `max`.
    pub window: Duration,
    /// Attempts within a day.
    pub daily_max: u32,
    /// After this long in good health counting starts anew.
    pub reset_after: Duration,
}

impl Default for Rules {
    /// 3 in 10 minutes, 12 a day, anew after half an hour of health.
    fn default() -> Self {
        Self {
            max: 3,
            window: Duration::from_secs(600),
            daily_max: 12,
            reset_after: Duration::from_secs(1800),
        }
    }
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Now,
    /// Not before this time.
    At(Duration),
    /// The budget is used up; it frees itself at this time.
    Exhausted(Duration),
}

/// The attempts made for one patient.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    made: VecDeque<Duration>,
    attempt: u32,
    not_before: Duration,
    healthy_since: Option<Duration>,
}

impl Budget {
    /// Nothing was tried yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of the last attempt, counted since the last long health; 0 before the first.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Attempts within the window.
    pub fn used(&self, now: Duration, rules: &Rules) -> u32 {
        self.within(now, rules.window)
    }

    /// May the next attempt be made at `now`?
    pub fn ask(&self, now: Duration, rules: &Rules) -> Permit {
        let frees = |limit: u32, window: Duration| {
            (self.within(now, window) >= limit).then(|| {
                let first = self.made.len().saturating_sub(limit as usize);
                self.made.get(first).map_or(now, |at| *at + window)
            })
        };
        match frees(rules.max, rules.window).max(frees(rules.daily_max, DAY)) {
            Some(at) => Permit::Exhausted(at.max(self.not_before)),
            None if now < self.not_before => Permit::At(self.not_before),
            None => Permit::Now,
        }
    }

    /// An attempt is made at `now`; its number.
    pub fn begin(&mut self, now: Duration) -> u32 {
        self.made.retain(|at| *at + DAY > now);
        self.made.push_back(now);
        self.attempt += 1;
        self.healthy_since = None;
        self.attempt
    }

    /// The attempt that was just begun did not take place after all.
    pub fn withdraw(&mut self) {
        self.made.pop_back();
        self.attempt = self.attempt.saturating_sub(1);
    }

    /// The last attempt did not help: the next one waits 10, 30, 90 … 600 s, times `jitter` (1 = exactly).
    pub fn failed(&mut self, now: Duration, jitter: f64) {
        let factor = 3_u32.saturating_pow(self.attempt.saturating_sub(1).min(8));
        self.not_before = now + (FIRST_DELAY * factor).min(LONGEST_DELAY).mul_f64(jitter);
    }

    /// The patient is seen in good health; after long enough counting starts anew.
    pub fn healthy(&mut self, now: Duration, rules: &Rules) {
        let since = *self.healthy_since.get_or_insert(now);
        if now.saturating_sub(since) >= rules.reset_after {
            self.attempt = 0;
            self.not_before = Duration::ZERO;
        }
    }

    /// The patient is seen in bad health.
    pub fn unhealthy(&mut self) {
        self.healthy_since = None;
    }

    /// Forgets everything: an operator took over.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn within(&self, now: Duration, window: Duration) -> u32 {
        u32::try_from(self.made.iter().filter(|at| **at + window > now).count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn attempts_are_spaced_and_end_with_the_budget() {
        let rules = Rules::default();
        let mut budget = Budget::new();
        for (begun, next) in [(0, 70), (70, 160)] {
            assert_eq!(budget.ask(at(begun), &rules), Permit::Now);
            budget.begin(at(begun));
            budget.failed(at(begun + 60), 1.0);
            assert_eq!(budget.ask(at(begun + 60), &rules), Permit::At(at(next)));
        }
        assert_eq!(budget.begin(at(160)), 3);
        budget.failed(at(220), 1.0);
        assert_eq!(budget.ask(at(220), &rules), Permit::Exhausted(at(600)));
        assert_eq!(budget.ask(at(600), &rules), Permit::Now, "the first attempt left the window");
    }

    #[test]
    fn a_day_has_its_own_limit() {
        let rules = Rules { daily_max: 2, ..Rules::default() };
        let mut budget = Budget::new();
        budget.begin(at(0));
        budget.begin(at(5000));
        assert_eq!(budget.ask(at(9000), &rules), Permit::Exhausted(DAY));
    }

    #[test]
    fn counting_starts_anew_after_long_health_only() {
        let rules = Rules::default();
        let mut budget = Budget::new();
        budget.begin(at(0));
        budget.healthy(at(60), &rules);
        budget.unhealthy();
        budget.healthy(at(100), &rules);
        budget.healthy(at(1800), &rules);
        assert_eq!(budget.attempt(), 1);
        budget.healthy(at(1900), &rules);
        assert_eq!(budget.attempt(), 0);
    }
}
