//! When a shard writes at once and when it lets news gather.
//!
//! A write costs the same for one frame as for a few. As long as a shard could write every frame alone in less than half
//! of its time, waiting would only make readers wait. Beyond that it rests after each round for twice what a round
//! usually takes, and the busier it is the more leaves in one write.

use std::time::Duration;
use tokio::time::Instant;

/// A shard that would write more than the `1 / BUSY` part of the time is busy.
const BUSY: u32 = 2;
/// A busy shard rests this many times as long as it usually writes.
const REST: u32 = 2;
/// A longer silence says no more than this: after it a burst is soon recognised.
const SILENCE: Duration = Duration::from_millis(100);

/// How long rounds take and how fast frames come, smoothed: a single slow round says nothing.
#[derive(Debug)]
pub(super) struct Gait {
    round: Duration,
    /// Between two frames.
    gap: Duration,
    began: Option<Instant>,
    /// Nothing is written before.
    earliest: Option<Instant>,
}

impl Gait {
    pub(super) const fn new() -> Self {
        Self { round: Duration::ZERO, gap: SILENCE, began: None, earliest: None }
    }

    /// When the next round may begin; `None`: at any time.
    pub(super) const fn earliest(&self) -> Option<Instant> {
        self.earliest
    }

    /// Takes note of a round that wrote `frames` to each reader, and rests for `most` at the longest.
    pub(super) fn rest(&mut self, began: Instant, ended: Instant, frames: usize, most: Duration) {
        let Ok(frames @ 1..) = u32::try_from(frames) else { return };
        let since = self.began.replace(began).map_or(SILENCE, |last| (began - last).min(SILENCE));
        self.gap = smoothed(self.gap, since / frames);
        self.round = smoothed(self.round, ended - began);
        let is_busy = self.round * BUSY > self.gap;
        self.earliest = is_busy.then(|| ended + (self.round * REST).min(most));
    }
}

fn smoothed(usual: Duration, new: Duration) -> Duration {
    (usual * 7 + new) / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(50);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// The rest after many rounds of `round`, each with the frames that came every `gap` since the last began.
    fn rest(round: Duration, gap: Duration) -> Option<Duration> {
        let (mut gait, mut now, mut last) = (Gait::new(), Instant::now(), None);
        for _ in 0..200 {
            let since = last.map_or(gap, |last| now - last);
            let frames = (since.as_micros() / gap.as_micros()).max(1);
            gait.rest(now, now + round, usize::try_from(frames).unwrap(), MOST);
            last = Some(now);
            now = (now + gap).max(gait.earliest().unwrap_or(now));
        }
        let ended = last.unwrap() + round;
        gait.earliest().map(|earliest| earliest - ended)
    }

    #[test]
    fn a_shard_that_keeps_up_easily_makes_nobody_wait() {
        assert_eq!(rest(ms(4), ms(20)), None);
        assert_eq!(rest(ms(8), ms(50)), None);
        assert_eq!(rest(Duration::ZERO, ms(1)), None);
    }

    #[test]
    fn a_busy_one_rests_twice_as_long_as_it_writes_and_never_too_long() {
        assert!(rest(ms(8), ms(10)).is_some_and(|rest| rest >= ms(15) && rest <= ms(16)));
        assert_eq!(rest(ms(40), ms(1)), Some(MOST));
    }

    #[test]
    fn one_slow_round_changes_nothing() {
        let (mut gait, mut now) = (Gait::new(), Instant::now());
        for n in 0..50 {
            let round = if n == 49 { ms(20) } else { ms(4) };
            gait.rest(now, now + round, 1, MOST);
            now += ms(20);
        }
        assert_eq!(gait.earliest(), None);
    }
}
