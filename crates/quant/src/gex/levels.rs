//! Exposure and open interest by strike, as columns, and what can be read off them.

use super::Flips;

/// One entry per strike, strikes ascending. All columns have one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels {
    /// Points.
    pub strike: Vec<f64>,
    /// Calls, shares per point.
    pub call: Vec<f64>,
    /// Puts, shares per point, without sign.
    pub put: Vec<f64>,
    /// Calls less puts.
    pub net: Vec<f64>,
    /// Open interest of calls, contracts.
    pub call_oi: Vec<f64>,
    /// Open interest of puts, contracts.
    pub put_oi: Vec<f64>,
}

/// Some neighbouring strikes of [`Levels`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slice<'a> {
    /// Points, ascending.
    pub strike: &'a [f64],
    /// Calls, shares per point.
    pub call: &'a [f64],
    /// Puts, shares per point, without sign.
    pub put: &'a [f64],
    /// Calls less puts.
    pub net: &'a [f64],
    /// Open interest of calls, contracts.
    pub call_oi: &'a [f64],
    /// Open interest of puts, contracts.
    pub put_oi: &'a [f64],
}

/// What one contract or one expiration adds to a strike.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Entry {
    pub(super) call: f64,
    pub(super) put: f64,
    pub(super) call_oi: f64,
    pub(super) put_oi: f64,
}

impl Levels {
    /// Strikes.
    pub fn len(&self) -> usize {
        self.strike.len()
    }

    /// True without strikes.
    pub fn is_empty(&self) -> bool {
        self.strike.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> Slice<'_> {
        self.slice(0..self.len())
    }

    /// Those in `range`, which lies inside.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> Slice<'_> {
        Slice {
            strike: &self.strike[range.clone()],
            call: &self.call[range.clone()],
            put: &self.put[range.clone()],
            net: &self.net[range.clone()],
            call_oi: &self.call_oi[range.clone()],
            put_oi: &self.put_oi[range],
        }
    }

    pub(super) fn clear(&mut self) {
        for column in self.columns() {
            column.clear();
        }
    }

    pub(super) fn push(&mut self, strike: f64) {
        for column in self.columns() {
            column.push(0.0);
        }
        if let Some(last) = self.strike.last_mut() {
            *last = strike;
        }
    }

    pub(super) fn add(&mut self, index: usize, entry: Entry) {
        self.call[index] += entry.call;
        self.put[index] += entry.put;
        self.net[index] = self.call[index] - self.put[index];
        self.call_oi[index] += entry.call_oi;
        self.put_oi[index] += entry.put_oi;
    }

    pub(super) fn entry(&self, index: usize) -> Entry {
        Entry {
            call: self.call[index],
            put: self.put[index],
            call_oi: self.call_oi[index],
            put_oi: self.put_oi[index],
        }
    }

    fn columns(&mut self) -> [&mut Vec<f64>; 6] {
        [&mut self.strike, &mut self.call, &mut self.put, &mut self.net, &mut self.call_oi, &mut self.put_oi]
    }
}

impl Slice<'_> {
    /// Strike with the largest call exposure; `None` when there is none.
    pub fn call_wall(&self, spot: f64) -> Option<f64> {
        peak(self.strike.iter().copied().zip(self.call.iter().copied()).filter(|(_, gex)| *gex > 0.0), spot)
    }

    /// Strike with the largest put exposure; `None` when there is none.
    pub fn put_wall(&self, spot: f64) -> Option<f64> {
        peak(self.strike.iter().copied().zip(self.put.iter().copied()).filter(|(_, gex)| *gex > 0.0), spot)
    }

    /// Strike with the largest net exposure among those that have any.
    pub fn max_net(&self, spot: f64) -> Option<f64> {
        peak(self.exposed(), spot)
    }

    /// Strike with the smallest, that is the most negative, net exposure among those that have any.
    pub fn min_net(&self, spot: f64) -> Option<f64> {
        peak(self.exposed().map(|(strike, net)| (strike, -net)), spot)
    }

    /// Lowest and highest strike with exposure.
    pub fn range(&self) -> Option<(f64, f64)> {
        let first = self.exposed().next()?.0;
        Some((first, self.exposed().last().map_or(first, |(strike, _)| strike)))
    }

    /// Open contracts at strike `index`, calls and puts.
    pub fn open_interest(&self, index: usize) -> f64 {
        self.call_oi[index] + self.put_oi[index]
    }

    /// Strike and net exposure, where there is any exposure.
    fn exposed(&self) -> impl Iterator<Item = (f64, f64)> {
        let exposed = self.call.iter().zip(self.put).map(|(call, put)| call + put > 0.0);
        let net = self.strike.iter().copied().zip(self.net.iter().copied());
        net.zip(exposed).filter_map(|(level, exposed)| exposed.then_some(level))
    }
}

