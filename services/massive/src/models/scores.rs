//! Bias, market mode, VIX regime and pin as payloads. Scores have one decimal.

use super::stamp::Stamp;
use quant::{bias::Bias, gex::Gex, mode, mode::Mode, moves, vix};
use std::collections::BTreeMap;
use wire::regime::{BiasLfi, ExpectedMove, MarketMode, ModeKind, ModeParts, VixKind, VixRegime};

/// Bias and mode of one underlying, worked out together.
pub(super) struct Scores {
    pub(super) bias: Bias,
    pub(super) mode: Mode,
}

impl Scores {
    pub(super) fn of(gex: &Gex, symbol: &str) -> Self {
        let bias = Bias::of(gex, quant::bias::center_scale(symbol, gex.spot));
        Self { mode: Mode::of(gex, bias.lfi_score), bias }
    }

    pub(super) fn bias(&self, gex: &Gex, symbol: &str, stamp: Stamp) -> BiasLfi {
        let nearest = gex.nearest_flip();
        BiasLfi {
            ts: stamp.ts,
            ts_iso: stamp.iso(),
            market_ts: stamp.market_ts,
            symbol: symbol.to_owned(),
            spot: gex.spot,
            directional_strength: tenth(self.bias.directional_strength),
            lfi_score: tenth(self.bias.lfi_score),
            market_mode_score: tenth(self.mode.score),
            max_call_gex_strike: gex.call_wall,
            max_put_gex_strike: gex.put_wall,
            max_net_gex_strike: gex.max_net_strike,
            total_call_gex: gex.total_call,
            total_put_gex: 0.0 - gex.total_put,
            total_net_gex: gex.total_net,
            gex_flip_level: nearest,
            flip_above: gex.strike_flip.above,
            flip_below: gex.strike_flip.below,
            zero_gamma: gex.zero_gamma,
            proximity_bias_adj: tenth(self.bias.bias_adj),
            proximity_lfi_adj: tenth(self.bias.lfi_adj),
            distance_to_flip: nearest.map(|flip| tenth((gex.spot - flip).abs())),
            strike_range: strike_range(gex),
        }
    }

    pub(super) fn mode(&self, symbol: &str, stamp: Stamp) -> MarketMode {
        let mode = &self.mode;
        MarketMode {
            ts: stamp.ts,
            ts_iso: stamp.iso(),
            market_ts: stamp.market_ts,
            symbol: symbol.to_owned(),
            score: tenth(mode.score),
            mode: match mode.kind {
                mode::Kind::Compression => ModeKind::Compression,
                mode::Kind::Transition => ModeKind::Transition,
                mode::Kind::Expansion => ModeKind::Expansion,
            },
            components: ModeParts {
                flip: tenth(mode.flip),
                gex: tenth(mode.gex),
                lfi: tenth(mode.lfi),
                concentration: tenth(mode.concentration),
            },
        }
    }
}

/// What the VIX says; `spots` are the prices of the underlyings with a chain.
pub(super) fn vix_regime<'a>(
    vix: Option<f64>,
    is_stale: bool,
    spots: impl Iterator<Item = (&'a str, f64)>,
    stamp: Stamp,
) -> VixRegime {
    let moves = |spot| {
        let dte0 = moves::expected_move(spot, vix, 0)?;
        Some(ExpectedMove { dte0, dte1: moves::expected_move(spot, vix, 1)? })
    };
    let expected_move: BTreeMap<String, ExpectedMove> =
        spots.filter_map(|(symbol, spot)| Some((symbol.to_owned(), moves(spot)?))).collect();
    VixRegime {
        ts: stamp.ts,
        market_ts: stamp.market_ts,
        vix,
        regime: vix::regime(vix).map(|regime| match regime {
            vix::Regime::Zombieland => VixKind::Zombieland,
            vix::Regime::Goldilocks1 => VixKind::Goldilocks1,
            vix::Regime::Goldilocks2 => VixKind::Goldilocks2,
            vix::Regime::Chaos => VixKind::Chaos,
        }),
        market_state: vix::market_state(vix).map(|state| state.name().into()),
        skew_regime: vix::skew_regime(vix).name().into(),
        expected_move,
        stale: is_stale,
    }
}

/// Lowest and highest strike with exposure.
fn strike_range(gex: &Gex) -> Option<(f64, f64)> {
    let levels = &gex.strikes;
    let mut counted = levels
        .strike
        .iter()
        .zip(levels.call.iter().zip(&levels.put))
        .filter(|(_, (call, put))| **call > 0.0 || **put > 0.0)
        .map(|(strike, _)| *strike);
    let low = counted.next()?;
    Some((low, counted.next_back().unwrap_or(low)))
}

fn tenth(score: f64) -> f64 {
    let rounded = (score * 10.0).round() / 10.0;
    // No "-0.0" in payloads.
    rounded + 0.0
}
