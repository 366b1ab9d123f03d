//! Known answers were computed with Python 3 and dateutil 2.9 (`rrule`), holidays typed from the exchange's own
//! published lists for 2025 to 2027, a month beyond the window included because a first Friday may move back.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn listed(rule: &Rule, first: &str, last: &str) -> String {
    let dates = rule.dates(&(day(first)..=day(last)));
    dates.iter().map(|date| date.format("%m-%d").to_string()).collect::<Vec<_>>().join(" ")
}

fn refusal(value: Value) -> String {
    Rule::parse(&value).unwrap_err().to_string()
}

#[test]
fn a_first_friday_that_is_a_holiday_moves_to_thursday() {
    for (year, dates) in [
        (2025, "01-03 02-07 03-07 04-04 05-02 06-06 07-03 08-01 09-05 10-03 11-07 12-05"),
        (2026, "01-02 02-06 03-06 04-02 05-01 06-05 07-02 08-07 09-04 10-02 11-06 12-04 12-31"),
        (2027, "02-05 03-05 04-02 05-07 06-04 07-02 08-06 09-03 10-01 11-05 12-03"),
    ] {
        let found = listed(&Rule::FirstFriday, &format!("{year}-01-01"), &format!("{year}-12-31"));
        assert_eq!(found, dates, "{year}");
    }
    // Good Friday 2026 is 3 April; 3 July 2026 is Independence Day, observed; 1 January 2027 is a Friday.
    assert_eq!(listed(&Rule::FirstFriday, "2026-04-03", "2026-04-30"), "", "it was the day before");
    assert_eq!(listed(&Rule::FirstFriday, "2026-12-31", "2026-12-31"), "12-31", "January's release");
}

#[test]
fn a_weekly_release_is_left_out_on_a_holiday() {
    let thursday = Rule::Weekly { weekday: 4 };
    let expected = "11-05 11-12 11-19 12-03 12-10 12-17 12-24 12-31 01-07";
    assert_eq!(listed(&thursday, "2026-11-01", "2027-01-07"), expected, "Thanksgiving is 26 November");
    for (weekday, first, last, count) in [
        (4, "2026-01-01", "2026-12-31", 51),
        (3, "2026-01-01", "2026-12-31", 52),
        (3, "2025-01-01", "2025-12-31", 52),
        (5, "2027-01-01", "2027-12-31", 49),
    ] {
        let dates = Rule::Weekly { weekday }.dates(&(day(first)..=day(last)));
        assert_eq!(dates.len(), count, "weekday {weekday} of {first}");
    }
}

#[test]
fn the_nth_weekday_counts_within_its_month() {
    let wednesdays = "01-21 02-18 03-18 04-15 05-20 06-17 07-15 08-19 09-16 10-21 11-18 12-16";
    assert_eq!(listed(&Rule::NthWeekday { weekday: 3, n: 3 }, "2026-01-01", "2026-12-31"), wednesdays);
    let fifth = Rule::NthWeekday { weekday: 2, n: 5 };
    assert_eq!(listed(&fifth, "2026-01-01", "2026-12-31"), "03-31 06-30 09-29 12-29");
    let memorial = Rule::NthWeekday { weekday: 1, n: 4 };
    assert_eq!(listed(&memorial, "2026-05-01", "2026-05-31"), "05-25", "holidays do not move it");
}

#[test]
fn a_rule_is_read_and_shown_alike() {
    for rule in [
        json!({"type": "fixed_dates", "dates": ["2027-03-10", "2027-04-13"], "time_et": "08:30"}),
        json!({"type": "fixed_dates", "dates": ["2027-03-10"]}),
        json!({"type": "first_friday"}),
        json!({"type": "nth_weekday", "weekday": 0, "n": 5}),
        json!({"type": "weekly", "weekday": 6}),
    ] {
        assert_eq!(Rule::parse(&rule).unwrap().json(), rule);
    }
    let twice = json!({"type": "fixed_dates", "dates": ["2027-04-13", "2027-03-10", "2027-04-13"]});
    assert_eq!(Rule::parse(&twice).unwrap().json()["dates"], json!(["2027-03-10", "2027-04-13"]));
}

