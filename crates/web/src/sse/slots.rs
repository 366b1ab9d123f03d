//! The newest frame of every state, one slot for each topic and symbol.

use super::frame;
use bytes::Bytes;
use std::collections::HashMap;
use tokio::time::Instant;

/// The newest frame of one state.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) topic: usize,
    /// Empty for a topic without symbols.
    pub(super) symbol: Box<str>,
    /// Hub number of this version.
    pub(super) number: u64,
    /// Counts the changes of this slot from 1.
    pub(super) version: u64,
    pub(super) full: Bytes,
    /// What differs from the version before, for readers that have it.
    pub(super) change: Option<Bytes>,
    pub(super) at: Instant,
}

#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    by_symbol: Vec<HashMap<Box<str>, usize>>,
}

impl Slots {
    pub(super) fn new(topics: usize) -> Self {
        Self { slots: Vec::new(), by_symbol: vec![HashMap::new(); topics] }
    }

    pub(super) fn all(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn find(&self, topic: usize, symbol: &str) -> Option<&Slot> {
        self.by_symbol.get(topic)?.get(symbol).map(|&index| &self.slots[index])
    }

    pub(super) fn put(
        &mut self,
        topic: usize,
        symbol: &str,
        number: u64,
        full: Bytes,
        change: Option<Bytes>,
        at: Instant,
    ) {
        if let Some(&index) = self.by_symbol[topic].get(symbol) {
            let slot = &mut self.slots[index];
            slot.version += 1;
            (slot.number, slot.full, slot.change, slot.at) = (number, full, change, at);
            return;
        }
        self.by_symbol[topic].insert(symbol.into(), self.slots.len());
        let symbol = symbol.into();
        self.slots.push(Slot { topic, symbol, number, version: 1, full, change: None, at });
    }

    /// The slots of `topic` that `wanted` admits, by symbol.
    pub(super) fn of(&self, topic: usize, wanted: impl Fn(&Slot) -> bool) -> Vec<&Slot> {
        let mut slots: Vec<_> =
            self.slots.iter().filter(|slot| slot.topic == topic && wanted(slot)).collect();
        slots.sort_unstable_by(|a, b| a.symbol.cmp(&b.symbol));
        slots
    }
}

/// One object out of many: each slot's data is an object, and so is the result. `None` without slots.
pub(super) fn merged(slots: &[&Slot]) -> Option<String> {
    let inner: Vec<_> = slots.iter().map(|slot| frame::data(&slot.full)).collect();
    if inner.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(inner.iter().map(Bytes::len).sum());
    for object in &inner {
        text.push(if text.is_empty() { '{' } else { ',' });
        text.push_str(std::str::from_utf8(object.get(1..object.len() - 1)?).ok()?);
    }
    text.push('}');
    Some(text)
}
