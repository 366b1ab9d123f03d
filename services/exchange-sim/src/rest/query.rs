//! A request, its parameters and its cursor.

use super::{Refusal, reply::Result};
use crate::price::chain::Bounds;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

/// How long a cursor is good for.
const CURSOR_MS: i64 = 60_000;

/// A request to the REST interface.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Decoded path.
    pub path: String,
    /// Undecoded query, without `?`; empty when there is none.
    pub query: String,
    /// Scheme and host, for links.
    pub base: String,
    /// From the `Authorization` header.
    pub bearer: Option<String>,
    /// Market time of the first page.
    pub now: i64,
    /// Where this page begins: an offset, or an instant in milliseconds.
    pub mark: Option<i64>,
    /// The link that led to this page; `None` on the first one.
    pub arrived_by: Option<String>,
}

impl Request {
    /// The parts of the path.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|part| !part.is_empty())
    }

    /// The key, from header or query.
    pub(crate) fn key(&self) -> Option<&str> {
        let query = self.query.split('&').find_map(|pair| pair.strip_prefix("apiKey="));
        self.bearer.as_deref().or(query).filter(|key| !key.is_empty())
    }

    /// A parameter, decoded; `None` when it is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| decode(key) == name)
            .map(|(_, value)| decode(value))
            .filter(|value| !value.is_empty())
    }

    /// `limit`, within its range.
    pub(super) fn limit(&self, default: usize, max: usize) -> Result<usize> {
        let Some(text) = self.get("limit") else { return Ok(default) };
        let limit: usize = text.parse().map_err(|_| Refusal::BadParameter("limit"))?;
        if (1..=max).contains(&limit) { Ok(limit) } else { Err(Refusal::BadParameter("limit")) }
    }

    /// Whether `order` is descending.
    pub(super) fn descends(&self, default: bool) -> Result<bool> {
        match self.get("order").or_else(|| self.get("sort").filter(|sort| sort == "asc" || sort == "desc")) {
            None => Ok(default),
            Some(order) if order == "asc" => Ok(false),
            Some(order) if order == "desc" => Ok(true),
            Some(_) => Err(Refusal::BadParameter("order")),
        }
    }

    /// Refuses a `sort` other than these.
    pub(super) fn sorts_by(&self, fields: &[&str]) -> Result<()> {
        match self.get("sort") {
            Some(sort) if !fields.contains(&sort.as_str()) => Err(Refusal::BadParameter("sort")),
            _ => Ok(()),
        }
    }

    /// The forms of a parameter (`name`, `.gte`, `.gt`, `.lte`, `.lt`), each parsed.
    pub(super) fn bounds<T: FromStr>(&self, name: &'static str) -> Result<Bounds<T>> {
        let form = |suffix: &str| {
            let text = self.get(&format!("{name}{suffix}"));
            text.map(|text| text.trim().parse().map_err(|_| Refusal::BadParameter(name))).transpose()
        };
        Ok(Bounds {
            is: form("")?,
            gte: form(".gte")?,
            gt: form(".gt")?,
            lte: form(".lte")?,
            lt: form(".lt")?,
        })
    }

    /// All of a text parameter's forms (`name`, `.gte`, `.gt`, `.lte`, `.lt`, `.any_of`) admit `text`.
    pub(super) fn admits_text(&self, name: &str, text: &str) -> bool {
        let form = |suffix: &str| self.get(&format!("{name}{suffix}"));
        form("").is_none_or(|is| text == is)
            && form(".gte").is_none_or(|least| text >= least.as_str())
            && form(".gt").is_none_or(|below| text > below.as_str())
            && form(".lte").is_none_or(|most| text <= most.as_str())
            && form(".lt").is_none_or(|above| text < above.as_str())
            && form(".any_of").is_none_or(|list| list.split(',').any(|item| item.trim() == text))
    }

    /// The request that a cursor stands for; itself when it has none.
    pub(super) fn resumed(&self) -> Result<Self> {
        let Some(cursor) = self.get("cursor") else { return Ok(self.clone()) };
        let bad = || Refusal::BadParameter("cursor");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        let text = String::from_utf8(bytes).map_err(|_| bad())?;
        let mut parts = text.splitn(4, '|');
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let (Some(mark), Some(now), Some(issued)) = (number(), number(), number()) else { return Err(bad()) };
        if !(0..=CURSOR_MS).contains(&(host_ms() - issued)) {
            return Err(bad());
        }
        let query = parts.next().unwrap_or_default().to_owned();
        let arrived_by = Some(format!("{}{}?{}", self.base, self.path, self.query));
        Ok(Self { query, now, mark: Some(mark), arrived_by, ..self.clone() })
    }

    /// Link to the page that begins at `mark`.
    pub(super) fn next_url(&self, mark: i64) -> String {
        let query: Vec<&str> = self.query.split('&').filter(|pair| !pair.starts_with("apiKey=")).collect();
        let cursor = format!("{mark}|{}|{}|{}", self.now, host_ms(), query.join("&"));
        format!("{}{}?cursor={}", self.base, self.path, URL_SAFE_NO_PAD.encode(cursor))
    }

    /// Where the page behind a link of ours begins.
    pub(super) fn mark_of(&self, next_url: &str) -> Option<i64> {
        let query = next_url.split_once('?')?.1.to_owned();
        Self { query, ..self.clone() }.resumed().ok()?.mark
    }
}

/// Percent-decoding; `+` is a space. What does not decode stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', ..) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn host_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        Request {
            path: "/v3/snapshot".into(),
            query: query.into(),
            base: "http://sim:8790".into(),
            now: 1_763_740_000_000,
            ..Request::default()
        }
    }

    #[test]
    fn a_cursor_brings_back_the_request_without_its_key() {
        let first = request("ticker.any_of=I%3ASPX,SPY&limit=1&apiKey=secret");
        let url = first.next_url(1);
        let (path, query) = url.split_once('?').unwrap();
        assert_eq!(path, "http://sim:8790/v3/snapshot");
        let resumed = request(query).resumed().unwrap();
        assert_eq!(resumed.get("ticker.any_of").as_deref(), Some("I:SPX,SPY"));
        assert_eq!((resumed.mark, resumed.now), (Some(1), first.now));
        assert_eq!(resumed.key(), None);
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for cursor in ["x", "MXwyfDM", "!!"] {
            assert!(request(&format!("cursor={cursor}")).resumed().is_err(), "{cursor}");
        }
    }

    #[test]
    fn parameters_are_decoded_and_limits_held() {
        assert_eq!(decode("I%3aSPX+a%zz%2"), "I:SPX a%zz%2");
        assert_eq!(request("limit=250").limit(10, 250).unwrap(), 250);
        for query in ["limit=251", "limit=0", "limit=ten"] {
            assert!(request(query).limit(10, 250).is_err(), "{query}");
        }
        assert!(request("ticker.gte=I:SPX&ticker.lt=SPY").admits_text("ticker", "QQQ"));
        assert!(!request("ticker.gte=I:SPX&ticker.lt=SPY").admits_text("ticker", "SPY"));
    }
}
