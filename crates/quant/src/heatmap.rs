//! What each structure costs: a stack of planes, one per day to expiration, of tiles by strike and width.
//!
//! Every tile has two prices. The theoretical one is smooth: Black-76 with the forward and discount of its expiry and
//! a volatility that is either the house's model smile or the market's own, interpolated. The market price comes from
//! the midpoints of the quotes. A plane keeps its theoretical prices until there is a [`Cause`] to compute it anew;
//! in between only its market prices follow the quotes.
//!
//! | strategy | call side | put side | legs |
//! |---|---|---|---|
//! | butterfly | `C(K-w) - 2 C(K) + C(K+w)` | `P(K+w) - 2 P(K) + P(K-w)` | call and put at all three strikes |
//! | vertical | `C(K) - C(K+w)` | `P(K) - P(K-w)` | the two of the side |
//! | single | `C(K)` | `P(K)` | the one |

mod diff;
mod ladder;
mod plane;

use crate::{
    chain::Chain,
    surface::Surface,
    vix::{self, SkewRegime},
};
use chrono::NaiveDate;
pub use diff::Diff;
use ladder::Ladder;
pub use plane::Plane;
use std::fmt;

/// A move of spot, as a share, that makes theoretical prices stale.
const SPOT_MOVE: f64 = 1e-4;
/// A move of the base volatility, absolute, that makes them stale.
const BASE_MOVE: f64 = 1e-4;
/// Milliseconds of market time after which time decay makes them stale.
const MAX_AGE_MS: u64 = 10_000;

/// Kind of structure; the order is that of the legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// One option.
    Single,
    /// One bought, one sold.
    Vertical,
    /// One bought, two sold, one bought.
    Butterfly,
}

/// Names a tile; the order is that of the published map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Kind of structure.
    pub strategy: Strategy,
    /// Calendar days to expiration.
    pub dte: u16,
    /// Distance of the strikes in thousandths of a point; 0 for a single.
    pub width_milli: u32,
    /// The middle strike, or the one that is bought, in thousandths of a point.
    pub strike_milli: u32,
}

/// One structure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tile {
    /// Its name.
    pub key: Key,
    /// New York date.
    pub expiration: NaiveDate,
    /// Made of calls; `None`: a leg is not listed.
    pub call: Option<Side>,
    /// Made of puts; `None`: a leg is not listed.
    pub put: Option<Side>,
}

/// What one side of a tile costs, points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// Theoretical. The most that can be lost.
    pub debit: f64,
    /// From midpoints; `None`: a leg has no usable one.
    pub market: Option<f64>,
    /// Distance of the debit from that of the next higher strike which has this side, in percent of the latter; 0
    /// without one, or where the latter is published as 0.
    pub change_pct: f64,
}

/// Where a theoretical price takes its volatility from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pricing {
    /// `base` times the [`vix::Skew`] of the VIX.
    #[default]
    Model,
    /// The implied volatilities of the out-of-the-money contracts, linear in `ln(K/F)`, flat outside; where there are
    /// none, the model.
    Smile,
}

/// What a heatmap is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The contracts.
    pub chain: &'a Chain,
    /// What they imply.
    pub surface: &'a Surface,
    /// Points.
    pub spot: f64,
    /// Points; `None` is unknown.
    pub vix: Option<f64>,
    /// Points; in any order.
    pub widths: &'a [f64],
    /// Expirations further away have no plane.
    pub max_dte: u16,
    /// New York date of the market's time.
    pub trading_date: NaiveDate,
    /// Unix milliseconds of the market's time.
    pub market_ms: i64,
    /// Source of the volatility.
    pub pricing: Pricing,
}

/// What the theoretical prices of a plane were computed with, as far as their age is judged by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// Points.
    pub spot: f64,
    /// Shape of the model smile.
    pub skew: SkewRegime,
    /// At-the-money volatility, 1.00 = 100 % a year.
    pub base: f64,
    /// Unix milliseconds of the market's time.
    pub market_ms: i64,
}

/// Why a plane's theoretical prices are computed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There was no such plane, or its contracts or their volatilities changed.
    Contracts,
    /// Spot moved by more than 0.01 %.
    Spot,
    /// Another VIX regime.
    Skew,
    /// The base volatility moved by more than 1e-4.
    Base,
    /// Ten seconds of time decay.
    Age,
}

/// The planes of one underlying.
#[derive(Debug, Clone, Default)]
pub struct Heatmap {
    /// Ascending by days to expiration.
    pub planes: Vec<Plane>,
}

