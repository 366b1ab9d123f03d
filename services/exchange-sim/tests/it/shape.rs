//! Field names and nesting, held to the vendor's recorded samples.

use crate::rig::{Exchange, frozen};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};

/// Paths of all fields: `results[].session.open`.
fn fields(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, field) in object {
                let path = format!("{at}.{name}");
                fields(field, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, &format!("{at}[]"), found)),
        _ => (),
    }
}

fn of(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fields(value, "", &mut found);
    found
}

/// The recorded samples; `None` where they are not at hand.
#[expect(clippy::disallowed_methods, reason = "the samples' place is told by the environment of the tests")]
fn samples() -> Option<PathBuf> {
    let root = std::env::var("MS_FIXTURES").ok().filter(|root| !root.is_empty());
    if root.is_none() {
        eprintln!("left out: the comparison with the vendor's samples (MS_FIXTURES is not set)");
    }
    root.map(|root| PathBuf::from(root).join("massive"))
}

/// Our answer, its sample, fields that the vendor documents beyond the sample, fields of the sample that we
/// leave out (optional ones, and those of other products).
const REST: [(&str, &str, &[&str], &[&str]); 19] = [
    ("/v1/marketstatus/now", "v1_marketstatus_now.json", &[], &[]),
    ("/v1/marketstatus/upcoming", "v1_marketstatus_upcoming.json", &[], &[]),
    ("/v1/open-close/AAPL/2025-11-20", "v1_open_close_AAPL.json", &[], &[]),
    ("/v2/aggs/ticker/AAPL/prev", "v2_aggs_prev_AAPL.json", &[], &[]),
    ("/v2/aggs/ticker/I:NDX/prev", "v2_aggs_prev_indices.json", &[], &[]),
    ("/v2/aggs/ticker/AAPL/range/1/day/2025-11-19/2025-11-20", "v2_aggs_range_AAPL.json", &[], &[]),
    (
        "/v2/aggs/ticker/I:NDX/range/1/day/2025-11-19/2025-11-20",
        "v2_aggs_range_indices.json",
        &[".resultsCount"],
        &[],
    ),
    ("/v2/last/trade/AAPL", "v2_last_trade_AAPL.json", &[], &[".results.f", ".results.r"]),
    (
        "/v2/snapshot/locale/us/markets/stocks/tickers/AAPL",
        "v2_snapshot_stocks_ticker_AAPL.json",
        &[],
        &[".ticker.fmv"],
    ),
    ("/v3/quotes/AAPL?limit=10", "v3_quotes_AAPL.json", &[], &[]),
    (
        "/v3/trades/AAPL?limit=10",
        "v3_trades_AAPL.json",
        &[".next_url"],
        &[".results[].correction", ".results[].trf_id", ".results[].trf_timestamp"],
    ),
    // What the sample of a stock's chain has beyond that of an index's, and the other way round.
    (
        "/v3/snapshot/options/I:SPX?expiration_date=2025-11-21&limit=250",
        "chain_I-SPX_2023-06-09_p1.json",
        &[
            ".results[].day.change_percent",
            ".results[].day.high",
            ".results[].day.low",
            ".results[].day.open",
            ".results[].day.previous_close",
            ".results[].day.vwap",
        ],
        &[],
    ),
    (
        "/v3/snapshot/options/AAPL?strike_price=270&expiration_date=2025-11-21&contract_type=call",
        "v3_snapshot_options_chain_AAPL.json",
        &[],
        &[".results[].fmv"],
    ),
    (
        "/v3/reference/options/contracts?underlying_ticker=AAPL",
        "v3_reference_options_contracts_p1.json",
        &[".request_id", ".status"],
        &[],
    ),
    ("/v3/trades/O:SPXW251121C06600000?limit=10", "v3_trades_options.json", &[], &[]),
    ("/v3/quotes/O:SPXW251121C06600000?limit=10", "v3_quotes_options.json", &[], &[]),
    (
        "/v3/snapshot?ticker.any_of=O:SPXW251121C06600000,O:AAPL251121C00270000",
        "v3_snapshot_universal.json",
        &[".results[].underlying_asset.value"],
        &[
            ".results[].fmv",
            ".results[].error",
            ".results[].message",
            ".results[].last_trade.id",
            ".results[].last_trade.last_updated",
            ".results[].session.early_trading_change",
            ".results[].session.late_trading_change",
        ],
    ),
    ("/v3/snapshot/indices?ticker.any_of=I:SPX,APx", "v3_snapshot_indices_spec.json", &[], &[]),
    (
        "/v3/snapshot?ticker.any_of=AAPL,TSLAAPL",
        "v3_snapshot_universal.json",
        // Documented by the official client's types; read by the service.
        &[
            ".results[].last_minute",
            ".results[].last_minute.close",
            ".results[].last_minute.high",
            ".results[].last_minute.last_updated",
            ".results[].last_minute.low",
            ".results[].last_minute.open",
            ".results[].last_minute.transactions",
            ".results[].last_minute.volume",
            ".results[].last_minute.vwap",
            ".results[].last_quote.ask_exchange",
            ".results[].last_quote.bid_exchange",
            ".results[].session.price",
        ],
        &[
            ".results[].fmv",
            ".results[].break_even_price",
            ".results[].details",
            ".results[].greeks",
            ".results[].implied_volatility",
            ".results[].open_interest",
            ".results[].underlying_asset",
            ".results[].last_quote.midpoint",
            ".results[].session.late_trading_change",
        ],
    ),
];

