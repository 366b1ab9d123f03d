//! The S&P 500 chain of 9 June 2023, from the exchange through massive to Redis, against an independent program.

use crate::stage::Stage;
use chrono::{NaiveDate, NaiveTime};
use massive::{Chains, Limits};
use quant::{
    calendar,
    surface::{ForwardMethod, GreeksSource},
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use testkit::wait_for;
use wire::{
    chain::CHAIN,
    gex::{self, ByStrike, Expiration, GEX, Regime, Summary},
};

const SPX: &str = "I:SPX";
const SUMS: f64 = 1e-9;
/// For what the expected numbers themselves are off by: see [`is_counted_alike`].
const CLOCK_READINGS: f64 = 2e-5;
/// The same where one of those dates is a larger part of the sum.
const AT_A_STRIKE: f64 = 1e-4;
const PATIENCE: Duration = Duration::from_secs(90);

/// 9 June 2023, 13:40 New York time.
fn quoted_ms() -> i64 {
    calendar::instant("2023-06-09".parse().unwrap(), NaiveTime::from_hms_opt(13, 40, 0).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the samples' place is told by the environment of the tests")]
fn chains() -> Option<PathBuf> {
    let root = std::env::var("MS_FIXTURES").ok().filter(|root| !root.is_empty());
    if root.is_none() {
        eprintln!("left out: the real chain from exchange to Redis (MS_FIXTURES is not set)");
    }
    root.map(|root| PathBuf::from(root).join("chains"))
}

/// The fleet's part of the chain: the table behind the exchange, time standing still, every contract asked for.
async fn published(folder: &std::path::Path, greeks: GreeksSource) -> Stage {
    let table = folder.join("spx_2023-06-09_1340.csv");
    let stage = Stage::unready(
        |config| {
            config.limits = Limits {
                clock_poll: Duration::from_millis(200),
                idle_indices: PATIENCE,
                idle_stocks: PATIENCE,
                idle_options: PATIENCE,
                dormant_after: PATIENCE,
                rest_total: PATIENCE,
                ..Limits::default()
            };
            config.chains = Chains {
                symbols: vec![SPX.into()],
                expirations: 60,
                interval_sec: PATIENCE.as_secs_f64(),
                ..Chains::default()
            };
            let terms = config.chains.terms.get_mut(SPX).unwrap();
            (terms.em_multiplier, terms.is_filtered) = (1000.0, false);
            config.models.greeks = greeks;
            config.models.forward = ForwardMethod::Carry;
            (config.models.rate, config.models.dividend) = (0.0, 0.0);
            config.models.gex_interval_sec = 0.5;
        },
        |sim| {
            sim.chain_file = Some(table);
            sim.chain_now_ms = Some(quoted_ms());
            sim.hours = exchange_sim::Hours::Frozen;
        },
    )
    .await;
    wait_for(PATIENCE, "the exposure of the whole chain", || async {
        let all = stage.rig.bus.get(&GEX).await.unwrap();
        all.is_some_and(|all| all.symbols.contains_key(SPX))
    })
    .await;
    stage
}

fn expected(folder: &std::path::Path) -> Value {
    let text = std::fs::read_to_string(folder.join("spx_2023-06-09_1340.expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn assert_near(what: &str, found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= relative * expected.abs(), "{what}: {found} is not {expected}");
}

fn assert_block(found: &Summary, expected: &Value, block: &str, sums: f64) {
    let contracts = expected["contracts"].as_u64().unwrap();
    assert_eq!(Some(found.spot), expected["spot"].as_f64());
    let block = &expected[block];
    assert_eq!(found.contracts_used as u64, block["used"]);
    assert_eq!((found.contracts_used + found.contracts_skipped) as u64, contracts);
    for (name, found) in [
        ("call_gex_shares", found.total_call),
        ("put_gex_shares", found.total_put),
        ("net_gex_shares", found.total_net),
        ("net_gex_usd_per_pct", found.net_usd_per_pct),
    ] {
        assert_near(name, found, &block[name], sums);
    }
    let flips = &block["strike_flips"];
    for (name, found, expected) in [
        ("call wall", found.call_wall, &block["call_wall"]),
        ("put wall", found.put_wall, &block["put_wall"]),
        ("largest net", found.max_net_strike, &block["max_net_strike"]),
        ("smallest net", found.min_net_strike, &block["min_net_strike"]),
        ("flip above", found.strike_flip.above, &flips["flip_above"]),
        ("flip below", found.strike_flip.below, &flips["flip_below"]),
        ("nearest flip", found.strike_flip.nearest, &flips["nearest"]),
    ] {
        assert_eq!(found, expected.as_f64(), "{name}");
    }
}

/// Open interest and max pain do not depend on time: they hold for every date, to the contract.
fn assert_dates(found: &[Expiration], expected: &Value) {
    let expected = expected["by_expiration"].as_object().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, (date, known)) in found.iter().zip(expected) {
        assert_eq!(found.date, *date);
        assert_eq!(Some(found.call_oi), known["call_oi"].as_f64(), "{date}");
        assert_eq!(Some(found.put_oi), known["put_oi"].as_f64(), "{date}");
        assert_eq!(found.max_pain, known["max_pain"].as_f64(), "{date}");
    }
}

/// The two keys by strike hold what the totals are the sums of.
async fn assert_strikes(stage: &Stage, summary: &Summary) {
    let sum = |side: &ByStrike| side.expirations.values().flat_map(|strikes| strikes.values()).sum::<f64>();
    for (key, total) in [(gex::calls(SPX), summary.total_call), (gex::puts(SPX), summary.total_put)] {
        let side = stage.rig.bus.get(&key).await.unwrap().unwrap();
        assert!((sum(&side) - total).abs() <= SUMS * total, "{}: {} and {total}", key.name, sum(&side));
    }
}

/// Every contract is in the chain's own key, date by date as the table has them.
async fn assert_chain(stage: &Stage, expected: &Value) {
    let chain = stage.rig.bus.get(&CHAIN).await.unwrap().unwrap();
    assert_eq!(chain.contracts.len() as u64, expected["contracts"]);
    assert!(!chain.truncated);
    let of = &chain.symbols[SPX];
    assert_eq!(of.expirations.len() as u64, expected["expirations"]);
    for expiration in &of.expirations {
        let known = &expected["by_expiration"][&expiration.date];
        assert_eq!(expiration.contracts as u64, known["contracts"], "{}", expiration.date);
        assert_eq!(expiration.forward, of.spot, "carry without rate and dividend: {}", expiration.date);
    }
}

async fn summary(stage: &Stage) -> Summary {
    let latest = stage.rig.bus.get(&gex::latest(SPX)).await.unwrap().unwrap();
    assert_eq!(latest.market_ts.seconds() * 1000.0, quoted_ms() as f64, "the market's time stands still");
    let all = stage.rig.bus.get(&GEX).await.unwrap().unwrap();
    assert_eq!(all.symbols[SPX], latest.summary, "one symbol's key is its part of the aggregate");
    latest.summary
}

#[tokio::test]
async fn the_vendors_gamma_gives_block_a_in_redis() {
    let Some(folder) = chains() else { return };
    let (stage, expected) = (published(&folder, GreeksSource::VendorFirst).await, expected(&folder));
    let found = summary(&stage).await;
    assert_block(&found, &expected, "A_file_gamma", SUMS);
    assert_dates(&found.by_expiration, &expected);
    assert_strikes(&stage, &found).await;
    assert_chain(&stage, &expected).await;
    stage.program.stop().await.unwrap();
}

/// The program that made the expected numbers took the difference of two clock readings in New York for the time
/// between them: one hour too much to every date in winter. And it knew no early close: 3 July 2023 settles at 13:00.
/// massive counts real seconds to the real settlement, so the dates that this concerns differ, and with them the
/// sums: by less than [`CLOCK_READINGS`]. The numerical core itself, given the other program's time, agrees to 1e-9
/// (the tests of `quant`).
fn is_counted_alike(date: NaiveDate) -> bool {
    let close = NaiveTime::from_hms_opt(16, 0, 0).unwrap();
    let by_the_clock = date.and_time(close) - calendar::local(quoted_ms());
    let passed_ms = calendar::instant(date, close) - quoted_ms();
    !calendar::closes_early(date) && by_the_clock.num_milliseconds() == passed_ms
}

#[tokio::test]
async fn the_vendors_volatility_gives_block_b_in_redis() {
    let Some(folder) = chains() else { return };
    let (stage, expected) = (published(&folder, GreeksSource::VendorIv).await, expected(&folder));
    let found = summary(&stage).await;
    assert_block(&found, &expected, "B_recomputed", CLOCK_READINGS);
    assert_dates(&found.by_expiration, &expected);
    assert_strikes(&stage, &found).await;

    let block = &expected["B_recomputed"];
    let zero = block["zero_gamma"].as_f64().unwrap();
    assert!((found.zero_gamma.unwrap() - zero).abs() <= 1e-3, "{:?} {zero}", found.zero_gamma);
    assert_eq!(found.zero_gamma_roots.len(), block["all_roots"].as_array().unwrap().len());
    assert_eq!(found.regime, Regime::Positive);
    let top = block["top_net_strikes"].as_array().unwrap();
    assert_eq!(found.top.len(), top.len());
    for ((strike, call, put, net), row) in found.top.iter().zip(top) {
        assert_eq!(Some(*strike), row[0].as_f64());
        // Net is a small difference of large sums.
        for (found, expected) in [(call, &row[1]), (put, &row[2]), (net, &row[3])] {
            let off = (found - expected.as_f64().unwrap()).abs();
            assert!(off <= AT_A_STRIKE * (call + put), "at {strike}: {found} is not {expected}");
        }
    }
    let mut compared = 0;
    for expiration in &found.by_expiration {
        if is_counted_alike(expiration.date.parse().unwrap()) {
            let net = expected["by_expiration"][&expiration.date]["net_gex_shares_B"].as_f64().unwrap();
            let off = (expiration.net - net).abs();
            assert!(off <= SUMS * (expiration.call + expiration.put), "{}: {off}", expiration.date);
            compared += 1;
        }
    }
    assert_eq!((compared, found.by_expiration.len()), (38, 49), "the others are in winter, or 3 July");
    stage.program.stop().await.unwrap();
}