impl Heatmap {
    /// Every plane, computed afresh. Without a usable spot there are none.
    pub fn of(inputs: &Inputs<'_>) -> Self {
        Self::default().advance(inputs)
    }

    /// The heatmap that follows this one: planes with a [`Cause`] are computed afresh, the others keep their
    /// theoretical prices and take over the market's. Expired planes are gone.
    pub fn advance(&self, inputs: &Inputs<'_>) -> Self {
        let ladders = ladder::ladders(inputs);
        let next = |ladder: Ladder| match self.plane(ladder.dte) {
            Some(plane) => plane.advance(ladder, inputs),
            None => Plane::of(ladder, inputs, Cause::Contracts),
        };
        Self { planes: ladders.into_iter().map(next).collect() }
    }

    /// The plane `dte` calendar days away.
    pub fn plane(&self, dte: u16) -> Option<&Plane> {
        self.planes.iter().find(|plane| plane.dte() == dte)
    }

    /// What is to be published to whoever holds this one when `newer` takes its place.
    pub fn diff(&self, newer: &Self) -> Diff {
        Diff::between(self, newer)
    }

    /// All tiles, plane by plane.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        self.planes.iter().flat_map(Plane::tiles)
    }
}

impl Basis {
    /// Why prices computed with this are stale at `now`; `has_new_contracts`: listing or volatilities changed.
    pub fn cause(&self, now: &Self, has_new_contracts: bool) -> Option<Cause> {
        if has_new_contracts {
            Some(Cause::Contracts)
        } else if self.skew != now.skew {
            Some(Cause::Skew)
        } else if (now.spot - self.spot).abs() > SPOT_MOVE * self.spot {
            Some(Cause::Spot)
        } else if (now.base - self.base).abs() > BASE_MOVE {
            Some(Cause::Base)
        } else if now.market_ms.abs_diff(self.market_ms) >= MAX_AGE_MS {
            Some(Cause::Age)
        } else {
            None
        }
    }

    fn of(ladder: &Ladder, inputs: &Inputs<'_>) -> Self {
        let base =
            ladder.base(inputs.spot).unwrap_or_else(|| match inputs.vix.filter(|vix| vix.is_finite()) {
                Some(vix) => vix.max(5.0) / 100.0,
                None => 0.20,
            });
        Self { spot: inputs.spot, skew: vix::skew_regime(inputs.vix), base, market_ms: inputs.market_ms }
    }
}

impl Strategy {
    /// As in tile keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Vertical => "vertical",
            Self::Butterfly => "butterfly",
        }
    }
}

impl Key {
    /// Points.
    pub fn width(&self) -> f64 {
        f64::from(self.width_milli) / 1000.0
    }

    /// Points.
    pub fn strike(&self) -> f64 {
        f64::from(self.strike_milli) / 1000.0
    }
}

/// `strategy:dte:width:strike`, numbers as the shortest decimals.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.strategy.name(), self.dte, self.width(), self.strike())
    }
}

impl Tile {
    /// As published.
    pub fn rounded(self) -> Self {
        Self { call: self.call.map(Side::rounded), put: self.put.map(Side::rounded), ..self }
    }
}

impl Side {
    /// The most that can be won with a structure `width` points wide.
    pub fn max_profit(&self, width: f64) -> f64 {
        width - self.debit
    }

    /// As published: four decimals.
    pub fn rounded(self) -> Self {
        Self {
            debit: rounded(self.debit),
            market: self.market.map(rounded),
            change_pct: rounded(self.change_pct),
        }
    }
}

/// Four decimals, halves away from zero; never a negative zero.
pub fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4 + 0.0
}

/// Thousandths of a point; `None` for what no option ticker can hold, and for zero.
fn milli(points: f64) -> Option<u32> {
    let milli = (points * 1000.0).round();
    (1.0..=f64::from(u32::MAX)).contains(&milli).then_some(milli as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_has_four_decimals_and_no_negative_zero() {
        assert_eq!([1.000_05, -1.000_05, 3.412_34].map(rounded), [1.0001, -1.0001, 3.4123]);
        assert_eq!(rounded(-1e-9).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_key_is_written_with_the_shortest_decimals() {
        let key = Key { strategy: Strategy::Vertical, dte: 3, width_milli: 2500, strike_milli: 447_500 };
        assert_eq!(key.to_string(), "vertical:3:2.5:447.5");
        let key = Key { strategy: Strategy::Butterfly, dte: 0, width_milli: 20_000, strike_milli: 6_650_000 };
        assert_eq!(key.to_string(), "butterfly:0:20:6650");
    }
}
