//! What a chain cycle asks for: which expirations, which strikes, and when a contract is over.

use crate::{clock::Now, config::ChainTerms};
use chrono::{Days, NaiveDate, NaiveTime};
use quant::{
    calendar,
    chain::Settlement,
    moves::{self, StrikeRange},
};

/// When contracts of this kind and date are settled, Unix milliseconds.
pub(crate) fn settles_ms(date: NaiveDate, settlement: Settlement) -> i64 {
    let (hour, minute) = match settlement {
        Settlement::Am => (9, 30),
        Settlement::Pm if calendar::closes_early(date) => (13, 0),
        Settlement::Pm => (16, 0),
    };
    calendar::instant(date, NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN))
}

/// The first expiration that can still be alive: today, or tomorrow when today's are settled.
pub(crate) fn first_alive(now: &Now) -> NaiveDate {
    let is_over = now.market.0 >= settles_ms(now.date, Settlement::Pm);
    if is_over { next(now.date) } else { now.date }
}

/// The day after.
pub(crate) fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(date)
}

/// Asks for the first expiration from `from` on.
pub(crate) fn walk_path(symbol: &str, from: NaiveDate) -> String {
    format!("/v3/snapshot/options/{symbol}?expiration_date.gte={from}&sort=expiration_date&order=asc&limit=1")
}

/// Asks for the contracts of one expiration.
pub(crate) fn list_path(
    symbol: &str,
    expiration: NaiveDate,
    strikes: &StrikeRange,
    page_size: usize,
) -> String {
    format!(
        "/v3/snapshot/options/{symbol}?expiration_date={expiration}&strike_price.gte={}&strike_price.lte={}\
         &limit={page_size}&sort=ticker&order=asc",
        strikes.low, strikes.high
    )
}

/// The strikes to load around `spot`; `None` when there is no sensible spot. `vix` in points.
pub(crate) fn strikes(
    spot: f64,
    vix: Option<f64>,
    today: NaiveDate,
    expiration: NaiveDate,
    terms: &ChainTerms,
) -> Option<StrikeRange> {
    let dte = u32::try_from(calendar::days_to(today, expiration)).unwrap_or(0);
    moves::strike_range(spot, vix, dte, terms.em_multiplier, terms.increment)
}

/// Whether a contract at `strike` is kept.
pub(crate) fn is_kept(strike: f64, terms: &ChainTerms) -> bool {
    let multiple = strike / terms.increment;
    !terms.is_filtered || (multiple - multiple.round()).abs() < 1e-9 * multiple.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, config::ClockSource};
    use wire::EpochMs;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn today_counts_until_its_contracts_are_settled() {
        let clock = Clock::new(ClockSource::System);
        let at = |ms| Now { market: EpochMs(ms), date: day("2025-11-28"), ..clock.now() };
        let early_close = settles_ms(day("2025-11-28"), Settlement::Pm);
        assert_eq!(first_alive(&at(early_close - 1)), day("2025-11-28"));
        assert_eq!(first_alive(&at(early_close)), day("2025-11-29"), "13:00 on the day after Thanksgiving");
        let [am, pm] = [Settlement::Am, Settlement::Pm].map(|kind| settles_ms(day("2025-11-21"), kind));
        assert_eq!(pm - am, (6 * 60 + 30) * 60_000);
    }

    #[test]
    fn a_list_is_asked_for_by_date_and_strikes() {
        let strikes =
            strikes(6000.0, Some(16.0), day("2025-11-21"), day("2025-11-24"), &ChainTerms::of("I:SPX"))
                .unwrap();
        assert_eq!(
            list_path("I:SPX", day("2025-11-24"), &strikes, 250),
            "/v3/snapshot/options/I:SPX?expiration_date=2025-11-24&strike_price.gte=5764&strike_price.lte=6236\
             &limit=250&sort=ticker&order=asc"
        );
    }

    #[test]
    fn a_filter_keeps_multiples_of_the_increment() {
        let ndx = ChainTerms::of("I:NDX");
        assert!(is_kept(25_010.0, &ndx) && !is_kept(25_015.0, &ndx));
        assert!(is_kept(6_002.5, &ChainTerms::of("I:SPX")));
    }
}
