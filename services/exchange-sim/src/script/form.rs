//! How a fault is asked for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// TCP reset.
    WsDrop,
    /// Clean close with `args.code` and `args.reason`.
    WsClose,
    /// `max_connections`, then 1008, on the next `count` connections.
    WsPolicy,
    /// Every key is refused.
    WsAuthFail,
    /// `auth` is never answered.
    WsAuthSilent,
    /// `connected` is never sent.
    WsConnectSilent,
    /// Nothing is sent, the connection stays open.
    WsStall,
    /// Pings are ignored.
    WsNoPong,
    /// Events are discarded.
    WsGap,
    /// Events are repeated.
    WsDup,
    /// Events are shuffled within 50.
    WsReorder,
    /// Events are delayed by `args.ms`.
    WsLate,
    /// Frames are damaged as `args.kind` says.
    WsMalformed,
    /// `args.eps` further events per second.
    WsBurst,
    /// Subscriptions are not confirmed.
    WsUnconfirmed,
    /// `args.ms` before the first byte, `args.drip` bytes per second.
    RestSlow,
    /// `args.code`, `args.html`, `args.retry_after`.
    RestStatus,
    /// 429 after `args.per_min` requests.
    #[serde(rename = "rest_429")]
    Rest429,
    /// `status: "ERROR"` with HTTP 200.
    #[serde(rename = "rest_200_error")]
    Rest200Error,
    /// Bodies are damaged as `args.kind` says.
    RestMalformed,
    /// `next_url` repeats itself.
    RestPageLoop,
    /// A middle page is dropped.
    RestPageMissing,
    /// `args.share` of the contracts come without what `args.what` lists: `greeks`, `iv`, `quote`, `oi`.
    RestHole,
    /// The clock moves by `args.s`.
    ClockJump,
    /// One wrong value, by factor `args.x`.
    SpotSpike,
}

impl FaultKind {
    pub(super) fn acts_once(self) -> bool {
        matches!(self, Self::WsDrop | Self::WsClose | Self::ClockJump)
    }

    pub(super) fn spoils_events(self) -> bool {
        matches!(self, Self::WsGap | Self::WsDup | Self::WsReorder | Self::WsLate | Self::WsMalformed)
    }
}

/// A fault as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultForm {
    /// What goes wrong.
    #[serde(rename = "type")]
    pub kind: FaultKind,
    /// Prefix of the path it concerns; all when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// Ticker it concerns; all when absent.
    #[serde(default)]
    pub ticker: Option<String>,
    /// Share of events, frames or requests, 0 to 1.
    #[serde(default = "one")]
    pub rate: f64,
    /// How often at most.
    #[serde(default)]
    pub count: Option<u32>,
    /// Seconds until it begins.
    #[serde(default)]
    pub after_s: f64,
    /// Seconds it lasts; until lifted when absent.
    #[serde(default)]
    pub for_s: Option<f64>,
    /// What its kind needs.
    #[serde(default)]
    pub args: Map<String, Value>,
}

/// A fault that makes no sense; the text names field and expectation.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{field}: expected {expected}")]
pub struct Senseless {
    field: &'static str,
    expected: &'static str,
}

const FRAMES: [&str; 16] = [
    "truncated",
    "not_array",
    "nan",
    "string_number",
    "missing_field",
    "unknown_ev",
    "deep",
    "binary",
    "huge",
    "bad_utf8",
    "crossed",
    "bad_ticker",
    "foreign_ticker",
    "time_seconds",
    "time_nanoseconds",
    "time_zero",
];
const BODIES: [&str; 7] =
    ["truncated", "html", "wrong_type", "empty", "null_fields", "extra_fields", "out_of_range"];
/// What contracts can come without.
pub const HOLES: [&str; 4] = ["greeks", "iv", "quote", "oi"];
const LONGEST_SEC: f64 = 86_400.0;

impl FaultForm {
    /// A number among the arguments.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.args.get(name).and_then(Value::as_f64)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Result<(), Senseless> {
        let require =
            |holds: bool, field, expected| if holds { Ok(()) } else { Err(Senseless { field, expected }) };
        let within = |name: &str, range: std::ops::RangeInclusive<f64>| {
            self.number(name).is_some_and(|number| range.contains(&number))
        };
        let one_of = |names: &[&str]| {
            self.args.get("kind").and_then(Value::as_str).is_some_and(|k| names.contains(&k))
        };
        require((0.0..=1.0).contains(&self.rate), "rate", "0 to 1")?;
        require((0.0..=LONGEST_SEC).contains(&self.after_s), "after_s", "0 to 86400")?;
        require(self.for_s.is_none_or(|s| (0.0..=LONGEST_SEC).contains(&s)), "for_s", "0 to 86400")?;
        match self.kind {
            FaultKind::WsClose => require(within("code", 1000.0..=4999.0), "args.code", "a close code"),
            FaultKind::WsLate => require(within("ms", 0.0..=600_000.0), "args.ms", "0 to 600000"),
            FaultKind::WsMalformed => require(one_of(&FRAMES), "args.kind", "a known kind of frame"),
            FaultKind::WsBurst => require(within("eps", 1.0..=300_000.0), "args.eps", "1 to 300000"),
            FaultKind::RestStatus => require(within("code", 400.0..=599.0), "args.code", "400 to 599"),
            FaultKind::RestMalformed => require(one_of(&BODIES), "args.kind", "a known kind of body"),
            FaultKind::RestHole => {
                let share = self.args.get("share").is_none() || within("share", 0.0..=1.0);
                require(share, "args.share", "0 to 1")?;
                let known = |what: &Value| what.as_str().is_some_and(|what| HOLES.contains(&what));
                let what = self.args.get("what");
                let all_known = |what: &Value| what.as_array().is_some_and(|list| list.iter().all(known));
                require(what.is_none_or(all_known), "args.what", "a list of greeks, iv, quote, oi")
            }
            FaultKind::ClockJump => require(within("s", -1e8..=1e8), "args.s", "seconds"),
            FaultKind::SpotSpike => require(within("x", 1e-3..=1e3), "args.x", "a factor"),
            _ => Ok(()),
        }
    }
}

fn one() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_that_makes_no_sense_is_named() {
        for (fault, field) in [
            (json!({"type": "ws_burst", "args": {"eps": 500_000}}), "args.eps"),
            (json!({"type": "ws_dup", "rate": 2}), "rate"),
            (json!({"type": "ws_malformed", "args": {"kind": "odd"}}), "args.kind"),
            (json!({"type": "clock_jump"}), "args.s"),
            (json!({"type": "rest_hole", "args": {"share": 2}}), "args.share"),
            (json!({"type": "rest_hole", "args": {"what": ["name"]}}), "args.what"),
        ] {
            let form: FaultForm = serde_json::from_value(fault).unwrap();
            assert_eq!(form.check().unwrap_err().field, field);
        }
        assert!(serde_json::from_value::<FaultForm>(json!({"type": "ws_unheard_of"})).is_err());
        assert!(serde_json::from_value::<FaultForm>(json!({"type": "ws_dup", "ratio": 1})).is_err());
    }
}
