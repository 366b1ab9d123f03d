//! Claim: a tick reaches an SSE client 5 ms (p50) and 25 ms (p99) after the exchange wrote it to its socket, at
//! 500 ticks a second and without the conflation window.
//!
//! The exchange and the client run in this process, so that one clock stamps both ends; massive and the gateway are
//! the real programs (profile dist), between them real Redis servers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

use benches::{report, root, say, spread};
use exchange_sim::{Config, SentHook};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use testkit::{Rig, free_port, wait_for};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use wire::{BusId, system::beat_state};

const RATE: usize = 500;
const TICKERS: [&str; 4] = ["I:SPX", "I:NDX", "I:RUT", "I:XSP"];
const RUNS: usize = 3;
const SECONDS: u64 = 10;

type Sent = Arc<Mutex<HashMap<(String, i64, i64), Instant>>>;

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn start(binary: &str, ops_port: u16, rig: &Rig, extra: &[(&str, String)]) -> Program {
    let mut command = Command::new(root().join("target/dist").join(binary));
    command.env("OPS_PORT", ops_port.to_string()).env("LOG_LEVEL", "WARN");
    command.env("BOOTSTRAP_REDIS_URL", rig.url(BusId::System)).stdout(Stdio::null());
    for bus in BusId::ALL {
        command.env(format!("{}_REDIS_URL", bus.role().to_uppercase()), rig.url(bus));
    }
    command.envs(extra.iter().map(|(name, value)| (*name, value.as_str())));
    Program(command.spawn().unwrap_or_else(|error| panic!("{binary}: {error}; run scripts/bench")))
}

fn cents(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

#[tokio::main]
async fn main() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let rig = Rig::new().await;
    let composite = truth::build(&truth::Sources::dir(root().join("truth"))).unwrap();
    truth::load(&rig.bus, &composite, truth::Load::default()).await.unwrap();

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
    let _massive = start(
        "massive",
        massive_ops,
        &rig,
        &[
            ("MASSIVE_BASE_URL", format!("http://{exchange}")),
            ("MASSIVE_WS_BASE", format!("ws://{exchange}")),
        ],
    );
    let _sse = start(
        "sse",
        sse_ops,
        &rig,
        &[("SSE_PORT", sse_port.to_string()), ("SSE_MIN_INTERVAL_MS", "0".into())],
    );
    for service in ["massive", "sse"] {
        wait_for(Duration::from_secs(30), service, || async {
            matches!(rig.bus.get(&beat_state(service)).await, Ok(Some(state)) if state.status == wire::system::Status::Running)
        })
        .await;
    }

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
