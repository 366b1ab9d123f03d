//! `massive:chain:latest`: every contract of every underlying as one text.
//!
//! Twenty thousand contracts are six megabytes: the text is written straight from the columns, an expiration at a
//! time, so that what is too much can be left out again.

use crate::chain::view::View;
use quant::{
    chain::Expiry,
    contract::Right,
    moves,
    surface::{Origin, Surface},
    tick,
};
use serde::Serialize;
use std::collections::BTreeMap;
use wire::{EpochSec, chain};

/// A larger value leaves out the contracts of the largest DTE.
pub(super) const MAX_BYTES: usize = 24 << 20;

/// One underlying's part.
pub(super) struct Part<'a> {
    pub(super) view: &'a View,
    pub(super) surface: &'a Surface,
    /// Strike increment, points.
    pub(super) increment: f64,
}

/// What precedes the contracts.
#[derive(Serialize)]
struct Head<'a> {
    version: u64,
    ts: EpochSec,
    market_ts: EpochSec,
    symbols: BTreeMap<&'a str, chain::Underlying>,
}

/// [`chain::Contract`], borrowed; NaN becomes null.
#[derive(Serialize)]
struct Contract<'a> {
    u: &'a str,
    root: &'a str,
    exp: &'a str,
    dte: i64,
    k: f64,
    cp: char,
    bid: f64,
    ask: f64,
    mid: Option<f64>,
    bs: f64,
    #[serde(rename = "as")]
    ask_size: f64,
    last: f64,
    ls: f64,
    vol: f64,
    oi: f64,
    iv: f64,
    iv_src: chain::Origin,
    delta: f64,
    gamma: f64,
    theta: f64,
    vega: f64,
    g_src: chain::Origin,
    t: Option<i64>,
}

/// The contracts of one expiration as the inside of a JSON object.
struct Segment {
    dte: i64,
    text: Vec<u8>,
}

