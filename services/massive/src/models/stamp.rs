//! When a payload was published and how new its newest input is.

use crate::clock::Now;
use chrono::{DateTime, SecondsFormat, Utc};
use wire::{EpochMs, EpochSec};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stamp {
    pub(crate) ts: EpochSec,
    pub(crate) market_ts: EpochSec,
}

impl Stamp {
    /// `input_ms`: exchange time of the newest input, Unix milliseconds.
    pub(crate) fn new(now: &Now, input_ms: i64) -> Self {
        Self { ts: now.ts, market_ts: EpochMs(input_ms).to_sec() }
    }

    /// `ts` as `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    pub(crate) fn iso(&self) -> String {
        let at = DateTime::<Utc>::from_timestamp_millis(EpochMs::from(self.ts).0).unwrap_or_default();
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}
