//! Claim: a tick reaches an SSE client 5 ms (p50) and 25 ms (p99) after the exchange wrote it to its socket, at
//! 500 ticks a second and without the conflation window.
//!
//! The exchange and the client run in this process, so that one clock stamps both ends; massive and the gateway are
//! the real programs (profile dist), between them real Redis servers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

#[path = "parts/programs.rs"]
mod programs;

use benches::{report, say, spread};
use exchange_sim::{Config, SentHook};
use futures_util::StreamExt;
use programs::{load_truth, running, service};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use testkit::{Rig, free_port};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

const RATE: usize = 500;
const TICKERS: [&str; 4] = ["I:SPX", "I:NDX", "I:RUT", "I:XSP"];
const RUNS: usize = 3;
const SECONDS: u64 = 10;

type Sent = Arc<Mutex<HashMap<(String, i64, i64), Instant>>>;

fn cents(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

#[tokio::main]
async fn main() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let rig = Rig::new().await;
    load_truth(&rig).await;

    let sent: Sent = Arc::default();
    let stamps = Arc::clone(&sent);
    let hook = SentHook::new(move |tick| {
        stamps.lock().unwrap().insert((tick.symbol.to_string(), tick.t_ms, cents(tick.value)), tick.at);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let exchange = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let config = Config { sent: Some(hook), start: "10:00:00".parse().unwrap(), ..Config::default() };
    let mut playing = JoinSet::new();
    playing.spawn(exchange_sim::serve(config, listener, shutdown.clone()));

    let (massive_ops, sse_ops, sse_port) = (free_port(), free_port(), free_port());
    let _massive = service(
        "massive",
        massive_ops,
        &rig,
        &[
            ("MASSIVE_BASE_URL", format!("http://{exchange}")),
            ("MASSIVE_WS_BASE", format!("ws://{exchange}")),
        ],
    );
    let _sse = service(
        "sse",
        sse_ops,
        &rig,
        &[("SSE_PORT", sse_port.to_string()), ("SSE_MIN_INTERVAL_MS", "0".into())],
    );
    running(&rig, "massive").await;
    running(&rig, "sse").await;

    let mut runs = Vec::new();
    for run in 1..=RUNS {
        sent.lock().unwrap().clear();
        let measured = one_run(&format!("http://{exchange}"), sse_port, &sent).await;
        say(&format!("run {run}: {measured}"));
        runs.push(measured);
    }
    runs.sort_by(|a, b| a["ms"]["p99"].as_f64().unwrap().total_cmp(&b["ms"]["p99"].as_f64().unwrap()));
    let median = runs[RUNS / 2].clone();
    let holds = median["ms"]["p50"].as_f64().unwrap() < 5.0 && median["ms"]["p99"].as_f64().unwrap() < 25.0;
    report(
        "tick_path",
        &json!({
            "claim": "exchange socket to SSE client at 500 ticks/s: p50 < 5 ms, p99 < 25 ms",
            "holds": holds, "median_run": median, "runs": runs,
        }),
    )
    .unwrap();
    shutdown.cancel();
    playing.join_next().await.unwrap().unwrap().unwrap();
}

async fn one_run(exchange: &str, sse_port: u16, sent: &Sent) -> Value {
    let client = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{sse_port}/sse/market?topics=tick");
    let mut stream = client.get(url).send().await.unwrap().bytes_stream();
    // One burst a symbol; not the VIX, which a made-up price would move further than massive believes at once.
    for ticker in TICKERS {
        let eps = RATE / TICKERS.len();
        let burst = json!({"type": "ws_burst", "path": "/indices", "ticker": ticker, "for_s": SECONDS, "args": {"eps": eps}});
        client
            .post(format!("{exchange}/sim/faults"))
            .json(&burst)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    let until = tokio::time::Instant::now() + Duration::from_secs(SECONDS + 1);
    let mut pending = String::new();
    let mut waits = Vec::new();
    while let Ok(Some(chunk)) = tokio::time::timeout_at(until, stream.next()).await {
        let received = Instant::now();
        pending.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
        while let Some((frame, rest)) = pending.split_once("\n\n") {
            if let Some(key) = tick_of(frame)
                && let Some(at) = sent.lock().unwrap().remove(&key)
            {
                waits.push((received - at).as_secs_f64() * 1000.0);
            }
            pending = rest.to_owned();
        }
    }
    let received = waits.len();
    let lost = sent.lock().unwrap().len();
    json!({"sent": received + lost, "received": received, "ms": spread(waits).expect("ticks arrived")})
}

fn tick_of(frame: &str) -> Option<(String, i64, i64)> {
    if !frame.lines().any(|line| line == "event: tick") {
        return None;
    }
    let data = frame.lines().find_map(|line| line.strip_prefix("data: "))?;
    let tick: Value = serde_json::from_str(data).ok()?;
    Some((tick["symbol"].as_str()?.to_owned(), tick["t"].as_i64()?, cents(tick["p"].as_f64()?)))
}
