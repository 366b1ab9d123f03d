//! The calendar of the New York Stock Exchange: trading days, sessions, holidays and early closes.
//!
//! Rules of NYSE Rule 7.2 as published on nyse.com, applied to every year; the few unscheduled closures since
//! 2001 are listed. Instants are Unix milliseconds, local times are New York's with daylight saving.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// Where the exchange is.
pub const NEW_YORK: Tz = chrono_tz::America::New_York;

const PRE_OPEN: NaiveTime = time(4, 0);
const OPEN: NaiveTime = time(9, 30);
const CLOSE: NaiveTime = time(16, 0);
const EARLY_CLOSE: NaiveTime = time(13, 0);
const POST_CLOSE: NaiveTime = time(20, 0);
const EARLY_POST_CLOSE: NaiveTime = time(17, 0);

const FIRST_MS: i64 = -62_135_000_000_000;
const LAST_MS: i64 = 253_402_200_000_000;

/// Closed out of turn: 11 September 2001, mourning for presidents, hurricane Sandy.
const UNSCHEDULED: [(i32, u32, u32); 10] = [
    (2001, 9, 11),
    (2001, 9, 12),
    (2001, 9, 13),
    (2001, 9, 14),
    (2004, 6, 11),
    (2007, 1, 2),
    (2012, 10, 29),
    (2012, 10, 30),
    (2018, 12, 5),
    (2025, 1, 9),
];

/// Part of the trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// 04:00 to 09:30.
    Pre,
    /// 09:30 to 16:00; to 13:00 on early-close days.
    Regular,
    /// From the close to 20:00; to 17:00 on early-close days.
    Post,
    /// Everything else, weekends and holidays.
    Closed,
}

/// How a day differs from an ordinary weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No trading.
    Closed,
    /// Trading ends at 13:00.
    EarlyClose,
}

/// A weekday on which the exchange is closed or closes early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// New York date.
    pub date: NaiveDate,
    /// As the exchange calls it: `Thanksgiving`.
    pub name: &'static str,
    /// Closed, or early close.
    pub change: Change,
}

/// New York local time of an instant; instants outside the years 1 to 9999 count as the nearest inside.
pub fn local(ms: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(ms.clamp(FIRST_MS, LAST_MS))
        .unwrap_or_default()
        .with_timezone(&NEW_YORK)
        .naive_local()
}

/// The instant at which clocks in New York show `time` on `date`, in Unix milliseconds.
///
/// A time that occurs twice means the first; one that is skipped in spring means the same reading without
/// the skip (02:30 is 03:30 daylight time).
pub fn instant(date: NaiveDate, time: NaiveTime) -> i64 {
    let at = date.and_time(time);
    match NEW_YORK.from_local_datetime(&at).earliest() {
        Some(found) => found.timestamp_millis(),
        None => {
            let before = at - chrono::TimeDelta::hours(3);
            let offset = NEW_YORK
                .from_local_datetime(&before)
                .earliest()
                .map_or(0, |t| t.timestamp_millis() - before.and_utc().timestamp_millis());
            at.and_utc().timestamp_millis() + offset
        }
    }
}

/// New York date of an instant.
pub fn trading_date(ms: i64) -> NaiveDate {
    local(ms).date()
}

/// Session of an instant.
pub fn session(ms: i64) -> Session {
    let now = local(ms);
    let Some((close, post_close)) = closes(now.date()) else { return Session::Closed };
    match now.time() {
        t if t < PRE_OPEN => Session::Closed,
        t if t < OPEN => Session::Pre,
        t if t < close => Session::Regular,
        t if t < post_close => Session::Post,
        _ => Session::Closed,
    }
}

/// When the regular session of `date` begins, Unix milliseconds; `None` when there is none.
pub fn open(date: NaiveDate) -> Option<i64> {
    is_trading_day(date).then(|| instant(date, OPEN))
}

/// When the regular session of `date` ends, Unix milliseconds; `None` when there is none.
pub fn close(date: NaiveDate) -> Option<i64> {
    closes(date).map(|(close, _)| instant(date, close))
}

/// When trading after hours ends on `date`, Unix milliseconds; `None` when there is none.
pub fn post_close(date: NaiveDate) -> Option<i64> {
    closes(date).map(|(_, post_close)| instant(date, post_close))
}

/// Whether the exchange has a regular session on `date`.
pub fn is_trading_day(date: NaiveDate) -> bool {
    !is_weekend(date) && holiday(date).is_none_or(|holiday| holiday.change == Change::EarlyClose)
}

/// Whether the regular session of `date` ends at 13:00.
pub fn closes_early(date: NaiveDate) -> bool {
    holiday(date).is_some_and(|holiday| holiday.change == Change::EarlyClose)
}

/// The last trading day before `date`.
pub fn previous_trading_day(date: NaiveDate) -> NaiveDate {
    let mut day = date;
    loop {
        day = day.pred_opt().unwrap_or(NaiveDate::MIN);
        if is_trading_day(day) || day == NaiveDate::MIN {
            return day;
        }
    }
}

