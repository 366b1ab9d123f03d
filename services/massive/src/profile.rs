//! Volume profiles: how much of a fund was traded at each price, on the scale of its index.
//!
//! The profiles themselves belong to the models' thread ([`held::Profiles`]). What takes time (stored profiles,
//! days of bars, edits by people) is fetched beside it ([`keeper`]) and arrives as [`Note`]s.

pub(crate) mod held;
pub(crate) mod keeper;
pub(crate) mod payload;

use quant::profile::Bar;
use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use wire::gravity::{VolumeNode, VolumeProfile};

/// Own versions that are remembered: a word of one may arrive after the next was published.
const MAX_VERSIONS: usize = 16;

/// What the keeper tells the profiles. `symbol` is the index.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// Begin anew: with a profile made earlier or elsewhere, or empty, and then bars will come.
    Base { symbol: String, model: Option<Box<VolumeProfile>> },
    /// Minutes of history.
    Bars { symbol: String, bars: Vec<Bar> },
    /// All the history there is was told.
    Ready { symbol: String },
    /// People's volume nodes; `None`: the computed ones count.
    Edited { symbol: String, nodes: Option<Vec<VolumeNode>> },
    /// Write everything down.
    Publish,
}

/// What the keeper can see of the profiles. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board(Arc<Mutex<BTreeMap<String, Facts>>>);

/// About the profile of one index.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// The versions published last, oldest first.
    pub(crate) versions: VecDeque<String>,
    /// Start of the newest minute in it, Unix milliseconds.
    pub(crate) newest_minute: Option<i64>,
    /// Trading days in it.
    pub(crate) days: u32,
    /// Minutes without trades between minutes with trades: first and last instant, Unix milliseconds.
    pub(crate) holes: Vec<(i64, i64)>,
}

impl Board {
    /// The facts of `symbol`; its holes are handed over and forgotten.
    pub(crate) fn take(&self, symbol: &str) -> Facts {
        let mut facts = self.lock();
        let Some(known) = facts.get_mut(symbol) else { return Facts::default() };
        let holes = mem::take(&mut known.holes);
        Facts { holes, ..known.clone() }
    }

    /// True when `version` of `symbol` was published by this program.
    pub(crate) fn is_own(&self, symbol: &str, version: &str) -> bool {
        self.lock().get(symbol).is_some_and(|facts| facts.versions.iter().any(|own| own == version))
    }

    /// `version` of `symbol` was published.
    pub(crate) fn published(&self, symbol: &str, version: &str) {
        self.update(symbol, |facts| {
            if facts.versions.len() == MAX_VERSIONS {
                facts.versions.pop_front();
            }
            facts.versions.push_back(version.to_owned());
        });
    }

    pub(crate) fn update(&self, symbol: &str, change: impl FnOnce(&mut Facts)) {
        change(self.lock().entry(symbol.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Facts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
