//! Why a container ended: read from the engine's events, which say what happened but not who asked for it.

use crate::docker::Action;
use std::time::Duration;

/// SIGTERM, the usual request to stop.
pub const TERM: i64 = 15;
const FATAL: [i64; 4] = [TERM, 9, 2, 3];

/// A death this soon after a terminating signal was asked for.
const ASKED: Duration = Duration::from_secs(15);
/// A death this soon after the kernel ran out of memory was caused by it.
const STARVED: Duration = Duration::from_secs(5);
/// The engine tells of a completed stop this soon after the death.
const COMPLETED: Duration = Duration::from_secs(2);

/// Why a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A job did its work.
    JobDone,
    /// A job ended with an error.
    JobFailed,
    /// Somebody asked for it; who, only an intent record tells.
    Requested,
    /// The kernel killed it for want of memory.
    Oom,
    /// It ended by itself without an error.
    Exited,
    /// Anything else.
    Crash,
}

/// A container ended, or what the engine was about to start again was stopped for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// Why.
    pub cause: Cause,
    /// With which code; `None` when there was only a stop.
    pub exit_code: Option<i64>,
}

/// What is remembered of one container between its starts.
#[derive(Debug, Clone, Default)]
pub struct Past {
    killed_at: Option<Duration>,
    starved_at: Option<Duration>,
    cause: Option<Cause>,
    open: Option<Open>,
}

/// A death after an old signal: it was asked for when the engine tells of a completed stop, else it was not.
#[derive(Debug, Clone, Copy)]
struct Open {
    heard: Duration,
    at: Duration,
    exit_code: i64,
}

impl Past {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one event: `at` by the engine's clock, `now` by the own monotonic one. `is_job`: the container runs once;
    /// `stop_signal`: the one that its image asks for.
    pub fn step(
        &mut self,
        now: Duration,
        at: Duration,
        action: Action,
        is_job: bool,
        stop_signal: i64,
    ) -> Option<Death> {
        match action {
            Action::Start => {
                *self = Self::default();
                None
            }
            Action::Kill { signal } => {
                if FATAL.contains(&signal) || signal == stop_signal {
                    self.killed_at = Some(at);
                }
                None
            }
            Action::Oom => {
                self.starved_at = Some(at);
                None
            }
            Action::Die { exit_code } => self.die(now, at, exit_code, is_job),
            Action::Stop | Action::Destroy => self.completed(at, action),
            _ => None,
        }
    }

    /// The verdict on a death that waited for a completed stop which did not come.
    pub fn settle(&mut self, now: Duration) -> Option<Death> {
        let open = self.open.filter(|open| now.saturating_sub(open.heard) >= COMPLETED)?;
        self.open = None;
        Some(self.by_itself(open.at, open.exit_code))
    }

    fn die(&mut self, now: Duration, at: Duration, exit_code: i64, is_job: bool) -> Option<Death> {
        if is_job {
            return Some(
                self.conclude(if exit_code == 0 { Cause::JobDone } else { Cause::JobFailed }, exit_code),
            );
        }
        match self.killed_at {
            Some(killed_at) if at.saturating_sub(killed_at) <= ASKED => {
                Some(self.conclude(Cause::Requested, exit_code))
            }
            Some(_old) => {
                self.open = Some(Open { heard: now, at, exit_code });
                None
            }
            None => Some(self.by_itself(at, exit_code)),
        }
    }

    fn completed(&mut self, at: Duration, action: Action) -> Option<Death> {
        if let Some(open) = self.open.take() {
            let soon = at.saturating_sub(open.at) <= COMPLETED;
            return Some(if soon {
                self.conclude(Cause::Requested, open.exit_code)
            } else {
                self.by_itself(open.at, open.exit_code)
            });
        }
        // A stop without a death: the container was waiting for the engine to start it again.
        let unasked = !matches!(self.cause, Some(Cause::Requested | Cause::JobDone | Cause::JobFailed));
        (action == Action::Stop && unasked).then(|| {
            self.cause = Some(Cause::Requested);
            Death { cause: Cause::Requested, exit_code: None }
        })
    }

    fn by_itself(&mut self, at: Duration, exit_code: i64) -> Death {
        let starved = self.starved_at.is_some_and(|starved_at| at.saturating_sub(starved_at) <= STARVED);
        let cause = match exit_code {
            _ if starved => Cause::Oom,
            0 => Cause::Exited,
            _ => Cause::Crash,
        };
        self.conclude(cause, exit_code)
    }

