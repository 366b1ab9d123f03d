//! What waits to be written, and how it is given back when it was not.

use super::Gap;
use redis::Pipeline;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    mem,
    time::Duration,
};
use tokio::time::Instant;

/// Entries kept per stream or index while the server is away; the oldest go first.
pub(super) const MAX_ENTRIES: usize = 50_000;
/// Commands of one flush.
pub(super) const ROUND: usize = 2_000;

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) values: HashMap<String, Write>,
    pub(super) lines: BTreeMap<String, VecDeque<Line>>,
    pub(super) messages: VecDeque<(String, String)>,
    pub(super) line_count: usize,
    pub(super) away_since: Option<Instant>,
    pub(super) dropped_entries: u64,
    pub(super) lost_messages: u64,
}

#[derive(Debug, Clone)]
pub(super) enum Write {
    Set { text: String, ttl: Option<Duration> },
    SetNew { text: String },
    Fields(Fields),
}

#[derive(Debug, Clone)]
pub(super) enum Line {
    Entry { max_len: usize, fields: Fields },
    Scored { score: f64, member: String, window: Option<Duration>, ttl: Option<Duration> },
}

#[derive(Debug, Clone)]
pub(super) enum Item {
    Value(String, Write),
    Line(String, Line),
    Message(String, String),
}

/// Names and values in one piece of memory: fifty thousand entries a stream must fit in a small program.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Fields {
    pub(super) fn new(pairs: &[(String, String)]) -> Self {
        let mut text =
            String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len()).sum());
        let mut ends = Vec::with_capacity(2 * pairs.len());
        for part in pairs.iter().flat_map(|(name, value)| [name, value]) {
            text.push_str(part);
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Self { text: text.into(), ends: ends.into() }
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let range =
            |(start, end): (u32, &u32)| self.text.get(start as usize..*end as usize).unwrap_or_default();
        starts.zip(&self.ends).map(range)
    }

    fn write(&self, command: &mut Pipeline) {
        for part in self.parts() {
            command.arg(part);
        }
    }
}

impl Kept {
    pub(super) fn backlog(&self) -> usize {
        self.values.len() + self.line_count + self.messages.len()
    }

    pub(super) fn push(&mut self, name: &str, line: Line) {
        let lines = match self.lines.get_mut(name) {
            Some(lines) => lines,
            None => self.lines.entry(name.to_owned()).or_default(),
        };
        lines.push_back(line);
        self.line_count += 1;
        if lines.len() > MAX_ENTRIES {
            lines.pop_front();
            self.line_count -= 1;
            self.dropped_entries += 1;
        }
    }

    /// At most [`ROUND`] commands: values, lines, and messages only when nothing stays behind them.
    pub(super) fn take(&mut self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.backlog().min(ROUND));
        let names: Vec<String> = self.values.keys().take(ROUND).cloned().collect();
        for name in names {
            if let Some(write) = self.values.remove(&name) {
                items.push(Item::Value(name, write));
            }
        }
        for (name, lines) in &mut self.lines {
            let room = ROUND.saturating_sub(items.len()).min(lines.len());
            self.line_count -= room;
            items.extend(lines.drain(..room).map(|line| Item::Line(name.clone(), line)));
        }
        if self.line_count == 0 {
            // An outage may have grown the buffers: an idle program gives the memory back.
            self.lines.clear();
        }
        if self.values.is_empty() && self.line_count == 0 {
            items.extend(self.messages.drain(..).map(|(name, payload)| Item::Message(name, payload)));
        }
        items
    }

    pub(super) fn put_back(&mut self, items: Vec<Item>) {
        self.away_since.get_or_insert_with(Instant::now);
        for item in items.into_iter().rev() {
            match item {
                Item::Value(name, write) => {
                    self.values.entry(name).or_insert(write);
                }
                Item::Line(name, line) => {
                    let lines = self.lines.entry(name).or_default();
                    if lines.len() < MAX_ENTRIES {
                        lines.push_front(line);
                        self.line_count += 1;
                    } else {
                        self.dropped_entries += 1;
                    }
                }
                Item::Message(..) => self.lost_messages += 1,
            }
        }
        self.lost_messages += self.messages.len() as u64;
        self.messages.clear();
    }

    pub(super) fn ended(&mut self) -> Option<Gap> {
        if self.backlog() > 0 {
            return None;
        }
        let since = self.away_since.take()?;
        Some(Gap {
            lasted: since.elapsed(),
            dropped_entries: mem::take(&mut self.dropped_entries),
            lost_messages: mem::take(&mut self.lost_messages),
        })
    }
}

