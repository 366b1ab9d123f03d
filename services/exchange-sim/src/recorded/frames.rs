//! The recorded WebSocket frames, taken apart so that each client gets the events it subscribed to.

use super::lines::{Lines, Timed};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, io, path::Path};

#[derive(Debug, Deserialize)]
struct Frame {
    t: i64,
    p: String,
    f: String,
}

impl Timed for Frame {
    fn t(&self) -> i64 {
        self.t
    }
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    ev: Cow<'a, str>,
    #[serde(borrow, default)]
    sym: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "T")]
    ticker: Option<Cow<'a, str>>,
}

/// One event of the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// `/options`.
    pub(crate) path: String,
    /// `Q.O:SPXW251121C05800000`.
    pub(crate) topic: String,
    /// As it was recorded.
    pub(crate) json: String,
}

impl Told {
    /// `Q.*`.
    pub(crate) fn wildcard(&self) -> String {
        format!("{}.*", self.topic.split('.').next().unwrap_or_default())
    }

    /// `O:SPXW251121C05800000`.
    pub(crate) fn ticker(&self) -> &str {
        self.topic.split_once('.').map_or("", |(_, ticker)| ticker)
    }
}

/// Frames in their order, up to where they were last asked for.
#[derive(Debug)]
pub(super) struct Frames {
    lines: Lines<Frame>,
    until: i64,
    /// Frames that cannot be taken apart.
    broken: u64,
}

impl Frames {
    pub(super) fn open(folder: &Path) -> io::Result<Option<Self>> {
        let lines = Lines::open(folder, "ws.jsonl")?;
        Ok(lines.map(|lines| Self { lines, until: i64::MIN, broken: 0 }))
    }

    pub(super) fn first_t(&mut self) -> Option<i64> {
        self.lines.next_t()
    }

    /// Events after `after`, up to and with `until`. What was not asked for in between is passed over.
    pub(super) fn take(&mut self, after: i64, until: i64) -> io::Result<Vec<Told>> {
        if after < self.until {
            self.lines.rewind()?;
            (self.until, self.broken) = (i64::MIN, 0);
        }
        if after > self.until {
            while self.lines.due(after).is_some() {}
        }
        self.until = until;
        let mut told = Vec::new();
        while let Some(frame) = self.lines.due(until) {
            match split(&frame) {
                Some(mut events) => told.append(&mut events),
                None => self.broken += 1,
            }
        }
        Ok(told)
    }

    /// Frames read, lines and frames left out, whether all is told.
    pub(super) fn counts(&self) -> (u64, u64, bool) {
        (self.lines.read - self.broken, self.lines.skipped + self.broken, self.lines.is_at_end())
    }
}

/// The events of a frame without its statuses: the conversation of this day is its own. `None` when it is none.
fn split(frame: &Frame) -> Option<Vec<Told>> {
    let events: Vec<&RawValue> = serde_json::from_str(&frame.f).ok()?;
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        let head: Head<'_> = serde_json::from_str(event.get()).ok()?;
        if head.ev != "status" {
            let ticker = head.sym.or(head.ticker)?;
            let (path, topic) = (frame.p.clone(), format!("{}.{ticker}", head.ev));
            told.push(Told { path, topic, json: event.get().to_owned() });
        }
    }
    Some(told)
}
