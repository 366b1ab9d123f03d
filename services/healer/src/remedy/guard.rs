use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

const WINDOW: Duration = Duration::from_secs(10);
const FEWEST: usize = 3;

/// Tells a service that is late from a fleet that is.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    late: VecDeque<(Duration, String)>,
    told_at: Option<Duration>,
}

/// What a number of misses means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Each is its own.
    Single,
    /// The first sign that all of them share a cause.
    Fleet,
    /// More of the same.
    More,
}

impl Guard {
    /// `services` became late at `now`, of `watched` in all.
    pub(crate) fn late(&mut self, now: Duration, services: &[String], watched: usize) -> Extent {
        self.late.extend(services.iter().map(|service| (now, service.clone())));
        self.late.retain(|(at, _)| *at + WINDOW >= now);
        let different: BTreeSet<&str> = self.late.iter().map(|(_, service)| service.as_str()).collect();
        if different.len() < FEWEST.max(watched.div_ceil(2)) {
            return Extent::Single;
        }
        let is_told = self.told_at.is_some_and(|told| told + WINDOW >= now);
        self.told_at = Some(now);
        if is_told { Extent::More } else { Extent::Fleet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(guard: &mut Guard, at: u64, services: &[&str], watched: usize) -> Extent {
        let services: Vec<String> = services.iter().map(|&service| service.to_owned()).collect();
        guard.late(Duration::from_secs(at), &services, watched)
    }

    #[test]
    fn half_the_fleet_within_ten_seconds_has_one_cause() {
        let mut guard = Guard::default();
        assert_eq!(late(&mut guard, 0, &["a", "b"], 8), Extent::Single);
        assert_eq!(late(&mut guard, 4, &["c"], 8), Extent::Single);
        assert_eq!(late(&mut guard, 9, &["d"], 8), Extent::Fleet);
        assert_eq!(late(&mut guard, 10, &["e", "f"], 8), Extent::More);
        assert_eq!(late(&mut guard, 60, &["a", "b"], 8), Extent::Single);
    }

    #[test]
    fn two_late_services_are_never_a_fleet_however_often() {
        let mut guard = Guard::default();
        for at in 0..4 {
            assert_eq!(late(&mut guard, at, &["a", "b"], 2), Extent::Single);
        }
        assert_eq!(late(&mut Guard::default(), 0, &["a", "b", "c"], 4), Extent::Fleet);
    }
}
