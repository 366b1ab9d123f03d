//! The exchange without massive: what it costs, and how fast it can be.

use super::{
    Rows,
    client::Exchange,
    fleet::{LIMIT, play},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{free_port, wait_for};

/// The exchange without massive.
pub(crate) async fn measure(rows: &mut Rows) {
    const WINDOW: Duration = Duration::from_secs(15);
    let port = free_port();
    let (playing, exchange) = (play(port, &[]), Exchange::at(format!("127.0.0.1:{port}")));
    wait_for(LIMIT, "exchange-sim", || exchange.is_up()).await;
    // The fair value of every contract once a second, and the quotes of the thousand that a client may have.
    let tickers = contracts(&exchange).await;
    let mut socket = exchange.connect("/options").await;
    let quotes = tickers.iter().take(1000).map(|ticker| format!("Q.{ticker}"));
    let topics: Vec<String> = tickers.iter().map(|ticker| format!("FMV.{ticker}")).chain(quotes).collect();
    socket.subscribe(&topics).await;
    let (cpu, begun) = (playing.cpu(), Instant::now());
    let events = socket.count(begun + WINDOW).await;
    let took = begun.elapsed().as_secs_f64();
    let (rate, cores) = (events as f64 / took, (playing.cpu() - cpu).as_secs_f64() / took);
    let mib = playing.rss_mib();
    drop((socket, playing));

    let port = free_port();
    let (playing, exchange) = (play(port, &[("SIM_BENCH", "0")]), Exchange::at(format!("127.0.0.1:{port}")));
    wait_for(LIMIT, "exchange-sim", || exchange.is_up()).await;
    let mut socket = exchange.connect("/options").await;
    let quotes: Vec<String> = tickers.iter().take(1000).map(|ticker| format!("Q.{ticker}")).collect();
    socket.subscribe(&quotes).await;
    let begun = Instant::now();
    let events = socket.count(begun + Duration::from_secs(8)).await;
    let bench = events as f64 / begun.elapsed().as_secs_f64();
    rows.add(
        "exchange-sim: 20,000 contracts, 20,000 events/s to one client; bench mode",
        "<= 1 core, <= 400 MiB; >= 500,000 events/s",
        json!({
            "contracts": tickers.len(), "events_per_s": rate.round(), "cpu_cores": cores, "rss_mib": mib,
            "bench_per_s": bench.round(), "bench_rss_mib": playing.rss_mib(),
        }),
        rate >= 20_000.0 && cores <= 1.0 && mib <= 400.0 && bench >= 500_000.0,
    );
}

/// Tickers of the contracts on the S&P 500, by expiration.
async fn contracts(exchange: &Exchange) -> Vec<String> {
    let path = "/v3/reference/options/contracts?underlying_ticker=SPX&limit=1000&sort=expiration_date";
    let pages = exchange.pages(path, 100).await;
    let pages = pages.iter().map(|page| serde_json::from_slice::<Value>(page).unwrap());
    let tickers = pages.flat_map(|page| page["results"].as_array().cloned().unwrap_or_default());
    tickers.filter_map(|contract| contract["ticker"].as_str().map(str::to_owned)).collect()
}
