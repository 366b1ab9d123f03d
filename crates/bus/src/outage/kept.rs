//! What waits to be written, and how it is given back when it was not.

use super::{
    Gap,
    fields::{Fields, Scratch},
    link::Commands,
};
use redis::Pipeline;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    mem,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;
use wire::Log;

/// Entries kept per stream or index while the server is away; the oldest go first.
pub(super) const MAX_ENTRIES: usize = 50_000;
/// Commands of one flush.
pub(super) const ROUND: usize = 2_000;
const MAX_MESSAGES: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) values: HashMap<String, Write>,
    lines: BTreeMap<Arc<str>, VecDeque<(u64, Line)>>,
    messages: VecDeque<Message>,
    line_count: usize,
    /// Lines that ever came: the number of the next one.
    line_number: u64,
    pub(super) scratch: Scratch,
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
    Entry { trim: Trim, ttl: Option<Duration>, fields: Fields },
    Scored { score: f64, member: String, window: Option<Duration>, ttl: Option<Duration> },
}

/// How much of a stream stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trim {
    /// About so many entries.
    Length(usize),
    /// About what is younger.
    Age(Duration),
}

#[derive(Debug, Clone)]
pub(super) enum Item {
    Value(String, Write),
    /// With its number.
    Line(Arc<str>, u64, Line),
    Message(String, String),
}

#[derive(Debug)]
struct Message {
    channel: String,
    payload: String,
    /// Lines with a lower number are older than it.
    line_number: u64,
}

impl Trim {
    pub(crate) const fn of<T>(log: &Log<T>) -> Self {
        match log.window {
            Some(window) => Self::Age(window),
            None => Self::Length(log.max_len),
        }
    }

    /// The word and the bound of `XADD`.
    fn words(self) -> (&'static str, String) {
        match self {
            Self::Length(entries) => ("MAXLEN", entries.to_string()),
            // Ids begin with the server's Unix milliseconds.
            Self::Age(window) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                ("MINID", now.saturating_sub(window).as_millis().to_string())
            }
        }
    }

    pub(crate) fn write(self, command: &mut Pipeline) -> &mut Pipeline {
        let (word, bound) = self.words();
        command.arg(word).arg("~").arg(bound)
    }

    fn put(self, commands: &mut Commands) {
        let (word, bound) = self.words();
        commands.part(word).part("~").part(bound);
    }
}

impl Kept {
    pub(super) fn backlog(&self) -> usize {
        self.values.len() + self.line_count + self.messages.len()
    }

    pub(super) fn push(&mut self, name: &str, line: Line) {
        let number = self.line_number;
        self.line_number += 1;
        let lines = match self.lines.get_mut(name) {
            Some(lines) => lines,
            None => self.lines.entry(name.into()).or_default(),
        };
        lines.push_back((number, line));
        self.line_count += 1;
        if lines.len() > MAX_ENTRIES {
            lines.pop_front();
            self.line_count -= 1;
            self.dropped_entries += 1;
        }
    }

    /// A message, behind everything that waits; lost while the server is away.
    pub(super) fn say(&mut self, channel: String, payload: String) {
        if self.away_since.is_some() {
            self.lost_messages += 1;
            return;
        }
        if self.messages.len() == MAX_MESSAGES {
            self.messages.pop_front();
            self.lost_messages += 1;
        }
        self.messages.push_back(Message { channel, payload, line_number: self.line_number });
    }