    fn conclude(&mut self, cause: Cause, exit_code: i64) -> Death {
        self.cause = Some(cause);
        Death { cause, exit_code: Some(exit_code) }
    }
}

/// The number of a signal, from its number or its name; `None` for one that ends nothing by convention.
pub(crate) fn signal(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    Some(match text.strip_prefix("SIG").unwrap_or(text) {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "USR1" => 10,
        "USR2" => 12,
        "TERM" => TERM,
        "WINCH" => 28,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Destroy, Die, Kill, Oom, Start, Stop};

    /// The causes that a sequence of (seconds, event) leads to; a death left open is settled at the end.
    fn causes(is_job: bool, events: &[(f64, Action)]) -> Vec<Cause> {
        let mut past = Past::new();
        let mut causes = Vec::new();
        for &(at, action) in events {
            let at = Duration::from_secs_f64(at);
            causes.extend(past.step(at, at, action, is_job, 3).map(|death| death.cause));
        }
        causes.extend(past.settle(Duration::from_secs(10_000)).map(|death| death.cause));
        causes
    }

    const DIE: Action = Die { exit_code: 137 };

    #[test]
    fn an_engines_stop_kill_or_removal_is_a_request() {
        let stop = [(0.0, Start), (5.0, Kill { signal: 15 }), (5.2, Die { exit_code: 0 }), (5.3, Stop)];
        assert_eq!(causes(false, &stop), [Cause::Requested]);
        let stubborn = [(5.0, Kill { signal: 15 }), (15.0, Kill { signal: 9 }), (15.1, DIE), (15.2, Stop)];
        assert_eq!(causes(false, &stubborn), [Cause::Requested]);
        let own_signal = [(5.0, Kill { signal: 3 }), (5.1, Die { exit_code: 0 })];
        assert_eq!(causes(false, &own_signal), [Cause::Requested]);
    }

    #[test]
    fn a_slow_stop_is_recognised_by_its_completion() {
        let slow = [(5.0, Kill { signal: 15 }), (25.0, DIE), (25.4, Stop)];
        assert_eq!(causes(false, &slow), [Cause::Requested]);
        let removed = [(5.0, Kill { signal: 15 }), (25.0, DIE), (26.0, Destroy)];
        assert_eq!(causes(false, &removed), [Cause::Requested]);
        let unrelated = [(5.0, Kill { signal: 15 }), (25.0, DIE)];
        assert_eq!(causes(false, &unrelated), [Cause::Crash], "the signal was survived long ago");
    }

    #[test]
    fn a_signal_that_ends_nothing_asks_for_nothing() {
        assert_eq!(causes(false, &[(5.0, Kill { signal: 1 }), (6.0, DIE)]), [Cause::Crash]);
    }

    #[test]
    fn a_signal_before_the_last_start_is_forgotten() {
        let restarted = [(5.0, Kill { signal: 15 }), (5.1, DIE), (5.2, Start), (7.0, DIE)];
        assert_eq!(causes(false, &restarted), [Cause::Requested, Cause::Crash]);
    }

    #[test]
    fn want_of_memory_is_told_from_a_crash() {
        assert_eq!(causes(false, &[(1.0, Oom), (1.03, DIE)]), [Cause::Oom]);
        assert_eq!(causes(false, &[(1.0, Oom), (60.0, DIE)]), [Cause::Crash], "only a child starved");
        let stopped_later = [(1.0, Oom), (3.0, Kill { signal: 15 }), (3.1, DIE), (3.2, Stop)];
        assert_eq!(causes(false, &stopped_later), [Cause::Requested]);
    }

    #[test]
    fn ending_by_itself_is_an_exit_or_a_crash() {
        assert_eq!(causes(false, &[(1.0, Die { exit_code: 0 })]), [Cause::Exited]);
        assert_eq!(causes(false, &[(1.0, Die { exit_code: 78 })]), [Cause::Crash]);
        assert_eq!(causes(true, &[(1.0, Die { exit_code: 0 })]), [Cause::JobDone]);
        assert_eq!(causes(true, &[(1.0, Die { exit_code: 4 })]), [Cause::JobFailed]);
    }

    #[test]
    fn a_stop_during_the_engines_back_off_is_a_request() {
        assert_eq!(causes(false, &[(1.0, DIE), (2.0, Stop)]), [Cause::Crash, Cause::Requested]);
    }
}