/// The first trading day after `date`.
pub fn next_trading_day(date: NaiveDate) -> NaiveDate {
    let mut day = date;
    loop {
        day = day.succ_opt().unwrap_or(NaiveDate::MAX);
        if is_trading_day(day) || day == NaiveDate::MAX {
            return day;
        }
    }
}

/// Calendar days from `from` to `to`: Friday to Monday is 3, negative when `to` lies before.
pub fn days_to(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

/// Holidays and early closes after `date`, up to `months` later, in order.
pub fn upcoming(date: NaiveDate, months: u32) -> Vec<Holiday> {
    let last = date.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
    date.iter_days().skip(1).take_while(|day| *day <= last).filter_map(holiday).collect()
}

/// What is special about `date`; `None` for an ordinary weekday and for any weekend.
pub fn holiday(date: NaiveDate) -> Option<Holiday> {
    if is_weekend(date) {
        return None;
    }
    let found = |name, change| Some(Holiday { date, name, change });
    if let Some(name) = closed_for(date) {
        return found(name, Change::Closed);
    }
    early_for(date).and_then(|name| found(name, Change::EarlyClose))
}

fn closed_for(date: NaiveDate) -> Option<&'static str> {
    let year = date.year();
    let monday = |month, n| nth(year, month, Weekday::Mon, n);
    let rules = [
        ("New Years Day", new_year(year)),
        ("Martin Luther King, Jr. Day", (year >= 1998).then(|| monday(1, 3)).flatten()),
        ("Washington's Birthday", monday(2, 3)),
        ("Good Friday", easter(year).and_then(|sunday| sunday.checked_sub_days(Days::new(2)))),
        ("Memorial Day", last_monday_of_may(year)),
        ("Juneteenth", (year >= 2022).then(|| observed(year, 6, 19)).flatten()),
        ("Independence Day", observed(year, 7, 4)),
        ("Labor Day", monday(9, 1)),
        ("Thanksgiving", thanksgiving(year)),
        ("Christmas", observed(year, 12, 25)),
    ];
    if let Some((name, _)) = rules.into_iter().find(|(_, day)| *day == Some(date)) {
        return Some(name);
    }
    UNSCHEDULED.contains(&(year, date.month(), date.day())).then_some("Unscheduled Closing")
}

fn early_for(date: NaiveDate) -> Option<&'static str> {
    match (date.month(), date.day()) {
        (7, 3) => Some("Independence Day"),
        (12, 24) => Some("Christmas"),
        (11, _) if date.pred_opt() == thanksgiving(date.year()) => Some("Thanksgiving"),
        _ => None,
    }
}

fn closes(date: NaiveDate) -> Option<(NaiveTime, NaiveTime)> {
    if is_weekend(date) {
        return None;
    }
    match holiday(date).map(|holiday| holiday.change) {
        Some(Change::Closed) => None,
        Some(Change::EarlyClose) => Some((EARLY_CLOSE, EARLY_POST_CLOSE)),
        None => Some((CLOSE, POST_CLOSE)),
    }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A Saturday's holiday is kept on Friday, a Sunday's on Monday.
fn observed(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    match date.weekday() {
        Weekday::Sat => date.pred_opt(),
        Weekday::Sun => date.succ_opt(),
        _ => Some(date),
    }
}

/// A New Year on Saturday is not kept on Friday: that Friday ends an accounting year.
fn new_year(year: i32) -> Option<NaiveDate> {
    observed(year, 1, 1).filter(|date| date.year() == year)
}

fn nth(year: i32, month: u32, weekday: Weekday, n: u8) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, n)
}

fn last_monday_of_may(year: i32) -> Option<NaiveDate> {
    nth(year, 5, Weekday::Mon, 5).or_else(|| nth(year, 5, Weekday::Mon, 4))
}

fn thanksgiving(year: i32) -> Option<NaiveDate> {
    nth(year, 11, Weekday::Thu, 4)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let (century, golden) = (year.div_euclid(100), year.rem_euclid(19));
    let rest = year.rem_euclid(100);
    let correction = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - correction + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let shift = (golden + 11 * epact + 22 * weekday) / 451;
    let day = epact + weekday - 7 * shift + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(day / 31).ok()?, u32::try_from(day % 31 + 1).ok()?)
}

const fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time of day")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(date: &str, hour: u32, minute: u32) -> i64 {
        instant(day(date), time(hour, minute))
    }

    /// Published by the exchange (nyse.com, Holidays and Trading Hours, and ICE's notices of those years).
    const CLOSED: [(i32, &str); 5] = [
        (2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25"),
        (2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25"),
        (2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25"),
        (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25"),
        (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24"),
    ];
    const EARLY: [(i32, &str); 5] = [
        (2023, "07-03 11-24"),
        (2024, "07-03 11-29 12-24"),
        (2025, "07-03 11-28 12-24"),
        (2026, "11-27 12-24"),
        (2027, "11-26"),
    ];

    fn of_year(year: i32, change: Change) -> String {
        let days = day(&format!("{year}-01-01")).iter_days().take_while(|d| d.year() == year);
        let found: Vec<String> = days
            .filter_map(holiday)
            .filter(|found| found.change == change)
            .map(|found| found.date.format("%m-%d").to_string())
            .collect();
        found.join(" ")
    }

    #[test]
    fn holidays_are_those_that_the_exchange_published() {
        for (year, dates) in CLOSED {
            assert_eq!(of_year(year, Change::Closed), dates, "{year}");
        }
        for (year, dates) in EARLY {
            assert_eq!(of_year(year, Change::EarlyClose), dates, "{year}");
        }
    }

    #[test]
    fn a_new_year_on_saturday_is_not_kept() {
        assert!(is_trading_day(day("2021-12-31")) && is_trading_day(day("2022-01-03")));
        assert!(!closes_early(day("2021-12-24")), "that Friday was Christmas, observed");
        assert!(!is_trading_day(day("2021-12-24")));
    }

    #[test]
    fn juneteenth_began_in_2022() {
        assert!(is_trading_day(day("2021-06-18")));
        assert!(!is_trading_day(day("2022-06-20")));
    }

    /// Daylight saving in the United States: second Sunday of March, first Sunday of November (IANA tzdata).
    #[test]
    fn the_open_moves_with_daylight_saving() {
        for (before, after) in [
            ("2023-03-10", "2023-03-13"),
            ("2024-03-08", "2024-03-11"),
            ("2025-03-07", "2025-03-10"),
            ("2026-03-06", "2026-03-09"),
            ("2027-03-12", "2027-03-15"),
        ] {
            let utc = |date| DateTime::<Utc>::from_timestamp_millis(open(day(date)).unwrap()).unwrap();
            assert_eq!(utc(before).format("%H:%M").to_string(), "14:30", "{before}");
            assert_eq!(utc(after).format("%H:%M").to_string(), "13:30", "{after}");
        }
        for (last, first) in [("2025-10-31", "2025-11-03"), ("2026-10-30", "2026-11-02")] {
            let hours = (open(day(first)).unwrap() - open(day(last)).unwrap()) / 3_600_000;
            assert_eq!(hours, 73, "a weekend with 25 hours on Sunday");
        }
        assert_eq!(at("2026-03-08", 2, 30), at("2026-03-08", 3, 30), "02:30 is skipped");
        assert_eq!(at("2026-11-01", 1, 30), 1_793_511_000_000, "the first 01:30 of two, UTC-4");
    }

    #[test]
    fn sessions_begin_and_end_on_the_minute() {
        use Session::{Closed, Post, Pre, Regular};
        for (hour, minute, expected) in [
            (3, 59, Closed),
            (4, 0, Pre),
            (9, 29, Pre),
            (9, 30, Regular),
            (15, 59, Regular),
            (16, 0, Post),
            (19, 59, Post),
            (20, 0, Closed),
        ] {
            assert_eq!(session(at("2025-11-21", hour, minute)), expected, "{hour}:{minute}");
        }
        assert_eq!(session(at("2025-11-28", 13, 0)), Post, "early close");
        assert_eq!(session(at("2025-11-28", 17, 0)), Closed);
        assert_eq!(session(at("2025-11-27", 12, 0)), Closed, "Thanksgiving");
        assert_eq!(session(at("2025-11-22", 12, 0)), Closed, "Saturday");
    }

    #[test]
    fn trading_days_step_over_weekends_and_holidays() {
        assert_eq!(previous_trading_day(day("2025-12-01")), day("2025-11-28"));
        assert_eq!(next_trading_day(day("2025-11-26")), day("2025-11-28"));
        assert_eq!(previous_trading_day(day("2026-01-02")), day("2025-12-31"));
        assert_eq!(days_to(day("2025-11-21"), day("2025-11-24")), 3);
    }

    #[test]
    fn the_trading_date_is_new_yorks() {
        assert_eq!(trading_date(1_763_697_600_000), day("2025-11-20"), "04:00 UTC is 23:00 the day before");
        assert_eq!(local(at("2025-11-21", 14, 0)).to_string(), "2025-11-21 14:00:00");
    }

    #[test]
    fn upcoming_lists_the_next_twelve_months() {
        let found = upcoming(day("2025-11-21"), 12);
        assert_eq!(found.first().map(|h| (h.date, h.name)), Some((day("2025-11-27"), "Thanksgiving")));
        assert_eq!(found.get(1).map(|h| h.change), Some(Change::EarlyClose));
        assert_eq!(found.len(), 12, "ten holidays and two early closes: {found:?}");
        assert!(found.is_sorted_by_key(|h| h.date));
    }
}
