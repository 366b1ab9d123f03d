//! The market: every price, trade and quote as a pure function of seed, symbol and instant.
//!
//! Levels are built from coarse to fine (day, minute, step of 100 ms), each finer level fitted between the
//! coarser ones. So any instant of any year can be asked for directly, and history, live events and bars agree.
//! The option chain builds on [`Market::value`] and [`Market::variance`].

mod bar;
pub mod chain;
mod ledger;
mod listing;
mod market;
mod overlay;
mod path;
mod random;
mod tape;

pub use bar::Bar;
pub(crate) use bar::four;
pub use listing::{Kind, Listing};
pub use market::{Market, Minute, Stats};
pub use overlay::Shock;
pub use path::{MINUTES, Place, STEP_MS, STEPS, active_minutes, day_start, place, regular_minutes};
pub use random::Stream;
pub(crate) use tape::{PER_STEP, sequence};
pub use tape::{Quote, Trade};
