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

        impl From<$name> for usize {
            fn from(count: $name) -> Self {
                count as Self
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
        LastFrameTs = "last_frame_ts", Unconfirmed = "unconfirmed", Dormant = "ws_dormant",
    }
}

counts! {
    /// What is counted of prices and of the REST interface.
    Spot {
        Updates = "updates", RestCalls = "rest_calls", RestErrors = "rest_errors", Timeouts = "timeouts",
        Stale = "stale", PageLoop = "page_loop", Pages = "pages", RateLimited = "rate_limited",
        FieldErrors = "field_errors", JumpsHeld = "jumps_held", RedisTimeout = "redis_timeout",
        RedisErrors = "redis_errors", DroppedEntries = "dropped_entries",
        CaptureDropped = "capture_dropped",
    }
}

counts! {
    /// What is counted of chain cycles.
    Chain {
        Cycles = "cycles", Pages = "pages", Contracts = "contracts", LatencyLastMs = "latency_last_ms",
        LatencyP95Ms = "latency_p95_ms", Partial = "partial", Empty = "empty", Errors = "errors",
        PageLoop = "page_loop", TickerMismatch = "ticker_mismatch", Duplicates = "duplicates",
        Dropped = "dropped", NoSpot = "no_spot", Walks = "walks", Geometries = "geometries",
        Listed = "listed", Subscribed = "subscribed",
    }
}

/// Counters of one kind, by the kind's own order.
#[derive(Debug)]
pub(crate) struct Counts<const N: usize>([AtomicU64; N]);

/// Counters of one path.
pub(crate) type WireCounts = Counts<{ Wire::ALL.len() }>;
/// Counters of prices and REST.
pub(crate) type SpotCounts = Counts<{ Spot::ALL.len() }>;
/// Counters of chain cycles.
pub(crate) type ChainCounts = Counts<{ Chain::ALL.len() }>;

impl<const N: usize> Counts<N> {
    pub(crate) fn add(&self, count: impl Into<usize>, by: u64) {
        if by > 0 {
            self.0[count.into()].fetch_add(by, Ordering::Relaxed);
        }
    }

    pub(crate) fn set(&self, count: impl Into<usize>, value: u64) {
        self.0[count.into()].store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, count: impl Into<usize>) -> u64 {
        self.0[count.into()].load(Ordering::Relaxed)
    }
}

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_n| AtomicU64::new(0)))
    }
}

/// Every counter of the process.
#[derive(Debug, Default)]
pub(crate) struct Analytics {
    wires: [WireCounts; Path::ALL.len()],
    pub(crate) spot: SpotCounts,
    pub(crate) chain: ChainCounts,
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

    /// The fields of `massive:chain:analytics`.
    pub(crate) fn chain_fields(&self) -> BTreeMap<String, Value> {
        Chain::ALL.iter().map(|&count| (count.name().to_owned(), json!(self.chain.get(count)))).collect()
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
        assert_eq!(fields.len(), Wire::ALL.len() * 3);
        assert_eq!(fields["stocks_dup"], 2);
        assert_eq!(fields["indices_dup"], 0);
        assert_eq!(fields["stocks_last_frame_ts"], 1_763_737_262.104);
        assert_eq!(fields["indices_last_frame_ts"], Value::Null);
    }
}
