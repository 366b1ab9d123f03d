//! Who was there, and when: a row per user who is online, four times an hour, and each hour's most. Kept in UTC for
//! ninety days, shown in New York's time.

pub(crate) mod store;

use crate::{app::App, config::Config, presence};
use chassis::Context;
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{America::New_York, Tz};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::debug;

const FIRST: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_secs(15 * 60);
const SLOT_MINUTES: u64 = 15;
const KEPT: TimeDelta = TimeDelta::days(90);
const BUSIEST: usize = 3;
const ZONE: Tz = New_York;

/// One user's week: how often it was seen in each hour of each day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Week {
    /// Hour 0 to 23, day 0 (Sunday) to 6, times seen: 168 of them.
    heatmap_data: Vec<(u32, u32, u64)>,
    total_active_time: ActiveTime,
    days: u32,
}

/// How long somebody was there, as far as quarters of an hour tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ActiveTime {
    hours: u64,
    minutes: u64,
    formatted: String,
}

/// Everybody's hours.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hours {
    data: Vec<Hour>,
    /// The three hours of the day with the most users on average, the fullest first.
    busiest_hours: Vec<Busy>,
    days: u32,
    timezone: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
struct Hour {
    hour_start: String,
    db_hour: u32,
    db_dow: u32,
    user_count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
struct Busy {
    hour: u32,
    avg_users: f64,
}

/// Writes who is online, first after half a minute, then every quarter of an hour.
pub(crate) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    if !app.database.is_configured() {
        return Ok(());
    }
    let closed = ctx.closed();
    let mut ticks = interval_at(Instant::now() + FIRST, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        record(&app, Utc::now()).await;
    }
    Ok(())
}

/// Writes who is online at `now`. What the database does not take is lost: it was true then, not later.
pub(crate) async fn record(app: &App, now: DateTime<Utc>) {
    let users = presence::online(app);
    let recorded = async {
        let mut conn = app.database.get().await.map_err(|error| error.code().to_owned())?;
        store::record(&mut conn, slot(now), hour(now), &users).await.map_err(|error| error.to_string())
    };
    if let Err(error) = recorded.await {
        metrics::counter!("activity_snapshots_lost_total").increment(1);
        debug!(error, "activity not recorded");
    }
}

/// Deletes what is older than ninety days at `now`; how many rows.
///
/// # Errors
/// As every statement.
pub(crate) async fn forget(conn: &mut ::store::Conn, now: DateTime<Utc>) -> Result<u64, ::store::Error> {
    store::forget(conn, now - KEPT).await
}

/// One user's week out of when it was `seen` during the last `days`.
pub(crate) fn week(seen: &[DateTime<Utc>], days: u32) -> Week {
    let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for at in seen {
        let (day, hour) = place(*at);
        *counts.entry((day, hour)).or_default() += 1;
    }
    let cells = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let cells = cells.map(|(day, hour)| (hour, day, counts.get(&(day, hour)).copied().unwrap_or_default()));
    Week { heatmap_data: cells.collect(), total_active_time: ActiveTime::of(seen.len() as u64), days }
}

/// Everybody's hours of `days` out of what was recorded: the start of an hour, and its most users.
pub(crate) fn hours(recorded: &[(DateTime<Utc>, u64)], days: u32) -> Hours {
    let mut by_hour: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    let data = recorded.iter().map(|&(start, user_count)| {
        let (db_dow, db_hour) = place(start);
        let (users, hours) = by_hour.entry(db_hour).or_default();
        (*users, *hours) = (*users + user_count, *hours + 1);
        let hour_start = start.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Hour { hour_start, db_hour, db_dow, user_count }
    });
    let data = data.collect();
    let average = |(hour, (users, hours)): (u32, (u64, u64))| Busy {
        hour,
        avg_users: (users as f64 / hours as f64 * 10.0).round() / 10.0,
    };
    let mut busiest_hours: Vec<_> = by_hour.into_iter().map(average).collect();
    busiest_hours.sort_by(|a, b| b.avg_users.total_cmp(&a.avg_users).then(a.hour.cmp(&b.hour)));
    busiest_hours.truncate(BUSIEST);
    Hours { data, busiest_hours, days, timezone: ZONE.name() }
}

/// The last `days` whole days of New York before the one that `now` is in: from, and up to.
pub(crate) fn whole_days(now: DateTime<Utc>, days: u32) -> (DateTime<Utc>, DateTime<Utc>) {
    let today = now.with_timezone(&ZONE).date_naive();
    let midnight = |date: chrono::NaiveDate| {
        // New York changes its clocks at two: every day has its midnight.
        ZONE.from_local_datetime(&date.and_time(NaiveTime::MIN)).earliest().map_or(now, |at| at.to_utc())
    };
    (midnight(today - Days::new(days.into())), midnight(today))
}

/// Day (0 = Sunday) and hour of `at` in New York.
fn place(at: DateTime<Utc>) -> (u32, u32) {
    let local = at.with_timezone(&ZONE);
    (local.weekday().num_days_from_sunday(), local.hour())
}