    /// At most [`ROUND`] commands: values, a share of every line, and the messages behind which nothing older stays.
    pub(super) fn take(&mut self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.backlog().min(ROUND));
        let names: Vec<String> = self.values.keys().take(ROUND).cloned().collect();
        for name in names {
            if let Some(write) = self.values.remove(&name) {
                items.push(Item::Value(name, write));
            }
        }
        // A line that grows fast must not hold up the others.
        let share = ROUND / self.lines.len().max(1);
        for limit in [share.max(1), ROUND] {
            for (name, lines) in &mut self.lines {
                let count = ROUND.saturating_sub(items.len()).min(lines.len()).min(limit);
                self.line_count -= count;
                let taken = lines.drain(..count);
                items.extend(taken.map(|(number, line)| Item::Line(Arc::clone(name), number, line)));
            }
        }
        if self.line_count == 0 {
            // An outage may have grown the buffers: an idle program gives the memory back.
            self.lines.clear();
        }
        if self.values.is_empty() {
            let oldest =
                self.lines.values().filter_map(|lines| lines.front()).map(|(number, _)| *number).min();
            let is_ready = |message: &Message| oldest.is_none_or(|oldest| message.line_number <= oldest);
            while let Some(message) = self.messages.pop_front_if(|message| is_ready(message)) {
                items.push(Item::Message(message.channel, message.payload));
            }
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
                Item::Line(name, number, line) => {
                    let lines = self.lines.entry(name).or_default();
                    if lines.len() < MAX_ENTRIES {
                        lines.push_front((number, line));
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
            Self::Value(name, _) | Self::Message(name, _) => name,
            Self::Line(name, ..) => name,
        }
    }

    /// Adds its commands, of which the server may refuse any.
    pub(super) fn write(&self, commands: &mut Commands) {
        match self {
            Self::Value(name, Write::Set { text, ttl: None }) => {
                commands.put(&[b"SET", name.as_bytes(), text.as_bytes()]);
            }
            Self::Value(name, Write::Set { text, ttl: Some(ttl) }) => {
                let life = ttl.as_millis().to_string();
                commands.put(&[b"SET", name.as_bytes(), text.as_bytes(), b"PX", life.as_bytes()]);
            }
            Self::Value(name, Write::SetNew { text }) => {
                commands.put(&[b"SETNX", name.as_bytes(), text.as_bytes()]);
            }
            Self::Value(name, Write::Fields(fields)) => {
                fields.write(commands.begin(2 + fields.len()).part("HSET").part(name));
            }
            Self::Line(name, _, line) => line.write(name, commands),
            Self::Message(name, payload) => {
                commands.put(&[b"PUBLISH", name.as_bytes(), payload.as_bytes()]);
            }
        }
    }
}

impl Line {
    fn write(&self, name: &str, commands: &mut Commands) {
        let ttl = match self {
            Self::Entry { trim, ttl, fields } => {
                commands.begin(6 + fields.len()).part("XADD").part(name);
                trim.put(commands);
                fields.write(commands.part("*"));
                ttl
            }
            Self::Scored { score, member, window, ttl } => {
                if let Some(window) = window {
                    let oldest = format!("({}", score - window.as_secs_f64());
                    commands.put(&[b"ZREMRANGEBYSCORE", name.as_bytes(), b"-inf", oldest.as_bytes()]);
                }
                let score = score.to_string();
                commands.put(&[b"ZADD", name.as_bytes(), score.as_bytes(), member.as_bytes()]);
                ttl
            }
        };
        if let Some(ttl) = ttl {
            commands.put(&[b"EXPIRE", name.as_bytes(), ttl.as_secs().to_string().as_bytes()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: usize) -> Line {
        let value = BTreeMap::from([("n", n)]);
        let fields = Fields::of("s", &value, false, &mut Scratch::default()).unwrap();
        Line::Entry { trim: Trim::Length(10), ttl: None, fields }
    }

    fn numbers(kept: &Kept, name: &str) -> Vec<String> {
        let number = |line: &Line| match line {
            Line::Entry { fields, .. } => fields.parts().nth(1).unwrap().to_owned(),
            Line::Scored { member, .. } => member.clone(),
        };
        kept.lines.get(name).into_iter().flatten().map(|(_, line)| number(line)).collect()
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
        kept.say("c".into(), "{}".into());
        assert!(kept.take().iter().all(|item| matches!(item, Item::Line(..))));
        assert_eq!(kept.take().len(), 2);
        assert_eq!(kept.backlog(), 0);
    }

    #[test]
    fn a_stream_that_grows_fast_holds_up_neither_others_nor_messages_for_ever() {
        let mut kept = Kept::default();
        (0..ROUND).for_each(|n| kept.push("fast", entry(n)));
        kept.push("slow", entry(0));
        kept.say("c".into(), "{}".into());
        for round in 0..3 {
            (0..ROUND).for_each(|n| kept.push("fast", entry(n)));
            let taken = kept.take();
            assert_eq!(taken.iter().any(|item| item.name() == "slow"), round == 0);
            assert_eq!(taken.iter().any(|item| item.name() == "c"), round == 1, "behind what came before it");
        }
    }
}
