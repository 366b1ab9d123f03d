//! Tiles on their way to JSON, without a copy of the words that all of them share.

use chrono::NaiveDate;
use quant::heatmap::{Key, Side, Strategy, Tile, rounded};
use serde::{Serialize, Serializer};
use wire::{
    Points,
    heatmap::{self, TileKey},
};

/// A JSON object of tiles, in the order of the list. The tiles are rounded.
pub(super) struct Tiles<'a> {
    symbol: &'a str,
    tiles: &'a [Tile],
    /// Dates as text, of the few expirations that there are.
    dates: Vec<(NaiveDate, String)>,
}

/// [`heatmap::Tile`], borrowed.
#[derive(Serialize)]
struct Shown<'a> {
    symbol: &'a str,
    strategy: heatmap::Strategy,
    dte: u16,
    expiration: &'a str,
    strike: f64,
    width: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<heatmap::Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    put: Option<heatmap::Side>,
}

impl<'a> Tiles<'a> {
    pub(super) fn new(symbol: &'a str, tiles: &'a [Tile]) -> Self {
        let mut dates: Vec<(NaiveDate, String)> = Vec::new();
        for tile in tiles {
            if !dates.iter().any(|(date, _)| *date == tile.expiration) {
                dates.push((tile.expiration, tile.expiration.to_string()));
            }
        }
        Self { symbol, tiles, dates }
    }

    fn shown(&self, tile: &Tile) -> Shown<'_> {
        let date = self.dates.iter().find(|(date, _)| *date == tile.expiration);
        Shown {
            symbol: self.symbol,
            strategy: strategy(tile.key.strategy),
            dte: tile.key.dte,
            expiration: date.map_or("", |(_, text)| text),
            strike: tile.key.strike(),
            width: tile.key.width(),
            call: tile.call.map(|side| shown(side, &tile.key)),
            put: tile.put.map(|side| shown(side, &tile.key)),
        }
    }
}

impl Serialize for Tiles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.tiles.iter().map(|tile| (wire_key(&tile.key), self.shown(tile))))
    }
}

/// The name of a tile on the wire.
pub(super) fn wire_key(key: &Key) -> TileKey {
    TileKey {
        strategy: strategy(key.strategy),
        dte: key.dte,
        width: Points(key.width_milli),
        strike: Points(key.strike_milli),
    }
}

const fn strategy(strategy: Strategy) -> heatmap::Strategy {
    match strategy {
        Strategy::Single => heatmap::Strategy::Single,
        Strategy::Vertical => heatmap::Strategy::Vertical,
        Strategy::Butterfly => heatmap::Strategy::Butterfly,
    }
}

fn shown(side: Side, key: &Key) -> heatmap::Side {
    match key.strategy {
        Strategy::Single => {
            heatmap::Side::Single { mid: side.debit, market_mid: side.market, change_pct: side.change_pct }
        }
        Strategy::Vertical | Strategy::Butterfly => heatmap::Side::Spread {
            debit: side.debit,
            max_profit: rounded(side.max_profit(key.width())),
            max_loss: side.debit,
            market_debit: side.market,
            change_pct: side.change_pct,
        },
    }
}
