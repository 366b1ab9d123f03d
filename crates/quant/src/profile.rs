//! Volume by price: how much of a fund was traded at each price, on the scale of its index.
//!
//! Two columns: `tv` spreads the volume of a minute evenly over the minute's range (30 points), `raw` puts it at the
//! close. A trade adds its size at its price to both. A minute is counted once: from its bar or from its trades.

mod bins;

pub(crate) use bins::largest;
pub use bins::{Bins, NORMALISED_SCALE};
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;
/// Points over which a bar is spread.
const POINTS: u32 = 30;
/// A price that would make the profile wider than this is no price.
const MAX_BINS: i64 = 1 << 16;
/// The finest step: prices are told apart by thousandths of a point everywhere.
const MIN_STEP: f64 = 0.001;
/// More than is ever traded at one price; above it a volume is no volume.
const MAX_VOLUME: f64 = 1e12;
/// Minutes known by their trades: ten days of them. Older ones are long behind the history that is loaded.
const MAX_LIVE_MINUTES: usize = 10 * 24 * 60;
/// Share of the volume that the core range holds.
pub const CORE_SHARE: f64 = 0.70;

/// One minute of a fund. Prices in the fund's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Start, Unix milliseconds.
    pub t_ms: i64,
    /// Lowest price.
    pub low: f64,
    /// Highest price.
    pub high: f64,
    /// Last price.
    pub close: f64,
    /// Shares.
    pub volume: f64,
}

/// Why a bar or a trade was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A price or a volume is no number that a market prints.
    #[error("no price or no volume")]
    BadInput,
    /// The minute is in the profile already.
    #[error("minute counted already")]
    Covered,
    /// The price lies so far from all others that it must be wrong.
    #[error("price out of reach of the profile")]
    OutOfReach,
}

/// Volume by price. Bin `i` stands for the price `i x step`, in points of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    multiplier: f64,
    step: f64,
    /// Number of the bin that `tv[0]` and `raw[0]` belong to.
    first: i64,
    tv: Vec<f64>,
    raw: Vec<f64>,
    /// Start of the newest bar; trades before its end are part of bars.
    newest_bar: Option<i64>,
    /// Everything up to this minute came with a restored profile.
    restored_to: Option<i64>,
    /// Starts of the minutes that are known by their trades.
    live: BTreeSet<i64>,
}

impl Profile {
    /// An empty profile: price of the fund x `multiplier` = points, `step` points to a bin.
    ///
    /// `None` when the multiplier is no positive number, or the step less than the thousandth of a point.
    pub fn new(multiplier: f64, step: f64) -> Option<Self> {
        let is_scale = multiplier.is_finite() && multiplier > 0.0 && step.is_finite() && step >= MIN_STEP;
        is_scale.then(|| Self {
            multiplier,
            step,
            first: 0,
            tv: Vec::new(),
            raw: Vec::new(),
            newest_bar: None,
            restored_to: None,
            live: BTreeSet::new(),
        })
    }

    /// Adds what [`Profile::buckets_tv`] and [`Profile::buckets_raw`] gave at another time: (points, shares).
    /// Bars and trades of minutes up to `last_bar_t` (start of a minute, Unix milliseconds) are then refused.
    ///
    /// Entries that are no price or no volume are left out; returns how many.
    pub fn restore(
        &mut self,
        tv: impl IntoIterator<Item = (f64, f64)>,
        raw: impl IntoIterator<Item = (f64, f64)>,
        last_bar_t: Option<i64>,
    ) -> usize {
        let mut left_out = 0;
        let tv = tv.into_iter().map(|(points, volume)| (points, volume, 0.0));
        let raw = raw.into_iter().map(|(points, volume)| (points, 0.0, volume));
        for (points, tv, raw) in tv.chain(raw) {
            left_out += usize::from(self.restore_bin(points, tv, raw).is_err());
        }
        self.restored_to = self.restored_to.max(last_bar_t.map(minute));
        left_out
    }

