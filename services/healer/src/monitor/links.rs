use std::time::Duration;

/// Away for this long is worth telling.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to have Truth loaded again.
const SEED_AGAIN: Duration = Duration::from_secs(300);

/// What healer depends on.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub redis: Link,
    pub docker: Link,
    pub truth: Link,
    seeded: Option<Duration>,
}

impl Links {
    /// Truth has been absent for so long that bootstrap should run again, and did not lately.
    pub(super) fn may_seed(&mut self, now: Duration) -> bool {
        let may = self.truth.is_told && self.seeded.is_none_or(|seeded| now >= seeded + SEED_AGAIN);
        if may {
            self.seeded = Some(now);
        }
        may
    }
}

/// One thing that is there, or is away.
#[derive(Debug, Default)]
pub(super) struct Link {
    down_since: Option<Duration>,
    is_told: bool,
}

impl Link {
    /// It is away; never worth telling at once.
    pub(super) fn down(&mut self, now: Duration) -> bool {
        self.down_since.get_or_insert(now);
        false
    }

    /// It is there. True when its absence was told.
    pub(super) fn up(&mut self) -> bool {
        self.down_since = None;
        std::mem::take(&mut self.is_told)
    }

    /// True once, when it has been away for long enough.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        let is_long = self.down_since.is_some_and(|since| now >= since + PATIENCE);
        is_long && !std::mem::replace(&mut self.is_told, is_long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_told_once_after_ten_seconds_and_so_is_its_end() {
        let at = Duration::from_secs;
        let mut link = Link::default();
        link.down(at(5));
        link.down(at(9));
        assert!(!link.is_due(at(14)));
        assert!(link.is_due(at(15)));
        assert!(!link.is_due(at(16)));
        assert!(link.up());
        assert!(!link.up());
    }

    #[test]
    fn bootstrap_is_started_at_most_once_in_five_minutes() {
        let mut links = Links::default();
        let at = Duration::from_secs;
        links.truth.down(at(0));
        assert!(!links.may_seed(at(9)));
        links.truth.is_due(at(10));
        assert!(links.may_seed(at(10)));
        assert!(!links.may_seed(at(309)));
        assert!(links.may_seed(at(310)));
    }
}
