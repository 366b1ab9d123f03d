//! The guard against bad prints: which prices may enter the market state, and in which order.
//!
//! Three questions, each with its own small state: is it a price at all ([`is_price`]), does it come in order
//! ([`Sequence`]), and is its jump believable ([`Guard`]). Instants are Unix milliseconds.

use chrono::NaiveDate;

/// Above this nothing is a price.
pub const MAX_PRICE: f64 = 1e9;
/// Above this nothing is a size.
pub const MAX_SIZE: f64 = 1e12;
/// A jump of more than this share of the last price must be confirmed.
pub const MAX_JUMP: f64 = 0.2;
/// How long a jump waits for its confirmation, milliseconds.
pub const CONFIRM_MS: i64 = 5_000;
/// Exchange times further than this from the market clock are wrong, milliseconds.
pub const MAX_TIME_OFFSET_MS: i64 = 24 * 3_600_000;

/// A traded price or an index value: finite, above zero, at most [`MAX_PRICE`].
pub fn is_price(value: f64) -> bool {
    value.is_finite() && value > 0.0 && value <= MAX_PRICE
}

/// One side of a quote: as a price, but zero says that nobody is there.
pub fn is_quote(value: f64) -> bool {
    value == 0.0 || is_price(value)
}

/// A number of shares or contracts: finite, zero or more, at most [`MAX_SIZE`].
pub fn is_size(value: f64) -> bool {
    (0.0..=MAX_SIZE).contains(&value)
}

/// Whether an exchange time is believable while the market clock shows `now_ms`. A time in seconds,
/// microseconds or nanoseconds is not.
pub fn is_time(t_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(t_ms).saturating_abs() <= MAX_TIME_OFFSET_MS
}

/// Midpoint of a quote for display: half the ask without a bid, `None` when the sides cross or nobody asks.
pub fn midpoint(bid: f64, ask: f64) -> Option<f64> {
    (ask > 0.0 && bid <= ask).then_some((bid + ask) / 2.0)
}

/// Where an event stands among those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Newer than everything before, or as new.
    Next,
    /// The same event again.
    Duplicate,
    /// Older than one that was already seen.
    Late,
}

/// The order of the events of one ticker and kind.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sequence {
    last: Option<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    t_ms: i64,
    q: Option<u64>,
    value: f64,
    date: NaiveDate,
}

impl Sequence {
    /// Places an event of exchange time `t_ms`, sequence number `q` (which restarts with each trading `date`)
    /// and price `value`. Only [`Place::Next`] is remembered.
    ///
    /// Without a sequence number the time decides, and the same time with the same value is the same event.
    pub fn place(&mut self, t_ms: i64, q: Option<u64>, value: f64, date: NaiveDate) -> Place {
        if let Some(last) = self.last {
            let found = match (last.q, q) {
                (Some(before), Some(now)) if last.date == date => match now.cmp(&before) {
                    std::cmp::Ordering::Equal => Place::Duplicate,
                    std::cmp::Ordering::Less => Place::Late,
                    std::cmp::Ordering::Greater => Place::Next,
                },
                (Some(_), Some(_)) => Place::Next,
                _ if t_ms < last.t_ms => Place::Late,
                _ if t_ms == last.t_ms && value == last.value => Place::Duplicate,
                _ => Place::Next,
            };
            if found != Place::Next {
                return found;
            }
        }
        self.last = Some(Seen { t_ms, q, value, date });
        Place::Next
    }

    /// Forgets what was seen: the clock of the market was moved.
    pub fn restart(&mut self) {
        self.last = None;
    }
}

/// What [`Guard`] says of a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It is the price now.
    Accepted,
    /// It is too far from the last one; another price near it within [`CONFIRM_MS`] would confirm it.
    Held {
        /// The last accepted price.
        last: f64,
    },
}

/// Believes small steps at once, and a jump of more than [`MAX_JUMP`] only when it is seen twice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Guard {
    last: Option<f64>,
    held: Option<(f64, i64)>,
}

impl Guard {
    /// Judges `price`, seen at `now_ms` on a clock that only runs forward. The first price of all is accepted.
    pub fn judge(&mut self, price: f64, now_ms: i64) -> Verdict {
        let Some(last) = self.last.filter(|last| is_jump(*last, price)) else { return self.accept(price) };
        match self.held {
            Some((held, since)) if now_ms - since <= CONFIRM_MS && !is_jump(held, price) => {
                self.accept(price)
            }
            _ => {
                self.held = Some((price, now_ms));
                Verdict::Held { last }
            }
        }
    }

