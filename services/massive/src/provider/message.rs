//! WebSocket frames: bytes in, typed events out, borrowed while they are read and free of allocation after.
//!
//! A frame that is no JSON is refused whole; an event that cannot be used is dropped alone and counted.

use super::number::{Number, Skip, Text};
use crate::{
    analytics::{Wire, WireCounts},
    symbols::{SymbolId, Symbols},
};
use quant::{contract::Contract, tick};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};
use wire::EpochMs;

/// One event of a subscribed symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Incoming {
    pub(crate) symbol: SymbolId,
    /// Exchange time; of a bar its end.
    pub(crate) t: EpochMs,
    pub(crate) q: Option<u64>,
    pub(crate) body: Body,
}

/// What happened. Prices in points or dollars, sizes in shares; every number is in its plausible range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Body {
    Value { value: f64 },
    Trade { price: f64, size: f64 },
    Quote { bid: f64, ask: f64, bid_size: Option<f64>, ask_size: Option<f64> },
    Bar(Bar),
}

/// A bar of one second, with what the day has brought so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bar {
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    pub(crate) volume: Option<f64>,
    pub(crate) day_volume: Option<f64>,
    pub(crate) day_open: Option<f64>,
    pub(crate) day_vwap: Option<f64>,
}

/// What a `status` event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Connected,
    AuthSuccess,
    AuthFailed,
    AuthTimeout,
    MaxConnections,
    /// `subscribed to: <topic>`
    Subscribed(String),
    /// `unsubscribed to: <topic>`
    Unsubscribed,
    /// `error` with this message.
    Error(String),
    /// A status without a meaning here.
    Other(String),
}

/// The readable part of a frame. Kept between frames, so that its memory is.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) events: Vec<Incoming>,
    pub(crate) statuses: Vec<Status>,
    counts: Counts,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    events: u64,
    unknown_ev: u64,
    missing_field: u64,
    bad_price: u64,
    unknown_symbol: u64,
    geometry_miss: u64,
    parse_fail: u64,
}

/// The frame cannot be read: not UTF-8, not JSON, or nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Decoded {
    /// Reads one frame; what was decoded before is gone.
    pub(crate) fn read(&mut self, frame: &[u8], symbols: &Symbols) -> Result<(), Unreadable> {
        let text = std::str::from_utf8(frame).map_err(|_not_utf8| Unreadable)?;
        if self.read_json(text, symbols).is_ok() {
            return Ok(());
        }
        // Some writers put NaN where JSON has no word for it: that one price is bad, not the frame.
        let quoted = quote_bare(text).ok_or(Unreadable)?;
        self.read_json(&quoted, symbols).inspect_err(|_unreadable| self.clear())
    }

    /// Adds what the frame counted.
    pub(crate) fn count(&self, counts: &WireCounts) {
        let seen = &self.counts;
        counts.add(Wire::Events, seen.events);
        counts.add(Wire::UnknownEv, seen.unknown_ev);
        counts.add(Wire::MissingField, seen.missing_field);
        counts.add(Wire::BadPrice, seen.bad_price);
        counts.add(Wire::UnknownSymbol, seen.unknown_symbol);
        counts.add(Wire::GeometryMiss, seen.geometry_miss);
        counts.add(Wire::ParseFail, seen.parse_fail);
    }

    fn clear(&mut self) {
        self.events.clear();
        self.statuses.clear();
        self.counts = Counts::default();
    }

    fn read_json(&mut self, text: &str, symbols: &Symbols) -> Result<(), Unreadable> {
        self.clear();
        let mut json = serde_json::Deserializer::from_str(text);
        let frame = Frame { into: self, symbols };
        let read = json.deserialize_any(frame).and_then(|()| json.end());
        read.map_err(|_error| {
            self.clear();
            Unreadable
        })
    }

    fn take(&mut self, raw: &Raw<'_>, symbols: &Symbols) {
        self.counts.events += 1;
        match raw.ev.get() {
            Some("status") => match status(raw) {
                Some(status) => self.statuses.push(status),
                None => self.counts.missing_field += 1,
            },
            Some(ev @ ("V" | "T" | "Q" | "A")) => match event(ev, raw, symbols) {
                Ok(event) => self.events.push(event),
                Err(drop) => *self.counts.of(drop) += 1,
            },
            // Known, and nobody asked for them.
            Some("AM" | "FMV") => {}
            Some(_) => self.counts.unknown_ev += 1,
            None => self.counts.missing_field += 1,
        }
    }
}

