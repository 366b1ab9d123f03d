//! The profiles as they grow: history, live trades, and what stands out.

use super::{
    Board, Note,
    payload::{self, Face},
};
use crate::{
    config::{ProfileSource, Profiles as Settings},
    models::{desk::Trade, stamp::Stamp},
};
use chrono::NaiveDate;
use quant::{
    calendar,
    profile::{Bar, Profile},
    structures::{self, Structures},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wire::gravity::{Artifact, Updated, VolumeNode, VolumeProfile};

const MINUTE_MS: i64 = 60_000;
/// Holes that wait to be filled; a market that is cut off more often has worse troubles.
const MAX_HOLES: usize = 100;

/// Every profile, by index.
#[derive(Debug)]
pub(crate) struct Profiles {
    held: BTreeMap<String, Held>,
    board: Board,
    bars: u64,
    trades: u64,
    volume: f64,
    /// When trades were last taken in, Unix seconds.
    last_flush: Option<f64>,
}

/// What one publication consists of.
pub(crate) struct Publication {
    pub(crate) symbol: String,
    pub(crate) model: VolumeProfile,
    pub(crate) artifact: Artifact,
    pub(crate) updated: Updated,
}

/// The profile of one index.
#[derive(Debug)]
struct Held {
    source: ProfileSource,
    profile: Profile,
    /// Days that came with a restored profile, and the last of them.
    restored: (u32, Option<NaiveDate>),
    dates: BTreeSet<NaiveDate>,
    /// It is known what it begins with. Before that a stored profile must not be written over.
    has_base: bool,
    is_ready: bool,
    edited: Option<Vec<VolumeNode>>,
    /// Unix seconds; grows with every publication.
    version: i64,
    newest_input: i64,
    newest_trade: Option<i64>,
    /// As published last.
    structures: Structures,
    min: f64,
    normalised: Vec<u32>,
}

impl Profiles {
    pub(crate) fn new(settings: &Settings, board: Board) -> Self {
        let held = settings.sources.iter().filter_map(|(index, source)| {
            let profile = Profile::new(source.multiplier, source.step)?;
            Some((index.clone(), Held::new(source.clone(), profile)))
        });
        Self { held: held.collect(), board, bars: 0, trades: 0, volume: 0.0, last_flush: None }
    }

    /// Takes in what was traded since the last call, at `ts` Unix seconds.
    pub(crate) fn flush<'a>(&mut self, trades: impl IntoIterator<Item = &'a Trade>, ts: f64) {
        self.last_flush = Some(ts);
        for trade in trades {
            for (index, held) in &mut self.held {
                if *held.source.source == *trade.source && held.trade(trade, index, &self.board) {
                    self.trades += 1;
                    self.volume += trade.size;
                }
            }
        }
        self.post();
    }

    /// Takes what the keeper tells; true: everything is to be published.
    pub(crate) fn note(&mut self, note: Note) -> bool {
        match note {
            Note::Publish => return true,
            Note::Base { symbol, model } => {
                if let Some(held) = self.held.get_mut(&symbol) {
                    held.begin(model.as_deref());
                }
            }
            Note::Bars { symbol, bars } => {
                if let Some(held) = self.held.get_mut(&symbol) {
                    self.bars += bars.iter().filter(|bar| held.bar(bar)).count() as u64;
                }
            }
            Note::Ready { symbol } => {
                if let Some(held) = self.held.get_mut(&symbol) {
                    held.is_ready = true;
                }
            }
            Note::Edited { symbol, nodes } => {
                if let Some(held) = self.held.get_mut(&symbol) {
                    held.edited = nodes;
                }
            }
        }
        self.post();
        false
    }

    /// Everything that has volume, to be written down. `spot` gives the price of an index.
    pub(crate) fn publish(
        &mut self,
        spot: impl Fn(&str) -> Option<f64>,
        stamp: impl Fn(i64) -> Stamp,
    ) -> Vec<Publication> {
        let mut publications = Vec::new();
        for (symbol, held) in &mut self.held {
            let stamp = stamp(held.newest_input);
            let Some(publication) = held.publish(symbol, spot(symbol), stamp) else { continue };
            self.board.published(symbol, &publication.model.version);
            publications.push(publication);
        }
        publications
    }

    /// Where `spot` stands; `None` without a profile.
    pub(crate) fn context(
        &self,
        symbol: &str,
        spot: f64,
        max_net: Option<f64>,
        em0: Option<f64>,
    ) -> Option<(structures::Context, String)> {
        let held = self.held.get(symbol).filter(|held| held.version > 0)?;
        let context = held.structures.context(spot, max_net, em0)?;
        Some((context, payload::version(held.version)))
    }

    /// The bins as published last: price of the first, step, volumes scaled to 1000; `None` without a profile.
    pub(crate) fn bins(&self, symbol: &str) -> Option<(f64, f64, &[u32])> {
        let held = self.held.get(symbol).filter(|held| !held.normalised.is_empty())?;
        Some((held.min, held.source.step, &held.normalised))
    }

    /// What stands out, as published last, the attention peak, and the step; `None` without a profile.
    pub(crate) fn structures(&self, symbol: &str) -> Option<(&Structures, f64, f64)> {
        let held = self.held.get(symbol).filter(|held| held.version > 0)?;
        let bins = held.profile.bins()?;
        Some((&held.structures, bins.attention_peak(), bins.step()))
    }

    /// The fields of `massive:volume_profile:analytics`.
    pub(crate) fn fields(&self) -> BTreeMap<String, Value> {
        [
            ("bars", json!(self.bars)),
            ("trades", json!(self.trades)),
            ("volume", json!(self.volume)),
            ("last_flush", json!(self.last_flush)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn post(&self) {
        for (symbol, held) in &self.held {
            self.board.update(symbol, |facts| {
                facts.newest_minute = held.profile.last_bar_t();
                facts.days = held.days();
            });
        }
    }
}

impl Held {
    fn new(source: ProfileSource, profile: Profile) -> Self {
        Self {
            source,
            profile,
            restored: (0, None),
            dates: BTreeSet::new(),
            has_base: false,
            is_ready: false,
            edited: None,
            version: 0,
            newest_input: 0,
            newest_trade: None,
            structures: Structures::default(),
            min: 0.0,
            normalised: Vec::new(),
        }
    }

    fn days(&self) -> u32 {
        self.restored.0.saturating_add(u32::try_from(self.dates.len()).unwrap_or(u32::MAX))
    }

    fn begin(&mut self, model: Option<&VolumeProfile>) {
        if !std::mem::replace(&mut self.has_base, true) && model.is_none() {
            // What was traded since the start counts already.
            return;
        }
        let Some(profile) = Profile::new(self.source.multiplier, self.source.step) else { return };
        self.profile = profile;
        self.dates.clear();
        self.restored = (0, None);
        self.is_ready = false;
        let Some(model) = model else { return };
        let last_bar = model.last_bar_t.map(|t| t.0);
        let entries = |map: &BTreeMap<wire::Points, f64>| -> Vec<(f64, f64)> {
            map.iter().map(|(price, volume)| (price.get(), *volume)).collect()
        };
        self.profile.restore(entries(&model.buckets_tv), entries(&model.buckets_raw), last_bar);
        self.restored = (model.days, last_bar.map(calendar::trading_date));
        self.newest_input = self.newest_input.max(last_bar.map_or(0, |t| t + MINUTE_MS));
        self.version = self.version.max(payload::number(&model.version));
        self.is_ready = true;
    }

    /// True when it counts.
    fn bar(&mut self, bar: &Bar) -> bool {
        let is_added = self.profile.add_bar(bar).is_ok();
        if is_added {
            self.saw(bar.t_ms, bar.t_ms + MINUTE_MS);
        }
        is_added
    }

    /// True when it counts.
    fn trade(&mut self, trade: &Trade, index: &str, board: &Board) -> bool {
        let is_added = self.profile.add_trade(trade.price, trade.size, trade.t_ms).is_ok();
        if !is_added {
            return false;
        }
        let minute = trade.t_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        if let Some(before) = self.newest_trade.filter(|before| minute - before > MINUTE_MS)
            && calendar::trading_date(before) == calendar::trading_date(minute)
        {
            board.update(index, |facts| {
                if facts.holes.len() < MAX_HOLES {
                    facts.holes.push((before + MINUTE_MS, minute - 1));
                }
            });
        }
        self.newest_trade = self.newest_trade.max(Some(minute));
        self.saw(trade.t_ms, trade.t_ms);
        true
    }

    fn saw(&mut self, t_ms: i64, end_ms: i64) {
        self.newest_input = self.newest_input.max(end_ms);
        let date = calendar::trading_date(t_ms);
        if self.restored.1.is_none_or(|last| date > last) {
            self.dates.insert(date);
        }
    }

    fn publish(&mut self, symbol: &str, spot: Option<f64>, stamp: Stamp) -> Option<Publication> {
        let bins = self.profile.bins().filter(|_bins| self.has_base)?;
        self.structures = Structures::of(&bins);
        (self.min, self.normalised) = (bins.min(), bins.normalised());
        if let Some(nodes) = &self.edited {
            let node = |node: &VolumeNode| structures::Node { price: node.price, volume: 0.0 };
            self.structures.nodes = nodes.iter().map(node).collect();
        }
        self.version = (self.version + 1).max(stamp.ts.whole().seconds() as i64);
        let face = Face {
            symbol,
            source: &self.source,
            profile: &self.profile,
            bins: &bins,
            normalised: &self.normalised,
            structures: &self.structures,
            edited: self.edited.as_deref(),
            days: self.days(),
            is_ready: self.is_ready,
            version: payload::version(self.version),
            spot,
            stamp,
        };
        Some(Publication {
            symbol: symbol.to_owned(),
            model: face.model(),
            artifact: face.artifact(),
            updated: face.updated(),
        })
    }
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
