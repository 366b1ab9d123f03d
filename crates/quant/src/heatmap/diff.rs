//! What changed between two heatmaps, judged by what is published.

use super::{Heatmap, Key, Plane, Tile};

/// The way from one heatmap to another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diff {
    /// Tiles that are new or different, rounded as published, plane by plane.
    pub changed: Vec<Tile>,
    /// Tiles that are gone.
    pub removed: Vec<Key>,
}

impl Diff {
    /// Nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }

    pub(super) fn between(older: &Heatmap, newer: &Heatmap) -> Self {
        let mut diff = Self::default();
        let gone = |plane: &&Plane| newer.plane(plane.dte()).is_none();
        for plane in older.planes.iter().filter(gone) {
            diff.removed.extend(plane.tiles().map(|tile| tile.key));
        }
        for plane in &newer.planes {
            match older.plane(plane.dte()) {
                Some(before) => diff.add(before.tiles(), plane.tiles()),
                None => diff.changed.extend(plane.tiles().map(Tile::rounded)),
            }
        }
        diff
    }

    /// Both ascend by key.
    fn add(&mut self, older: impl Iterator<Item = Tile>, newer: impl Iterator<Item = Tile>) {
        let mut older = older.peekable();
        for tile in newer {
            while let Some(gone) = older.next_if(|before| before.key < tile.key) {
                self.removed.push(gone.key);
            }
            let before = older.next_if(|before| before.key == tile.key);
            if before.is_none_or(|before| before != tile && before.rounded() != tile.rounded()) {
                self.changed.push(tile.rounded());
            }
        }
        self.removed.extend(older.map(|gone| gone.key));
    }
}
