//! How far a market is expected to move, and which strikes are therefore worth loading.
//!
//! Convention: VIX is a volatility for 365 days quoted in percent; a move is scaled by trading days, 252 a year,
//! and the day of expiration counts as one whole day.

/// Trading days in a year.
const TRADING_DAYS: f64 = 252.0;
/// Half the narrowest range of strikes, points.
const MIN_RANGE: f64 = 50.0;
/// What is loaded on either side without a VIX: this share of spot, by the square root of the days.
const SHARE_WITHOUT_VIX: f64 = 0.03;

/// Strikes on either side of the money, points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrikeRange {
    /// Spot, rounded half up to the increment.
    pub atm: f64,
    /// Distance from `atm` to either end.
    pub range: f64,
    /// The lowest strike; never below one increment.
    pub low: f64,
    /// The highest strike.
    pub high: f64,
}

/// The expected move until `dte` calendar days from now, points: `S x VIX/100 x sqrt(max(1, dte)/252)`.
///
/// `None` when spot or VIX (points) is no positive number.
pub fn expected_move(spot: f64, vix: Option<f64>, dte: u32) -> Option<f64> {
    let vix = vix.filter(|vix| is_amount(*vix))?;
    let em = spot * (vix / 100.0) * (f64::from(dte.max(1)) / TRADING_DAYS).sqrt();
    (is_amount(spot) && is_amount(em)).then_some(em)
}

/// `spot` rounded to a multiple of `increment`, halves up; `None` when either is no positive number.
pub fn at_the_money(spot: f64, increment: f64) -> Option<f64> {
    let atm = (spot / increment + 0.5).floor() * increment;
    (is_amount(spot) && is_amount(increment) && atm.is_finite()).then_some(atm)
}

/// The strikes to load for an expiration `dte` calendar days away: `multiple` expected moves on either side, at
/// least 50 points. Without a VIX: 3 % of spot times the square root of the days.
///
/// `None` when spot, multiple or increment is no positive number.
pub fn strike_range(
    spot: f64,
    vix: Option<f64>,
    dte: u32,
    multiple: f64,
    increment: f64,
) -> Option<StrikeRange> {
    let atm = at_the_money(spot, increment)?;
    let range = match expected_move(spot, vix, dte) {
        Some(em) => (multiple * em).round(),
        None => (SHARE_WITHOUT_VIX * spot * f64::from(dte.max(1)).sqrt()).floor(),
    };
    let range = range.max(MIN_RANGE);
    let (low, high) = ((atm - range).max(increment), atm + range);
    (is_amount(multiple) && high.is_finite()).then_some(StrikeRange { atm, range, low, high })
}

fn is_amount(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked with a pocket calculator.
    #[test]
    fn strikes_reach_as_far_as_the_market_may_move() {
        let spx = |vix, dte| strike_range(6000.0, vix, dte, 2.25, 5.0).unwrap();
        let ends = |range: StrikeRange| (range.range, range.low, range.high);
        assert_eq!(ends(spx(Some(16.0), 0)), (136.0, 5864.0, 6136.0));
        assert_eq!(ends(spx(Some(16.0), 3)), (236.0, 5764.0, 6236.0));
        assert_eq!(ends(spx(None, 4)), (360.0, 5640.0, 6360.0));
        let ndx = strike_range(25_059.8, Some(22.4), 1, 3.5, 10.0).unwrap();
        assert_eq!((ndx.atm, ends(ndx)), (25_060.0, (1238.0, 23_822.0, 26_298.0)));

        for (spot, vix, dte, expected) in
            [(6000.0, 16.0, 0, 60.474316), (6000.0, 16.0, 3, 104.744587), (25_059.8, 22.4, 1, 353.610660)]
        {
            let em = expected_move(spot, Some(vix), dte).unwrap();
            assert!((em - expected).abs() < 5e-7, "{em}, expected {expected}");
        }
    }

    #[test]
    fn the_money_is_rounded_half_up() {
        assert_eq!(at_the_money(6002.4, 5.0), Some(6000.0));
        assert_eq!(at_the_money(6002.5, 5.0), Some(6005.0));
        assert_eq!(at_the_money(447.75, 0.5), Some(448.0));
    }

    #[test]
    fn a_range_never_reaches_zero_nor_shrinks_to_nothing() {
        let cheap = strike_range(18.4, Some(16.0), 0, 2.25, 1.0).unwrap();
        assert_eq!((cheap.low, cheap.atm, cheap.high), (1.0, 18.0, 68.0));
    }

    #[test]
    fn what_is_no_number_has_no_range() {
        for spot in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(strike_range(spot, Some(16.0), 0, 2.25, 5.0), None);
            assert_eq!(expected_move(spot, Some(16.0), 0), None);
        }
        assert_eq!(strike_range(6000.0, None, 0, 2.25, 0.0), None);
        assert_eq!(expected_move(6000.0, Some(f64::NAN), 0), None);
        assert_eq!(
            strike_range(6000.0, Some(0.0), 4, 2.25, 5.0),
            strike_range(6000.0, None, 4, 2.25, 5.0),
            "a VIX of zero is no VIX"
        );
    }
}
