//! market-redis: the economic calendar. Which releases are due, and what they brought.

use crate::{BusId::Market, Channel, EpochSec, Key};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);

/// Releases of the coming days; written anew every morning and at each change.
pub const SCHEDULE: Key<Schedule> =
    Key::new(Market, "massive:econ:schedule:rolling:v1").living(DAY.saturating_mul(10));
/// Tells that an indicator, its rule or a result changed.
pub const REFRESH: Channel<Refresh> = Channel::new(Market, "vexy:econ-indicators:refresh");

/// What the release of `indicator` on `date` (New York, `YYYY-MM-DD`) brought.
pub fn result(date: &str, indicator: &str) -> Key<Outcome> {
    Key::of(Market, format!("massive:econ:result:{date}:{indicator}")).living(DAY.saturating_mul(7))
}

/// [`SCHEDULE`]. Dates are New York's, `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Schedule {
    /// 1.
    pub schema_version: u32,
    /// First day.
    pub window_start: String,
    /// Last day, included.
    pub window_end: String,
    /// When it was made, ISO 8601, UTC.
    pub generated_at: String,
    /// Active indicators it was made from.
    pub indicator_count: usize,
    /// Days with releases.
    pub days: BTreeMap<String, Day>,
}

/// One day of a [`Schedule`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Day {
    /// By time, those without one last; then by rating, the highest first.
    pub events: Vec<Event>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Event {
    /// `cpi`.
    pub indicator_key: String,
    /// For people.
    pub name: String,
    /// New York time, `HH:MM`; `None` when it is not fixed.
    pub time_et: Option<String>,
    /// 1 to 10.
    pub rating: u8,
    /// What the rating means.
    pub tier: Tier,
    /// What it brought; only in answers of the gateway, and only once it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub result: Option<Outcome>,
}

/// How much a release can move the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Rated below 5.
    Low,
    /// 5 and 6.
    Medium,
    /// 7 and 8.
    High,
    /// 9 and 10.
    Critical,
}

/// [`result`]. Figures as they were entered: `0.3%`, `1,250K`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Outcome {
    /// What was released.
    pub actual: String,
    /// What was expected; `None` when nobody said.
    pub expected: Option<String>,
    /// How the two compare.
    pub status: Verdict,
}

/// How a figure compares with the one expected, by number; not whether that is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Above.
    Beat,
    /// Below.
    Missed,
    /// Equal, or not to be compared.
    Met,
}

/// [`REFRESH`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// The indicator that changed; `None`: any may have.
    pub indicator_key: Option<String>,
    /// When.
    pub ts: EpochSec,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_reads_and_writes_as_agreed() {
        let text = concat!(
            r#"{"schema_version":1,"window_start":"2027-03-08","window_end":"2027-03-21","#,
            r#""generated_at":"2027-03-08T09:00:00.000Z","indicator_count":43,"#,
            r#""days":{"2027-03-10":{"events":[{"indicator_key":"cpi","name":"CPI","time_et":"08:30","#,
            r#""rating":9,"tier":"critical"},{"indicator_key":"beige_book","name":"Beige Book","time_et":null,"#,
            r#""rating":5,"tier":"medium","result":{"actual":"0.4%","expected":"0.3%","status":"beat"}}]}}}"#,
        );
        let schedule: Schedule = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
        assert_eq!(SCHEDULE.ttl, Some(Duration::from_secs(864_000)));
        let result = result("2027-03-10", "cpi");
        assert_eq!((&*result.name, result.ttl), ("massive:econ:result:2027-03-10:cpi", Some(DAY * 7)));
    }
}
