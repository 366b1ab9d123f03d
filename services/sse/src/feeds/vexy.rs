//! Vexy's newest words: the last of the day's round, and the last of anything else.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};
use wire::EpochSec;

const EPOCH: &str = "epoch";

/// The newest message of each sort.
#[derive(Debug, Default)]
pub(crate) struct Vexy(Mutex<Newest>);

#[derive(Debug, Default)]
struct Newest {
    epoch: Option<Held>,
    event: Option<Held>,
}

#[derive(Debug)]
struct Held {
    ts: EpochSec,
    message: Box<RawValue>,
}

/// The part of a message that is looked at; the rest passes through.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    ts: EpochSec,
}

impl Vexy {
    /// Takes a message as it was spoken; its id. One that is older than the newest of its sort changes nothing.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn take(&self, text: &str) -> Result<String, serde_json::Error> {
        let head: Head<'_> = serde_json::from_str(text)?;
        let message = RawValue::from_string(text.trim().to_owned())?;
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = if head.kind == EPOCH { &mut newest.epoch } else { &mut newest.event };
        if held.as_ref().is_none_or(|held| held.ts <= head.ts) {
            *held = Some(Held { ts: head.ts, message });
        }
        Ok(head.id.into_owned())
    }

    /// `{epoch, event}`, each a message or null; `None` while there is neither.
    pub(crate) fn text(&self) -> Option<String> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (newest.epoch.is_some() || newest.event.is_some()).then(|| newest.text())
    }

    /// Forgets both; what readers are told then.
    pub(crate) fn clear(&self) -> String {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = Newest::default();
        newest.text()
    }
}

impl Newest {
    fn text(&self) -> String {
        let of =
            |held: &Option<Held>| held.as_ref().map_or("null".to_owned(), |held| held.message.get().into());
        format!(r#"{{"epoch":{},"event":{}}}"#, of(&self.epoch), of(&self.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn message(id: &str, kind: &str, ts: f64) -> String {
        json!({"id": id, "kind": kind, "text": "t", "ts": ts}).to_string()
    }

    #[test]
    fn the_newest_of_each_sort_is_held() {
        let vexy = Vexy::default();
        assert_eq!(vexy.text(), None);
        assert_eq!(vexy.take(&message("a", "epoch", 2.0)).unwrap(), "a");
        vexy.take(&message("b", "event", 2.0)).unwrap();
        vexy.take(&message("c", "intel", 3.0)).unwrap();
        vexy.take(&message("d", "epoch", 1.0)).unwrap();
        let held: Value = serde_json::from_str(&vexy.text().unwrap()).unwrap();
        assert_eq!((&held["epoch"]["id"], &held["event"]["id"]), (&json!("a"), &json!("c")));
        assert!(vexy.take("{\"id\":1}").is_err());
        assert_eq!(vexy.clear(), r#"{"epoch":null,"event":null}"#);
        assert_eq!(vexy.text(), None);
    }
}