#[tokio::test]
async fn answers_have_the_vendors_fields_and_no_others() {
    let Some(samples) = samples() else { return };
    let sim = Exchange::start(frozen()).await;
    for (path, file, documented, left_out) in REST {
        let text = std::fs::read_to_string(samples.join("rest").join(file)).unwrap();
        let sample = of(&serde_json::from_str(&text).unwrap());
        let ours = of(&sim.ok(path).await);
        let invented: Vec<_> =
            ours.iter().filter(|f| !sample.contains(*f) && !documented.contains(&f.as_str())).collect();
        assert!(invented.is_empty(), "{path}: {invented:?}");
        let is_left_out = |field: &str| left_out.iter().any(|left| field.starts_with(left));
        let missing: Vec<_> = sample.iter().filter(|f| !ours.contains(*f) && !is_left_out(f)).collect();
        assert!(missing.is_empty(), "{path}: {missing:?}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn events_have_the_vendors_fields_and_no_others() {
    let Some(samples) = samples() else { return };
    let text = std::fs::read_to_string(samples.join("ws/spec_examples.jsonl")).unwrap();
    let sim = Exchange::start(frozen()).await;
    const CALL: &str = "O:SPXW251121C06600000";
    for (path, topics) in [
        ("/indices", "V.I:SPX,A.I:SPX,AM.I:SPX"),
        ("/stocks", "T.AAPL,Q.AAPL,A.AAPL,AM.AAPL"),
        ("/options", &format!("T.{CALL},Q.{CALL},AM.{CALL}")),
    ] {
        let mut socket = sim.subscribed(path, topics).await;
        sim.step(61.0).await;
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let frame: Value = serde_json::from_str(line["frame"].as_str().unwrap()).unwrap();
            let (sample, event) = (of(&frame[0]), frame[0]["ev"].clone());
            if line["path"] == path {
                let ours = of(&socket.until(|ours| ours["ev"] == event).await);
                // Conditions are absent where there are none; the indicators of quotes are optional.
                let optional = |field: &&String| [".c", ".i"].contains(&field.as_str());
                let differ: Vec<_> = sample.symmetric_difference(&ours).filter(|f| !optional(f)).collect();
                assert!(differ.is_empty(), "{path} {event}: {differ:?}");
            }
        }
    }
    sim.stop().await;
}
