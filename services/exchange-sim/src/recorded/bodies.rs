//! The recorded REST bodies: the newest of each query at the clock's instant.

use super::lines::{Lines, Timed};
use crate::rest::decode;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    collections::HashMap,
    io::{self, Read, Write},
    path::Path,
};

/// A page is asked for right after the one that links to it, but was recorded later: it is answered early.
const LEAD_MS: i64 = 15_000;
/// A page is forgotten when its link has long been void.
const PAGE_KEPT_MS: i64 = 120_000;
const CURSOR: &str = "cursor=";

#[derive(Debug, Deserialize)]
struct Body {
    t: i64,
    u: String,
    s: u16,
    b: Box<RawValue>,
}

impl Timed for Body {
    fn t(&self) -> i64 {
        self.t
    }
}

#[derive(Debug)]
struct Kept {
    t: i64,
    status: u16,
    zipped: Vec<u8>,
}

/// An answer as it was recorded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// HTTP status.
    pub(crate) status: u16,
    /// JSON, or the text of a page that is none.
    pub(crate) is_json: bool,
    /// With links to whoever was asked.
    pub(crate) body: Vec<u8>,
}

/// Bodies up to the clock.
#[derive(Debug)]
pub(super) struct Bodies {
    lines: Lines<Body>,
    /// By query: the newest that is due, then pages ahead of the clock.
    kept: HashMap<String, Vec<Kept>>,
    until: i64,
    swept: i64,
}

impl Bodies {
    pub(super) fn open(folder: &Path) -> io::Result<Option<Self>> {
        let lines = Lines::open(folder, "rest.jsonl")?;
        Ok(lines.map(|lines| Self { lines, kept: HashMap::new(), until: i64::MIN, swept: i64::MIN }))
    }

    pub(super) fn first_t(&mut self) -> Option<i64> {
        self.lines.next_t()
    }

    /// The newest body of this path and query at `now`.
    pub(super) fn answer(
        &mut self,
        (path, query): (&str, &str),
        base: &str,
        now: i64,
    ) -> io::Result<Option<Given>> {
        self.read_to(now)?;
        let key = key(path, query);
        let Some(kept) = self.kept.get(&key) else { return Ok(None) };
        let due = kept.iter().rfind(|body| body.t <= now);
        let found = due.or_else(|| kept.first().filter(|_| key.contains(CURSOR)));
        found.map(|body| body.give(base)).transpose()
    }

    /// Bodies read, lines left out, whether all are read.
    pub(super) fn counts(&self) -> (u64, u64, bool) {
        (self.lines.read, self.lines.skipped, self.lines.is_at_end())
    }

    fn read_to(&mut self, now: i64) -> io::Result<()> {
        if now < self.until {
            self.lines.rewind()?;
            self.kept.clear();
            self.swept = i64::MIN;
        }
        self.until = now;
        while let Some(body) = self.lines.due(now.saturating_add(LEAD_MS)) {
            let (path, query) = body.u.split_once('?').unwrap_or((&body.u, ""));
            let kept = self.kept.entry(key(path, query)).or_default();
            kept.push(Kept { t: body.t, status: body.s, zipped: zip(body.b.get().as_bytes())? });
            // Of those that are due only the newest can still be asked for.
            let older = kept.iter().filter(|body| body.t <= now).count().saturating_sub(1);
            kept.drain(..older);
        }
        if now.saturating_sub(self.swept) > LEAD_MS {
            self.swept = now;
            self.kept.retain(|key, kept| {
                !key.contains(CURSOR) || kept.last().is_some_and(|body| body.t > now - PAGE_KEPT_MS)
            });
        }
        Ok(())
    }
}

impl Kept {
    fn give(&self, base: &str) -> io::Result<Given> {
        let mut body = Vec::new();
        ZlibDecoder::new(self.zipped.as_slice()).read_to_end(&mut body)?;
        let status = self.status;
        // Nothing was recorded as null.
        if body == b"null" {
            return Ok(Given { status, is_json: true, body: Vec::new() });
        }
        // What was no JSON was recorded as a text.
        if body.first() == Some(&b'"')
            && let Ok(page) = serde_json::from_slice::<String>(&body)
        {
            return Ok(Given { status, is_json: false, body: page.into_bytes() });
        }
        Ok(Given { status, is_json: true, body: relink(body, base) })
    }
}

fn zip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Path and query whatever the order and spelling of the parameters, without the key.
fn key(path: &str, query: &str) -> String {
    let mut pairs: Vec<String> =
        query.split('&').filter(|p| !p.is_empty() && !p.starts_with("apiKey=")).map(decode).collect();
    pairs.sort_unstable();
    format!("{}?{}", decode(path), pairs.join("&"))
}

/// Points `next_url` to `base`, as scheme and host.
fn relink(body: Vec<u8>, base: &str) -> Vec<u8> {
    const NAME: &str = "\"next_url\"";
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let relinked = text.find(NAME).and_then(|at| {
        let (before, value) = text.split_at_checked(at + NAME.len())?;
        let (colon, link) = value.split_once('"')?;
        let (link, behind) = link.split_once('"')?;
        let (_, path) = link.split_once("://")?.1.split_once('/')?;
        Some(format!("{before}{colon}\"{base}/{path}\"{behind}").into_bytes())
    });
    relinked.unwrap_or(body)
}
