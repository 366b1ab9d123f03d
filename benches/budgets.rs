//! Claims: the absolute budgets of the market data, each with the default configuration at speed 1, with the simulated
//! exchange and Redis on the same host.
//!
//! exchange-sim and massive are the real programs (profile dist) on real Redis servers. Where an instant inside the
//! exchange is needed it runs in this process, so that one clock stamps both ends.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

#[path = "parts/alone.rs"]
mod alone;
#[path = "parts/client.rs"]
mod client;
#[path = "parts/cycle.rs"]
mod cycle;
#[path = "parts/fleet.rs"]
mod fleet;
#[path = "parts/programs.rs"]
mod programs;
#[path = "parts/shown.rs"]
mod shown;
#[path = "parts/stock.rs"]
mod stock;

use benches::{report, say, spread};
use bus::{Delivery, Heard, Topics};
use client::{Exchange, Socket};
use exchange_sim::SentHook;
use fleet::{DATE, Fleet, LIMIT, play, rig};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use stock::stock;
use testkit::{Rig, free_port, wait_for};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;
use wire::{
    BusId,
    heatmap::{diffs, latest},
    market::{SPOT, option_ticks, snapshot},
};

const INTERVAL_MS: f64 = 250.0;
/// An ordinary market is watched for this long.
const LIVE: Duration = Duration::from_secs(25);
const INDICES: [&str; 4] = ["I:SPX", "I:NDX", "I:RUT", "I:XSP"];

/// One budget.
#[derive(Debug, Serialize)]
struct Row {
    item: &'static str,
    limit: &'static str,
    measured: Value,
    holds: bool,
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn add(&mut self, item: &'static str, limit: &'static str, measured: Value, holds: bool) {
        say(&format!("{} {item} ({limit}): {measured}", if holds { "holds " } else { "BROKEN" }));
        self.0.push(Row { item, limit, measured, holds });
    }
}

#[tokio::main]
async fn main() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let mut rows = Rows::default();
    // `cargo bench --bench budgets -- burst` runs one part.
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let is_asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    if is_asked("cycle") {
        cycles(&mut rows).await;
    }
    if is_asked("ordinary") {
        ordinary(&mut rows).await;
    }
    if is_asked("burst") {
        stepped(&mut rows).await;
    }
    if is_asked("sustained") {
        sustained(&mut rows).await;
    }
    if is_asked("chains") {
        whole_chains(&mut rows).await;
    }
    if is_asked("alone") {
        alone::measure(&mut rows).await;
    }
    let holds = rows.0.iter().all(|row| row.holds);
    let name = if parts.is_empty() { "budgets" } else { "budgets-part" };
    report(
        name,
        &json!({"claim": "the absolute budgets of the market data", "holds": holds, "rows": rows.0}),
    )
    .unwrap();
}

/// The service's own code in this process: a chain is taken, every model worked out, all of it written.
async fn cycles(rows: &mut Rows) {
    let (rig, port) = (rig().await, free_port());
    let (_playing, exchange) =
        (play(port, &[("SIM_HOURS", "frozen")]), Exchange::at(format!("127.0.0.1:{port}")));
    wait_for(LIMIT, "exchange-sim", || exchange.is_up()).await;
    let (whole, heatmap) = cycle::measure(&rig, &exchange).await;
    let ms = |measured: &Value, share: &str| measured["ms"][share].as_f64().unwrap();
    let holds = ms(&whole, "p50") <= 150.0 && ms(&whole, "p95") <= 250.0;
    rows.add(
        "one full cycle: decoded 20,000-contract chain -> every CORE model written and acknowledged",
        "<= 150 ms median, <= 250 ms p95",
        whole,
        holds,
    );
    let holds = ms(&heatmap, "p95") <= 8.0;
    rows.add("heatmap rebuild, one symbol, 4 expirations, 7 widths", "<= 8 ms", heatmap, holds);
}

