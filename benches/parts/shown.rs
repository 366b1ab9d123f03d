//! When a quote is first seen in the heatmap.

use quant::contract::{Contract, Right};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::HashMap, time::Instant};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use wire::heatmap::{Diff, Side, Strategy, Tile};

/// Half of the last decimal that tiles have.
const SAME: f64 = 5.1e-5;

/// A contract of one underlying: expiration, right, thousandths of the strike.
type Name = (String, Right, u32);

#[derive(Debug, Deserialize)]
struct Quote {
    ev: String,
    #[serde(default)]
    sym: String,
    #[serde(default)]
    bp: f64,
    #[serde(default)]
    ap: f64,
}

enum Seen {
    Quote(Name, f64),
    Tiles(Vec<(Name, f64)>),
}

/// What a contract's tile shows, and the quotes that it does not show yet.
#[derive(Debug, Default)]
struct Cell {
    shown: Option<f64>,
    waiting: Vec<(Instant, f64)>,
}

/// How long quotes waited.
pub(crate) struct Waits {
    /// Milliseconds from each quote to the first difference that shows it, or a newer one of the same contract.
    pub(crate) ms: Vec<f64>,
    /// Quotes that no difference showed, though they changed a midpoint.
    pub(crate) unseen: usize,
    pub(crate) quotes: usize,
    pub(crate) diffs: usize,
}

/// Follows each quote into the tile of its contract: `single:<dte>:0:<strike>` shows the midpoint of the quote. A
/// midpoint that came and went between two differences is followed no further.
pub(crate) fn waits(frames: &[(Instant, Utf8Bytes)], diffs: &[(Instant, Vec<u8>)], first: &[Tile]) -> Waits {
    let mut seen: Vec<(Instant, Seen)> = Vec::new();
    for (at, frame) in frames {
        seen.extend(quotes(frame.as_str()).into_iter().map(|(name, mid)| (*at, Seen::Quote(name, mid))));
    }
    let quotes = seen.len();
    for (at, diff) in diffs {
        let diff: Diff = serde_json::from_slice(diff).unwrap();
        seen.push((*at, Seen::Tiles(singles(diff.changed.values()))));
    }
    seen.sort_by_key(|(at, _)| *at);
    let mut cells: HashMap<Name, Cell> = HashMap::new();
    for (name, mid) in singles(first) {
        cells.entry(name).or_default().shown = Some(mid);
    }
    let mut ms = Vec::new();
    for (at, seen) in seen {
        match seen {
            // Contracts without a tile are none of the heatmap's.
            Seen::Quote(name, mid) => {
                if let Some(cell) = cells.get_mut(&name) {
                    cell.waiting.push((at, mid));
                }
            }
            Seen::Tiles(tiles) => {
                for (name, mid) in tiles {
                    ms.extend(cells.entry(name).or_default().show(at, mid));
                }
                cells.values_mut().for_each(Cell::settle);
            }
        }
    }
    let end = diffs.last().map(|(at, _)| *at);
    let is_old = |at: &Instant| end.is_some_and(|end| (end - *at).as_secs() >= 1);
    let unseen = cells.values().flat_map(|cell| &cell.waiting).filter(|(at, _)| is_old(at)).count();
    Waits { ms, unseen, quotes, diffs: diffs.len() }
}

impl Cell {
    /// The tile shows `mid` from `at` on; how long the quotes that led to it have waited.
    fn show(&mut self, at: Instant, mid: f64) -> Vec<f64> {
        self.shown = Some(mid);
        let newest = self.waiting.iter().rposition(|(_, waiting)| (waiting - mid).abs() < SAME);
        let shown = newest.map_or(0, |newest| newest + 1);
        self.waiting.drain(..shown).map(|(since, _)| (at - since).as_secs_f64() * 1000.0).collect()
    }

    /// Quotes that lead to what is shown anyway have nothing to wait for.
    fn settle(&mut self) {
        if let (Some((_, mid)), Some(shown)) = (self.waiting.last(), self.shown)
            && (mid - shown).abs() < SAME
        {
            self.waiting.clear();
        }
    }
}

/// Midpoints of the quotes of a frame.
fn quotes(frame: &str) -> Vec<(Name, f64)> {
    let events: Vec<Value> = serde_json::from_str(frame).unwrap_or_default();
    let quotes = events.into_iter().filter_map(|event| serde_json::from_value::<Quote>(event).ok());
    let named = quotes.filter(|quote| quote.ev == "Q").filter_map(|quote| {
        let contract: Contract = quote.sym.parse().ok()?;
        let name = (contract.expiration.to_string(), contract.right, contract.strike_milli);
        Some((name, quant::tick::midpoint(quote.bp, quote.ap)?))
    });
    named.collect()
}

/// Midpoints that tiles of single contracts show.
fn singles<'a>(tiles: impl IntoIterator<Item = &'a Tile>) -> Vec<(Name, f64)> {
    let singles = tiles.into_iter().filter(|tile| tile.strategy == Strategy::Single);
    let sides = singles.flat_map(|tile| [(tile, Right::Call, tile.call), (tile, Right::Put, tile.put)]);
    let shown = sides.filter_map(|(tile, right, side)| match side? {
        Side::Single { market_mid, .. } => {
            Some(((tile.expiration.clone(), right, (tile.strike * 1000.0).round() as u32), market_mid?))
        }
        Side::Spread { .. } => None,
    });
    shown.collect()
}
