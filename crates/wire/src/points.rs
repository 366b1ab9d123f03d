//! Strikes and widths on the wire: exact, ordered as numbers, written as the shortest decimal.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// A strike or a width in thousandths of a point. As text and as a JSON key: `6600`, `447.5`, `129.78`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Points(pub u32);

/// The text is no amount of points: expected a decimal from 0 to 4294967 with at most three places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPoints(pub String);

impl Points {
    /// The nearest thousandth; `None` outside of what a ticker can hold.
    pub fn new(points: f64) -> Option<Self> {
        let milli = (points * 1000.0).round();
        (0.0..=f64::from(u32::MAX)).contains(&milli).then_some(Self(milli as u32))
    }

    /// In points.
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, milli) = (self.0 / 1000, self.0 % 1000);
        match milli {
            0 => write!(f, "{whole}"),
            milli if milli % 100 == 0 => write!(f, "{whole}.{}", milli / 100),
            milli if milli % 10 == 0 => write!(f, "{whole}.{:02}", milli / 10),
            milli => write!(f, "{whole}.{milli:03}"),
        }
    }
}

impl FromStr for Points {
    type Err = NotPoints;

    fn from_str(text: &str) -> Result<Self, NotPoints> {
        parse(text).ok_or_else(|| NotPoints(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Points> {
    let (whole, milli) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(milli) || milli.len() > 3 {
        return None;
    }
    let scale = [100, 10, 1][milli.len() - 1];
    let whole: u32 = whole.parse().ok()?;
    whole.checked_mul(1000)?.checked_add(milli.parse::<u32>().ok()? * scale).map(Points)
}

impl fmt::Display for NotPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: expected points like 6600 or 447.5", self.0)
    }
}

impl std::error::Error for NotPoints {}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn points_are_written_short_and_ordered_as_numbers() {
        let map: BTreeMap<Points, f64> =
            [10_000.0, 447.5, 129.78, 0.125, 6600.0].map(|k| (Points::new(k).unwrap(), k)).into();
        let json = serde_json::to_string(&map).unwrap();
        assert_eq!(json, r#"{"0.125":0.125,"129.78":129.78,"447.5":447.5,"6600":6600.0,"10000":10000.0}"#);
        assert_eq!(serde_json::from_str::<BTreeMap<Points, f64>>(&json).unwrap(), map);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "1.2345", "1e3", "4294968", "NaN"] {
            assert!(text.parse::<Points>().is_err(), "{text}");
        }
        assert_eq!(Points::new(-1.0), None);
        assert_eq!(Points::new(f64::NAN), None);
    }
}