/// Why an event is not used.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Drop {
    MissingField,
    BadPrice,
    UnknownSymbol,
    GeometryMiss,
    ParseFail,
}

impl Counts {
    fn of(&mut self, drop: Drop) -> &mut u64 {
        match drop {
            Drop::MissingField => &mut self.missing_field,
            Drop::BadPrice => &mut self.bad_price,
            Drop::UnknownSymbol => &mut self.unknown_symbol,
            Drop::GeometryMiss => &mut self.geometry_miss,
            Drop::ParseFail => &mut self.parse_fail,
        }
    }
}

fn event(ev: &str, raw: &Raw<'_>, symbols: &Symbols) -> Result<Incoming, Drop> {
    let ticker = if ev == "V" { &raw.ticker } else { &raw.sym };
    let name = ticker.get().ok_or(Drop::MissingField)?;
    let time = if ev == "A" { raw.e } else { raw.t };
    let t = EpochMs(time.whole().ok_or(Drop::MissingField)?);
    let body = match ev {
        "V" => Body::Value { value: price(raw.val.any())? },
        "T" => Body::Trade { price: price(raw.p.plain())?, size: size(raw.s.plain())? },
        "Q" => Body::Quote {
            bid: quote(raw.bp)?,
            ask: quote(raw.ap)?,
            bid_size: optional_size(raw.bs)?,
            ask_size: optional_size(raw.ask_size)?,
        },
        _ => Body::Bar(bar(raw)?),
    };
    let q = raw.q.whole().and_then(|q| u64::try_from(q).ok());
    let symbol = symbols.id(name).ok_or_else(|| unknown(name))?;
    Ok(Incoming { symbol, t, q, body })
}

fn bar(raw: &Raw<'_>) -> Result<Bar, Drop> {
    Ok(Bar {
        open: price(raw.o.plain())?,
        high: price(raw.h.plain())?,
        low: price(raw.l.plain())?,
        close: price(raw.c.plain())?,
        volume: optional_size(raw.v)?,
        day_volume: optional_size(raw.av)?,
        day_open: raw.op.plain().filter(|value| tick::is_price(*value)),
        day_vwap: raw.a.plain().filter(|value| tick::is_price(*value)),
    })
}

fn price(value: Option<f64>) -> Result<f64, Drop> {
    let value = value.ok_or(Drop::MissingField)?;
    if tick::is_price(value) { Ok(value) } else { Err(Drop::BadPrice) }
}

fn quote(number: Number) -> Result<f64, Drop> {
    let value = number.plain().ok_or(Drop::MissingField)?;
    if tick::is_quote(value) { Ok(value) } else { Err(Drop::BadPrice) }
}

fn size(value: Option<f64>) -> Result<f64, Drop> {
    let value = value.ok_or(Drop::MissingField)?;
    if tick::is_size(value) { Ok(value) } else { Err(Drop::BadPrice) }
}

fn optional_size(number: Number) -> Result<Option<f64>, Drop> {
    match number {
        Number::Absent => Ok(None),
        number => size(number.plain()).map(Some),
    }
}

fn unknown(name: &str) -> Drop {
    if !name.starts_with("O:") {
        return Drop::UnknownSymbol;
    }
    if name.parse::<Contract>().is_ok() { Drop::GeometryMiss } else { Drop::ParseFail }
}