impl Item {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Value(name, _) | Self::Line(name, _) | Self::Message(name, _) => name,
        }
    }

    pub(super) fn write(&self, pipeline: &mut Pipeline) {
        match self {
            Self::Value(name, Write::Set { text, ttl }) => {
                pipeline.cmd("SET").arg(name).arg(text);
                if let Some(ttl) = ttl {
                    pipeline.arg("PX").arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
                }
            }
            Self::Value(name, Write::SetNew { text }) => {
                pipeline.cmd("SETNX").arg(name).arg(text);
            }
            Self::Value(name, Write::Fields(fields)) => {
                fields.write(pipeline.cmd("HSET").arg(name));
            }
            Self::Line(name, Line::Entry { max_len, fields }) => {
                fields.write(pipeline.cmd("XADD").arg(name).arg("MAXLEN").arg("~").arg(max_len).arg("*"));
            }
            Self::Line(name, Line::Scored { score, member, window, ttl }) => {
                if let Some(window) = window {
                    let oldest = format!("({}", score - window.as_secs_f64());
                    pipeline.cmd("ZREMRANGEBYSCORE").arg(name).arg("-inf").arg(oldest).ignore();
                }
                pipeline.cmd("ZADD").arg(name).arg(score).arg(member);
                if let Some(ttl) = ttl {
                    pipeline.cmd("EXPIRE").arg(name).arg(ttl.as_secs()).ignore();
                }
            }
            Self::Message(name, payload) => {
                pipeline.cmd("PUBLISH").arg(name).arg(payload);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: usize) -> Line {
        Line::Entry { max_len: 10, fields: Fields::new(&[("n".into(), n.to_string())]) }
    }

    fn numbers(kept: &Kept, name: &str) -> Vec<String> {
        let number = |line: &Line| match line {
            Line::Entry { fields, .. } => fields.parts().nth(1).unwrap().to_owned(),
            Line::Scored { member, .. } => member.clone(),
        };
        kept.lines.get(name).into_iter().flatten().map(number).collect()
    }

    #[test]
    fn a_stream_keeps_its_newest_entries() {
        let mut kept = Kept::default();
        (0..MAX_ENTRIES + 3).for_each(|n| kept.push("s", entry(n)));
        assert_eq!((kept.backlog(), kept.dropped_entries), (MAX_ENTRIES, 3));
        assert_eq!(numbers(&kept, "s")[0], "3");
    }

    #[test]
    fn what_is_given_back_comes_before_what_came_meanwhile_and_never_replaces_a_newer_value() {
        let mut kept = Kept::default();
        let set = |text: &str| Write::Set { text: text.into(), ttl: None };
        (0..3).for_each(|n| kept.push("s", entry(n)));
        kept.values.insert("k".into(), set("old"));
        let taken = kept.take();
        assert_eq!((taken.len(), kept.backlog()), (4, 0));
        kept.push("s", entry(3));
        kept.values.insert("k".into(), set("new"));
        kept.put_back(taken);
        assert_eq!(numbers(&kept, "s"), ["0", "1", "2", "3"]);
        assert!(matches!(&kept.values["k"], Write::Set { text, .. } if text == "new"));
        assert_eq!(kept.backlog(), 5);
        assert!(kept.ended().is_none(), "it is over when all is written");
    }

    #[test]
    fn messages_wait_until_all_keys_are_written() {
        let mut kept = Kept::default();
        (0..ROUND + 1).for_each(|n| kept.push("s", entry(n)));
        kept.messages.push_back(("c".into(), "{}".into()));
        assert!(kept.take().iter().all(|item| matches!(item, Item::Line(..))));
        assert_eq!(kept.take().len(), 2);
        assert_eq!(kept.backlog(), 0);
    }
}
