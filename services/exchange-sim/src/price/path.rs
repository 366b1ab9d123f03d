//! The finer levels: the minutes of a day, and the 100 ms steps of a minute.
//!
//! A minute has an open, a close, a high and a low (drawn from the law of a Brownian bridge's extremes) and the
//! steps at which the extremes are touched. The steps between are a Brownian bridge folded into the range, so
//! a bar made of steps and a bar made of the minute are the same bar.

use super::{
    ledger::{DAYS_PER_YEAR, Day, Ledger, Levels, VOL_OF_VOL, leverage},
    listing::{FACTORS, MARKET, VARIANCE},
    random::Stream,
};
use chrono::{NaiveDate, NaiveTime};
use quant::calendar;
use std::ops::Range;

/// Minutes of the longest day, 04:00 to 20:00.
pub const MINUTES: usize = 960;
/// Steps of a minute.
pub const STEPS: usize = 600;
/// Length of a step.
pub const STEP_MS: i64 = 100;
const REGULAR_MINUTES: f64 = 390.0;
const EXTENDED: f64 = 0.25;
/// Mean square of the unscaled day shape: integral of (0.75 + 0.75 (2x - 1)^2 + 1.2 exp(-x / 0.05))^2.
const SHAPE_MEAN_SQUARE: f64 = 1.249800;

/// An instant on the grid: trading date, minute since 04:00, step of the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// New York trading date.
    pub date: NaiveDate,
    /// Minutes since 04:00.
    pub minute: usize,
    /// Step of 100 ms in the minute.
    pub step: usize,
}

impl Place {
    /// Unix milliseconds.
    pub fn ms(self) -> i64 {
        day_start(self.date) + offset(self.minute, self.step)
    }
}

fn offset(minute: usize, step: usize) -> i64 {
    i64::try_from(minute * STEPS + step).unwrap_or(0) * STEP_MS
}

/// 04:00 New York time of `date`, Unix milliseconds.
pub fn day_start(date: NaiveDate) -> i64 {
    calendar::instant(date, NaiveTime::from_hms_opt(4, 0, 0).unwrap_or_default())
}

/// Minutes of `date` in which anything moves; 0 when the exchange is closed.
pub fn active_minutes(date: NaiveDate) -> usize {
    match (calendar::is_trading_day(date), calendar::closes_early(date)) {
        (false, _) => 0,
        (true, true) => 780,
        (true, false) => MINUTES,
    }
}

/// Minutes of the regular session.
pub fn regular_minutes(date: NaiveDate) -> Range<usize> {
    330..if calendar::closes_early(date) { 540 } else { 720 }
}

/// The last step at or before `ms` at which the market was active.
pub fn place(ms: i64) -> Place {
    let mut date = calendar::trading_date(ms);
    if !calendar::is_trading_day(date) || ms < day_start(date) {
        date = calendar::previous_trading_day(date);
    }
    let last = active_minutes(date) * STEPS - 1;
    let step = usize::try_from((ms - day_start(date)) / STEP_MS).unwrap_or(0).min(last);
    Place { date, minute: step / STEPS, step: step % STEPS }
}

/// How much of the day's movement falls into which minute.
#[derive(Debug)]
pub(super) struct Weights {
    date: NaiveDate,
    regular: Range<usize>,
}

impl Weights {
    pub(super) fn of(date: NaiveDate) -> Self {
        Self { date, regular: regular_minutes(date) }
    }

    /// Intensity `u` of a minute: high at the open, low at midday, rising to the close.
    pub(super) fn intensity(&self, minute: usize) -> f64 {
        if !self.regular.contains(&minute) {
            return EXTENDED;
        }
        let x = ((minute - self.regular.start) as f64 + 0.5) / self.regular.len() as f64;
        let shape = 0.75 + 0.75 * (2.0 * x - 1.0).powi(2) + 1.2 * (-x / 0.05).exp();
        shape / SHAPE_MEAN_SQUARE.sqrt()
    }

    /// Years of price variance in a minute.
    pub(super) fn price(&self, minute: usize) -> f64 {
        self.intensity(minute).powi(2) * minute_years()
    }

    /// Years of price variance from 04:00 to the end of the day.
    pub(super) fn price_years(&self) -> f64 {
        let extended = active_minutes(self.date) - self.regular.len();
        (self.regular.len() as f64 + EXTENDED * EXTENDED * extended as f64) * minute_years()
    }

    /// Years of the variance process in a minute.
    fn variance(&self, minute: usize) -> f64 {
        if self.regular.contains(&minute) { minute_years() } else { EXTENDED * EXTENDED * minute_years() }
    }