/// Price of the largest value; of equal ones the nearest to `spot`, then the lower. Prices ascend.
pub(crate) fn peak(values: impl Iterator<Item = (f64, f64)>, spot: f64) -> Option<f64> {
    let mut best: Option<(f64, f64)> = None;
    for (price, value) in values {
        let is_better = best.is_none_or(|(at, most)| {
            value > most || (value == most && (price - spot).abs() < (at - spot).abs())
        });
        if is_better {
            best = Some((price, value));
        }
    }
    best.map(|(price, _)| price)
}

/// Where `net` changes its sign: midway between neighbouring strikes of opposite sign, strikes ascending.
///
/// A strike without net exposure has no sign and separates nothing. A flip at spot counts as below.
pub fn flips(strikes: &[f64], net: &[f64], spot: f64) -> Flips {
    debug_assert!(strikes.is_sorted(), "strikes ascend");
    let mut flips = Flips::default();
    let mut last: Option<(f64, f64)> = None;
    for (&strike, &gex) in strikes.iter().zip(net).filter(|(_, gex)| **gex != 0.0) {
        let Some((lower, before)) = last.replace((strike, gex)) else { continue };
        if (before < 0.0) == (gex < 0.0) {
            continue;
        }
        let flip = f64::midpoint(lower, strike);
        if flip <= spot {
            flips.below = Some(flip);
        } else {
            flips.above = flips.above.or(Some(flip));
        }
    }
    flips
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: signs − − 0 + + −, so one flip between 6590 and 6610, one between 6620 and 6630.
    const STRIKES: [f64; 6] = [6580.0, 6590.0, 6600.0, 6610.0, 6620.0, 6630.0];
    const NET: [f64; 6] = [-120.0, -40.0, 0.0, 75.0, 90.0, -10.0];

    #[test]
    fn a_flip_lies_between_strikes_of_opposite_sign() {
        assert_eq!(flips(&STRIKES, &NET, 6605.0), Flips { below: Some(6600.0), above: Some(6625.0) });
        assert_eq!(flips(&STRIKES, &NET, 6570.0), Flips { below: None, above: Some(6600.0) });
        assert_eq!(flips(&STRIKES[3..5], &NET[3..5], 6605.0), Flips::default(), "one sign, no flip");
    }

    #[test]
    fn of_two_equally_close_flips_the_lower_is_nearest() {
        assert_eq!(flips(&STRIKES, &NET, 6612.5).nearest(6612.5), Some(6600.0));
        assert_eq!(flips(&STRIKES, &NET, 6613.0).nearest(6613.0), Some(6625.0));
    }

    #[test]
    fn of_equal_walls_the_nearest_to_spot_counts_then_the_lower() {
        let walls = [(90.0, 5.0), (95.0, 7.0), (105.0, 7.0), (110.0, 7.0)];
        assert_eq!(peak(walls.into_iter(), 101.0), Some(105.0));
        assert_eq!(peak(walls.into_iter(), 100.0), Some(95.0));
        assert_eq!(peak(walls.into_iter(), 120.0), Some(110.0));
        assert_eq!(peak([].into_iter(), 100.0), None);
    }

    #[test]
    fn a_strike_without_exposure_is_no_extreme() {
        let levels = Levels {
            strike: vec![90.0, 100.0, 110.0],
            call: vec![1.0, 0.0, 1.0],
            put: vec![3.0, 0.0, 4.0],
            net: vec![-2.0, 0.0, -3.0],
            call_oi: vec![10.0, 500.0, 10.0],
            put_oi: vec![30.0, 0.0, 40.0],
        };
        let all = levels.all();
        assert_eq!((all.max_net(100.0), all.min_net(100.0)), (Some(90.0), Some(110.0)));
        assert_eq!(all.range(), Some((90.0, 110.0)));
        assert_eq!(levels.slice(1..2).call_wall(100.0), None);
        assert_eq!(levels.slice(1..2).range(), None);
        assert_eq!(all.open_interest(1), 500.0);
    }
}
