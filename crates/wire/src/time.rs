//! Instants on the wire. Seconds are the fleet's unit; milliseconds appear only where a contract names them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Unix seconds with millisecond resolution. Whole seconds are written as an integer.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number"))]
pub struct EpochSec(f64);

/// Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct EpochMs(pub i64);

impl EpochSec {
    /// From seconds, rounded to milliseconds. A value that is not finite becomes 0.
    pub fn new(seconds: f64) -> Self {
        if seconds.is_finite() { Self((seconds * 1000.0).round() / 1000.0) } else { Self(0.0) }
    }

    /// Seconds since the epoch.
    pub const fn seconds(self) -> f64 {
        self.0
    }

    /// The same instant without its fraction.
    #[must_use]
    pub fn whole(self) -> Self {
        Self(self.0.floor())
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> f64 {
        self.0 - earlier.0
    }
}

impl EpochMs {
    /// The same instant in seconds.
    pub fn to_sec(self) -> EpochSec {
        EpochSec(self.0 as f64 / 1000.0)
    }
}

impl From<EpochSec> for EpochMs {
    fn from(at: EpochSec) -> Self {
        Self((at.0 * 1000.0).round() as i64)
    }
}

impl From<SystemTime> for EpochSec {
    fn from(at: SystemTime) -> Self {
        Self::new(at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64())
    }
}

impl Serialize for EpochSec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for EpochSec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_written_as_integers() {
        let written = |seconds| serde_json::to_string(&EpochSec::new(seconds)).unwrap();
        assert_eq!(written(1_790_000_155.0), "1790000155");
        assert_eq!(written(1_790_000_123.204_4), "1790000123.204");
    }

    #[test]
    fn an_instant_survives_the_wire() {
        let at: EpochSec = serde_json::from_str("1790000123.204").unwrap();
        assert_eq!(at, EpochSec::new(1_790_000_123.204));
        assert_eq!(EpochMs::from(at), EpochMs(1_790_000_123_204));
        assert_eq!(EpochMs(1_790_000_123_204).to_sec(), at);
    }
}