    fn restore_bin(&mut self, points: f64, tv: f64, raw: f64) -> Result<(), Refused> {
        is_price(points, 1.0)?;
        is_volume(tv)?;
        is_volume(raw)?;
        let bin = bin_of(points, self.step);
        self.reach(bin, bin)?;
        self.add(bin, tv, raw);
        Ok(())
    }

    /// Adds a minute of history.
    ///
    /// # Errors
    /// [`Refused`]: the bar makes no sense, or its minute is known by its trades. The profile is unchanged.
    pub fn add_bar(&mut self, bar: &Bar) -> Result<(), Refused> {
        for price in [bar.low, bar.high, bar.close] {
            is_price(price, self.multiplier)?;
        }
        is_volume(bar.volume)?;
        if bar.high < bar.low {
            return Err(Refused::BadInput);
        }
        let minute = minute(bar.t_ms);
        if self.live.contains(&minute) || self.restored_to.is_some_and(|to| minute <= to) {
            return Err(Refused::Covered);
        }
        let [low, high, close] = [bar.low, bar.high, bar.close].map(|price| self.bin(price));
        self.reach(low.min(close), high.max(close))?;
        self.spread(bar);
        self.add(close, 0.0, bar.volume);
        self.newest_bar = self.newest_bar.max(Some(minute));
        Ok(())
    }

    /// Adds one trade of `size` shares at `price`.
    ///
    /// # Errors
    /// [`Refused`]: no price or no size, or its minute came as a bar. The profile is unchanged.
    pub fn add_trade(&mut self, price: f64, size: f64, t_ms: i64) -> Result<(), Refused> {
        is_price(price, self.multiplier)?;
        is_volume(size)?;
        let minute = minute(t_ms);
        let is_in_bars = self.newest_bar.max(self.restored_to).is_some_and(|newest| minute <= newest);
        if is_in_bars && !self.live.contains(&minute) {
            return Err(Refused::Covered);
        }
        if size == 0.0 {
            return Ok(());
        }
        let bin = self.bin(price);
        self.reach(bin, bin)?;
        self.add(bin, size, size);
        if self.live.insert(minute) && self.live.len() > MAX_LIVE_MINUTES {
            self.live.pop_first();
        }
        Ok(())
    }

    /// Start of the newest minute in the profile, Unix milliseconds: where another feed takes over.
    pub fn last_bar_t(&self) -> Option<i64> {
        self.newest_bar.max(self.restored_to).max(self.live.last().copied())
    }

    /// Spread volume: (points, shares) of each bin that has any, ascending.
    pub fn buckets_tv(&self) -> impl Iterator<Item = (f64, f64)> {
        self.buckets(&self.tv)
    }

    /// Volume at the close: (points, shares) of each bin that has any, ascending.
    pub fn buckets_raw(&self) -> impl Iterator<Item = (f64, f64)> {
        self.buckets(&self.raw)
    }

