//! Which expirations are listed on a date, and which strikes.

use super::underlying::Underlying;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use quant::calendar;
use std::collections::BTreeSet;

const DAILY_AHEAD: usize = 10;
const WEEKLY_DAYS: u64 = 45;
const MONTHS_AHEAD: u32 = 15;
/// Shares of the price within which the first and the second grid hold; the third reaches from `LOW` to `HIGH`.
const NEAR: f64 = 0.06;
const AROUND: f64 = 0.20;
const LOW: f64 = 0.40;
const HIGH: f64 = 1.40;
/// A price far from the grid's own gets a grid to its size.
const MOST_NEAR: f64 = 400.0;

/// One expiration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) date: NaiveDate,
    /// Settled at the open.
    pub(super) am: bool,
}

/// Expirations listed on `date`, by date; that of `date` itself among them.
pub(super) fn expirations(underlying: &Underlying, date: NaiveDate) -> Vec<Listed> {
    let mut pm = BTreeSet::new();
    if underlying.daily {
        let days = std::iter::successors(Some(date), |day| Some(calendar::next_trading_day(*day)));
        pm.extend(days.take(DAILY_AHEAD + 1));
    }
    for day in date.iter_days().take(usize::try_from(WEEKLY_DAYS).unwrap_or(0) + 1) {
        let wanted = match day.weekday() {
            Weekday::Mon | Weekday::Wed => underlying.daily && calendar::is_trading_day(day),
            Weekday::Fri => true,
            _ => false,
        };
        if wanted {
            pm.insert(on_or_before(day));
        }
    }
    let until = date.checked_add_months(Months::new(MONTHS_AHEAD)).unwrap_or(date);
    let mut thirds = BTreeSet::new();
    for (third, last) in (0..=MONTHS_AHEAD).filter_map(|ahead| month(date, ahead)) {
        thirds.insert(on_or_before(third));
        if underlying.daily {
            pm.insert(on_or_before(last));
        }
    }
    if underlying.both_monthly {
        pm.extend(&thirds);
    }
    if underlying.am_root.is_none() {
        pm.append(&mut thirds);
    }
    let listed = pm.into_iter().map(|date| Listed { date, am: false });
    let mut all: Vec<Listed> =
        listed.chain(thirds.into_iter().map(|date| Listed { date, am: true })).collect();
    all.retain(|listed| listed.date >= date && listed.date <= until);
    all.sort_unstable();
    all
}

/// Whether a date is a third Friday, or stands for one that is a holiday.
pub(super) fn is_monthly(date: NaiveDate) -> bool {
    month(date, 0).is_some_and(|(third, _)| on_or_before(third) == date)
}

/// Third Friday and last day of the month `ahead` of `date`'s.
fn month(date: NaiveDate, ahead: u32) -> Option<(NaiveDate, NaiveDate)> {
    let first = date.with_day(1)?.checked_add_months(Months::new(ahead))?;
    let third = NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), Weekday::Fri, 3)?;
    Some((third, first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?))
}

fn on_or_before(date: NaiveDate) -> NaiveDate {
    if calendar::is_trading_day(date) { date } else { calendar::previous_trading_day(date) }
}

/// A strike and the distance to its neighbours, points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strike {
    pub(super) strike: f64,
    pub(super) apart: f64,
}

/// Strikes around `centre`, ascending. `fine` begins with the first grid, else each zone has the next coarser
/// one. `within` leaves only those so near (a share of the price), on the first grid.
pub(super) fn strikes(grid: [f64; 3], centre: f64, fine: bool, within: Option<f64>) -> Vec<Strike> {
    let mut scale = 1.0;
    while 2.0 * NEAR * centre / (grid[0] * scale) > MOST_NEAR {
        scale *= 2.0;
    }
    let [near, around, far] = if fine { grid } else { [grid[1], grid[2], grid[2]] }.map(|step| step * scale);
    let zones = match within {
        Some(share) => vec![(1.0 - share, 1.0 + share, grid[0] * scale)],
        None => vec![
            (LOW, 1.0 - AROUND, far),
            (1.0 - AROUND, 1.0 - NEAR, around),
            (1.0 - NEAR, 1.0 + NEAR, near),
            (1.0 + NEAR, 1.0 + AROUND, around),
            (1.0 + AROUND, HIGH, far),
        ],
    };
    let mut strikes: Vec<Strike> = Vec::new();
    for (low, high, apart) in zones {
        let first = (low * centre / apart).ceil().max(1.0) as i64;
        let last = (high * centre / apart).floor() as i64;
        for number in first..=last {
            let strike = number as f64 * apart;
            if strikes.last().is_none_or(|last| last.strike < strike) {
                strikes.push(Strike { strike, apart });
            }
        }
    }
    strikes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn expirations_follow_the_exchanges_rules() {
        let spx = Underlying::named("I:SPX").unwrap();
        let listed = expirations(spx, date("2025-11-21"));
        let at = |text: &str, am| listed.contains(&Listed { date: date(text), am });
        assert!(
            at("2025-11-21", false) && at("2025-11-21", true),
            "a third Friday, at the open and at the close"
        );
        assert!(at("2025-11-28", false) && !at("2025-11-27", false), "Thanksgiving");
        assert!(at("2025-12-08", false) && !at("2025-12-09", false), "tenth trading day: 8 December");
        assert!(at("2025-12-10", false) && at("2026-01-05", false) && !at("2026-01-07", false), "45 days");
        assert!(at("2026-06-18", true) && !at("2026-06-19", true), "Juneteenth is a third Friday in 2026");
        assert!(at("2027-01-29", false), "a month end");
        assert!(listed.iter().all(|listed| calendar::is_trading_day(listed.date)));
        let stock = expirations(Underlying::named("AAPL").unwrap(), date("2025-11-24"));
        assert!(stock.iter().all(|listed| !listed.am));
        assert_eq!(stock[0].date, date("2025-11-28"));
        assert!(stock.iter().all(|l| l.date.weekday() == Weekday::Fri || l.date == date("2026-06-18")));
    }

    #[test]
    fn strikes_are_fine_near_the_money_and_coarse_far_away() {
        let listed = strikes([5.0, 25.0, 100.0], 6600.0, true, None);
        let apart = |strike: f64| listed.iter().find(|at| at.strike == strike).map(|at| at.apart);
        assert_eq!([6600.0, 6205.0, 7000.0, 7005.0, 5300.0, 8000.0].map(apart), {
            [Some(5.0), Some(5.0), Some(25.0), None, Some(25.0), Some(100.0)]
        });
        assert!(listed.is_sorted_by(|a, b| a.strike < b.strike));
        assert_eq!((listed[0].strike, listed[listed.len() - 1].strike), (2700.0, 9200.0));
        let near = strikes([5.0, 25.0, 100.0], 6600.0, false, Some(0.05));
        assert_eq!((near[0].strike, near.len()), (6270.0, 133));
        assert!(strikes([5.0, 25.0, 100.0], 600_000.0, true, None).len() < 1000);
    }
}
