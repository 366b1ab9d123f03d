//! The rolling schedule: which releases the coming days bring.

use super::Indicator;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use quant::calendar;
use std::ops::RangeInclusive;
use wire::econ::{Event, Schedule};

/// Days of a schedule that nobody gave another length.
pub(crate) const WINDOW_DAYS: u32 = 14;
/// Lengths that may be asked for.
pub(crate) const WINDOWS: RangeInclusive<u32> = 1..=60;
/// When every day's schedule is made, New York.
const MADE_AT: NaiveTime = NaiveTime::from_hms_opt(4, 0, 0).expect("a time of day");

/// The releases of `indicators`, as far as they are active, on `days` days from the New York day of `now` on.
pub(crate) fn build(indicators: &[Indicator], days: u32, now: DateTime<Utc>) -> Schedule {
    let first = calendar::trading_date(now.timestamp_millis());
    let last = first.checked_add_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(first);
    let mut schedule = Schedule {
        schema_version: 1,
        window_start: first.to_string(),
        window_end: last.to_string(),
        generated_at: now.to_rfc3339_opts(SecondsFormat::Millis, true),
        indicator_count: 0,
        days: Default::default(),
    };
    for indicator in indicators.iter().filter(|indicator| indicator.is_active) {
        schedule.indicator_count += 1;
        let Some(rule) = &indicator.rule else { continue };
        for date in rule.dates(&(first..=last)) {
            schedule.days.entry(date.to_string()).or_default().events.push(event(indicator));
        }
    }
    for day in schedule.days.values_mut() {
        day.events.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    schedule
}

/// How many days `schedule` covers; `None` when it does not say.
pub(crate) fn window_days(schedule: &Schedule) -> Option<u32> {
    let date = |text: &str| text.parse::<NaiveDate>().ok();
    let (first, last) = (date(&schedule.window_start)?, date(&schedule.window_end)?);
    u32::try_from((last - first).num_days() + 1).ok().filter(|days| WINDOWS.contains(days))
}

/// When the next daily schedule is due after `now`, Unix milliseconds both.
pub(crate) fn next_build(now: i64) -> i64 {
    let today = calendar::trading_date(now);
    let due = calendar::instant(today, MADE_AT);
    if due > now { due } else { calendar::instant(today.succ_opt().unwrap_or(today), MADE_AT) }
}

fn event(indicator: &Indicator) -> Event {
    let own = indicator.rule.as_ref().and_then(|rule| rule.time_et().map(str::to_owned));
    Event {
        indicator_key: indicator.key.clone(),
        name: indicator.name.clone(),
        time_et: own.or_else(|| indicator.release_time_et.clone()),
        rating: indicator.rating,
        tier: indicator.tier,
        result: None,
    }
}

/// By time, those without one last; then the highest rating first, then by key.
fn order(event: &Event) -> (bool, Option<&str>, u8, &str) {
    (event.time_et.is_none(), event.time_et.as_deref(), u8::MAX - event.rating, &event.indicator_key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Indicator, Rule, seed};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn indicator(key: &str, rating: u8, time: Option<&str>, rule: Rule) -> Indicator {
        let mut indicator = seed::indicators(at("2026-01-01T00:00:00Z")).remove(0);
        indicator.key = key.into();
        indicator.rating = rating;
        indicator.release_time_et = time.map(str::to_owned);
        indicator.rule = Some(rule);
        indicator
    }

    #[test]
    fn the_shipped_indicators_make_the_weeks_of_thanksgiving() {
        // 18:00 UTC on Saturday 21 November 2026 is 13:00 in New York.
        let schedule = build(&seed::indicators(at("2026-11-21T18:00:00Z")), 14, at("2026-11-21T18:00:00Z"));
        assert_eq!((&*schedule.window_start, &*schedule.window_end), ("2026-11-21", "2026-12-04"));
        assert_eq!((schedule.indicator_count, &*schedule.generated_at), (43, "2026-11-21T18:00:00.000Z"));
        let days: Vec<(&str, Vec<&str>)> = schedule
            .days
            .iter()
            .map(|(date, day)| {
                (&**date, day.events.iter().map(|event| &*event.indicator_key).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            days,
            [
                ("2026-11-25", vec!["crude_oil_inventories"]),
                ("2026-12-02", vec!["crude_oil_inventories"]),
                ("2026-12-03", vec!["initial_claims", "natural_gas_storage"]),
                ("2026-12-04", vec!["nfp", "avg_hourly_earnings", "unemployment_rate"]),
            ],
            "Thursday the 26th is Thanksgiving"
        );
        assert_eq!(window_days(&schedule), Some(14));
    }

    #[test]
    fn the_day_is_new_yorks_and_events_go_by_time() {
        let daily = |weekday| Rule::Weekly { weekday };
        let indicators = [
            indicator("late", 3, Some("14:00"), daily(3)),
            indicator("untimed", 10, None, daily(3)),
            indicator("low", 3, Some("08:30"), daily(3)),
            indicator("high", 9, Some("08:30"), daily(3)),
            indicator(
                "fixed",
                1,
                Some("15:00"),
                Rule::FixedDates {
                    dates: vec!["2027-03-10".parse().unwrap()],
                    time_et: Some("07:00".into()),
                },
            ),
            Indicator { is_active: false, ..indicator("gone", 9, Some("08:30"), daily(3)) },
        ];
        // 03:30 UTC on Thursday is still Wednesday in New York.
        let schedule = build(&indicators, 1, at("2027-03-11T03:30:00Z"));
        assert_eq!((&*schedule.window_start, &*schedule.window_end), ("2027-03-10", "2027-03-10"));
        let events = &schedule.days["2027-03-10"].events;
        let keys: Vec<&str> = events.iter().map(|event| &*event.indicator_key).collect();
        assert_eq!(keys, ["fixed", "high", "low", "late", "untimed"]);
        assert_eq!(events[0].time_et.as_deref(), Some("07:00"));
        assert_eq!(schedule.indicator_count, 5);
    }

    /// Instants by Python's zoneinfo.
    #[test]
    fn the_next_schedule_is_made_at_four_in_new_york() {
        for (now, due) in [
            (1_772_942_400_000, 1_772_956_800_000), // the night in which clocks go forward
            (1_772_956_740_000, 1_772_956_800_000),
            (1_772_956_800_000, 1_773_043_200_000),
            (1_793_523_599_000, 1_793_523_600_000), // the night in which they go back
            (1_795_280_400_000, 1_795_338_000_000),
        ] {
            assert_eq!(next_build(now), due, "after {now}");
        }
    }
}