#[test]
fn a_wrong_rule_is_told_what_is_wrong_with_it() {
    let kinds = "rule_json.type: expected fixed_dates, first_friday, nth_weekday or weekly";
    for (rule, expected) in [
        (json!("weekly"), "rule_json: expected a JSON object or null"),
        (json!({}), kinds),
        (json!({"type": "monthly"}), kinds),
        (json!({"type": "first_friday", "n": 1}), "rule_json.n: expected one of type"),
        (json!({"type": "weekly"}), "rule_json.weekday: expected 0 (Sunday) to 6"),
        (json!({"type": "weekly", "weekday": 7}), "rule_json.weekday: expected a whole number from 0 to 6"),
        (
            json!({"type": "nth_weekday", "weekday": 1, "n": 6}),
            "rule_json.n: expected a whole number from 1 to 5",
        ),
        (
            json!({"type": "fixed_dates", "dates": ["2027-02-29"]}),
            "rule_json.dates: expected 1 to 400 days like 2027-03-10",
        ),
        (
            json!({"type": "fixed_dates", "dates": ["2027-02-28"], "time_et": "8:30"}),
            "rule_json.time_et: expected a New York time like 08:30",
        ),
    ] {
        assert_eq!(refusal(rule.clone()), expected, "{rule}");
    }
}

#[test]
fn only_times_of_day_are_times() {
    for text in ["00:00", "08:30", "23:59"] {
        assert_eq!(time_et(text).as_deref(), Some(text));
    }
    for text in ["24:00", "8:30", "08:60", "0830", "08:3 ", " 8:30", "08:30:00", ""] {
        assert_eq!(time_et(text), None, "{text:?}");
    }
    assert_eq!(date("2027-3-10"), None);
    assert_eq!(date("12027-03-10"), None);
}

/// Said once more, day by day and in other words than the code.
fn is_due(rule: &Rule, date: NaiveDate) -> bool {
    let from_sunday = u8::try_from(date.weekday().num_days_from_sunday()).unwrap();
    let nth = u8::try_from((date.day() - 1) / 7 + 1).unwrap();
    let is_open = |date| calendar::is_trading_day(date);
    match rule {
        Rule::FixedDates { dates, .. } => dates.contains(&date),
        Rule::NthWeekday { weekday, n } => from_sunday == *weekday && nth == *n,
        Rule::Weekly { weekday } => {
            from_sunday == *weekday && (is_open(date) || matches!(from_sunday, 0 | 6))
        }
        Rule::FirstFriday => {
            let friday = date.succ_opt().unwrap();
            let is_moved = from_sunday == 4 && friday.day() <= 7 && !is_open(friday);
            is_moved || (from_sunday == 5 && date.day() <= 7 && is_open(date))
        }
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let days = prop::collection::btree_set(0_u64..38_000, 1..60).prop_map(|days| {
        let first = NaiveDate::from_ymd_opt(1995, 1, 1).unwrap();
        let dates = days.into_iter().map(|days| first + Days::new(days)).collect();
        Rule::FixedDates { dates, time_et: None }
    });
    prop_oneof![
        days,
        Just(Rule::FirstFriday),
        (0_u8..7, 1_u8..=5).prop_map(|(weekday, n)| Rule::NthWeekday { weekday, n }),
        (0_u8..7).prop_map(|weekday| Rule::Weekly { weekday }),
    ]
}

proptest! {
    #[test]
    fn exactly_the_days_that_satisfy_the_rule_are_due(
        rule in any_rule(), start in 0_u64..36_000, days in 0_u64..200,
    ) {
        let first = NaiveDate::from_ymd_opt(1998, 1, 1).unwrap() + Days::new(start);
        let window = first..=first + Days::new(days);
        let expected: Vec<_> =
            first.iter_days().take_while(|date| window.contains(date)).filter(|date| is_due(&rule, *date)).collect();
        prop_assert_eq!(rule.dates(&window), expected);
    }

    #[test]
    fn a_stored_rule_is_the_same_rule(rule in any_rule()) {
        prop_assert_eq!(Rule::parse(&rule.json()).unwrap(), rule);
    }
}
