//! The market itself: its laws, and that every view of it agrees.

use chrono::NaiveDate;
use exchange_sim::{Config, price::*};
use proptest::prelude::*;
use quant::calendar;

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, 21).unwrap()
}

fn market(seed: u64) -> Market {
    let config = Config { seed, date: Some(first()), ..Config::default() };
    Market::new(&config, first())
}

fn days(count: usize) -> Vec<NaiveDate> {
    std::iter::successors(Some(first()), |date| Some(calendar::next_trading_day(*date))).take(count).collect()
}

/// Log returns from minute to minute of the regular session.
fn returns(market: &Market, ticker: &str, days: &[NaiveDate]) -> Vec<f64> {
    let listing = market.listing(ticker).unwrap();
    let mut found = Vec::new();
    for day in days {
        let bars = market.minute_bars(listing, *day, regular_minutes(*day));
        found.extend(bars.iter().map(|bar| (bar.close / bar.open).ln()));
    }
    found
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

#[test]
fn start_values_hold_at_the_start() {
    let market = market(1);
    let start = Place { date: first(), minute: 325, step: 0 }.ms();
    for (ticker, value) in
        [("I:SPX", 6600.0), ("I:NDX", 24_500.0), ("I:RUT", 2400.0), ("I:XSP", 660.0), ("AAPL", 270.0)]
    {
        assert_eq!(market.value(market.listing(ticker).unwrap(), start), value, "{ticker}");
    }
    let vix = market.value(market.listing("I:VIX").unwrap(), start);
    assert!((vix - 17.0).abs() < 0.05, "{vix}");
}

#[test]
fn given_start_values_are_kept() {
    let spots = [("I:SPX".to_owned(), 6000.0), ("I:VIX".to_owned(), 25.0)].into();
    let market = Market::new(&Config { date: Some(first()), spots, ..Config::default() }, first());
    let start = Place { date: first(), minute: 325, step: 0 }.ms();
    assert_eq!(market.value(market.listing("I:SPX").unwrap(), start), 6000.0);
    assert!((market.value(market.listing("I:VIX").unwrap(), start) - 25.0).abs() < 0.1);
}

/// 40 days: the standard error of a volatility from 15,600 returns is below 1 %; the variance itself wanders.
#[test]
fn volatility_beta_and_correlation_are_those_asked_for() {
    let market = market(5);
    let days = days(40);
    let spx = returns(&market, "I:SPX", &days);
    let own = covariance(&spx, &spx);
    let yearly = (own * 252.0 * 390.0).sqrt();
    let expected =
        days.iter().map(|day| market.variance(Place { date: *day, minute: 330, step: 0 }.ms())).sum::<f64>()
            / 40.0;
    assert!((yearly / expected.sqrt() - 1.0).abs() < 0.08, "{yearly} against {}", expected.sqrt());
    for (ticker, beta, correlation) in
        [("I:NDX", 1.25, 0.92), ("I:RUT", 1.15, 0.85), ("TSLA", 1.9, 0.5), ("MSFT", 0.8, 0.7)]
    {
        let other = returns(&market, ticker, &days);
        let shared = covariance(&spx, &other);
        assert!((shared / own - beta).abs() < 0.1, "{ticker}: beta {}", shared / own);
        let found = shared / (own * covariance(&other, &other)).sqrt();
        assert!((found - correlation).abs() < 0.06, "{ticker}: correlation {found}");
    }
    let vix = returns(&market, "I:VIX", &days);
    let leverage = covariance(&spx, &vix) / (own * covariance(&vix, &vix)).sqrt();
    assert!((leverage + 0.75).abs() < 0.08, "{leverage}");
}

#[test]
fn funds_follow_their_index_to_the_cent() {
    let market = market(3);
    let ms = Place { date: first(), minute: 400, step: 17 }.ms();
    let value = |ticker| market.value(market.listing(ticker).unwrap(), ms);
    assert!((value("I:XSP") - value("I:SPX") / 10.0).abs() < 0.006);
    assert!((value("SPY") - value("I:SPX") / 10.0 * 0.9997).abs() < 0.006);
    assert!((value("QQQ") - value("I:NDX") / 41.0 * 0.9997).abs() < 0.006);
}

#[test]
fn nights_and_weekends_join_neighbouring_days() {
    let market = market(1);
    let spx = market.listing("I:SPX").unwrap();
    for pair in days(60).windows(2) {
        let end = market.minute_bars(spx, pair[0], active_minutes(pair[0]) - 1..active_minutes(pair[0]))[0];
        let start = market.minute_bars(spx, pair[1], 0..1)[0];
        let gap = (start.open / end.close).ln().abs();
        assert!(gap < 0.35 * 0.02 * 4.0, "{} {gap}", pair[1]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A bar made of the minute, and a bar made of its steps, trades and quotes.
    #[test]
    fn every_view_of_a_minute_agrees(seed in 0_u64..50, day in -400_i64..400, minute in 0_usize..960, which in 0_usize..17) {
        let market = market(seed);
        let date = calendar::previous_trading_day(first() + chrono::TimeDelta::days(day));
        prop_assume!(minute < active_minutes(date));
        let listing = &market.listings()[which];
        let bar = market.minute_bars(listing, date, minute..minute + 1)[0];
        let detail = market.minute(listing, Place { date, minute, step: 0 });
        let high = detail.prices.iter().copied().fold(f64::MIN, f64::max);
        let low = detail.prices.iter().copied().fold(f64::MAX, f64::min);
        prop_assert_eq!((bar.open, bar.close), (detail.prices[0], detail.prices[STEPS - 1]));
        prop_assert_eq!((bar.high, bar.low), (high, low));
        prop_assert!(bar.low > 0.0 && bar.low <= bar.open && bar.open <= bar.high);
        if listing.kind == Kind::Stock {
            let trades = market.trades(listing, &detail);
            prop_assert_eq!(trades.len() as u64, bar.trades);
            prop_assert_eq!(trades.iter().map(|trade| trade.size as f64).sum::<f64>(), bar.volume);
            prop_assert!(trades.iter().all(|trade| trade.size > 0 && (low..=high).contains(&trade.price)));
            prop_assert!(trades.is_sorted_by(|a, b| a.sequence < b.sequence && a.t <= b.t));
            let quotes = market.quotes(listing, &detail);
            prop_assert!(quotes.iter().all(|quote| quote.bid < quote.ask && quote.bid_size > 0));
            for trade in &trades {
                let quote = quotes.iter().rfind(|quote| quote.t <= trade.t).unwrap();
                prop_assert!(trade.price == quote.bid || trade.price == quote.ask, "{:?} {:?}", trade, quote);
            }
        }
    }

    /// Asking in another order, or for other things first, changes nothing.
    #[test]
    fn an_instant_has_one_price(seed in 0_u64..20, a in 0_i64..900, b in -900_i64..0) {
        let at = |days: i64| Place { date: calendar::next_trading_day(first() + chrono::TimeDelta::days(days)), minute: 500, step: 7 }.ms();
        let (one, other) = (market(seed), market(seed));
        let spy = |market: &Market, ms| market.value(market.listing("SPY").unwrap(), ms);
        let forward = (spy(&one, at(a)), spy(&one, at(b)));
        let backward = (spy(&other, at(b)), spy(&other, at(a)));
        prop_assert_eq!(forward, (backward.1, backward.0));
    }
}