fn status(raw: &Raw<'_>) -> Option<Status> {
    let message = raw.message.get().unwrap_or_default();
    Some(match raw.status.get()? {
        "connected" => Status::Connected,
        "auth_success" => Status::AuthSuccess,
        "auth_failed" => Status::AuthFailed,
        "auth_timeout" => Status::AuthTimeout,
        "max_connections" => Status::MaxConnections,
        "error" => Status::Error(message.to_owned()),
        "success" => match message.strip_prefix("subscribed to: ") {
            Some(topic) => Status::Subscribed(topic.trim().to_owned()),
            None => Status::Unsubscribed,
        },
        other => Status::Other(other.to_owned()),
    })
}

/// The fields of any event; which of them mean something depends on `ev`.
#[derive(Debug, Default)]
struct Raw<'a> {
    ev: Text<'a>,
    sym: Text<'a>,
    ticker: Text<'a>,
    status: Text<'a>,
    message: Text<'a>,
    val: Number,
    t: Number,
    q: Number,
    p: Number,
    s: Number,
    bp: Number,
    ap: Number,
    bs: Number,
    ask_size: Number,
    o: Number,
    h: Number,
    l: Number,
    c: Number,
    v: Number,
    av: Number,
    op: Number,
    a: Number,
    e: Number,
}

struct Frame<'s> {
    into: &'s mut Decoded,
    symbols: &'s Symbols,
}

impl<'de> Visitor<'de> for Frame<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element_seed(Event)? {
            match raw {
                Some(raw) => self.into.take(&raw, self.symbols),
                None => {
                    self.into.counts.events += 1;
                    self.into.counts.missing_field += 1;
                }
            }
        }
        Ok(())
    }

    /// An object instead of an array is one event.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if let Some(raw) = Event.visit_map(map)? {
            self.into.take(&raw, self.symbols);
        }
        Ok(())
    }
}

/// One element of a frame; `None` when it is no object.
struct Event;

impl<'de> DeserializeSeed<'de> for Event {
    type Value = Option<Raw<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Event {
    type Value = Option<Raw<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = Raw::default();
        while let Some(FieldName(name)) = map.next_key()? {
            let number = match name.as_ref() {
                "val" => &mut raw.val,
                "t" => &mut raw.t,
                "q" => &mut raw.q,
                "p" => &mut raw.p,
                "s" => &mut raw.s,
                "bp" => &mut raw.bp,
                "ap" => &mut raw.ap,
                "bs" => &mut raw.bs,
                "as" => &mut raw.ask_size,
                "o" => &mut raw.o,
                "h" => &mut raw.h,
                "l" => &mut raw.l,
                "c" => &mut raw.c,
                "v" => &mut raw.v,
                "av" => &mut raw.av,
                "op" => &mut raw.op,
                "a" => &mut raw.a,
                "e" => &mut raw.e,
                name => {
                    let text = match name {
                        "ev" => &mut raw.ev,
                        "sym" => &mut raw.sym,
                        "T" => &mut raw.ticker,
                        "status" => &mut raw.status,
                        "message" => &mut raw.message,
                        _ => {
                            map.next_value_seed(Skip(2))?;
                            continue;
                        }
                    };
                    *text = map.next_value()?;
                    continue;
                }
            };
            *number = map.next_value()?;
        }
        Ok(Some(raw))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Skip(1).visit_seq(seq).map(|()| None)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _value: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _value: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _value: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

struct FieldName<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = FieldName<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(FieldName(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// The text with `NaN`, `Infinity` and `-Infinity` in quotes; `None` when it has none outside of texts.
fn quote_bare(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len() + 16);
    let (mut rest, mut inside, mut found) = (text, false, false);
    while let Some(first) = rest.chars().next() {
        let word =
            ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| !inside && rest.starts_with(word));
        let taken = match (word, first) {
            (Some(word), _) => {
                found = true;
                quoted.push('"');
                quoted.push_str(word);
                quoted.push('"');
                word.len()
            }
            (None, '\\') if inside => {
                let escaped: String = rest.chars().take(2).collect();
                quoted.push_str(&escaped);
                escaped.len()
            }
            (None, first) => {
                inside ^= first == '"';
                quoted.push(first);
                first.len_utf8()
            }
        };
        rest = rest.split_at_checked(taken)?.1;
    }
    found.then_some(quoted)
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
