//! Claim: 24 simulated hours at sixty times real speed, over the start of daylight saving time and over
//! expirations, leave memory flat and streams trimmed, and every roll happens at its instant.
//!
//! Real exchange-sim and massive (profile dist) on real Redis servers. The exchange plays sessions of 6 h 50 min
//! one after another from Friday, 6 March 2026; New York's clocks change on the Sunday after.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

#[path = "parts/programs.rs"]
mod programs;

use benches::{report, say};
use programs::{Program, exchange, load_truth, running, service};
use serde::Serialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    time::{Duration, Instant},
};
use testkit::{Rig, free_port};
use wire::{
    BusId,
    chain::CHAIN,
    heatmap::latest,
    market::{CLOCK, EVENT_LOG, MarketEvent, option_ticks, ticks},
};

const SPEED: f64 = 60.0;
const EVERY: Duration = Duration::from_secs(5);
/// A chain cycle may begin just before an instant: one interval and the time of a cycle, seconds.
const CYCLE: f64 = 14.0;
/// `MAXLEN ~` leaves whole nodes of the stream standing.
const SLACK: f64 = 1.1;

#[derive(Debug, Clone, Serialize)]
struct Sample {
    seconds: u64,
    trading_date: String,
    massive_mib: f64,
    exchange_mib: f64,
    redis_mib: f64,
}

#[tokio::main]
async fn main() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let hours: f64 = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(24.0);
    let rig = Rig::new().await;
    load_truth(&rig).await;
    let (port, ops) = (free_port(), free_port());
    let speed = SPEED.to_string();
    let playing = exchange(port, &[("SIM_DATE", "2026-03-06"), ("SIM_SPEED", &speed), ("SIM_HOURS", "loop")]);
    let massive = service(
        "massive",
        ops,
        &rig,
        &[
            ("MASSIVE_BASE_URL", format!("http://127.0.0.1:{port}")),
            ("MASSIVE_WS_BASE", format!("ws://127.0.0.1:{port}")),
        ],
    );
    running(&rig, "massive").await;

    let started = Instant::now();
    let mut watch = Watch::default();
    let mut samples = Vec::new();
    let mut pace = tokio::time::interval(EVERY);
    while started.elapsed().as_secs_f64() * SPEED < hours * 3600.0 {
        pace.tick().await;
        let date = watch.look(&rig).await;
        samples.push(sample(&rig, &massive, &playing, date, started));
        if samples.len() % 12 == 1 {
            say(&format!("{:?}", samples.last().unwrap()));
        }
    }
    let rolls = rolls(&rig, &mut watch.faults).await;
    let streams = lengths(&rig);
    let memory = flatness(&samples);
    let holds = watch.faults.is_empty()
        && memory.values().all(|&growth| growth <= 0.10)
        && streams.iter().all(|(_, length, most)| *length as f64 <= *most as f64 * SLACK)
        && watch.dates.len() as f64 >= (hours / 7.0).floor();
    report(
        "long_day",
        &json!({
            "claim": "24 simulated hours at speed 60: memory flat within 10 % after the first session, streams trimmed, rolls at their instant",
            "holds": holds, "hours": hours, "trading_dates": watch.dates, "rolls": rolls,
            "faults": watch.faults, "growth_after_first_session": memory, "streams": streams,
            "events": events(&rig).await, "last": samples.last(),
            "cpu_sec": {"massive": massive.cpu().as_secs_f64(), "exchange_sim": playing.cpu().as_secs_f64()},
            "samples": samples.iter().step_by(12).collect::<Vec<_>>(),
        }),
    )
    .unwrap();
    assert!(holds, "the claim does not hold");
}

/// What was seen of dates, and what should not have been.
#[derive(Default)]
struct Watch {
    dates: BTreeSet<String>,
    faults: Vec<String>,
}

