//! Counters that never reset while the process lives, and what `massive:*:analytics` shows of them.

use crate::symbols::Path;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

macro_rules! counts {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),* }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

counts! {
    /// What is counted on one WebSocket path.
    Wire {
        Frames = "frames", Bytes = "bytes", Events = "events", DecodeErrors = "decode_errors",
        UnknownEv = "unknown_ev", MissingField = "missing_field", BadPrice = "bad_price", BadTime = "bad_time",
        Crossed = "crossed", Late = "late", Dup = "dup", GeometryMiss = "geometry_miss",
        ParseFail = "parse_fail", UnknownSymbol = "unknown_symbol",
        BackpressureDropped = "backpressure_dropped", Reconnects = "reconnects", Connected = "connected",
        LastFrameTs = "last_frame_ts", Unconfirmed = "unconfirmed",
    }
}

counts! {
    /// What is counted of prices and of the REST interface.
    Spot {
        Updates = "updates", RestCalls = "rest_calls", RestErrors = "rest_errors", Timeouts = "timeouts",
        Stale = "stale", PageLoop = "page_loop", Pages = "pages", RateLimited = "rate_limited",
        FieldErrors = "field_errors", JumpsHeld = "jumps_held", RedisTimeout = "redis_timeout",
        RedisErrors = "redis_errors", DroppedEntries = "dropped_entries",
    }
}

/// Counters of one path.
#[derive(Debug)]
pub(crate) struct WireCounts([AtomicU64; Wire::ALL.len()]);

/// Counters of the rest.
#[derive(Debug)]
pub(crate) struct SpotCounts([AtomicU64; Spot::ALL.len()]);

impl WireCounts {
    pub(crate) fn add(&self, count: Wire, by: u64) {
        if by > 0 {
            self.0[count as usize].fetch_add(by, Ordering::Relaxed);
        }
    }

    pub(crate) fn set(&self, count: Wire, value: u64) {
        self.0[count as usize].store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, count: Wire) -> u64 {
        self.0[count as usize].load(Ordering::Relaxed)
    }
}

impl SpotCounts {
    pub(crate) fn add(&self, count: Spot, by: u64) {
        if by > 0 {
            self.0[count as usize].fetch_add(by, Ordering::Relaxed);
        }
    }

    pub(crate) fn set(&self, count: Spot, value: u64) {
        self.0[count as usize].store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, count: Spot) -> u64 {
        self.0[count as usize].load(Ordering::Relaxed)
    }
}

/// Every counter of the process.
#[derive(Debug)]
pub(crate) struct Analytics {
    wires: [WireCounts; Path::ALL.len()],
    pub(crate) spot: SpotCounts,
}

impl Default for Analytics {
    fn default() -> Self {
        Self {
            wires: Path::ALL.map(|_path| WireCounts(std::array::from_fn(|_n| AtomicU64::new(0)))),
            spot: SpotCounts(std::array::from_fn(|_n| AtomicU64::new(0))),
        }
    }
}

impl Analytics {
    pub(crate) fn wire(&self, path: Path) -> &WireCounts {
        &self.wires[path.index()]
    }

    /// The fields of `massive:ws:analytics`.
    pub(crate) fn ws_fields(&self) -> BTreeMap<String, Value> {
        let mut fields = BTreeMap::new();
        for path in Path::ALL {
            for &count in Wire::ALL {
                let value = self.wire(path).get(count);
                let value = match count {
                    Wire::LastFrameTs if value == 0 => Value::Null,
                    Wire::LastFrameTs => json!(value as f64 / 1000.0),
                    _ => json!(value),
                };
                fields.insert(format!("{}_{}", path.label(), count.name()), value);
            }
        }
        fields
    }

    /// The counters among the fields of `massive:spot:analytics`.
    pub(crate) fn spot_fields(&self) -> BTreeMap<String, Value> {
        Spot::ALL.iter().map(|&count| (count.name().to_owned(), json!(self.spot.get(count)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_shows_every_counter() {
        let analytics = Analytics::default();
        analytics.wire(Path::Stocks).add(Wire::Dup, 2);
        analytics.wire(Path::Stocks).set(Wire::LastFrameTs, 1_763_737_262_104);
        let fields = analytics.ws_fields();
        assert_eq!(fields.len(), Wire::ALL.len() * 2);
        assert_eq!(fields["stocks_dup"], 2);
        assert_eq!(fields["indices_dup"], 0);
        assert_eq!(fields["stocks_last_frame_ts"], 1_763_737_262.104);
        assert_eq!(fields["indices_last_frame_ts"], Value::Null);
    }
}