/// Rows that need nothing but the fleet as it is shipped.
async fn ordinary(rows: &mut Rows) {
    let fleet = Fleet::start(&[], &[]).await;
    let (spx, ndx) = (fleet.heatmap("I:SPX").await, fleet.heatmap("I:NDX").await);
    rows.add(
        "start to first heatmap with the simulator",
        "<= 10 s",
        json!({"spx_ms": spx.round(), "ndx_ms": ndx.round()}),
        spx.max(ndx) <= 10_000.0,
    );
    fleet.flowing().await;
    let mut socket = fleet.exchange.connect("/options").await;
    let topics: Vec<String> = fleet
        .exchange
        .option_topics()
        .await
        .into_iter()
        .filter(|topic| topic.starts_with("Q.O:SPX"))
        .collect();
    socket.subscribe(&topics).await;
    let first = fleet.rig.bus.get(&latest("I:SPX")).await.unwrap().unwrap();
    let until = Instant::now() + LIVE;
    let cpu = fleet.massive.cpu();
    let (frames, diffs, most) =
        tokio::join!(frames(&mut socket, until), heard(&fleet.rig, until), fleet.largest(LIVE));
    let cpu = (fleet.massive.cpu() - cpu).as_secs_f64() / LIVE.as_secs_f64();
    let first: Vec<wire::heatmap::Tile> = first.tiles.into_values().collect();
    let waits = shown::waits(&frames, &diffs, &first);
    let followed = waits.ms.len();
    let ms = spread(waits.ms).expect("quotes were shown");
    rows.add(
        "quote event in -> diff published",
        "p95 <= interval + 50 ms",
        json!({
            "interval_ms": INTERVAL_MS, "ms": ms, "quotes": waits.quotes, "followed": followed,
            "unseen": waits.unseen, "diffs": waits.diffs,
        }),
        ms.p95 <= INTERVAL_MS + 50.0,
    );
    rows.add(
        "memory of massive, default, an ordinary market",
        "<= 128 MiB",
        json!({"rss_mib": most, "cpu_cores": cpu, "models": fleet.model_times().await}),
        most <= 128.0,
    );
}

/// Frames of `socket` until `until`, with the instant of their arrival.
async fn frames(socket: &mut Socket, until: Instant) -> Vec<(Instant, Utf8Bytes)> {
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = tokio::time::timeout_at(until.into(), socket.frame()).await {
        frames.push((Instant::now(), frame));
    }
    frames
}

/// Differences of the heatmap until `until`, with the instant of their arrival.
async fn heard(rig: &Rig, until: Instant) -> Vec<(Instant, Vec<u8>)> {
    let channels = vec![diffs("I:SPX").name.into_owned()];
    let mut heard = pin!(rig.bus.listen(BusId::Market, Topics { channels, patterns: Vec::new() }));
    let mut messages = Vec::new();
    while let Ok(Some(heard)) = tokio::time::timeout_at(until.into(), heard.next()).await {
        if let Heard::Message { payload, .. } = heard {
            messages.push((Instant::now(), payload));
        }
    }
    messages
}

type Sent = Arc<Mutex<HashMap<(String, i64), Instant>>>;

