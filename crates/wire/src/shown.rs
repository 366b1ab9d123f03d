//! What of a bus an operator may be shown: never configuration with secrets, never what signs somebody in.

use crate::BusId::{self, System};

/// Beginnings of names that are shown to nobody, on any bus.
const NEVER: [&str; 3] = ["truth", "session:", "sso:"];
/// Beginnings of names on system-redis that are.
const SHOWN: [&str; 2] = ["health:", "svc:cfg:"];
/// Whole names on system-redis that are.
const SHOWN_WHOLE: [&str; 2] = ["tier_gates", "svc:list"];
/// The last part of the names of heartbeats.
const BEAT: &str = "heartbeat";

/// Whether `name` on `bus`, and what is under it, may be shown.
pub fn may_be_shown(bus: BusId, name: &str) -> bool {
    let begins = |list: &[&str]| list.iter().any(|beginning| name.starts_with(beginning));
    if begins(&NEVER) {
        return false;
    }
    let is_beat = name.rsplit_once(':').is_some_and(|(_service, last)| last == BEAT);
    bus != System || begins(&SHOWN) || SHOWN_WHOLE.contains(&name) || is_beat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BusId::Market;

    #[test]
    fn of_the_system_bus_only_what_is_listed_is_shown() {
        for name in ["massive:heartbeat", "health:sse", "tier_gates", "svc:list", "svc:cfg:sse"] {
            assert!(may_be_shown(System, name), "{name}");
        }
        for name in [
            "truth:doc",
            "truth",
            "truth:heartbeat",
            "session:dev_secret",
            "session:revoked:x",
            "sso:used:x",
            "session:heartbeat",
            "svc:env:sse",
            "svc:hb:sse",
            "tier_gates:x",
            "svc:listing",
            "ops:stopped:sse",
            "",
        ] {
            assert!(!may_be_shown(System, name), "{name}");
        }
    }

    #[test]
    fn elsewhere_everything_but_truth_and_sessions_is() {
        assert!(may_be_shown(Market, "massive:model:spot:I:SPX"));
        for name in ["truth:doc", "truth:hash", "session:x", "sso:used:y"] {
            assert!(!may_be_shown(Market, name), "{name}");
        }
    }
}
