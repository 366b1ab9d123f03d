//! `/v2/aggs/ticker/{T}/range/...`: bars of any length, back to the beginning of history.

use super::{
    Answer, Refusal, Request,
    reply::{Result, request_id},
    snapshot::is_stock,
};
use crate::{
    Sim,
    price::{Bar, Listing, Place, STEPS, active_minutes, place, regular_minutes},
};
use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use quant::calendar;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

/// Length of the bars.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    count: i64,
    unit: Unit,
}

/// A bar as it is sent.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    t: i64,
    o: f64,
    h: f64,
    l: f64,
    c: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vw: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    ticker: &'a str,
    query_count: usize,
    results_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjusted: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<Item>,
    status: &'static str,
    #[serde(rename = "request_id")]
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(rename = "next_url", skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
}

/// The bars between two dates or instants.
pub(super) fn range(
    sim: &Sim,
    request: &Request,
    ticker: &str,
    (count, unit): (&str, &str),
    (from, to): (&str, &str),
) -> Result<Answer> {
    let listing = sim.market.listing(ticker).ok_or(Refusal::NotFound)?;
    let span = Span::parse(count, unit)?;
    let from = instant(from, false).ok_or(Refusal::BadParameter("from"))?;
    let to = instant(to, true).ok_or(Refusal::BadParameter("to"))?.min(request.now);
    let limit = request.limit(5000, 50_000)?;
    let descends = request.descends(false)?;
    let reader = Reader { sim, listing, span, now: request.now, from, to, mark: request.mark, descends };
    let (mut bars, read) = reader.read(limit + 1);
    let next_url = bars.get(limit).map(|bar| request.next_url(bar.t));
    bars.truncate(limit);
    let stock = is_stock(listing);
    Ok(Answer::ok(&Body::of(request, ticker, bars, read, stock, next_url)))
}

impl<'a> Body<'a> {
    /// `trades`: whether the bars are made of trades, or of an index's values.
    pub(super) fn of(
        request: &Request,
        ticker: &'a str,
        bars: Vec<Bar>,
        read: usize,
        trades: bool,
        next_url: Option<String>,
    ) -> Self {
        let item = |bar: Bar| Item {
            t: bar.t,
            o: bar.open,
            h: bar.high,
            l: bar.low,
            c: bar.close,
            v: trades.then_some(bar.volume),
            vw: trades.then_some(bar.vwap),
            n: trades.then_some(bar.trades),
        };
        let results: Vec<Item> = bars.into_iter().map(item).collect();
        Self {
            ticker,
            query_count: read,
            results_count: results.len(),
            adjusted: trades.then_some(request.get("adjusted").is_none_or(|text| text != "false")),
            status: "OK",
            request_id: request_id(),
            count: (!results.is_empty()).then_some(results.len()),
            next_url,
            results,
        }
    }
}

struct Reader<'a> {
    sim: &'a Sim,
    listing: &'a Listing,
    span: Span,
    now: i64,
    from: i64,
    to: i64,
    mark: Option<i64>,
    descends: bool,
}