/// The value of `massive:chain:latest`, at most about `max_bytes` long.
///
/// # Errors
/// A part has no JSON form.
pub(super) fn encode(
    version: u64,
    ts: EpochSec,
    parts: &[Part<'_>],
    max_bytes: usize,
) -> serde_json::Result<String> {
    let newest = parts.iter().map(|part| part.view.input_ms).max().unwrap_or_default();
    let symbols = parts.iter().map(|part| (&*part.view.symbol, part.underlying())).collect();
    let head = Head { version, ts, market_ts: wire::EpochMs(newest).to_sec(), symbols };
    let mut text = serde_json::to_vec(&head)?;
    text.pop();
    let mut segments = Vec::new();
    for part in parts {
        part.segments(&mut segments)?;
    }
    let is_truncated = cut(&mut segments, max_bytes.saturating_sub(text.len()));
    text.reserve(segments.iter().map(|segment| segment.text.len() + 1).sum::<usize>() + 64);
    text.extend_from_slice(b",\"contracts\":{");
    let mut is_first = true;
    for segment in segments.iter().filter(|segment| !segment.text.is_empty()) {
        if !std::mem::take(&mut is_first) {
            text.push(b',');
        }
        text.extend_from_slice(&segment.text);
    }
    text.extend_from_slice(if is_truncated { b"},\"truncated\":true}" } else { b"}}" });
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Leaves out the segments of the largest DTE until the rest fits; true when something went.
fn cut(segments: &mut Vec<Segment>, max_bytes: usize) -> bool {
    let mut is_truncated = false;
    while segments.iter().map(|segment| segment.text.len()).sum::<usize>() > max_bytes {
        let Some(largest) = segments.iter().map(|segment| segment.dte).max() else { break };
        segments.retain(|segment| segment.dte < largest);
        is_truncated = true;
    }
    is_truncated
}

impl Part<'_> {
    fn underlying(&self) -> chain::Underlying {
        let view = self.view;
        chain::Underlying {
            epoch: view.geometry.epoch.clone(),
            geometry_version: view.geometry.version,
            spot: view.spot,
            vix: view.vix,
            atm: moves::at_the_money(view.spot, self.increment).unwrap_or(view.spot),
            expirations: self.expirations(),
        }
    }

    /// By date; where two kinds settle on one, the later speaks for it.
    fn expirations(&self) -> Vec<chain::Expiration> {
        let mut listed: Vec<chain::Expiration> = Vec::new();
        for (index, expiry) in self.view.chain.expiries.iter().enumerate() {
            let strikes = &self.view.chain.strike[self.view.chain.contracts_of(index)];
            let (Some(&low), Some(&high)) = (strikes.first(), strikes.last()) else { continue };
            let date = expiry.date.to_string();
            let at = |column: &[f64]| column.get(index).copied().unwrap_or(f64::NAN);
            let (t_years, forward) = (at(&self.surface.t_years), at(&self.surface.forward));
            match listed.last_mut().filter(|last| last.date == date) {
                Some(last) => {
                    last.contracts += strikes.len();
                    last.strike_min = last.strike_min.min(low);
                    last.strike_max = last.strike_max.max(high);
                    (last.t_years, last.forward) = (t_years, forward);
                }
                None => listed.push(chain::Expiration {
                    date,
                    dte: dte(self.view, expiry),
                    t_years,
                    forward,
                    contracts: strikes.len(),
                    strike_min: low,
                    strike_max: high,
                }),
            }
        }
        listed
    }

    fn segments(&self, segments: &mut Vec<Segment>) -> serde_json::Result<()> {
        for (index, expiry) in self.view.chain.expiries.iter().enumerate() {
            let contracts = self.view.chain.contracts_of(index);
            let exp = expiry.date.to_string();
            let dte = dte(self.view, expiry);
            let mut text = Vec::with_capacity(contracts.len() * 384);
            for contract in contracts {
                let Some(ticker) = self.view.geometry.tickers.get(contract) else { continue };
                if !text.is_empty() {
                    text.push(b',');
                }
                serde_json::to_writer(&mut text, ticker)?;
                text.push(b':');
                serde_json::to_writer(&mut text, &self.contract(contract, ticker, &exp, dte))?;
            }
            segments.push(Segment { dte, text });
        }
        Ok(())
    }

    fn contract<'a>(&'a self, at: usize, ticker: &'a str, exp: &'a str, dte: i64) -> Contract<'a> {
        let (view, surface) = (self.view, self.surface);
        let value = |column: &[f64]| column.get(at).copied().unwrap_or(f64::NAN);
        let origin = |column: &[Origin]| named(column.get(at).copied().unwrap_or_default());
        let (bid, ask) = (value(&view.chain.bid), value(&view.chain.ask));
        Contract {
            u: &view.symbol,
            root: root(ticker),
            exp,
            dte,
            k: value(&view.chain.strike),
            cp: if view.chain.right.get(at) == Some(&Right::Call) { 'C' } else { 'P' },
            bid,
            ask,
            mid: tick::midpoint(bid, ask),
            bs: value(&view.bid_size),
            ask_size: value(&view.ask_size),
            last: value(&view.chain.last),
            ls: value(&view.last_size),
            vol: value(&view.volume),
            oi: value(&view.chain.open_interest),
            iv: value(&surface.iv),
            iv_src: origin(&surface.iv_origin),
            delta: value(&surface.delta),
            gamma: value(&surface.gamma),
            theta: value(&surface.theta),
            vega: value(&surface.vega),
            g_src: origin(&surface.gamma_origin),
            t: view.t_ms.get(at).copied().filter(|t| *t > 0),
        }
    }
}

/// Calendar days from the trading date.
pub(super) fn dte(view: &View, expiry: &Expiry) -> i64 {
    (expiry.date - view.now.date).num_days()
}

/// `O:` + root + date, right and strike in fifteen characters.
fn root(ticker: &str) -> &str {
    let end = ticker.len().saturating_sub(15);
    ticker.get(2..end).unwrap_or_default()
}

const fn named(origin: Origin) -> chain::Origin {
    match origin {
        Origin::Vendor => chain::Origin::Vendor,
        Origin::Own => chain::Origin::Own,
        Origin::None => chain::Origin::None,
    }
}
