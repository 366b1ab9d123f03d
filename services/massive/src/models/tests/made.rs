//! Chains for tests.

use crate::{
    chain::view::{Geometry, View},
    clock::Now,
    config::Config,
};
use chrono::{NaiveDate, NaiveDateTime};
use quant::{
    calendar,
    chain::{Chain, Expiry, Row, Settlement},
    contract::{Contract, Right},
    surface::ForwardMethod,
};
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;
use wire::{EpochMs, EpochSec, Points, market::Session};

pub(super) const UNKNOWN: f64 = f64::NAN;

pub(super) fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/models/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// 21 November 2025, a Friday.
pub(super) fn friday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, 21).unwrap()
}

/// The instant at which it is `hour` o'clock in New York that Friday.
pub(super) fn at(hour: u32) -> i64 {
    calendar::instant(friday(), chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap())
}

pub(super) fn now(market_ms: i64) -> Now {
    Now {
        ts: EpochSec::new(1_763_751_600.25),
        market: EpochMs(market_ms),
        session: Session::Regular,
        date: calendar::trading_date(market_ms),
        at: Instant::now(),
        is_synced: true,
    }
}

/// A view of `rows`, which stand in order; PM-settled.
pub(super) fn view(symbol: &str, spot: f64, dates: &[NaiveDate], rows: Vec<Row>, market_ms: i64) -> View {
    let expiries = dates.iter().map(|&date| Expiry {
        date,
        settlement: Settlement::Pm,
        settles_ms: calendar::close(date).unwrap_or_else(|| at(16)),
    });
    let tickers = rows.iter().map(|row| {
        let contract = Contract {
            root: "SPXW".into(),
            expiration: dates[usize::from(row.expiry)],
            right: row.right,
            strike_milli: Points::new(row.strike).map_or(0, |points| points.0),
        };
        Arc::<str>::from(contract.to_string())
    });
    let count = rows.len();
    let geometry = Geometry {
        version: 1,
        epoch: format!("{symbol}:1763735400:9f0c21ab"),
        tickers: tickers.collect(),
        entered: Vec::new(),
        exited: Vec::new(),
    };
    View {
        symbol: symbol.into(),
        geometry: Arc::new(geometry),
        cycle: 1,
        chain: Chain::new(expiries.collect(), rows),
        bid_size: vec![10.0; count],
        ask_size: vec![UNKNOWN; count],
        last_size: vec![1.0; count],
        volume: vec![100.0; count],
        t_ms: vec![market_ms - 500; count],
        spot,
        vix: Some(16.2),
        input_ms: market_ms - 400,
        now: now(market_ms),
    }
}

/// The hand-sized chain and the settings that it is worked with.
pub(super) fn m1() -> (View, Config) {
    let fixture = fixture("m1-chain.json");
    let number = |value: &Value| value.as_f64().unwrap_or(UNKNOWN);
    let mut rows: Vec<Row> = fixture["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contract| Row {
            expiry: 0,
            strike: number(&contract["strike"]),
            right: if contract["type"] == "call" { Right::Call } else { Right::Put },
            bid: number(&contract["bid"]),
            ask: number(&contract["ask"]),
            last: UNKNOWN,
            open_interest: number(&contract["oi"]),
            vendor_iv: number(&contract["iv"]),
            vendor_gamma: number(&contract["gamma"]),
            multiplier: 100.0,
        })
        .collect();
    rows.sort_by(|a, b| a.strike.total_cmp(&b.strike).then(a.right.cmp(&b.right)));
    let local: NaiveDateTime = fixture["now"].as_str().unwrap().parse().unwrap();
    let market_ms = calendar::instant(local.date(), local.time());
    let mut view = view("I:SPX", number(&fixture["spot"]), &[friday()], rows, market_ms);
    view.vix = fixture["vix"].as_f64();
    let mut config = Config::default();
    config.models.forward = ForwardMethod::Carry;
    config.models.rate = number(&fixture["r"]);
    config.models.dividend = number(&fixture["q"]);
    let terms = config.chains.terms.get_mut("I:SPX").unwrap();
    terms.widths = vec![Points(10_000), Points(20_000)];
    (view, config)
}

/// A chain of `strikes` strikes for each of `dates`, plausible in every column.
pub(super) fn grid(symbol: &str, dates: &[NaiveDate], strikes: u32) -> View {
    let spot = 6000.0;
    let first = spot - 5.0 * f64::from(strikes / 2);
    let mut rows = Vec::new();
    for expiry in 0..u16::try_from(dates.len()).unwrap() {
        for n in 0..strikes {
            let strike = first + 5.0 * f64::from(n);
            for right in [Right::Call, Right::Put] {
                let inside = if right == Right::Call { spot - strike } else { strike - spot };
                let value = inside.max(0.0) + 30.0 * (-((strike - spot) / 150.0).powi(2)).exp();
                rows.push(Row {
                    expiry,
                    strike,
                    right,
                    bid: value,
                    ask: value + 0.4,
                    last: value + 0.1,
                    open_interest: f64::from(100 + n * 7 % 900),
                    vendor_iv: 0.15 + 1e-5 * (strike - spot).abs(),
                    vendor_gamma: UNKNOWN,
                    multiplier: 100.0,
                });
            }
        }
    }
    view(symbol, spot, dates, rows, at(14))
}
