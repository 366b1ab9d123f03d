//! Gamma exposure as payloads.

use super::stamp::Stamp;
use chrono::NaiveDate;
use quant::gex::{self, Gex};
use std::collections::BTreeMap;
use wire::{
    Points,
    gex::{ByStrike, Expiration, Latest, Regime, StrikeFlip, Summary},
};

const UNIT: &str = "shares";

/// Which column of [`Gex`] a payload shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Calls,
    Puts,
}

/// `massive:gex:model:<symbol>:calls` and `:puts`. Strikes without exposure are left out.
pub(super) fn by_strike(gex: &Gex, side: Side, symbol: &str, stamp: Stamp) -> ByStrike {
    let column = |expiration: &gex::Expiration| -> BTreeMap<Points, f64> {
        let levels = gex.of_expiration(expiration);
        let values = if side == Side::Calls { levels.call } else { levels.put };
        let entry = |(strike, value): (&f64, &f64)| Some((Points::new(*strike)?, *value));
        levels.strike.iter().zip(values).filter(|(_, value)| **value > 0.0).filter_map(entry).collect()
    };
    ByStrike {
        ts: stamp.ts,
        market_ts: stamp.market_ts,
        symbol: symbol.to_owned(),
        unit: UNIT.into(),
        spot: gex.spot,
        expirations: gex.by_expiration.iter().map(|e| (e.date.to_string(), column(e))).collect(),
    }
}

/// `massive:gex:model:<symbol>:latest`.
pub(super) fn latest(gex: &Gex, symbol: &str, date: NaiveDate, stamp: Stamp) -> Latest {
    Latest {
        ts: stamp.ts,
        market_ts: stamp.market_ts,
        symbol: symbol.to_owned(),
        summary: summary(gex, date),
    }
}

/// Totals and levels on trading date `date`.
pub(super) fn summary(gex: &Gex, date: NaiveDate) -> Summary {
    Summary {
        spot: gex.spot,
        unit: UNIT.into(),
        total_call: gex.total_call,
        total_put: gex.total_put,
        total_net: gex.total_net,
        net_usd_per_pct: gex.net_usd_per_pct,
        call_wall: gex.call_wall,
        put_wall: gex.put_wall,
        max_net_strike: gex.max_net_strike,
        min_net_strike: gex.min_net_strike,
        zero_gamma: gex.zero_gamma,
        zero_gamma_roots: gex.zero_gamma_roots.clone(),
        strike_flip: StrikeFlip {
            above: gex.strike_flip.above,
            below: gex.strike_flip.below,
            nearest: gex.nearest_flip(),
        },
        regime: match gex.regime {
            gex::Regime::Positive => Regime::Positive,
            gex::Regime::Negative => Regime::Negative,
            gex::Regime::Neutral => Regime::Neutral,
        },
        contracts_used: gex.contracts_used,
        contracts_skipped: gex.contracts_skipped,
        by_expiration: gex.by_expiration.iter().map(|of| expiration(of, date)).collect(),
        top: gex.top_rows().collect(),
    }
}

fn expiration(of: &gex::Expiration, date: NaiveDate) -> Expiration {
    Expiration {
        date: of.date.to_string(),
        dte: (of.date - date).num_days(),
        call: of.call,
        put: of.put,
        net: of.net,
        call_oi: of.call_oi,
        put_oi: of.put_oi,
        call_wall: of.call_wall,
        put_wall: of.put_wall,
        max_pain: of.max_pain,
    }
}
