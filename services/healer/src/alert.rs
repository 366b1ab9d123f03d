//! How alerts are made: kinds and severities.

use serde_json::{Map, json};
use std::time::Duration;
use wire::system::Alert;

/// An alert of `kind` about `service`; its instant and id come when it is told.
pub(crate) fn new(kind: &str, service: &str) -> Alert {
    Alert {
        kind: kind.to_owned(),
        svc: service.to_owned(),
        severity: Some(severity(kind).to_owned()),
        ..Alert::default()
    }
}

pub(crate) fn miss(service: &str, silence: Duration, timeout: Duration, is_repeat: bool) -> Alert {
    Alert {
        late_sec: Some(tenths(silence)),
        timeout_sec: Some(timeout.as_secs_f64()),
        repeat: is_repeat.then_some(true),
        ..new("heartbeat_miss", service)
    }
}

pub(crate) fn back(service: &str, age_sec: f64) -> Alert {
    Alert { age_sec: Some((age_sec.max(0.0) * 10.0).round() / 10.0), ..new("heartbeat_ok", service) }
}

/// A label that nobody understands must not pass in silence.
pub(crate) fn label_fault(service: &str, label: &str) -> Alert {
    let extra = Map::from_iter([(
        "error".to_owned(),
        json!(format!("label {label} not understood, nothing is healed")),
    )]);
    Alert { extra, ..new("heal_exhausted", service) }
}

/// True for the kinds that `health:<svc>` holds.
pub(crate) fn is_health(kind: &str) -> bool {
    matches!(kind, "heartbeat_miss" | "heartbeat_ok" | "healer_miss" | "healer_ok")
}

fn severity(kind: &str) -> &'static str {
    match kind {
        "crash_loop" | "quarantined" | "job_failed" | "heal_exhausted" | "redis_down" | "docker_down"
        | "truth_missing" | "fleet_miss" => "critical",
        "heartbeat_miss" | "container_die" | "container_oom" | "container_unhealthy" => "warning",
        _ => "info",
    }
}

/// Seconds with one decimal.
pub(crate) fn tenths(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::EpochSec;

    #[test]
    fn a_miss_and_a_recovery_are_as_the_contract_shows_them() {
        let told = |alert: Alert| {
            let alert = Alert { severity: None, ts: EpochSec::new(1_790_000_155.0), ..alert };
            serde_json::to_string(&alert).unwrap()
        };
        let late = miss("vigil", Duration::from_millis(30_812), Duration::from_secs(30), false);
        assert_eq!(
            told(late),
            r#"{"type":"heartbeat_miss","svc":"vigil","late_sec":30.8,"timeout_sec":30.0,"ts":1790000155}"#
        );
        assert_eq!(
            told(back("vigil", 0.41)),
            r#"{"type":"heartbeat_ok","svc":"vigil","age_sec":0.4,"ts":1790000155}"#
        );
        assert_eq!(back("vigil", -3600.0).age_sec, Some(0.0), "a clock that jumped");
    }
}
