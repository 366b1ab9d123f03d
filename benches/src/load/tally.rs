//! What all clients of a crowd have received.

use super::histogram::Histogram;
use memchr::memchr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Begins the stamp of a message: `@`, ten digits of its number, a point, sixteen digits of its time.
const MARK: u8 = b'@';
const NUMBER: usize = 10;
const TIME: usize = 16;

/// The stamp of message `number`, sent now.
pub fn stamp(number: u64) -> String {
    format!("@{number:010}.{:016}", micros())
}

/// Microseconds since 1970.
pub fn micros() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}

/// Counts over all clients; those of messages since [`Tally::begin`].
#[derive(Debug, Default)]
pub struct Tally {
    /// Answers of 200.
    pub open: usize,
    /// Connections that failed, were refused or ended by the server.
    pub closed: usize,
    /// Streams that the server ended while others were still being opened; their clients came again.
    pub reopened: usize,
    /// Not all are there yet.
    pub(super) is_opening: bool,
    /// The status of the last refusal.
    pub refusal: Option<u16>,
    /// Frames called `connected`, and when the last one came.
    pub connected: (usize, u64),
    /// Frames that tell of a loss.
    pub resyncs: u64,
    /// Numbered messages that came in order.
    pub in_order: u64,
    /// Numbers that were passed over.
    pub skipped: u64,
    /// Messages whose number was not above the one before: out of order, or twice.
    pub again: u64,
    /// Every frame.
    pub frames: u64,
    /// Every byte.
    pub bytes: u64,
    /// Reads that brought something.
    pub reads: u64,
    /// When the last message came.
    pub last_at: u64,
    /// Send to receive, microseconds.
    pub times: Histogram,
    base: u64,
}

impl Tally {
    /// Counts from message `base` on, and forgets what was counted.
    pub fn begin(&mut self, base: u64) {
        let Self { open, closed, reopened, is_opening, refusal, connected, .. } = *self;
        let mut times = std::mem::take(&mut self.times);
        times.clear();
        *self =
            Self { open, closed, reopened, is_opening, refusal, connected, times, base, ..Self::default() };
    }

    /// A stream has ended. True when its client is to come again, as a browser does.
    pub(super) fn ended(&mut self) -> bool {
        if self.is_opening {
            (self.open, self.reopened) = (self.open - 1, self.reopened + 1);
        } else {
            self.closed += 1;
        }
        self.is_opening
    }

    /// Takes a frame that a client has received at `now`; `next` is the number that this client waits for.
    pub fn take(&mut self, frame: &[u8], next: &mut u64, now: u64) {
        self.frames += 1;
        let Some((number, sent)) = stamp_of(frame) else { return self.take_named(frame, now) };
        if number < self.base {
            return;
        }
        let expected = (*next).max(self.base);
        if number < expected {
            self.again += 1;
            return;
        }
        self.skipped += number - expected;
        self.in_order += 1;
        *next = number + 1;
        self.last_at = now;
        self.times.add(now.saturating_sub(sent));
    }

    fn take_named(&mut self, frame: &[u8], now: u64) {
        let is = |name: &[u8]| frame.split(|&byte| byte == b'\n').any(|line| line == name);
        if is(b"event: connected") {
            self.connected = (self.connected.0 + 1, now);
        } else if is(b"event: resync") {
            self.resyncs += 1;
        }
    }

    /// Messages that arrived: those that came late filled a gap.
    pub fn delivered(&self) -> u64 {
        self.in_order + self.again.min(self.skipped)
    }
}

fn stamp_of(frame: &[u8]) -> Option<(u64, u64)> {
    let at = memchr(MARK, frame)? + 1;
    let stamp = frame.get(at..at + NUMBER + 1 + TIME)?;
    Some((number(&stamp[..NUMBER])?, number(&stamp[NUMBER + 1..])?))
}

fn number(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0_u64, |value, &digit| digit.is_ascii_digit().then(|| value * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_repeats_and_leftovers_are_told_apart() {
        let mut tally = Tally::default();
        tally.begin(100);
        let mut next = 0;
        for number in [98, 99, 100, 101, 104, 103, 105, 105] {
            tally.take(
                format!("id: 1\ndata: {{\"text\":\"{}xx\"}}", stamp(number)).as_bytes(),
                &mut next,
                micros(),
            );
        }
        assert_eq!((tally.in_order, tally.skipped, tally.again), (4, 2, 2));
        assert_eq!((tally.delivered(), next), (6, 106));
        tally.take(b"event: connected\ndata: {}", &mut next, 7);
        tally.take(b"event: resync\ndata: {}", &mut next, 8);
        tally.take(b"data: somebody@example.org", &mut next, 8);
        assert_eq!((tally.connected, tally.resyncs, tally.in_order), ((1, 7), 1, 4));
    }
}