impl Reader<'_> {
    /// Up to `most` bars in order, and how many base bars were read for them.
    fn read(&self, most: usize) -> (Vec<Bar>, usize) {
        let mut bars: Vec<Bar> = Vec::new();
        let mut read = 0;
        let (mut date, last) = self.dates();
        loop {
            let mut base = if date > place(self.now).date { Vec::new() } else { self.base(date) };
            if self.descends {
                base.reverse();
            }
            for bar in base {
                let key = self.span.start(bar.t, date);
                if !self.holds(&bar, key) {
                    continue;
                }
                read += 1;
                let full = bars.len() == most;
                match bars.last_mut().filter(|last| last.t == key) {
                    Some(last) if self.descends => *last = joined(Bar { t: key, ..bar }, last),
                    Some(last) => last.join(&bar),
                    None if full => return (rounded(bars), read - 1),
                    None => bars.push(Bar { t: key, ..bar }),
                }
            }
            if date == last {
                return (rounded(bars), read);
            }
            let step =
                if self.descends { calendar::previous_trading_day } else { calendar::next_trading_day };
            let next = step(date);
            let past = if self.descends { next < last } else { next > last };
            if past {
                return (rounded(bars), read);
            }
            date = next;
        }
    }

    /// First and last date to read, in reading order.
    fn dates(&self) -> (NaiveDate, NaiveDate) {
        let opening = calendar::trading_date(self.span.start(self.from, calendar::trading_date(self.from)));
        let (mut low, mut high) = (opening, calendar::trading_date(self.to).max(opening));
        if let Some(mark) = self.mark.filter(|_| self.span.unit as u8 <= Unit::Hour as u8) {
            let at = calendar::trading_date(mark);
            if self.descends { high = high.min(at) } else { low = low.max(at) }
        } else if let Some(mark) = self.mark.filter(|_| !self.descends) {
            low = low.max(calendar::trading_date(mark));
        }
        // History does not begin earlier; the ledger answers earlier days with nothing.
        let floor = place(self.now).date.checked_sub_days(Days::new(366 * 13)).unwrap_or(low);
        low = low.max(floor);
        if self.descends { (high.max(low), low) } else { (low, high.max(low)) }
    }

    fn holds(&self, bar: &Bar, key: i64) -> bool {
        let from = self.span.start(self.from, calendar::trading_date(self.from));
        let past_mark = self.mark.is_none_or(|mark| if self.descends { key <= mark } else { key >= mark });
        key >= from && bar.t <= self.to && past_mark
    }

    /// The bars that the wanted ones are made of.
    fn base(&self, date: NaiveDate) -> Vec<Bar> {
        let market = &self.sim.market;
        let here = place(self.now);
        let today = date == here.date;
        let active = active_minutes(date);
        match self.span.unit {
            Unit::Day | Unit::Week | Unit::Month => {
                let bar = if !today {
                    market.day_bar(self.listing, date)
                } else if here.minute >= regular_minutes(date).start {
                    Some(market.stats(self.listing, self.now).bar)
                } else {
                    None
                };
                let midnight = calendar::instant(date, NaiveTime::MIN);
                bar.map(|bar| Bar { t: midnight, ..bar }).into_iter().collect()
            }
            Unit::Minute | Unit::Hour => {
                let complete = if today { here.minute } else { active };
                let mut bars = market.minute_bars(self.listing, date, 0..complete);
                if today {
                    bars.push(market.partial_bar(self.listing, here));
                }
                bars
            }
            Unit::Second => {
                let start = crate::price::day_start(date);
                let minute = |ms: i64| usize::try_from((ms - start).max(0) / 60_000).unwrap_or(0);
                let first = minute(self.from.max(self.mark.filter(|_| !self.descends).unwrap_or(self.from)));
                let last = if today { here.minute + 1 } else { active };
                (first..last.min(minute(self.to) + 1)).flat_map(|at| self.seconds(date, at)).collect()
            }
        }
    }

    fn seconds(&self, date: NaiveDate, minute: usize) -> Vec<Bar> {
        let market = &self.sim.market;
        let minute = market.minute(self.listing, Place { date, minute, step: 0 });
        if is_stock(self.listing) {
            return seconds_of_trades(&market.trades(self.listing, &minute), self.now);
        }
        let start = minute.place.ms();
        let seconds = minute.prices.chunks(STEPS / 60).zip(0_i64..);
        seconds
            .filter_map(|(prices, second)| {
                let t = start + second * 1000;
                let mut bar = Bar::point(t, *prices.first()?);
                prices.iter().for_each(|price| bar.price(*price));
                (t <= self.now).then_some(bar)
            })
            .collect()
    }
}

fn seconds_of_trades(trades: &[crate::price::Trade], now: i64) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for trade in trades.iter().filter(|trade| trade.t <= now) {
        let t = trade.t.div_euclid(1000) * 1000;
        if bars.last().is_none_or(|last| last.t != t) {
            bars.push(Bar::point(t, trade.price));
        }
        if let Some(bar) = bars.last_mut() {
            bar.price(trade.price);
            bar.trade(trade.size as f64, trade.price, 1);
        }
    }
    bars
}