    fn buckets<'a>(&'a self, volumes: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
        (self.first..)
            .zip(volumes)
            .filter(|(_, volume)| **volume > 0.0)
            .map(|(bin, volume)| (bin as f64 * self.step, *volume))
    }

    /// The spread volume as bins; `None` while there is none.
    pub fn bins(&self) -> Option<Bins<'_>> {
        let begin = self.tv.iter().position(|volume| *volume > 0.0)?;
        let end = self.tv.iter().rposition(|volume| *volume > 0.0)?;
        Some(Bins::new(self.first + begin as i64, self.step, self.tv.get(begin..=end)?))
    }

    /// Neighbouring points mostly share a bin: each bin is written once.
    fn spread(&mut self, bar: &Bar) {
        if bar.high == bar.low {
            return self.add(self.bin(bar.low), bar.volume, 0.0);
        }
        let share = |points: u32| bar.volume * f64::from(points) / f64::from(POINTS);
        let (mut bin, mut points) = (self.bin(point(bar, 0)), 0);
        for i in 0..POINTS {
            let next = self.bin(point(bar, i));
            if next != bin {
                self.add(bin, share(points), 0.0);
                (bin, points) = (next, 0);
            }
            points += 1;
        }
        self.add(bin, share(points), 0.0);
    }

    fn bin(&self, price: f64) -> i64 {
        bin_of(price * self.multiplier, self.step)
    }

    fn add(&mut self, bin: i64, tv: f64, raw: f64) {
        let index = usize::try_from(bin - self.first).unwrap_or(usize::MAX);
        if let (Some(spread), Some(at_close)) = (self.tv.get_mut(index), self.raw.get_mut(index)) {
            *spread += tv;
            *at_close += raw;
        }
    }

    /// Makes room for the bins from `low` to `high`.
    fn reach(&mut self, low: i64, high: i64) -> Result<(), Refused> {
        let is_empty = self.tv.is_empty();
        let end = self.first + self.tv.len() as i64;
        let first = if is_empty { low } else { self.first.min(low) };
        let end = if is_empty { high + 1 } else { end.max(high + 1) };
        if end - first > MAX_BINS {
            return Err(Refused::OutOfReach);
        }
        let before = if is_empty { 0 } else { (self.first - first) as usize };
        for column in [&mut self.tv, &mut self.raw] {
            column.splice(0..0, std::iter::repeat_n(0.0, before));
            column.resize((end - first) as usize, 0.0);
        }
        self.first = first;
        Ok(())
    }
}

/// Point `i` of those over which a bar is spread.
fn point(bar: &Bar, i: u32) -> f64 {
    bar.low + (bar.high - bar.low) * (f64::from(i) + 0.5) / f64::from(POINTS)
}

fn bin_of(points: f64, step: f64) -> i64 {
    (points / step + 0.5).floor() as i64
}

fn minute(t_ms: i64) -> i64 {
    t_ms.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS)
}

/// A price of up to a thousand million; what is larger would leave the numbers that a bin can have.
fn is_price(price: f64, multiplier: f64) -> Result<(), Refused> {
    let is_price = price > 0.0 && price <= 1e9 && price * multiplier <= 1e12;
    if is_price { Ok(()) } else { Err(Refused::BadInput) }
}