    pub(super) fn variance_years(&self) -> f64 {
        self.price_years()
    }
}

fn minute_years() -> f64 {
    1.0 / (DAYS_PER_YEAR * REGULAR_MINUTES)
}

/// One minute of one factor, in logs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) open: f64,
    pub(super) close: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    sd: f64,
    high_at: u16,
    low_at: u16,
}

impl Node {
    /// The steps that make the bar: first, extremes, last.
    pub(super) fn turns(&self) -> [usize; 4] {
        [0, usize::from(self.high_at), usize::from(self.low_at), STEPS - 1]
    }
}

/// Draws the fine levels of every factor.
#[derive(Debug)]
pub(super) struct Painter {
    minute: [Stream; FACTORS.len()],
    extreme: [Stream; FACTORS.len()],
    step: [Stream; FACTORS.len()],
}

impl Painter {
    pub(super) fn new(seed: u64) -> Self {
        let named = |what: &str| FACTORS.map(|factor| Stream::new(seed, &format!("{what}/{}", factor.name)));
        Self { minute: named("minute"), extreme: named("extreme"), step: named("step") }
    }

    /// The minutes of `day` of one factor. `zero` is the level that counts as 0.
    pub(super) fn nodes(&self, ledger: &Ledger, day: &Day, factor: usize, zero: &Levels) -> Vec<Node> {
        let weights = Weights::of(day.date);
        let active = active_minutes(day.date);
        let spread =
            |minute| if factor == VARIANCE { weights.variance(minute) } else { weights.price(minute) };
        let (market, own, sd) = self.scale(day, factor);
        let mut path = vec![0.0; active];
        let jumps = if factor == VARIANCE { Vec::new() } else { ledger.jumps(day.date) };
        let parts = [(factor.clamp(0, MARKET), market), (factor, own)];
        for (part, share) in parts.into_iter().filter(|(_, share)| *share != 0.0) {
            let bridge = self.bridge(day, part, &jumps, &spread);
            for (sum, level) in path.iter_mut().zip(bridge) {
                *sum += share * (level - zero[part]);
            }
        }
        let first = market * (day.start[factor.clamp(0, MARKET)] - zero[factor.clamp(0, MARKET)])
            + own * (day.start[factor] - zero[factor]);
        let mut before = first;
        path.into_iter()
            .enumerate()
            .map(|(minute, close)| {
                let jump: f64 =
                    jumps.iter().filter(|(at, _)| *at == minute).map(|(_, size)| market * size).sum();
                let open = std::mem::replace(&mut before, close) + jump;
                self.node(day.date, minute, factor, (open, close), sd * spread(minute).sqrt())
            })
            .collect()
    }

    /// The own part of a symbol at the beginning of a minute.
    pub(super) fn own_level(&self, ledger: &Ledger, day: &Day, factor: usize, minute: usize) -> f64 {
        let weights = Weights::of(day.date);
        let spread = |minute| weights.price(minute);
        let jumps = ledger.jumps(day.date);
        let levels = self.bridge(day, factor, &jumps, &spread);
        minute.checked_sub(1).and_then(|before| levels.get(before)).copied().unwrap_or(day.start[factor])
    }

    /// Shares of the common part and of the own part, and the standard deviation per root year.
    fn scale(&self, day: &Day, factor: usize) -> (f64, f64, f64) {
        let deviation = day.variance().sqrt();
        let traits = FACTORS[factor];
        match factor {
            VARIANCE => (0.0, 1.0, VOL_OF_VOL),
            MARKET => (1.0, 0.0, deviation),
            _ => {
                let own = traits.beta * (1.0 / (traits.corr * traits.corr) - 1.0).sqrt();
                (traits.beta, own, traits.beta / traits.corr * deviation)
            }
        }
    }

    /// Levels at the end of each minute, fitted between the day's start and end.
    fn bridge(
        &self,
        day: &Day,
        part: usize,
        jumps: &[(usize, f64)],
        spread: &impl Fn(usize) -> f64,
    ) -> Vec<f64> {
        let active = active_minutes(day.date);
        let base = Day::number(day.date) * MINUTES as u64;
        let deviation = if part == VARIANCE { VOL_OF_VOL } else { day.variance().sqrt() };
        let jumps = if part == MARKET { jumps } else { &[] };
        let mut free: Vec<f64> = Vec::with_capacity(active);
        let (mut sum, mut total) = (0.0, 0.0);
        for minute in 0..active {
            let at = base + minute as u64;
            let own = self.minute[part].normal(at);
            let z = if part == MARKET { leverage(self.minute[VARIANCE].normal(at), own) } else { own };
            let weight = spread(minute);
            sum += deviation * weight.sqrt() * z;
            total += weight;
            free.push(sum);
        }
        let jumped: f64 = jumps.iter().map(|(_, size)| size).sum();
        let missing = day.end[part] - day.start[part] - jumped - sum;
        let mut passed = 0.0;
        for (minute, level) in free.iter_mut().enumerate() {
            passed += spread(minute);
            let so_far: f64 = jumps.iter().filter(|(at, _)| *at <= minute).map(|(_, size)| size).sum();
            *level += day.start[part] + missing * passed / total + so_far;
        }
        free
    }

