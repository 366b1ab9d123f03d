use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use proptest::prelude::*;
use quant::calendar::{self, Session};

fn dates() -> impl Strategy<Value = NaiveDate> {
    (1999_i32..2060, 1_u32..366).prop_filter_map("a date", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

proptest! {
    /// Local time and instant are inverses, except in the hour that autumn repeats.
    #[test]
    fn an_instant_has_one_local_time(date in dates(), minute in 0_u32..1440) {
        let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap();
        let ms = calendar::instant(date, time);
        let skipped = date.month() == 3 && date.weekday() == Weekday::Sun && time.format("%H").to_string() == "02";
        let early_rules = date.year() < 2007 && date.month() == 4 && date.weekday() == Weekday::Sun;
        prop_assume!(!skipped && !early_rules);
        prop_assert_eq!(calendar::local(ms), date.and_time(time));
        prop_assert_eq!(calendar::trading_date(ms), date);
    }

    #[test]
    fn neighbouring_trading_days_find_each_other(date in dates()) {
        let next = calendar::next_trading_day(date);
        prop_assert!(next > date && calendar::is_trading_day(next));
        prop_assert!(calendar::days_to(date, next) <= 7, "never closed for a week since 1999");
        let previous = calendar::previous_trading_day(next);
        prop_assert!(previous <= date);
        prop_assert_eq!(previous == date, calendar::is_trading_day(date));
    }

    #[test]
    fn a_regular_session_is_what_lies_between_open_and_close(date in dates(), minute in 0_i64..1440) {
        let ms = calendar::instant(date, NaiveTime::MIN) + minute * 60_000;
        let inside = match (calendar::open(date), calendar::close(date)) {
            (Some(open), Some(close)) => (open..close).contains(&ms),
            _ => false,
        };
        prop_assert_eq!(calendar::session(ms) == Session::Regular, inside);
    }

    /// 250 to 253 sessions a year, as the exchange has counted since 2002.
    #[test]
    fn a_year_has_about_252_sessions(year in 2002_i32..2060) {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let sessions = first.iter_days().take_while(|d| d.year() == year).filter(|d| calendar::is_trading_day(*d));
        let count = sessions.count();
        prop_assert!((249..=253).contains(&count), "{}: {}", year, count);
    }

    #[test]
    fn any_instant_has_a_session(ms in any::<i64>()) {
        calendar::session(ms);
    }
}