fn joined(mut earlier: Bar, later: &Bar) -> Bar {
    earlier.join(later);
    earlier
}

pub(super) fn rounded(mut bars: Vec<Bar>) -> Vec<Bar> {
    for bar in &mut bars {
        bar.vwap = crate::price::four(bar.vwap);
    }
    bars
}

impl Span {
    pub(super) fn parse(count: &str, unit: &str) -> Result<Self> {
        let unit = match unit {
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            _ => return Err(Refusal::BadParameter("timespan")),
        };
        let count: i64 = count.parse().map_err(|_| Refusal::BadParameter("multiplier"))?;
        if (1..=10_000).contains(&count) {
            Ok(Self { count, unit })
        } else {
            Err(Refusal::BadParameter("multiplier"))
        }
    }

    /// Begin of the bar that holds the instant `t` of `date`. Bars within a day are aligned to New York midnight.
    pub(super) fn start(self, t: i64, date: NaiveDate) -> i64 {
        let midnight = |date: NaiveDate| calendar::instant(date, NaiveTime::MIN);
        let within = |length_ms: i64| {
            let (zero, length) = (midnight(date), length_ms * self.count);
            zero + (t - zero).div_euclid(length) * length
        };
        let back = |days: i64| date.checked_sub_days(Days::new(days.unsigned_abs())).unwrap_or(date);
        match self.unit {
            Unit::Second => within(1000),
            Unit::Minute => within(60_000),
            Unit::Hour => within(3_600_000),
            Unit::Day => midnight(back(i64::from(date.num_days_from_ce()).rem_euclid(self.count))),
            Unit::Week => {
                let day = i64::from(date.num_days_from_ce());
                // Day 0 of the common era was a Sunday.
                midnight(back(day.rem_euclid(7 * self.count)))
            }
            Unit::Month => {
                let month = i64::from(date.year()) * 12 + i64::from(date.month0());
                let first = month - month.rem_euclid(self.count);
                let (year, month) =
                    (i32::try_from(first.div_euclid(12)), u32::try_from(first.rem_euclid(12)));
                let start = year.ok().zip(month.ok()).and_then(|(y, m)| NaiveDate::from_ymd_opt(y, m + 1, 1));
                midnight(start.unwrap_or(date))
            }
        }
    }
}

/// `YYYY-MM-DD` in New York (its begin or its end), or Unix milliseconds.
pub(super) fn instant(text: &str, end: bool) -> Option<i64> {
    if let Ok(ms) = text.parse::<i64>() {
        return Some(ms);
    }
    let date: NaiveDate = text.parse().ok()?;
    let from = |date| calendar::instant(date, NaiveTime::MIN);
    Some(if end { from(date.succ_opt()?) - 1 } else { from(date) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_where_new_york_days_do() {
        let date: NaiveDate = "2025-11-21".parse().unwrap();
        let t = calendar::instant(date, NaiveTime::from_hms_opt(10, 37, 12).unwrap());
        let start = |count, unit| calendar::local(Span { count, unit }.start(t, date)).to_string();
        assert_eq!(start(5, Unit::Minute), "2025-11-21 10:35:00");
        assert_eq!(start(4, Unit::Hour), "2025-11-21 08:00:00");
        assert_eq!(start(1, Unit::Day), "2025-11-21 00:00:00");
        assert_eq!(start(1, Unit::Week), "2025-11-16 00:00:00", "a Sunday");
        assert_eq!(start(1, Unit::Month), "2025-11-01 00:00:00");
        assert_eq!(start(3, Unit::Month), "2025-10-01 00:00:00", "a quarter");
    }

    /// The vendor's own sample: 2005-04-01 is 1112331600000.
    #[test]
    fn a_daily_bar_carries_the_vendors_timestamp() {
        assert_eq!(instant("2005-04-01", false), Some(1_112_331_600_000));
        assert_eq!(instant("1112331600000", false), Some(1_112_331_600_000));
        assert_eq!(instant("2005-13-01", false), None);
    }
}
