//! When a release is due: dates out of rules, by the exchange's calendar.

use crate::form::{Form, Invalid};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, Weekday};
use quant::calendar::{self, Change};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

const PREFIX: &str = "rule_json.";
const MAX_DATES: usize = 400;
const WEEKDAYS: [Weekday; 7] =
    [Weekday::Sun, Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat];

/// How often a release comes. All but `Manual` need a [`Rule`] of their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cadence {
    FixedDates,
    FirstFriday,
    NthWeekday,
    Weekly,
    /// Somebody must say.
    Manual,
}

impl Cadence {
    pub(crate) const EXPECTED: &str = "fixed_dates, first_friday, nth_weekday, weekly or manual";

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::FixedDates => "fixed_dates",
            Self::FirstFriday => "first_friday",
            Self::NthWeekday => "nth_weekday",
            Self::Weekly => "weekly",
            Self::Manual => "manual",
        }
    }
}

/// On which days a release is due. Weekdays count from Sunday = 0; a holiday is a day on which the exchange is
/// closed, not one on which it closes early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// On these days, in order, each once; `time_et` instead of the indicator's own.
    FixedDates { dates: Vec<NaiveDate>, time_et: Option<String> },
    /// On the first Friday of each month; on the Thursday before when that is a holiday.
    FirstFriday,
    /// On the n-th such weekday of each month; months without a fifth have none.
    NthWeekday { weekday: u8, n: u8 },
    /// Every week but on holidays.
    Weekly { weekday: u8 },
}

impl Rule {
    /// Reads `rule_json`.
    pub(crate) fn parse(value: &Value) -> Result<Self, Invalid> {
        const KINDS: &str = "fixed_dates, first_friday, nth_weekday or weekly";
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let form = |known: &[&str]| Form::within(PREFIX, value, known);
        let missing = |field: &str, expected: &str| Invalid::new(format!("{PREFIX}{field}"), expected);
        let weekday = |form: &Form<'_>| {
            form.whole("weekday", 0..=6)?.ok_or_else(|| missing("weekday", "0 (Sunday) to 6"))
        };
        match kind {
            "fixed_dates" => {
                let form = form(&["type", "dates", "time_et"])?;
                let time_et = match form.prose("time_et", 5)?.flatten() {
                    Some(text) => Some(time_et(&text).ok_or_else(|| form.invalid("time_et", TIME))?),
                    None => None,
                };
                Ok(Self::FixedDates { dates: dates(&form)?, time_et })
            }
            "first_friday" => form(&["type"]).map(|_form| Self::FirstFriday),
            "nth_weekday" => {
                let form = form(&["type", "weekday", "n"])?;
                let n = form.whole("n", 1..=5)?.ok_or_else(|| missing("n", "1 to 5"))?;
                Ok(Self::NthWeekday { weekday: weekday(&form)?, n })
            }
            "weekly" => Ok(Self::Weekly { weekday: weekday(&form(&["type", "weekday"])?)? }),
            _ if value.is_object() => Err(missing("type", KINDS)),
            _ => Err(Invalid::new("rule_json", "a JSON object or null")),
        }
    }

    /// As it is stored and shown.
    pub(crate) fn json(&self) -> Value {
        let cadence = self.cadence().word();
        match self {
            Self::FixedDates { dates, time_et: None } => json!({"type": cadence, "dates": dates}),
            Self::FixedDates { dates, time_et } => {
                json!({"type": cadence, "dates": dates, "time_et": time_et})
            }
            Self::FirstFriday => json!({"type": cadence}),
            Self::NthWeekday { weekday, n } => json!({"type": cadence, "weekday": weekday, "n": n}),
            Self::Weekly { weekday } => json!({"type": cadence, "weekday": weekday}),
        }
    }

    pub(crate) const fn cadence(&self) -> Cadence {
        match self {
            Self::FixedDates { .. } => Cadence::FixedDates,
            Self::FirstFriday => Cadence::FirstFriday,
            Self::NthWeekday { .. } => Cadence::NthWeekday,
            Self::Weekly { .. } => Cadence::Weekly,
        }
    }

    /// The time that the rule itself gives, `HH:MM` in New York.
    pub(crate) fn time_et(&self) -> Option<&str> {
        match self {
            Self::FixedDates { time_et, .. } => time_et.as_deref(),
            _ => None,
        }
    }

    /// The days of `window` on which the release is due, in order.
    pub(crate) fn dates(&self, window: &RangeInclusive<NaiveDate>) -> Vec<NaiveDate> {
        let is_inside = |date: &NaiveDate| window.contains(date);
        match self {
            Self::FixedDates { dates, .. } => dates.iter().copied().filter(is_inside).collect(),
            Self::FirstFriday => {
                nths(window, Weekday::Fri, 1).map(unless_holiday).filter(is_inside).collect()
            }
            Self::NthWeekday { weekday, n } => {
                nths(window, weekday_of(*weekday), *n).filter(is_inside).collect()
            }
            Self::Weekly { weekday } => {
                let is_due = |date: &NaiveDate| date.weekday() == weekday_of(*weekday) && !is_holiday(*date);
                window.start().iter_days().take_while(is_inside).filter(is_due).collect()
            }
        }
    }
}

pub(crate) const TIME: &str = "a New York time like 08:30";

/// `text` when it is a time of day written `HH:MM`.
pub(crate) fn time_et(text: &str) -> Option<String> {
    // The parser alone would take blanks for digits.
    let is_written = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let is_time = is_written && NaiveTime::parse_from_str(text, "%H:%M").is_ok();
    is_time.then(|| text.to_owned())
}

/// `text` when it is a day written `YYYY-MM-DD`, of a year that somebody may mean.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    let date = text.parse::<NaiveDate>().ok().filter(|date| (1990..=2100).contains(&date.year()))?;
    (text.len() == 10).then_some(date)
}

fn dates(form: &Form<'_>) -> Result<Vec<NaiveDate>, Invalid> {
    const EXPECTED: &str = "1 to 400 days like 2027-03-10";
    let refused = || form.invalid("dates", EXPECTED);
    let listed = form.value("dates").and_then(Value::as_array).ok_or_else(refused)?;
    if listed.is_empty() || listed.len() > MAX_DATES {
        return Err(refused());
    }
    let parsed: Option<Vec<_>> = listed.iter().map(|day| day.as_str().and_then(date)).collect();
    let mut dates = parsed.ok_or_else(refused)?;
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}

/// The n-th such weekday of every month of `window` and of the month after it, whose first Friday may move back.
fn nths(window: &RangeInclusive<NaiveDate>, weekday: Weekday, n: u8) -> impl Iterator<Item = NaiveDate> {
    let first = window.start().with_day(1).unwrap_or(*window.start());
    let last = window.end().checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    let months = (0..).map_while(move |months| first.checked_add_months(Months::new(months)));
    months.take_while(move |month| *month <= last).filter_map(move |month| {
        NaiveDate::from_weekday_of_month_opt(month.year(), month.month(), weekday, n)
    })
}

fn unless_holiday(friday: NaiveDate) -> NaiveDate {
    if is_holiday(friday) { friday.checked_sub_days(Days::new(1)).unwrap_or(friday) } else { friday }
}

fn is_holiday(date: NaiveDate) -> bool {
    calendar::holiday(date).is_some_and(|holiday| holiday.change == Change::Closed)
}

fn weekday_of(from_sunday: u8) -> Weekday {
    WEEKDAYS.get(usize::from(from_sunday)).copied().unwrap_or(Weekday::Sun)
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
