//! One heatmap as its tiles' own JSON: a difference replaces texts, nothing is decoded that nobody asks for.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use wire::heatmap::TileKey;

type Tiles = BTreeMap<TileKey, Box<RawValue>>;

/// Members that a difference brings along; the planes' dates come with the whole only.
const CARRIED: [&str; 6] = ["ts", "market_ts", "version", "epoch", "atm_iv", "spot"];
const COUNTS: &str = "dte_tile_counts";
const TILES: &str = "tiles";

/// A heatmap as it is held.
#[derive(Debug)]
pub(super) struct Heatmap {
    version: u64,
    planes: Vec<u16>,
    /// Every member but the tiles.
    head: BTreeMap<String, Box<RawValue>>,
    tiles: Tiles,
}

/// A difference as it was published.
#[derive(Debug)]
pub(super) struct Diff {
    pub(super) symbol: String,
    pub(super) version: u64,
    prev_version: u64,
    planes: Vec<u16>,
    head: BTreeMap<String, Box<RawValue>>,
    changed: Tiles,
    removed: Vec<TileKey>,
}

#[derive(Deserialize)]
struct Whole {
    version: u64,
    #[serde(default)]
    dtes_available: Vec<u16>,
    tiles: Tiles,
}

#[derive(Deserialize)]
struct Difference {
    symbol: String,
    version: u64,
    prev_version: u64,
    #[serde(default)]
    dtes_available: Vec<u16>,
    changed: Tiles,
    #[serde(default)]
    removed: Vec<TileKey>,
}

impl Heatmap {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Whole { version, dtes_available: planes, tiles } = serde_json::from_str(text)?;
        let mut head: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
        head.remove(TILES);
        Ok(Self { version, planes, head, tiles })
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// Whether `diff` can be applied: it was made from this version, and brings no plane whose date is unknown.
    pub(super) fn fits(&self, diff: &Diff) -> bool {
        diff.prev_version == self.version && diff.planes == self.planes
    }

    pub(super) fn apply(&mut self, diff: Diff) {
        self.version = diff.version;
        self.head.extend(diff.head);
        self.tiles.extend(diff.changed);
        for key in &diff.removed {
            self.tiles.remove(key);
        }
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        self.tiles.keys().for_each(|key| *counts.entry(key.dte).or_default() += 1);
        if let Ok(counts) = serde_json::value::to_raw_value(&counts) {
            self.head.insert(COUNTS.into(), counts);
        }
    }

    /// The heatmap with the tiles that `is_wanted`.
    pub(super) fn text(&self, is_wanted: impl Fn(&TileKey) -> bool) -> String {
        let size: usize = self.tiles.values().map(|tile| tile.get().len() + 32).sum();
        let mut text = String::with_capacity(size + 2048);
        text.push('{');
        for (name, value) in &self.head {
            member(&mut text, name, value);
            text.push(',');
        }
        text.push_str("\"tiles\":{");
        let mut is_first = true;
        for (key, tile) in self.tiles.iter().filter(|(key, _)| is_wanted(key)) {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            member(&mut text, &key.to_string(), tile);
        }
        text.push_str("}}");
        text
    }
}

impl Diff {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Difference { symbol, version, prev_version, dtes_available: planes, changed, removed } =
            serde_json::from_str(text)?;
        let mut head: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
        head.retain(|name, _| CARRIED.contains(&name.as_str()));
        Ok(Self { symbol, version, prev_version, planes, head, changed, removed })
    }
}

/// Names come from a JSON object and tile keys: the former are written with what JSON needs, the latter need nothing.
fn member(text: &mut String, name: &str, value: &RawValue) {
    match serde_json::to_string(name) {
        Ok(name) => text.push_str(&name),
        Err(_never) => text.push_str("\"\""),
    }
    text.push(':');
    text.push_str(value.get());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn whole() -> Value {
        json!({
            "ts": 1, "market_ts": 1, "symbol": "I:SPX", "version": 7, "epoch": "e", "spot": 6000.5, "vix": null,
            "dtes_available": [0], "expirations": {"0": "2025-11-21"}, "dte_tile_counts": {"0": 2},
            "atm_iv": {"0": 0.1}, "widths": [20],
            "tiles": {"single:0:0:6000": {"call": {"mid": 1.0}}, "butterfly:0:20:6000": {"call": {"debit": 2.0}}},
        })
    }

    fn diff(edit: impl FnOnce(&mut Value)) -> Diff {
        let mut diff = json!({
            "ts": 2, "market_ts": 2, "symbol": "I:SPX", "version": 9, "prev_version": 7, "epoch": "e",
            "changed": {"single:0:0:6005": {"call": {"mid": 3.0}}}, "removed": ["single:0:0:6000"],
            "dtes_available": [0], "atm_iv": {"0": 0.2}, "spot": 6001.0,
        });
        edit(&mut diff);
        Diff::read(&diff.to_string()).unwrap()
    }

    #[test]
    fn a_difference_changes_what_it_names() {
        let mut heatmap = Heatmap::read(&whole().to_string()).unwrap();
        let diff = diff(|_| {});
        assert!(heatmap.fits(&diff));
        heatmap.apply(diff);
        let mut expected = whole();
        expected["ts"] = json!(2);
        expected["market_ts"] = json!(2);
        expected["version"] = json!(9);
        expected["atm_iv"] = json!({"0": 0.2});
        expected["spot"] = json!(6001.0);
        expected["tiles"] = json!({
            "single:0:0:6005": {"call": {"mid": 3.0}}, "butterfly:0:20:6000": {"call": {"debit": 2.0}},
        });
        assert_eq!(serde_json::from_str::<Value>(&heatmap.text(|_| true)).unwrap(), expected);
        let only: Value = serde_json::from_str(&heatmap.text(|key| key.width.0 == 0)).unwrap();
        assert_eq!(only["tiles"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn what_does_not_fit_is_seen() {
        let heatmap = Heatmap::read(&whole().to_string()).unwrap();
        assert!(!heatmap.fits(&diff(|diff| diff["prev_version"] = json!(6))));
        assert!(
            !heatmap.fits(&diff(|diff| diff["dtes_available"] = json!([0, 3]))),
            "a plane without its date"
        );
        assert!(Heatmap::read("{\"version\":1,\"tiles\":{\"nonsense\":{}}}").is_err());
    }
}
