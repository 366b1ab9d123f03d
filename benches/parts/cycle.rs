//! From a decoded chain to every model in Redis.

use super::client::Exchange;
use benches::spread;
use massive::bench::Cycle;
use quant::{moves, profile::Bar};
use serde_json::{Value, json};
use testkit::Rig;

const RUNS: usize = 60;
const REBUILDS: usize = 200;
/// Contracts of the claim, and of a page.
const CONTRACTS: usize = 20_000;
const PAGE: usize = 250;

/// Times of whole cycles over the chain that `exchange` lists of the S&P 500, none of which has seen it before; and of
/// heatmaps of the part of it that is loaded by default.
pub(crate) async fn measure(rig: &Rig, exchange: &Exchange) -> (Value, Value) {
    let list = "/v3/snapshot/options/I:SPX?limit=250&sort=ticker&order=asc";
    let pages = exchange.pages(list, CONTRACTS / PAGE).await;
    let state = exchange.get("/sim/state").await;
    let (spot, vix) = (state["spots"]["I:SPX"].as_f64().unwrap(), state["spots"]["I:VIX"].as_f64().unwrap());
    let market_ms = state["clock"]["sim_ms"].as_f64().unwrap() as i64;
    let bars = bars(exchange).await;
    let minutes = bars.len();
    let chain = |pages: &[Vec<u8>]| {
        Cycle::new(&rig.bus, "I:SPX", pages, market_ms, bars.clone(), (spot, vix)).unwrap()
    };
    let cycle = chain(&pages);
    cycle.run().await.unwrap();
    let mut ms = Vec::new();
    for _ in 0..RUNS {
        ms.push(cycle.run().await.unwrap().as_secs_f64() * 1000.0);
    }
    let whole = json!({"contracts": cycle.contracts(), "bars": minutes, "runs": RUNS, "ms": spread(ms)});

    // Four expirations, and the strikes of the last of them for each.
    let range = moves::strike_range(spot, Some(vix), 4, 2.25, 5.0).unwrap();
    let list = format!(
        "{list}&expiration_date.lte=2025-11-28&strike_price.gte={}&strike_price.lte={}",
        range.low, range.high
    );
    let near = chain(&exchange.pages(&list, PAGE).await);
    let (tiles, took) = near.rebuild(REBUILDS).unwrap();
    let ms = spread(took.into_iter().map(|took| took.as_secs_f64() * 1000.0).collect());
    (whole, json!({"contracts": near.contracts(), "tiles": tiles, "runs": REBUILDS, "ms": ms}))
}

/// Four weeks of minutes of the fund that the volume profile is made of.
async fn bars(exchange: &Exchange) -> Vec<Bar> {
    let answer =
        exchange.get("/v2/aggs/ticker/SPY/range/1/minute/2025-10-27/2025-11-24?limit=50000&sort=asc").await;
    let results = answer["results"].as_array().cloned().unwrap_or_default();
    let bar = |bar: &Value| {
        let number = |field: &str| bar[field].as_f64().unwrap();
        Bar {
            t_ms: number("t") as i64,
            low: number("l"),
            high: number("h"),
            close: number("c"),
            volume: number("v"),
        }
    };
    results.iter().map(bar).collect()
}