fn cents(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

/// Rows whose market stands still but for what is asked for: nothing else is in the way of a value, and nothing is
/// added to a stream that drains.
async fn stepped(rows: &mut Rows) {
    let sent: Sent = Arc::default();
    let stamps = Arc::clone(&sent);
    let hook = SentHook::new(move |tick| {
        stamps.lock().unwrap().insert((tick.symbol.to_owned(), cents(tick.value)), tick.at);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = exchange_sim::Config {
        sent: Some(hook),
        date: DATE.parse().ok(),
        start: "10:30:00".parse().unwrap(),
        hours: exchange_sim::Hours::Frozen,
        ..exchange_sim::Config::default()
    };
    let closed = CancellationToken::new();
    let mut playing = JoinSet::new();
    playing.spawn(exchange_sim::serve(config, listener, closed.clone()));
    let fleet = Fleet::on(rig().await, Exchange::at(address), None, Instant::now(), &[]);
    fleet.heatmap("I:SPX").await;
    fleet.heatmap("I:NDX").await;
    fleet.subscribed().await;
    values(rows, &fleet, &sent).await;
    burst(rows, &fleet).await;
    drop(fleet);
    closed.cancel();
    playing.join_next().await.unwrap().unwrap().unwrap();
}

/// Three values a second of each index: fewer than may be published, so that none has to wait for its pace.
async fn values(rows: &mut Rows, fleet: &Fleet, sent: &Sent) {
    const SECONDS: u64 = 20;
    let mut spots = pin!(fleet.rig.bus.subscribe(SPOT).await);
    sent.lock().unwrap().clear();
    for ticker in INDICES {
        let args = json!({"eps": 3});
        let burst =
            json!({"type": "ws_burst", "path": "/indices", "ticker": ticker, "for_s": SECONDS, "args": args});
        fleet.exchange.fault(burst).await;
    }
    let until = Instant::now() + Duration::from_secs(SECONDS + 1);
    let (mut told, mut written) = (Vec::new(), Vec::new());
    while let Ok(Some(delivery)) = tokio::time::timeout_at(until.into(), spots.next()).await {
        let received = Instant::now();
        let Delivery::Message(spot) = delivery else { continue };
        let Some(at) = sent.lock().unwrap().remove(&(spot.symbol.clone(), cents(spot.value))) else {
            continue;
        };
        told.push((received - at).as_secs_f64() * 1000.0);
        let fields = fleet.rig.bus.fields(&snapshot(&spot.symbol)).await.unwrap();
        if fields.get("value").and_then(|value| value.parse().ok()).map(cents) == Some(cents(spot.value)) {
            written.push(at.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let lost = sent.lock().unwrap().len();
    let (count, read) = (told.len(), written.len());
    let (told, written) =
        (spread(told).expect("spots arrived"), spread(written).expect("snapshots were written"));
    rows.add(
        "index value in -> market:snapshot and massive:spot written",
        "p95 <= 20 ms",
        json!({"values": count, "lost": lost, "told_ms": told, "read_back": read, "read_back_ms": written}),
        written.p95 <= 20.0 && lost == 0 && read == count,
    );
}

/// 300,000 quotes within a second.
async fn burst(rows: &mut Rows, fleet: &Fleet) {
    const EVENTS: f64 = 300_000.0;
    let (before, entries) = (fleet.counts("ws").await, fleet.option_entries());
    let now_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0;
    fleet
        .exchange
        .fault(json!({"type": "ws_burst", "path": "/options", "for_s": 1, "args": {"eps": EVENTS}}))
        .await;
    let begun = now_ms();
    let mut last = (0.0, Instant::now());
    while last.0 == 0.0 || last.1.elapsed() < Duration::from_secs(2) {
        let newest = newest(fleet).await.max(0.0);
        if newest > begun && newest != last.0 {
            last = (newest, Instant::now());
        }
        assert!(now_ms() - begun < 60_000.0, "the queue does not drain");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let drained_ms = last.0 - (begun + 1000.0);
    let after = fleet.counts("ws").await;
    let events = after["options_events"] - before["options_events"];
    let lost = after.grown(&before, &LOSSES);
    let collapsed = after["options_backpressure_dropped"] - before["options_backpressure_dropped"];
    let alive =
        (after["options_reconnects"] - before["options_reconnects"]) == 0.0 && fleet.massive.rss_mib() > 0.0;
    rows.add(
        "burst of 300,000 events in 1 s",
        "no crash, queue drained <= 5 s",
        json!({
            "events": events, "written": fleet.option_entries() - entries, "collapsed": collapsed, "lost": lost,
            "drained_ms_after_the_second": drained_ms.round(), "rss_mib": fleet.massive.rss_mib(),
        }),
        alive && events >= 0.95 * EVENTS && drained_ms <= 5000.0 && lost.is_empty(),
    );
}

/// When the newest option tick was written, Unix milliseconds by the clock of Redis; 0: there is none.
async fn newest(fleet: &Fleet) -> f64 {
    let mut newest = 0.0_f64;
    for group in ["SPX", "NDX"] {
        let entries = fleet.rig.bus.newest(&option_ticks(group), 1).await.unwrap_or_default();
        let ms = entries.first().and_then(|(id, _)| id.split('-').next()?.parse().ok());
        newest = newest.max(ms.unwrap_or(0.0));
    }
    newest
}

/// Counters that say that an event of a listed contract was neither written nor collapsed.
const LOSSES: [&str; 8] = [
    "options_decode_errors",
    "options_unknown_ev",
    "options_missing_field",
    "options_bad_price",
    "options_bad_time",
    "options_late",
    "options_dup",
    "options_parse_fail",
];

/// Fifty thousand quotes a second for a minute; then the memory of market-redis.
async fn sustained(rows: &mut Rows) {
    const WINDOW: Duration = Duration::from_secs(60);
    /// More than this would hide a loss: a third of a thousandth of what comes.
    const MOST_CONFIRMATIONS: f64 = 1000.0;
    let fleet = Fleet::start(&[("SIM_BENCH", "50000")], &[]).await;
    fleet.flowing().await;
    fleet.subscribed().await;
    // What came and what went is compared while nothing is under way.
    fleet.exchange.fault(json!({"type": "ws_stall", "path": "/options"})).await;
    let (before, entries_before) = fleet.settled().await;
    let spot_before = fleet.counts("spot").await;
    fleet.exchange.heal().await;
    // The exchange makes up for the pause.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (cpu, begun, entries) = (fleet.massive.cpu(), Instant::now(), fleet.option_entries());
    let most = fleet.largest(WINDOW).await;
    let took = begun.elapsed().as_secs_f64();
    let cores = (fleet.massive.cpu() - cpu).as_secs_f64() / took;
    let rate = (fleet.option_entries() - entries) / took;
    let stock = stock(&fleet.rig, fleet.started.elapsed());
    fleet.exchange.fault(json!({"type": "ws_stall", "path": "/options"})).await;
    let (after, entries_after) = fleet.settled().await;
    let spot = fleet.counts("spot").await;
    let grown = |name: &str| after[name] - before[name];
    let lost = after.grown(&before, &LOSSES);
    let dropped = spot.grown(&spot_before, &["dropped_entries", "redis_errors", "redis_timeout"]);
    let (collapsed, events) = (grown("options_backpressure_dropped"), grown("options_events"));
    let (written, delisted) = (entries_after - entries_before, grown("options_geometry_miss"));
    // Subscriptions follow the spot, and each confirmation counts as an event.
    let confirmations = events - written - collapsed - delisted - lost.values().sum::<f64>();
    rows.add(
        "sustained 50,000 option events/s for 60 s",
        "no loss but collapsed quotes, CPU <= 1 core",
        json!({
            "written_per_s": rate.round(), "cpu_cores": cores, "events": events, "written": written,
            "collapsed": collapsed, "lost": lost, "dropped": dropped, "delisted": delisted,
            "confirmations": confirmations, "rss_mib": most,
        }),
        rate + collapsed / took >= 49_000.0
            && cores <= 1.0
            && lost.is_empty()
            && dropped.is_empty()
            && (0.0..=MOST_CONFIRMATIONS).contains(&confirmations),
    );
    rows.add(
        "memory of massive, default, under that load",
        "<= 128 MiB",
        json!({"rss_mib": most}),
        most <= 128.0,
    );
    let holds = stock.session_mib <= 250.0;
    rows.add("market-redis memory, one session, default", "<= 250 MiB", json!(stock), holds);
}

/// All contracts of both indices.
async fn whole_chains(rows: &mut Rows) {
    let everything = [
        ("MASSIVE_CHAIN_NUM_EXPIRATIONS", "100"),
        ("MASSIVE_EM_MULT_SPX", "1000"),
        ("MASSIVE_EM_MULT_NDX", "1000"),
        ("MASSIVE_FILTER_STRIKES_NDX", "false"),
    ];
    let fleet = Fleet::start(&[], &everything).await;
    fleet.flowing().await;
    // Two more cycles, so that the memory of one is seen beside what is kept of the one before.
    let cycles = fleet.counts("chain").await["cycles"];
    let most = fleet.largest(Duration::from_secs(20)).await;
    wait_for(LIMIT, "cycles", || async { fleet.counts("chain").await["cycles"] >= cycles + 2.0 }).await;
    let most = most.max(fleet.massive.rss_mib());
    let contracts = fleet.counts("chain").await["listed"];
    rows.add(
        "memory of massive with the whole chains of SPX and NDX",
        "<= 320 MiB",
        json!({"rss_mib": most, "contracts": contracts, "models": fleet.model_times().await}),
        most <= 320.0,
    );
}
