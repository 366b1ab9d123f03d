//! What crosses a process boundary: every Redis name, the payload behind it, and how long it lives.
//!
//! Names are spelled here and nowhere else (one search finds the owner of a key seen in `redis-cli`). The kind
//! of a name ([`name::Key`], [`name::Channel`] …) says which operations exist, its parameter says what is inside.
//! Nothing here does I/O or asks for the time.

#![warn(missing_docs)]

pub mod access;
pub mod chain;
pub mod copilot;
pub mod econ;
pub mod gex;
pub mod gravity;
pub mod heatmap;
pub mod intel;
pub mod journal;
pub mod market;
pub mod mesh;
pub mod name;
pub mod points;
pub mod presence;
pub mod regime;
pub mod selector;
pub mod shown;
pub mod sse;
pub mod system;
pub mod time;
pub mod vexy;
pub mod vigil;

pub use name::{BusId, Channel, Index, Key, Log, Members, Pattern, Record};
pub use points::Points;
pub use time::{EpochMs, EpochSec};

#[cfg(test)]
mod tests {
    use crate::{econ, gex, gravity, heatmap, intel, market, regime, sse};

    /// The page reads these as they are; what the gateway makes of others is its own to say.
    #[test]
    fn the_page_knows_what_crosses_the_wire() {
        typescript::Types::of("crates/wire", "ui/src/wire")
            .with::<econ::Schedule>()
            .with::<gex::Gex>()
            .with::<gex::ByStrike>()
            .with::<gravity::Artifact>()
            .with::<gravity::Context>()
            .with::<gravity::Updated>()
            .with::<heatmap::Heatmap>()
            .with::<heatmap::Diff>()
            .with::<intel::Article>()
            .with::<market::Clock>()
            .with::<market::MarketEvent>()
            .with::<market::Spot>()
            .with::<market::Tick>()
            .with::<regime::BiasLfi>()
            .with::<regime::MarketMode>()
            .with::<regime::VixRegime>()
            .with::<sse::Candles>()
            .with::<sse::Connected>()
            .with::<sse::Fleet>()
            .with::<sse::Resync>()
            .check();
    }
}
