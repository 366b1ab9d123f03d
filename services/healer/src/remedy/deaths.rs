use crate::wiring::{Heal, seconds};
use std::{collections::VecDeque, time::Duration};

/// Ended because of its configuration: a restart cannot help.
const EXIT_CONFIG: i64 = 78;
const CONFIG_DEATHS: usize = 3;

/// The deaths of one service that nobody asked for.
#[derive(Debug, Default)]
pub(super) struct Deaths {
    all: VecDeque<Duration>,
    config: VecDeque<Duration>,
    is_told: bool,
}

/// What many deaths in a short time mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Loop {
    /// It dies again and again, and that was not told yet.
    pub is_new: bool,
    /// Letting it go on helps nobody.
    pub is_hopeless: bool,
    /// `config` or `crash_loop`.
    pub cause: &'static str,
    /// Deaths in the shorter window.
    pub recent: u32,
    /// Deaths in the longer window.
    pub all: u32,
}

impl Deaths {
    pub(super) fn add(&mut self, now: Duration, exit_code: Option<i64>) {
        self.all.push_back(now);
        if exit_code == Some(EXIT_CONFIG) {
            self.config.push_back(now);
        }
    }

    pub(super) fn judge(&mut self, now: Duration, heal: &Heal) -> Loop {
        let keep = seconds(heal.quarantine_window_sec.max(heal.loop_window_sec));
        self.all.retain(|at| *at + keep > now);
        self.config.retain(|at| *at + keep > now);
        let within = |window: f64| self.all.iter().filter(|at| **at + seconds(window) > now).count();
        let (recent, all) = (within(heal.loop_window_sec), within(heal.quarantine_window_sec));
        let is_config = self.config.len() >= CONFIG_DEATHS;
        let is_loop = is_config || recent >= heal.loop_deaths;
        let is_new = is_loop && !std::mem::replace(&mut self.is_told, is_loop);
        Loop {
            is_new,
            is_hopeless: is_config || all >= heal.quarantine_deaths,
            cause: if is_config { "config" } else { "crash_loop" },
            recent: u32::try_from(recent).unwrap_or(u32::MAX),
            all: u32::try_from(all).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(deaths: &[(u64, i64)]) -> Loop {
        let mut known = Deaths::default();
        let mut found = known.judge(Duration::ZERO, &Heal::default());
        for &(at, exit_code) in deaths {
            known.add(Duration::from_secs(at), Some(exit_code));
            found = known.judge(Duration::from_secs(at), &Heal::default());
        }
        found
    }

    #[test]
    fn five_deaths_in_two_minutes_are_a_loop_told_once() {
        assert!(!after(&[(0, 1), (10, 1), (20, 1), (30, 1)]).is_new);
        assert!(after(&[(0, 1), (10, 1), (20, 1), (30, 1), (40, 1)]).is_new);
        assert!(!after(&[(0, 1), (10, 1), (20, 1), (30, 1), (40, 1), (41, 1)]).is_new);
        assert!(!after(&[(0, 1), (50, 1), (100, 1), (150, 1), (200, 1)]).is_new);
    }

    #[test]
    fn ten_deaths_or_three_for_want_of_configuration_are_hopeless() {
        let ten: Vec<_> = (0..10).map(|n| (n * 50, 1)).collect();
        assert!(after(&ten).is_hopeless && !after(&ten[..9]).is_hopeless);
        let config = after(&[(0, 78), (1, 78), (2, 78)]);
        assert_eq!((config.is_new, config.is_hopeless, config.cause), (true, true, "config"));
    }
}
