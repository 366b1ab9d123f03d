//! What a message may call its event. Pure.

const MAX_BYTES: usize = 64;
/// Events of the hub's own: nobody else may speak in its name.
const CONTROL: [&str; 8] = [
    "connected",
    "ping",
    "resync",
    "tier_gates",
    "tier_blocked",
    "session_expired",
    "session_revoked",
    "shutdown",
];

/// True when an event may be called `name`: a letter, then letters, digits, `.` and `_`, 64 at most, and not the
/// name of a control event.
pub(crate) fn is_event_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
        && name.len() <= MAX_BYTES
        && !CONTROL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_that_is_not_ours() {
        let long = "a".repeat(MAX_BYTES);
        for good in ["TradeClosed", "log.lifecycle.retired", "x", "algo_alert_2", "Ping", &long] {
            assert!(is_event_name(good), "{good}");
        }
        let longer = "a".repeat(MAX_BYTES + 1);
        for bad in
            ["", "1a", "_a", ".a", "a b", "a\nb", "a:b", "ä", "aä", "connected", "shutdown", "ping", &longer]
        {
            assert!(!is_event_name(bad), "{bad:?}");
        }
    }
}