impl Watch {
    /// Looks at clock, chain and heatmap; the trading date.
    async fn look(&mut self, rig: &Rig) -> String {
        let Ok(Some(clock)) = rig.bus.get(&CLOCK).await else {
            self.faults.push("no clock".into());
            return String::new();
        };
        self.dates.insert(clock.trading_date.clone());
        let now = clock.market_ts.seconds();
        let Ok(Some(chain)) = rig.bus.get(&CHAIN).await else { return clock.trading_date };
        let Some(spx) = chain.symbols.get("I:SPX") else { return clock.trading_date };
        let today = chrono_date(&clock.trading_date);
        for expiration in &spx.expirations {
            let settled = close_of(&expiration.date);
            if now > settled + CYCLE * SPEED {
                self.faults.push(format!("{} is listed at {now}, settled at {settled}", expiration.date));
            }
            let dte = quant::calendar::days_to(today, chrono_date(&expiration.date));
            // The chain may be a cycle older than the date.
            let is_new_day = now - chain.market_ts.seconds() > CYCLE * SPEED;
            if dte != expiration.dte && !is_new_day && chain.market_ts.since(clock.market_ts).abs() < SPEED {
                self.faults.push(format!("{}: DTE {} on {today}", expiration.date, expiration.dte));
            }
        }
        if let Ok(Some(heatmap)) = rig.bus.get(&latest("I:SPX")).await
            && now - heatmap.market_ts.seconds() > 20.0 * SPEED
            && clock.session == wire::market::Session::Regular
        {
            self.faults.push(format!("the heatmap is of {} at {now}", heatmap.market_ts.seconds()));
        }
        clock.trading_date
    }
}

fn chrono_date(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The close of a date in New York, Unix seconds.
fn close_of(date: &str) -> f64 {
    quant::calendar::close(chrono_date(date)).map_or(f64::MAX, |ms| ms as f64 / 1000.0)
}

fn sample(rig: &Rig, massive: &Program, playing: &Program, trading_date: String, started: Instant) -> Sample {
    let used = redis(rig, &["INFO", "memory"]);
    let used =
        used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap_or("0").trim().to_owned();
    Sample {
        seconds: started.elapsed().as_secs(),
        trading_date,
        massive_mib: massive.rss_mib(),
        exchange_mib: playing.rss_mib(),
        redis_mib: used.parse::<f64>().unwrap_or(0.0) / 1_048_576.0,
    }
}

/// Growth of each process from its largest size in the second session to its largest size in the last.
fn flatness(samples: &[Sample]) -> BTreeMap<&'static str, f64> {
    let dates: BTreeSet<&str> = samples.iter().map(|sample| sample.trading_date.as_str()).collect();
    let (Some(second), Some(last)) = (dates.iter().nth(1), dates.iter().next_back()) else {
        return BTreeMap::new();
    };
    let most = |date: &str, of: fn(&Sample) -> f64| {
        samples.iter().filter(|sample| sample.trading_date == date).map(of).fold(0.0, f64::max)
    };
    let growth = |of: fn(&Sample) -> f64| most(last, of) / most(second, of).max(1.0) - 1.0;
    BTreeMap::from([
        ("massive", growth(|sample| sample.massive_mib)),
        ("exchange_sim", growth(|sample| sample.exchange_mib)),
    ])
}

/// Streams with their length and their limit.
fn lengths(rig: &Rig) -> Vec<(String, usize, usize)> {
    let mut streams: Vec<(String, usize)> =
        ["SPX", "NDX"].map(|group| (option_ticks(group).name.into_owned(), 200_000)).to_vec();
    streams.extend(["I:SPX", "I:NDX", "SPY", "QQQ"].map(|symbol| (ticks(symbol).name.into_owned(), 20_000)));
    streams.push((EVENT_LOG.name.into_owned(), 10_000));
    streams
        .into_iter()
        .map(|(name, most)| {
            let length = redis(rig, &["XLEN", &name]).trim().parse().unwrap_or(0);
            (name, length, most)
        })
        .collect()
}

/// Every expiration that left a chain: date and how many market seconds after it settled massive let it go.
async fn rolls(rig: &Rig, faults: &mut Vec<String>) -> Vec<(String, f64)> {
    let mut rolls = Vec::new();
    for (_, fields) in rig.bus.newest(&EVENT_LOG, 10_000).await.unwrap_or_default() {
        let Some(event) = fields.get("d").and_then(|d| serde_json::from_str::<MarketEvent>(d).ok()) else {
            continue;
        };
        if event.kind != "expiration_rolled" {
            continue;
        }
        let Some(date) = event.detail["from"].as_str() else { continue };
        let after = event.market_ts.seconds() - close_of(date);
        if !(0.0..=CYCLE * SPEED).contains(&after) {
            faults.push(format!("{date} left {after} s after it settled"));
        }
        rolls.push((date.to_owned(), after));
    }
    rolls
}

/// Market events by type.
async fn events(rig: &Rig) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, fields) in rig.bus.newest(&EVENT_LOG, 10_000).await.unwrap_or_default() {
        *counts.entry(fields.get("type").cloned().unwrap_or_default()).or_default() += 1;
    }
    counts
}

fn redis(rig: &Rig, arguments: &[&str]) -> String {
    let output = Command::new("redis-cli").arg("-u").arg(rig.url(BusId::Market)).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
