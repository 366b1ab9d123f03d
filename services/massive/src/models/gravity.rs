//! Dealer gravity and pin as payloads: where the price stands among structures, and what holds it.

use super::{stamp::Stamp, underlying::Underlying};
use crate::profile::held::Profiles;
use quant::{
    gravity::{self, Gravity},
    pin::{self, Volume},
};
use wire::{
    EpochMs,
    gravity::{Context, State},
    regime::{Pin, PinTier},
};

const MINUTE_MS: i64 = 60_000;

/// The minutes of the market's time, as they close.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    /// The one that is open; `None` before the first look.
    open: Option<i64>,
    previous_best: Option<f64>,
}

impl Minutes {
    /// Start of the minute that has closed by `market_ms`, Unix milliseconds; each is told once. A clock that jumps
    /// back begins a new count.
    pub(super) fn closed(&mut self, market_ms: i64) -> Option<i64> {
        let minute = market_ms.div_euclid(MINUTE_MS);
        let before = self.open.replace(minute)?;
        (minute > before).then_some((minute - 1) * MINUTE_MS)
    }
}

/// `dealer_gravity:state:<symbol>` of the minute that began at `minute`; `None` without gamma or expected move.
pub(super) fn state(of: &mut Underlying, profiles: &Profiles, minute: i64, stamp: Stamp) -> Option<State> {
    let nearest = of.gex.nearest_expiration()?;
    let profile = profiles.bins(&of.symbol).map(|(min, step, bins)| gravity::Profile { min, step, bins });
    let gravity = Gravity::of(&gravity::Inputs {
        levels: of.gex.of_expiration(nearest),
        profile,
        spot: of.view.spot,
        expected_move: of.expected_move()?,
        zero_gamma: of.gex.zero_gamma,
        previous_best: of.minutes.previous_best,
    })?;
    of.minutes.previous_best = gravity.best;
    Some(State {
        ts: stamp.ts,
        market_ts: stamp.market_ts,
        symbol: of.symbol.to_string(),
        minute: EpochMs(minute).to_sec(),
        gravity: wire::gravity::Gravity {
            best: gravity.best,
            high: gravity.high,
            low: gravity.low,
            confidence: gravity.confidence,
        },
        basins: gravity.basins.iter().map(|b| (b.strike, b.mass, b.acceptance, b.score)).collect(),
    })
}

/// `dealer_gravity:context:<symbol>`; `None` without a profile.
pub(super) fn context(of: &Underlying, profiles: &Profiles, stamp: Stamp) -> Option<Context> {
    let spot = of.view.spot;
    let (context, version) = profiles.context(&of.symbol, spot, of.gex.max_net_strike, of.expected_move())?;
    Some(Context {
        symbol: of.symbol.to_string(),
        spot,
        nearest_volume_node: context.nearest_node,
        nearest_volume_node_dist: context.nearest_node_dist,
        volume_well_proximity: context.well_proximity,
        in_crevasse: context.in_crevasse,
        market_memory_strength: context.memory_strength,
        gamma_alignment: context.gamma_alignment,
        artifact_version: Some(version),
        ts: stamp.ts,
        market_ts: stamp.market_ts,
    })
}

/// `massive:pin:model:<symbol>:latest`; `None` without an expiration that is still open.
pub(super) fn pin(of: &Underlying, profiles: &Profiles, stamp: Stamp) -> Option<Pin> {
    let nearest = of.gex.nearest_expiration()?;
    let volume = profiles.structures(&of.symbol).map(|(structures, attention_peak, step)| Volume {
        node_ranges: &structures.node_ranges,
        wells: &structures.wells,
        attention_peak: Some(attention_peak),
        step,
    });
    let levels = of.gex.of_expiration(nearest);
    let tiers = pin::tiers(levels, of.gex.spot, volume.unwrap_or_default(), of.gex.zero_gamma);
    Some(Pin {
        ts: stamp.ts,
        market_ts: stamp.market_ts,
        symbol: of.symbol.to_string(),
        spot: of.gex.spot,
        expiration: nearest.date.to_string(),
        tiers: tiers
            .iter()
            .map(|pin| PinTier {
                tier: pin.tier.name().into(),
                strike: pin.strike,
                probability: pin.probability,
                points: pin.points,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_minute_closes_once() {
        let mut minutes = Minutes::default();
        let closed: Vec<Option<i64>> = [30_000, 59_999, 60_000, 90_000, 120_001, 300_000, 30_000, 60_000]
            .map(|ms| minutes.closed(ms))
            .into();
        let told = [None, None, Some(0), None, Some(60_000), Some(240_000), None, Some(0)];
        assert_eq!(closed, told);
    }
}