    /// Whether `price` is near enough to the last accepted one, without changing anything.
    pub fn is_near(&self, price: f64) -> bool {
        self.last.is_none_or(|last| !is_jump(last, price))
    }

    fn accept(&mut self, price: f64) -> Verdict {
        *self = Self { last: Some(price), held: None };
        Verdict::Accepted
    }
}

fn is_jump(from: f64, to: f64) -> bool {
    (to - from).abs() > MAX_JUMP * from
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 11, n).unwrap()
    }

    #[test]
    fn a_price_is_finite_and_above_zero() {
        for (value, expected) in [
            (0.01, true),
            (1e9, true),
            (0.0, false),
            (-1.0, false),
            (1.1e9, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            assert_eq!(is_price(value), expected, "{value}");
        }
        assert!(is_quote(0.0) && !is_quote(-0.01) && !is_quote(f64::NAN));
        assert!(is_size(0.0) && is_size(1e12) && !is_size(-1.0) && !is_size(f64::NAN) && !is_size(2e12));
    }

    #[test]
    fn a_time_in_another_unit_is_not_believed() {
        let now = 1_763_737_262_104;
        assert!(is_time(now, now) && is_time(now - 86_400_000, now) && is_time(now + 86_400_000, now));
        for t in [0, -1, now / 1000, now * 1000, now * 1_000_000, now - 86_400_001, i64::MIN, i64::MAX] {
            assert!(!is_time(t, now), "{t}");
        }
    }

    #[test]
    fn crossed_sides_have_no_middle() {
        assert_eq!(midpoint(9.4, 9.6), Some(9.5));
        assert_eq!(midpoint(0.0, 0.1), Some(0.05));
        assert_eq!(midpoint(9.6, 9.4), None);
        assert_eq!(midpoint(0.0, 0.0), None);
    }

    #[test]
    fn sequence_numbers_decide_before_times_and_restart_each_day() {
        let mut order = Sequence::default();
        assert_eq!(order.place(100, Some(7), 1.0, day(20)), Place::Next);
        assert_eq!(order.place(90, Some(9), 1.0, day(20)), Place::Next, "a hole, and an older time");
        assert_eq!(order.place(200, Some(9), 2.0, day(20)), Place::Duplicate);
        assert_eq!(order.place(200, Some(8), 2.0, day(20)), Place::Late);
        assert_eq!(order.place(300, Some(1), 2.0, day(21)), Place::Next, "a new trading day");
    }

    #[test]
    fn without_sequence_numbers_the_time_decides() {
        let mut order = Sequence::default();
        assert_eq!(order.place(100, None, 6600.0, day(20)), Place::Next);
        assert_eq!(order.place(100, None, 6600.0, day(20)), Place::Duplicate);
        assert_eq!(order.place(100, None, 6601.0, day(20)), Place::Next);
        assert_eq!(order.place(99, None, 6602.0, day(20)), Place::Late);
        order.restart();
        assert_eq!(order.place(50, None, 6602.0, day(20)), Place::Next);
    }

    #[test]
    fn a_single_wild_price_is_held_and_forgotten() {
        let mut guard = Guard::default();
        assert_eq!(guard.judge(6600.0, 0), Verdict::Accepted);
        assert_eq!(guard.judge(66_000.0, 100), Verdict::Held { last: 6600.0 });
        assert_eq!(guard.judge(6601.0, 350), Verdict::Accepted);
        assert_eq!(
            guard.judge(66_000.0, 600),
            Verdict::Held { last: 6601.0 },
            "the first one does not confirm it"
        );
    }

    #[test]
    fn a_jump_seen_twice_in_time_is_real() {
        let mut guard = Guard::default();
        guard.judge(100.0, 0);
        assert!(guard.is_near(120.0) && !guard.is_near(121.0));
        assert_eq!(guard.judge(130.0, 1_000), Verdict::Held { last: 100.0 });
        assert_eq!(guard.judge(131.0, 6_001), Verdict::Held { last: 100.0 }, "too late");
        assert_eq!(guard.judge(132.0, 11_001), Verdict::Accepted);
        assert_eq!(guard.judge(133.0, 11_002), Verdict::Accepted);
    }
}