fn is_volume(volume: f64) -> Result<(), Refused> {
    if (0.0..=MAX_VOLUME).contains(&volume) { Ok(()) } else { Err(Refused::BadInput) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: i64 = 1_763_744_400_000;

    fn bar(minute: i64, [low, high, close, volume]: [f64; 4]) -> Bar {
        Bar { t_ms: NOON_MS + minute * MINUTE_MS, low, high, close, volume }
    }

    /// Four minutes of SPY, spread by hand.
    fn four_bars() -> Profile {
        let mut profile = Profile::new(10.0, 1.0).unwrap();
        for (minute, prices) in [
            [599.98, 600.12, 600.10, 3000.0],
            [600.05, 600.35, 600.30, 6000.0],
            [600.30, 600.30, 600.30, 500.0],
            [600.20, 600.60, 600.22, 1200.0],
        ]
        .into_iter()
        .enumerate()
        {
            profile.add_bar(&bar(minute as i64, prices)).unwrap();
        }
        profile
    }

    #[test]
    fn a_minute_is_spread_over_its_range_and_counted_at_its_close() {
        let profile = four_bars();
        let tv = [1500.0, 3500.0, 2160.0, 2780.0, 320.0, 280.0, 160.0];
        let expected: Vec<(f64, f64)> = (6000..).map(f64::from).zip(tv).collect();
        assert_eq!(profile.buckets_tv().collect::<Vec<_>>(), expected);
        let raw = [(6001.0, 3000.0), (6002.0, 1200.0), (6003.0, 6500.0)];
        assert_eq!(profile.buckets_raw().collect::<Vec<_>>(), raw);

        let bins = profile.bins().unwrap();
        assert_eq!(bins.normalised(), [429, 1000, 617, 794, 91, 80, 46]);
        assert_eq!(
            (bins.min(), bins.max(), bins.total(), bins.max_volume()),
            (6000.0, 6006.0, 10_700.0, 3500.0)
        );
    }

    /// 7,490 shares are wanted: 3500, then 2160 above, 2780 above that: 8440.
    #[test]
    fn the_core_grows_towards_the_larger_neighbour() {
        let profile = four_bars();
        let bins = profile.bins().unwrap();
        assert_eq!(bins.attention_peak(), 6001.0);
        assert_eq!(bins.core_range(CORE_SHARE), (6001.0, 6003.0));
        assert_eq!(bins.core_range(0.0), (6001.0, 6001.0));
        assert_eq!(bins.core_range(1.0), (6000.0, 6006.0));
    }

    #[test]
    fn of_equal_neighbours_the_core_takes_the_lower() {
        let mut profile = Profile::new(1.0, 5.0).unwrap();
        profile.restore([(100.0, 3.0), (105.0, 4.0), (110.0, 3.0)], [], None);
        assert_eq!(profile.bins().unwrap().core_range(0.7), (100.0, 105.0));
    }

    #[test]
    fn a_minute_is_counted_once() {
        let mut profile = Profile::new(10.0, 1.0).unwrap();
        let trade =
            |profile: &mut Profile, seconds: i64| profile.add_trade(600.0, 100.0, NOON_MS + seconds * 1000);
        assert_eq!(trade(&mut profile, 130), Ok(()));
        assert_eq!(profile.add_bar(&bar(2, [600.0, 600.0, 600.0, 900.0])), Err(Refused::Covered));
        assert_eq!(profile.last_bar_t(), Some(NOON_MS + 2 * MINUTE_MS), "known by its trades");
        assert_eq!(profile.add_bar(&bar(1, [600.0, 600.0, 600.0, 900.0])), Ok(()));
        assert_eq!(
            profile.add_bar(&bar(0, [600.0, 600.0, 600.0, 800.0])),
            Ok(()),
            "history comes newest first"
        );
        assert_eq!(trade(&mut profile, 119), Err(Refused::Covered), "its minute came as a bar");
        assert_eq!(profile.add_bar(&bar(3, [600.0, 600.0, 600.0, 700.0])), Ok(()), "the feed was away");
        assert_eq!(trade(&mut profile, 120), Ok(()), "late, but of a minute known by its trades");
        assert_eq!(profile.bins().unwrap().total(), 2600.0);

        let mut restored = Profile::new(10.0, 1.0).unwrap();
        let left_out = restored.restore(profile.buckets_tv(), profile.buckets_raw(), profile.last_bar_t());
        assert_eq!((left_out, restored.bins().unwrap().total()), (0, 2600.0));
        assert_eq!(restored.add_bar(&bar(3, [600.0, 600.0, 600.0, 900.0])), Err(Refused::Covered));
        assert_eq!(trade(&mut restored, 239), Err(Refused::Covered));
        assert_eq!(restored.add_bar(&bar(4, [600.0, 600.0, 600.0, 900.0])), Ok(()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        let mut profile = four_bars();
        let before = profile.clone();
        for prices in [
            [f64::NAN, 600.0, 600.0, 1.0],
            [600.1, 600.0, 600.0, 1.0],
            [600.0, 600.0, -600.0, 1.0],
            [600.0, 600.0, 600.0, -1.0],
            [600.0, 600.0, 600.0, f64::INFINITY],
        ] {
            assert_eq!(profile.add_bar(&bar(9, prices)), Err(Refused::BadInput), "{prices:?}");
        }
        assert_eq!(profile.add_trade(0.0, 1.0, NOON_MS + 9 * MINUTE_MS), Err(Refused::BadInput));
        assert_eq!(profile.add_trade(6e7, 1.0, NOON_MS + 9 * MINUTE_MS), Err(Refused::OutOfReach));
        assert_eq!(profile, before);
        assert_eq!(Profile::new(0.0, 1.0), None);
        assert_eq!(Profile::new(10.0, 0.0), None);
        assert!(Profile::new(10.0, 1.0).unwrap().bins().is_none(), "nothing yet");
    }
}
