//! How often people hear of one thing. Pure: the time is an argument.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

const FLAPPING_WINDOW: Duration = Duration::from_secs(600);
const FLAPPING_TRANSITIONS: usize = 5;

/// Counts what was told, per kind and service.
#[derive(Debug)]
pub(super) struct Limiter {
    rate_limit: Duration,
    remind: Duration,
    tracks: BTreeMap<(Matter, String), Track>,
}

/// Whether people hear of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes; so many earlier ones were not told.
    Told { suppressed: u32 },
    /// No.
    Silent,
    /// They hear that it goes back and forth, and then nothing more until it is stable.
    Flapping,
}

/// What fails, and recovers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    Beat,
    Health,
    Death,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Worse(Matter),
    Better(Matter),
}

impl Turn {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "heartbeat_miss" => Self::Worse(Matter::Beat),
            "heartbeat_ok" => Self::Better(Matter::Beat),
            "container_unhealthy" => Self::Worse(Matter::Health),
            "container_healthy" => Self::Better(Matter::Health),
            "container_die" | "container_oom" => Self::Worse(Matter::Death),
            _ => return None,
        })
    }

    const fn matter(self) -> Matter {
        match self {
            Self::Worse(matter) | Self::Better(matter) => matter,
        }
    }
}

#[derive(Debug, Default)]
struct Track {
    told_at: Option<Duration>,
    reminded_at: Option<Duration>,
    is_bad: bool,
    /// The failure that stands was not told, so its recovery is none.
    is_hushed: bool,
    suppressed: u32,
    transitions: VecDeque<Duration>,
    is_flapping: bool,
}

impl Limiter {
    pub(super) fn new(rate_limit: Duration, remind: Duration) -> Self {
        Self { rate_limit, remind, tracks: BTreeMap::new() }
    }

    /// Judges one alert. Kinds that neither fail nor recover are always told.
    pub(super) fn judge(&mut self, now: Duration, kind: &str, service: &str) -> Verdict {
        let Some(turn) = Turn::of(kind) else { return Verdict::Told { suppressed: 0 } };
        let rate_limit = self.rate_limit;
        let track = self.tracks.entry((turn.matter(), service.to_owned())).or_default();
        track.is_bad = matches!(turn, Turn::Worse(_));
        if turn.matter() != Matter::Death
            && let Some(verdict) = track.flaps(now)
        {
            return verdict;
        }
        let is_too_soon = track.told_at.is_some_and(|told| now < told + rate_limit);
        let is_silent = match turn {
            Turn::Worse(_) => is_too_soon,
            Turn::Better(_) => track.is_hushed,
        };
        track.is_hushed = is_silent && track.is_bad;
        if is_silent {
            track.suppressed += 1;
            return Verdict::Silent;
        }
        if track.is_bad {
            track.told_at = Some(now);
            track.reminded_at = Some(now);
        }
        Verdict::Told { suppressed: std::mem::take(&mut track.suppressed) }
    }

    /// An alert is not told for another reason.
    pub(super) fn hush(&mut self, kind: &str, service: &str) {
        if let Some(turn) = Turn::of(kind) {
            let track = self.tracks.entry((turn.matter(), service.to_owned())).or_default();
            track.is_bad = matches!(turn, Turn::Worse(_));
            track.is_hushed = track.is_bad;
        }
    }

    /// The services whose miss was told and stands, each time for as long as a reminder takes.
    pub(super) fn reminders(&mut self, now: Duration) -> Vec<String> {
        if self.remind.is_zero() {
            return Vec::new();
        }
        let remind = self.remind;
        let is_due = |track: &Track| {
            track.is_bad
                && !track.is_hushed
                && !track.is_flapping
                && track.reminded_at.is_some_and(|at| now >= at + remind)
        };
        let mut due = Vec::new();
        for ((matter, service), track) in &mut self.tracks {
            if *matter == Matter::Beat && is_due(track) {
                track.reminded_at = Some(now);
                due.push(service.clone());
            }
        }
        due
    }
}

impl Track {
    fn flaps(&mut self, now: Duration) -> Option<Verdict> {
        let is_stable = self.transitions.back().is_none_or(|last| now >= *last + FLAPPING_WINDOW);
        self.transitions.push_back(now);
        self.transitions.retain(|at| *at + FLAPPING_WINDOW > now);
        if self.is_flapping {
            self.is_flapping = !is_stable;
            return (!is_stable).then_some(Verdict::Silent);
        }
        self.is_flapping = self.transitions.len() > FLAPPING_TRANSITIONS;
        self.is_flapping.then_some(Verdict::Flapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Verdict = Verdict::Told { suppressed: 0 };

    fn judge(limiter: &mut Limiter, at: u64, kind: &str) -> Verdict {
        limiter.judge(Duration::from_secs(at), kind, "vigil")
    }

    /// K13 of the contract: the second miss comes 56 s after the first.
    #[test]
    fn a_miss_within_the_limit_is_silent_and_so_is_its_recovery() {
        let mut limiter = Limiter::new(Duration::from_secs(60), Duration::ZERO);
        assert_eq!(judge(&mut limiter, 55, "heartbeat_miss"), TOLD);
        assert_eq!(judge(&mut limiter, 80, "heartbeat_ok"), TOLD);
        assert_eq!(judge(&mut limiter, 111, "heartbeat_miss"), Verdict::Silent);
        assert_eq!(judge(&mut limiter, 120, "heartbeat_ok"), Verdict::Silent);
        assert_eq!(judge(&mut limiter, 720, "heartbeat_miss"), Verdict::Told { suppressed: 2 });
        assert_eq!(judge(&mut limiter, 721, "heartbeat_ok"), TOLD);
    }

    #[test]
    fn services_do_not_share_their_limit() {
        let mut limiter = Limiter::new(Duration::from_secs(60), Duration::ZERO);
        assert_eq!(judge(&mut limiter, 0, "heartbeat_miss"), TOLD);
        assert_eq!(limiter.judge(Duration::ZERO, "heartbeat_miss", "sse"), TOLD);
    }

    #[test]
    fn back_and_forth_is_told_once_and_then_nothing_until_it_is_stable() {
        let mut limiter = Limiter::new(Duration::ZERO, Duration::ZERO);
        for n in 0..5 {
            assert_eq!(
                judge(&mut limiter, n * 10, if n % 2 == 0 { "heartbeat_miss" } else { "heartbeat_ok" }),
                TOLD
            );
        }
        assert_eq!(judge(&mut limiter, 50, "heartbeat_ok"), Verdict::Flapping);
        assert_eq!(judge(&mut limiter, 60, "heartbeat_miss"), Verdict::Silent);
        assert_eq!(judge(&mut limiter, 70, "heartbeat_ok"), Verdict::Silent);
        assert_eq!(judge(&mut limiter, 669, "heartbeat_miss"), Verdict::Silent);
        assert_eq!(judge(&mut limiter, 1269, "heartbeat_miss"), TOLD, "ten minutes later");
    }

    #[test]
    fn a_standing_miss_is_reminded_of_while_it_stands() {
        let mut limiter = Limiter::new(Duration::ZERO, Duration::from_secs(300));
        judge(&mut limiter, 0, "heartbeat_miss");
        assert!(limiter.reminders(Duration::from_secs(299)).is_empty());
        assert_eq!(limiter.reminders(Duration::from_secs(300)), ["vigil"]);
        assert!(limiter.reminders(Duration::from_secs(599)).is_empty());
        judge(&mut limiter, 599, "heartbeat_ok");
        assert!(limiter.reminders(Duration::from_secs(700)).is_empty());
    }
}