/// The quarter of an hour that `at` is in: a user counts once in it, however often the gateway starts.
fn slot(at: DateTime<Utc>) -> DateTime<Utc> {
    floor(at, 60 * SLOT_MINUTES as i64)
}

fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    floor(at, 3600)
}

fn floor(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp().div_euclid(seconds) * seconds, 0).unwrap_or(at)
}

impl ActiveTime {
    /// Of somebody who was seen in so many quarters of an hour.
    pub(crate) fn of(slots: u64) -> Self {
        let minutes = slots * SLOT_MINUTES;
        let (hours, minutes) = (minutes / 60, minutes % 60);
        Self { hours, minutes, formatted: format!("{hours}h {minutes}m") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Worked by hand. In 2026 New York left summer time on Sunday, November 1: 05:59 UTC is 01:59 (UTC−4), 06:00 UTC is
    /// 01:00 (UTC−5) again. It entered it on Sunday, March 8: 06:59 UTC is 01:59 (UTC−5), 07:00 UTC is 03:00 (UTC−4).
    #[test]
    fn hours_are_new_yorks_on_the_days_when_its_clocks_change() {
        assert_eq!(place(at("2026-11-01T05:45:00Z")), (0, 1));
        assert_eq!(place(at("2026-11-01T06:15:00Z")), (0, 1), "the hour that comes twice");
        assert_eq!(place(at("2026-11-01T07:00:00Z")), (0, 2));
        assert_eq!(place(at("2026-03-08T06:45:00Z")), (0, 1));
        assert_eq!(place(at("2026-03-08T07:00:00Z")), (0, 3), "there is no hour 2");
        assert_eq!(place(at("2026-03-08T04:59:00Z")), (6, 23), "still Saturday");
        assert_eq!(place(at("2026-07-01T03:59:00Z")), (2, 23));
    }

    #[test]
    fn a_week_counts_quarters_of_an_hour() {
        let seen =
            ["2026-11-01T05:45:00Z", "2026-11-01T06:15:00Z", "2026-11-08T06:30:00Z", "2026-11-02T14:00:00Z"];
        let week = week(&seen.map(at), 30);
        assert_eq!(week.heatmap_data.len(), 168);
        assert_eq!((week.heatmap_data[0], week.heatmap_data[167]), ((0, 0, 0), (23, 6, 0)));
        let filled: Vec<_> = week.heatmap_data.iter().filter(|(_, _, count)| *count > 0).collect();
        assert_eq!(filled, [&(1, 0, 3), &(9, 1, 1)], "Sunday 01:00 three times, Monday 09:00 once");
        let time = &week.total_active_time;
        assert_eq!((time.hours, time.minutes, time.formatted.as_str()), (1, 0, "1h 0m"));
        assert_eq!(ActiveTime::of(7).formatted, "1h 45m");
    }

    #[test]
    fn the_busiest_hours_are_those_with_the_most_users_on_average() {
        // 09:00 in New York: 4 and 7, 5.5 on average; 01:00 twice on November 1: 1 and 2; 12:00: 5; 13:00: 0.
        let recorded = [
            ("2026-10-30T13:00:00Z", 4),
            ("2026-11-01T05:00:00Z", 1),
            ("2026-11-01T06:00:00Z", 2),
            ("2026-11-02T14:00:00Z", 7),
            ("2026-11-02T17:00:00Z", 5),
            ("2026-11-02T18:00:00Z", 0),
        ];
        let hours = hours(&recorded.map(|(start, count)| (at(start), count)), 7);
        let busiest: Vec<_> = hours.busiest_hours.iter().map(|busy| (busy.hour, busy.avg_users)).collect();
        assert_eq!(busiest, [(9, 5.5), (12, 5.0), (1, 1.5)]);
        let first = &hours.data[0];
        assert_eq!((first.hour_start.as_str(), first.db_hour, first.db_dow), ("2026-10-30T13:00:00Z", 9, 5));
        assert_eq!(hours.timezone, "America/New_York");
    }

    #[test]
    fn whole_days_end_at_the_last_midnight_of_new_york() {
        let (from, to) = whole_days(at("2026-11-03T04:59:00Z"), 2);
        // It is still Monday the 2nd; two days before it began Saturday, in summer time.
        assert_eq!((from, to), (at("2026-10-31T04:00:00Z"), at("2026-11-02T05:00:00Z")));
        let (from, to) = whole_days(at("2026-03-09T04:00:00Z"), 1);
        assert_eq!((from, to), (at("2026-03-08T05:00:00Z"), at("2026-03-09T04:00:00Z")), "a day of 23 hours");
    }

    #[test]
    fn times_fall_into_their_quarter_and_their_hour() {
        assert_eq!(slot(at("2026-11-21T10:44:59.9Z")), at("2026-11-21T10:30:00Z"));
        assert_eq!(slot(at("2026-11-21T10:45:00Z")), at("2026-11-21T10:45:00Z"));
        assert_eq!(hour(at("2026-11-21T10:59:59Z")), at("2026-11-21T10:00:00Z"));
    }
}
