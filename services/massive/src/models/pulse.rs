//! When the next round of a model is due.

use std::time::Duration;
use tokio::time::Instant;

/// Due at once, then once every `gap`, counted from when it was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pulse {
    gap: Duration,
    next: Option<Instant>,
}

impl Pulse {
    pub(super) const fn every(gap: Duration) -> Self {
        Self { gap, next: None }
    }

    /// Takes the round that is due at `now`, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let is_due = self.next.is_none_or(|next| now >= next);
        if is_due {
            // From the beat, not from now, so that rounds do not drift; but never two at once.
            let beat = self.next.map_or(now, |next| next + self.gap);
            self.next = Some(if beat > now { beat } else { now + self.gap });
        }
        is_due
    }

    /// Makes the next round due at once.
    pub(super) fn hurry(&mut self) {
        self.next = None;
    }

    /// When it is due; `None`: at once.
    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_keep_their_beat_and_never_pile_up() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pulse = Pulse::every(Duration::from_millis(100));
        let taken: Vec<u64> =
            [0, 50, 103, 199, 200, 550, 555, 600, 650].into_iter().filter(|&ms| pulse.take(at(ms))).collect();
        assert_eq!(taken, [0, 103, 200, 550, 650]);
        pulse.hurry();
        assert!(pulse.take(at(651)));
    }
}
