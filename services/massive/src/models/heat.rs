//! Heatmaps: planes of tiles with a version, and what changed from each version to the next.

use super::{
    stamp::Stamp,
    tiles::{Tiles, wire_key},
};
use crate::chain::view::View;
use quant::heatmap::{self, Heatmap, Inputs, Key, Tile};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};
use tokio::time::Instant;
use wire::{EpochMs, EpochSec, heatmap::TileKey};

/// A replay that is longer than this is trimmed earlier than by its age: Redis has other guests.
const MAX_REPLAY_BYTES: usize = 24 << 20;

/// The heatmap of one underlying, as it was published last.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) map: Heatmap,
    /// 0: nothing was published since the start, so nobody can hold what a difference fits on.
    published: u64,
    /// The newest version that was ever seen, also before the start.
    version: u64,
    pub(super) published_at: Option<Instant>,
    pending: Option<Merged>,
    /// Size and instant of the entries of the replay.
    replayed: VecDeque<(Instant, usize)>,
}

/// A new version, encoded.
pub(super) struct Version {
    pub(super) latest: String,
    pub(super) diff: String,
}

/// The differences of one second, merged.
#[derive(Debug, Default)]
struct Merged {
    prev_version: u64,
    changed: BTreeMap<Key, Tile>,
    removed: BTreeSet<Key>,
}

/// [`wire::heatmap::Heatmap`], borrowed.
#[derive(Serialize)]
struct Latest<'a> {
    ts: EpochSec,
    market_ts: EpochSec,
    symbol: &'a str,
    version: u64,
    epoch: &'a str,
    spot: f64,
    vix: Option<f64>,
    skew_regime: &'static str,
    dtes_available: Vec<u16>,
    expirations: BTreeMap<u16, String>,
    dte_tile_counts: BTreeMap<u16, usize>,
    atm_iv: BTreeMap<u16, f64>,
    widths: &'a [f64],
    tiles: Tiles<'a>,
}

/// [`wire::heatmap::Diff`], borrowed.
#[derive(Serialize)]
struct Diff<'a> {
    ts: EpochSec,
    market_ts: EpochSec,
    symbol: &'a str,
    version: u64,
    prev_version: u64,
    epoch: &'a str,
    changed: Tiles<'a>,
    removed: Vec<TileKey>,
    dtes_available: Vec<u16>,
    atm_iv: BTreeMap<u16, f64>,
    spot: f64,
}

impl Sheet {
    /// `version` was published before the start.
    pub(super) fn after(version: u64) -> Self {
        Self { version, ..Self::default() }
    }

    /// Advances to `inputs`. `None` when nothing that is published changed and `is_due` does not ask for it.
    ///
    /// # Errors
    /// A payload has no JSON form.
    pub(super) fn advance(
        &mut self,
        inputs: &Inputs<'_>,
        view: &View,
        stamp: Stamp,
        is_due: bool,
    ) -> serde_json::Result<Option<Version>> {
        let newer = self.map.advance(inputs);
        let diff = self.map.diff(&newer);
        self.map = newer;
        if diff.is_empty() && !is_due {
            return Ok(None);
        }
        let now_ms = u64::try_from(EpochMs::from(stamp.ts).0).unwrap_or(0);
        self.version = (self.version + 1).max(now_ms);
        let prev_version = std::mem::replace(&mut self.published, self.version);
        let version = Version {
            latest: self.latest(inputs, view, stamp)?,
            diff: self.diff(&diff.changed, &diff.removed, prev_version, view, stamp)?,
        };
        self.pending.get_or_insert_with(|| Merged { prev_version, ..Merged::default() }).add(diff);
        Ok(Some(version))
    }

    /// The differences since the last call as one; `None` without any.
    ///
    /// # Errors
    /// The payload has no JSON form.
    pub(super) fn merged(&mut self, view: &View, stamp: Stamp) -> serde_json::Result<Option<String>> {
        let Some(merged) = self.pending.take() else { return Ok(None) };
        let changed: Vec<Tile> = merged.changed.into_values().collect();
        let removed: Vec<Key> = merged.removed.into_iter().collect();
        self.diff(&changed, &removed, merged.prev_version, view, stamp).map(Some)
    }

    /// Notes an entry of the replay of `bytes`, and how far back all of it may reach.
    pub(super) fn replayed(&mut self, bytes: usize, at: Instant, window: Duration) -> Duration {
        self.replayed.push_back((at, bytes));
        let mut total: usize = self.replayed.iter().map(|(_, bytes)| bytes).sum();
        let mut reach = window;
        while let Some(&(oldest, bytes)) = self.replayed.front()
            && self.replayed.len() > 1
            && (total > MAX_REPLAY_BYTES || at.duration_since(oldest) > window)
        {
            if total > MAX_REPLAY_BYTES {
                reach = window.min(at.duration_since(oldest));
            }
            self.replayed.pop_front();
            total -= bytes;
        }
        reach
    }

    fn latest(&self, inputs: &Inputs<'_>, view: &View, stamp: Stamp) -> serde_json::Result<String> {
        let planes = &self.map.planes;
        let mut tiles: Vec<Tile> = self.map.tiles().map(Tile::rounded).collect();
        tiles.sort_unstable_by_key(|tile| tile.key);
        let mut dte_tile_counts: BTreeMap<u16, usize> = planes.iter().map(|plane| (plane.dte(), 0)).collect();
        for tile in &tiles {
            *dte_tile_counts.entry(tile.key.dte).or_default() += 1;
        }
        serde_json::to_string(&Latest {
            ts: stamp.ts,
            market_ts: stamp.market_ts,
            symbol: &view.symbol,
            version: self.version,
            epoch: &view.geometry.epoch,
            spot: inputs.spot,
            vix: inputs.vix,
            skew_regime: quant::vix::skew_regime(inputs.vix).name(),
            dtes_available: self.dtes(),
            expirations: planes.iter().map(|plane| (plane.dte(), plane.expiration().to_string())).collect(),
            dte_tile_counts,
            atm_iv: self.atm_iv(),
            widths: inputs.widths,
            tiles: Tiles::new(&view.symbol, &tiles),
        })
    }

    fn diff(
        &self,
        changed: &[Tile],
        removed: &[Key],
        prev_version: u64,
        view: &View,
        stamp: Stamp,
    ) -> serde_json::Result<String> {
        let mut changed = changed.to_vec();
        changed.sort_unstable_by_key(|tile| tile.key);
        let mut removed: Vec<TileKey> = removed.iter().map(wire_key).collect();
        removed.sort_unstable();
        serde_json::to_string(&Diff {
            ts: stamp.ts,
            market_ts: stamp.market_ts,
            symbol: &view.symbol,
            version: self.version,
            prev_version,
            epoch: &view.geometry.epoch,
            changed: Tiles::new(&view.symbol, &changed),
            removed,
            dtes_available: self.dtes(),
            atm_iv: self.atm_iv(),
            spot: view.spot,
        })
    }

    fn dtes(&self) -> Vec<u16> {
        self.map.planes.iter().map(heatmap::Plane::dte).collect()
    }

    fn atm_iv(&self) -> BTreeMap<u16, f64> {
        self.map.planes.iter().map(|plane| (plane.dte(), heatmap::rounded(plane.atm_iv()))).collect()
    }
}

impl Merged {
    fn add(&mut self, diff: heatmap::Diff) {
        for key in diff.removed {
            self.changed.remove(&key);
            self.removed.insert(key);
        }
        for tile in diff.changed {
            self.removed.remove(&tile.key);
            self.changed.insert(tile.key, tile);
        }
    }
}
