//! How long to wait before a path is connected again. Pure: the cause and the past decide.

use crate::config::{Config, Limits};
use std::time::Duration;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Refused, reset, closed by the peer, or not answering in time.
    Network(&'static str),
    /// The account's connections are used up: close 1008, or the status `max_connections`.
    Policy,
    /// The key was refused.
    AuthFailed,
    /// The server saw no authentication.
    AuthTimeout,
    /// A frame larger than is read, or close 1009.
    TooBig,
}

impl Cause {
    /// For events and logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Network(what) => what,
            Self::Policy => "policy_violation",
            Self::AuthFailed => "auth_failed",
            Self::AuthTimeout => "auth_timeout",
            Self::TooBig => "frame_too_big",
        }
    }
}

/// The delays of one path.
#[derive(Debug, Clone)]
pub(crate) struct Reconnect {
    network: Step,
    policy: Step,
    auth_timeout: Step,
    auth_failed: Duration,
    jitter: Duration,
    settled: Duration,
}

/// A delay that doubles up to its cap.
#[derive(Debug, Clone, Copy)]
struct Step {
    first: Duration,
    cap: Duration,
    next: Duration,
}

impl Step {
    fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, next: first.min(cap) }
    }

    fn advance(&mut self) -> Duration {
        let delay = self.next;
        self.next = (delay * 2).min(self.cap);
        delay
    }

    fn reset(&mut self) {
        self.next = self.first.min(self.cap);
    }
}

impl Reconnect {
    pub(crate) fn of(config: &Config) -> Self {
        let limits: &Limits = &config.limits;
        Self {
            network: Step::new(config.reconnect_delay(), limits.network_cap.max(config.reconnect_delay())),
            policy: Step::new(limits.policy_first, limits.policy_cap),
            auth_timeout: Step::new(limits.auth_timeout, limits.network_cap),
            auth_failed: limits.auth_failed,
            jitter: limits.network_jitter,
            settled: limits.settled,
        }
    }

    /// The delay after `cause`. `authenticated` is how long the connection lived with a confirmed key, `None`
    /// when it never had one; `draw` lies between 0 and 1.
    pub(crate) fn after(&mut self, cause: Cause, authenticated: Option<Duration>, draw: f64) -> Duration {
        if authenticated.is_some_and(|lived| lived >= self.settled) {
            self.network.reset();
            self.policy.reset();
            self.auth_timeout.reset();
        }
        match cause {
            Cause::Network(_) | Cause::TooBig => {
                self.network.advance() + self.jitter.mul_f64(draw.clamp(0.0, 1.0))
            }
            Cause::Policy => self.policy.advance(),
            Cause::AuthFailed => self.auth_failed,
            Cause::AuthTimeout => self.auth_timeout.advance(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROP: Cause = Cause::Network("reset");

    fn delays(causes: &[(Cause, Option<u64>)]) -> Vec<u64> {
        let mut reconnect = Reconnect::of(&Config::default());
        let delay = |&(cause, lived): &(Cause, Option<u64>)| {
            reconnect.after(cause, lived.map(Duration::from_secs), 0.0).as_secs()
        };
        causes.iter().map(delay).collect()
    }

    #[test]
    fn each_cause_has_its_delay_and_its_growth() {
        let six = |cause| delays(&[(cause, None); 6]);
        assert_eq!(six(DROP), [5, 10, 20, 40, 60, 60]);
        assert_eq!(six(Cause::TooBig), [5, 10, 20, 40, 60, 60]);
        assert_eq!(six(Cause::AuthTimeout), [5, 10, 20, 40, 60, 60]);
        assert_eq!(six(Cause::Policy), [60, 120, 240, 480, 600, 600]);
        assert_eq!(six(Cause::AuthFailed), [300; 6]);
    }

    /// `auth_success` alone resets nothing: a server that accepts and then closes would be asked every 5 s.
    #[test]
    fn only_a_connection_that_lived_a_minute_resets_the_delay() {
        assert_eq!(delays(&[(DROP, None), (DROP, Some(59)), (DROP, Some(60)), (DROP, None)]), [5, 10, 5, 10]);
        assert_eq!(delays(&[(Cause::Policy, Some(1)), (Cause::Policy, Some(1))]), [60, 120]);
    }

    #[test]
    fn only_network_causes_are_jittered() {
        let mut reconnect = Reconnect::of(&Config::default());
        assert_eq!(reconnect.after(DROP, None, 1.0), Duration::from_secs(7));
        assert_eq!(reconnect.after(Cause::Policy, None, 1.0), Duration::from_secs(60));
    }
}
