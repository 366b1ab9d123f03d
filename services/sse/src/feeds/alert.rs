//! The last alert, shown when a stream opens to whom it belongs.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::sync::{Mutex, PoisonError};
use wire::EpochSec;

/// The last alert that fired or was judged.
#[derive(Debug, Default)]
pub(crate) struct LatestAlert(Mutex<Option<Held>>);

#[derive(Debug)]
struct Held {
    user: Option<u64>,
    ts: EpochSec,
    envelope: Box<RawValue>,
}

/// `data.user_id` is there and names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user id that is none")]
pub(crate) struct BadScope;

/// Whom `user_id` means: one user, or with none everyone.
pub(crate) fn user_of(user_id: Option<&Value>) -> Result<Option<u64>, BadScope> {
    match user_id {
        None | Some(Value::Null) => Ok(None),
        Some(id) => id.as_u64().map(Some).ok_or(BadScope),
    }
}

impl LatestAlert {
    /// Takes an envelope as copilot wrote it. An older one than the held one changes nothing.
    ///
    /// # Errors
    /// It is none. One whose user is unclear is not taken either.
    pub(crate) fn take(&self, text: &str) -> Result<(), serde_json::Error> {
        #[derive(Deserialize)]
        struct Head {
            ts: EpochSec,
            #[serde(default)]
            data: Scope,
        }
        #[derive(Deserialize, Default)]
        struct Scope {
            user_id: Option<Value>,
        }
        let head: Head = serde_json::from_str(text)?;
        let envelope = RawValue::from_string(text.trim().to_owned())?;
        let Ok(user) = user_of(head.data.user_id.as_ref()) else { return Ok(()) };
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|held| held.ts <= head.ts) {
            *held = Some(Held { user, ts: head.ts, envelope });
        }
        Ok(())
    }

    /// What the snapshot of `user` has of it; `None`: nothing that is theirs or everyone's.
    pub(crate) fn shown_to(&self, user: Option<u64>) -> Option<String> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| held.user.is_none() || held.user == user)?;
        let ts = serde_json::to_string(&held.ts).ok()?;
        Some(format!(r#"{{"lastEvent":{},"ts":{ts}}}"#, held.envelope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn envelope(user: Value, ts: f64) -> String {
        json!({"event_id": "e", "type": "alert_triggered", "data": {"user_id": user}, "ts": ts}).to_string()
    }

    #[test]
    fn the_last_alert_is_shown_to_whom_it_belongs() {
        let latest = LatestAlert::default();
        assert_eq!(latest.shown_to(Some(57)), None);
        latest.take(&envelope(json!(57), 10.0)).unwrap();
        let shown: Value = serde_json::from_str(&latest.shown_to(Some(57)).unwrap()).unwrap();
        assert_eq!((&shown["lastEvent"]["data"]["user_id"], &shown["ts"]), (&json!(57), &json!(10)));
        assert_eq!((latest.shown_to(Some(58)), latest.shown_to(None)), (None, None));
        latest.take(&envelope(Value::Null, 9.0)).unwrap();
        assert_eq!(latest.shown_to(None), None, "older");
        latest.take(&envelope(Value::Null, 11.0)).unwrap();
        assert!(latest.shown_to(None).is_some() && latest.shown_to(Some(58)).is_some());
        latest.take(&envelope(json!("57"), 12.0)).unwrap();
        assert!(latest.shown_to(None).unwrap().contains(r#""ts":11}"#), "whose is unclear: not taken");
    }
}
