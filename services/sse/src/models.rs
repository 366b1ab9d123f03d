//! The models that are known: heatmaps tile by tile, so that a difference is applied without reading the rest,
//! and what only REST shows.

mod heatmap;

use crate::streams::{DEALER_GRAVITY, HEATMAP, VOLUME_PROFILE};
use heatmap::Heatmap;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use web::sse::Hub;
use wire::{EpochSec, heatmap::Strategy};

/// Event names of the topic whose events are not called like it.
const HEATMAP_DIFF: &str = "heatmap_diff";
const ARTIFACT_UPDATED: &str = "dealer_gravity_artifact_updated";

/// What became of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is in, or was already.
    Done,
    /// It does not fit on what is held: the whole is to be read again.
    Reload,
}

/// A model that REST shows and no stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kept {
    /// Bins and structures.
    Artifact,
    /// Where the price stands among them.
    Context,
}

/// Every model by symbol.
#[derive(Debug)]
pub(crate) struct Models {
    hub: Hub,
    heatmaps: Mutex<HashMap<String, Heatmap>>,
    kept: Mutex<BTreeMap<(Kept, String), String>>,
}

impl Models {
    pub(crate) fn new(hub: Hub) -> Self {
        Self { hub, heatmaps: Mutex::default(), kept: Mutex::default() }
    }

    /// Takes the whole heatmap of `symbol`. One that is not newer changes nothing.
    ///
    /// # Errors
    /// It is not a heatmap.
    pub(crate) fn take_heatmap(&self, symbol: &str, text: &str) -> Result<(), serde_json::Error> {
        let heatmap = Heatmap::read(text)?;
        let mut heatmaps = self.heatmaps();
        // A version that fell back is a producer that lost its memory: the key is what counts.
        if heatmaps.get(symbol).is_some_and(|held| held.version() == heatmap.version()) {
            return Ok(());
        }
        self.hub.state(HEATMAP, symbol, text);
        heatmaps.insert(symbol.to_owned(), heatmap);
        Ok(())
    }

    /// Takes a difference as it was published.
    ///
    /// # Errors
    /// It is not one.
    pub(crate) fn take_diff(&self, text: &str) -> Result<(String, Fit), serde_json::Error> {
        let diff = heatmap::Diff::read(text)?;
        let mut heatmaps = self.heatmaps();
        let Some(held) = heatmaps.get_mut(&diff.symbol) else { return Ok((diff.symbol, Fit::Reload)) };
        if diff.version <= held.version() {
            return Ok((diff.symbol, Fit::Done));
        }
        if !held.fits(&diff) {
            return Ok((diff.symbol, Fit::Reload));
        }
        let symbol = diff.symbol.clone();
        held.apply(diff);
        let full = held.text(|_| true);
        self.hub.put(HEATMAP, &symbol, (HEATMAP, &full), Some((HEATMAP_DIFF, text)));
        Ok((symbol, Fit::Done))
    }

    /// The heatmap of `symbol`, of one strategy or one DTE where asked; `None` while there is none.
    pub(crate) fn heatmap(
        &self,
        symbol: &str,
        strategy: Option<Strategy>,
        dte: Option<u16>,
    ) -> Option<String> {
        let heatmaps = self.heatmaps();
        let is_wanted = |key: &wire::heatmap::TileKey| {
            strategy.is_none_or(|strategy| key.strategy == strategy) && dte.is_none_or(|dte| key.dte == dte)
        };
        Some(heatmaps.get(symbol)?.text(is_wanted))
    }

    /// Tells of a profile: who draws it asks for it.
    pub(crate) fn profile_changed(&self, symbol: &str, version: &str, ts: EpochSec) {
        let pointer = json!({"symbol": symbol, "version": version, "ts": ts});
        self.hub.state(VOLUME_PROFILE, symbol, &pointer.to_string());
    }

    /// Passes on that the artifact of `symbol` is new.
    pub(crate) fn artifact_changed(&self, symbol: &str, text: &str) {
        self.hub.put(DEALER_GRAVITY, symbol, (ARTIFACT_UPDATED, text), None);
    }

    pub(crate) fn keep(&self, what: Kept, symbol: &str, text: String) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert((what, symbol.to_owned()), text);
    }

    pub(crate) fn kept(&self, what: Kept, symbol: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(what, symbol.to_owned())).cloned()
    }

    /// Symbols that have a heatmap or an artifact.
    pub(crate) fn symbols(&self) -> BTreeSet<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut symbols: BTreeSet<_> = kept.keys().map(|(_, symbol)| symbol.clone()).collect();
        drop(kept);
        symbols.extend(self.heatmaps().keys().cloned());
        symbols
    }

    fn heatmaps(&self) -> MutexGuard<'_, HashMap<String, Heatmap>> {
        self.heatmaps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