    fn node(&self, date: NaiveDate, minute: usize, factor: usize, ends: (f64, f64), sd: f64) -> Node {
        let (open, close) = ends;
        let at = (Day::number(date) * MINUTES as u64 + minute as u64) * 8;
        let corr = FACTORS[factor].corr;
        // Symbols that follow the market reach their extremes with it, as often as they follow it.
        let follows = factor > MARKET && self.extreme[factor].uniform(at) < corr * corr;
        let draw = self.extreme[if follows { MARKET } else { factor }];
        let change = close - open;
        let reach = |u: f64| (change * change - 2.0 * sd * sd * u.ln()).sqrt();
        let inner = |u: f64| 1 + ((STEPS - 2) as f64 * u) as u16;
        let high_at = inner(draw.uniform(at + 3));
        let mut low_at = inner(draw.uniform(at + 4));
        if low_at == high_at {
            low_at = if low_at > 1 { low_at - 1 } else { low_at + 1 };
        }
        Node {
            open,
            close,
            high: open + (change + reach(draw.uniform(at + 1))) / 2.0,
            low: open + (change - reach(draw.uniform(at + 2))) / 2.0,
            sd,
            high_at,
            low_at,
        }
    }

    /// The levels of all steps of a minute, in logs.
    pub(super) fn steps(&self, date: NaiveDate, minute: usize, factor: usize, node: &Node) -> Vec<f64> {
        let base = (Day::number(date) * MINUTES as u64 + minute as u64) * STEPS as u64;
        let mut knots = [
            (0, node.open),
            (usize::from(node.high_at), node.high),
            (usize::from(node.low_at), node.low),
            (STEPS - 1, node.close),
        ];
        knots.sort_by_key(|(step, _)| *step);
        let corr = FACTORS[factor].corr.abs();
        let own = (1.0 - corr * corr).sqrt();
        let sd = node.sd / (STEPS as f64).sqrt();
        let mut levels = vec![node.open; STEPS];
        for pair in knots.windows(2) {
            let &[(from, start), (to, end)] = pair else { continue };
            let mut walk: Vec<f64> = Vec::with_capacity(to - from);
            let mut sum = 0.0;
            for step in from + 1..=to {
                let at = base + step as u64;
                let z = match factor {
                    VARIANCE | MARKET => self.step[factor].normal(at),
                    _ => corr * self.step[MARKET].normal(at) + own * self.step[factor].normal(at),
                };
                sum += sd * z;
                walk.push(sum);
            }
            let length = (to - from) as f64;
            for (passed, noise) in walk.into_iter().enumerate() {
                let share = (passed + 1) as f64 / length;
                let level = start + (end - start) * share + noise - sum * share;
                if let Some(slot) = levels.get_mut(from + 1 + passed) {
                    *slot = fold(level, node.low, node.high);
                }
            }
            if let Some(slot) = levels.get_mut(to) {
                *slot = end;
            }
        }
        levels
    }
}

/// Reflects at the edges of the range.
fn fold(level: f64, low: f64, high: f64) -> f64 {
    let mirrored = if level > high {
        2.0 * high - level
    } else if level < low {
        2.0 * low - level
    } else {
        level
    };
    mirrored.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_shape_has_mean_square_1() {
        let weights = Weights::of("2025-11-21".parse().unwrap());
        let mean: f64 = (330..720).map(|minute| weights.intensity(minute).powi(2)).sum::<f64>() / 390.0;
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        assert!(weights.intensity(330) > 2.0 && weights.intensity(525) < 0.75, "open high, midday low");
    }

    #[test]
    fn a_place_and_its_instant_agree() {
        let date: NaiveDate = "2025-11-21".parse().unwrap();
        let here = Place { date, minute: 330, step: 7 };
        assert_eq!(place(here.ms()), here);
        assert_eq!(place(here.ms() + 99), here);
        let end = Place { date, minute: 959, step: 599 };
        assert_eq!(place(end.ms() + 86_400_000), end, "Saturday shows Friday's last price");
        assert_eq!(place(day_start("2025-11-24".parse().unwrap()) - 1), end);
    }
}
