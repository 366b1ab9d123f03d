//! WebSocket frames: bytes in, typed events out, borrowed while they are read and free of allocation after.
//!
//! A frame that is no JSON is refused whole; an event that cannot be used is dropped alone and counted.

use super::{
    number::{Number, Text},
    scan::{Broken, Scan},
};
use crate::{
    analytics::{Wire, WireCounts},
    chain::directory::{ContractId, Names},
    symbols::{SymbolId, Symbols},
};
use quant::{contract::Contract, tick};
use wire::EpochMs;

/// Who is known: an event of anybody else is dropped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) symbols: &'a Symbols,
    pub(crate) contracts: &'a Names,
}

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

/// One event of a listed contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OptionEvent {
    pub(crate) contract: ContractId,
    /// Exchange time.
    pub(crate) t: EpochMs,
    pub(crate) q: Option<u64>,
    pub(crate) body: OptionBody,
}

/// What happened to a contract. Prices in points, sizes in contracts; a size that is unknown is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum OptionBody {
    Quote { bid: f64, ask: f64, bid_size: f64, ask_size: f64 },
    Trade { price: f64, size: f64 },
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
    pub(crate) options: Vec<OptionEvent>,
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
    pub(crate) fn read(&mut self, frame: &[u8], known: Known<'_>) -> Result<(), Unreadable> {
        let text = std::str::from_utf8(frame).map_err(|_not_utf8| Unreadable)?;
        if self.read_json(text, known).is_ok() {
            return Ok(());
        }
        // Some writers put NaN where JSON has no word for it: that one price is bad, not the frame.
        let read = quote_bare(text).ok_or(Broken).and_then(|quoted| self.read_json(&quoted, known));
        read.map_err(|_broken| {
            self.clear();
            Unreadable
        })
    }

    /// True when the frame brought more than words about the connection.
    pub(crate) const fn has_data(&self) -> bool {
        !self.events.is_empty() || !self.options.is_empty()
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
        self.options.clear();
        self.statuses.clear();
        self.counts = Counts::default();
    }

    fn read_json(&mut self, text: &str, known: Known<'_>) -> Result<(), Broken> {
        self.clear();
        let mut scan = Scan::new(text);
        if scan.peek() == b'[' {
            let mut list = scan.enter(b'[')?;
            while scan.more(&mut list)? {
                self.read_event(&mut scan, known)?;
            }
        } else if scan.peek() == b'{' {
            // An object instead of an array is one event.
            self.read_event(&mut scan, known)?;
        } else {
            return Err(Broken);
        }
        scan.end()
    }

    fn read_event(&mut self, scan: &mut Scan<'_>, known: Known<'_>) -> Result<(), Broken> {
        self.counts.events += 1;
        if scan.peek() != b'{' {
            self.counts.missing_field += 1;
            return scan.skip();
        }
        let mut raw = Raw::default();
        raw.read(scan)?;
        if let Err(drop) = self.take(&raw, known) {
            *self.counts.of(drop) += 1;
        }
        Ok(())
    }

    fn take(&mut self, raw: &Raw<'_>, known: Known<'_>) -> Result<(), Drop> {
        let ev = raw.ev.get().ok_or(Drop::MissingField)?;
        match ev {
            "Q" | "T" | "A" if raw.sym.get().is_some_and(|name| name.starts_with("O:")) => {
                self.options.extend(option_event(ev, raw, known.contracts)?);
            }
            "V" | "T" | "Q" | "A" => self.events.push(event(ev, raw, known.symbols)?),
            "status" => self.statuses.push(status(raw).ok_or(Drop::MissingField)?),
            // Known, and nobody asked for them.
            "AM" | "FMV" => {}
            _ => self.counts.unknown_ev += 1,
        }
        Ok(())
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

/// An event of a contract; `None` when nobody asked for its kind.
fn option_event(ev: &str, raw: &Raw<'_>, contracts: &Names) -> Result<Option<OptionEvent>, Drop> {
    let name = raw.sym.get().ok_or(Drop::MissingField)?;
    let body = match ev {
        "Q" => OptionBody::Quote {
            bid: quote(raw.bp)?,
            ask: quote(raw.ap)?,
            bid_size: optional_size(raw.bs)?.unwrap_or(f64::NAN),
            ask_size: optional_size(raw.ask_size)?.unwrap_or(f64::NAN),
        },
        "T" => OptionBody::Trade { price: price(raw.p.plain())?, size: size(raw.s.plain())? },
        _ => return Ok(None),
    };
    let t = EpochMs(raw.t.whole().ok_or(Drop::MissingField)?);
    let q = raw.q.whole().and_then(|q| u64::try_from(q).ok());
    let contract = contracts.id(name).ok_or_else(|| unknown(name))?;
    Ok(Some(OptionEvent { contract, t, q, body }))
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

impl<'a> Raw<'a> {
    /// Reads the fields of an event, up to the end of its object.
    fn read(&mut self, scan: &mut Scan<'a>) -> Result<(), Broken> {
        let mut inside = scan.enter(b'{')?;
        while scan.more(&mut inside)? {
            let key = scan.key()?;
            let number = match key.as_bytes() {
                b"ev" => {
                    self.ev = scan.text()?;
                    continue;
                }
                b"sym" => {
                    self.sym = scan.text()?;
                    continue;
                }
                b"T" => {
                    self.ticker = scan.text()?;
                    continue;
                }
                b"status" => {
                    self.status = scan.text()?;
                    continue;
                }
                b"message" => {
                    self.message = scan.text()?;
                    continue;
                }
                b"bp" => &mut self.bp,
                b"ap" => &mut self.ap,
                b"bs" => &mut self.bs,
                b"as" => &mut self.ask_size,
                b"t" => &mut self.t,
                b"q" => &mut self.q,
                b"p" => &mut self.p,
                b"s" => &mut self.s,
                b"val" => &mut self.val,
                b"o" => &mut self.o,
                b"h" => &mut self.h,
                b"l" => &mut self.l,
                b"c" => &mut self.c,
                b"v" => &mut self.v,
                b"av" => &mut self.av,
                b"op" => &mut self.op,
                b"a" => &mut self.a,
                b"e" => &mut self.e,
                _ => {
                    scan.skip()?;
                    continue;
                }
            };
            *number = scan.number()?;
        }
        Ok(())
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
