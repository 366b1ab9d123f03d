use serde_json::Value;
use wire::system::Alert;

/// One line for people.
pub(super) fn of(alert: &Alert, node: &str, suppressed: u32) -> String {
    let service = &alert.svc;
    let about = |field: &str| alert.extra.get(field).map(plain).unwrap_or_default();
    let body = match alert.kind.as_str() {
        "heartbeat_miss" => format!(
            "{service} is late: {} s without a beat (limit {} s)",
            alert.late_sec.unwrap_or_default(),
            alert.timeout_sec.unwrap_or_default()
        ),
        "heartbeat_ok" => format!("{service} beats again"),
        "container_die" => format!("{service} died with exit code {}", about("exit_code")),
        "container_oom" => format!("{service} ran out of memory"),
        "container_unhealthy" => format!("{service} fails its health check"),
        "container_healthy" => format!("{service} passes its health check again"),
        "crash_loop" => {
            format!("{service} dies again and again: {} deaths ({})", about("deaths"), about("cause"))
        }
        "quarantined" => {
            format!("{service} is quarantined after {} deaths ({})", about("deaths"), about("cause"))
        }
        "job_failed" => format!("{service} failed with exit code {}", about("exit_code")),
        "heal_result" if alert.extra.get("ok") == Some(&Value::Bool(true)) => {
            format!(
                "{service} healed: {} attempt {} took {} s",
                about("action"),
                about("attempt"),
                about("took_sec")
            )
        }
        "heal_result" => {
            format!(
                "{service} not healed: {} attempt {}: {}",
                about("action"),
                about("attempt"),
                about("error")
            )
        }
        "heal_exhausted" => {
            format!("{service} is given up after {} attempts {}", about("attempts"), about("error"))
        }
        "fleet_miss" => format!("{} services late at once: {}", about("count"), about("services")),
        "redis_down" => "system-redis is away: nobody's beat is heard".into(),
        "redis_ok" => "system-redis is back".into(),
        "docker_down" => "the Docker engine is away: nothing can be healed".into(),
        "docker_ok" => "the Docker engine is back".into(),
        "truth_missing" => "truth:doc is absent from system-redis".into(),
        "truth_ok" => "truth:doc is back".into(),
        kind => format!("{service}: {kind}"),
    };
    let reason = alert.reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
    let repeat = if alert.repeat == Some(true) { ", as before healer's restart" } else { "" };
    let more = if suppressed > 0 { format!(" ({suppressed} earlier not told)") } else { String::new() };
    format!("{}{reason}{repeat} [{node}]{more}", body.trim_end())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn a_miss_names_service_silence_limit_reason_and_node() {
        let mut miss = alert::miss("vigil", Duration::from_millis(30_800), Duration::from_secs(30), false);
        miss.reason = Some("operator_stop".into());
        assert_eq!(
            of(&miss, "desk", 2),
            "vigil is late: 30.8 s without a beat (limit 30 s), operator_stop [desk] (2 earlier not told)"
        );
    }

    #[test]
    fn a_result_names_what_was_done() {
        let mut result = alert::new("heal_result", "vigil");
        result.extra = json!({"action": "restart", "attempt": 1, "ok": true, "took_sec": 3.2})
            .as_object()
            .unwrap()
            .clone();
        assert_eq!(of(&result, "desk", 0), "vigil healed: restart attempt 1 took 3.2 s [desk]");
    }
}
