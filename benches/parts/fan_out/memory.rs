//! P4, memory at 10,000 idle streams, and the soak: 10,000 idle and 1,000 busy streams.

use super::{
    Bench,
    claims::median,
    servers::Kind::{self, Gateway, Nchan, Node, Pushpin},
};
use benches::{
    load::{Crowd, Target, measure},
    process::open_files,
    say,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// What a server allocates once, it allocates for these.
const FIRST_CLIENTS: usize = 50;
const SETTLE: Duration = Duration::from_secs(2);
const SOAK_SEC: f64 = 1560.0;
const SOAK_RATE: f64 = 10.0;
/// Memory is compared from here on, for ten minutes: events are kept for fifteen, before that their history still grows.
const SOAK_GROWN: f64 = 0.6;

impl Bench {
    /// P4: memory per idle client at 2,000.
    pub(crate) async fn p4(&mut self) {
        let kib = self.idle("P4", 2000, &[Gateway, Nchan, Node, Pushpin]).await;
        let own = kib[&Gateway];
        for (kind, limit) in [(Node, 0.9), (Nchan, 2.0), (Pushpin, 0.5)] {
            self.claims.at_most(
                "P4",
                &format!("KiB per idle client by {}", kind.name()),
                own / kib[&kind],
                limit,
            );
        }
        self.claims.at_most("P4", "KiB per idle client", own, 24.0);
        self.claims.figures("P4", &kib);
    }

    /// Memory per idle stream at 10,000.
    pub(crate) async fn idle_streams(&mut self) {
        let kib = self.idle("idle", 10_000, &[Gateway, Nchan]).await;
        self.claims.at_most("idle", "KiB per idle stream by nchan, 10,000", kib[&Gateway] / kib[&Nchan], 0.5);
        self.claims.figures("idle", &kib);
    }

    async fn idle(&self, part: &str, clients: usize, kinds: &[Kind]) -> BTreeMap<Kind, f64> {
        has_files(clients);
        let mut runs: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
        for run in 1..=self.runs {
            for &kind in kinds {
                let kib = self.per_stream(kind, clients).await.unwrap();
                say(&format!("  {part} run {run} {:<8} {clients} idle: {kib:.2} KiB each", kind.name()));
                runs.entry(kind).or_default().push(kib);
            }
        }
        runs.into_iter().map(|(kind, runs)| (kind, median(runs))).collect()
    }

    /// KiB that a server grows by with each of `clients` that get nothing.
    async fn per_stream(&self, kind: Kind, clients: usize) -> anyhow::Result<f64> {
        let (server, mut first) = (self.starter.start(kind).await, Crowd::default());
        first.join(&server.target, FIRST_CLIENTS, Duration::ZERO).await?;
        drop(first);
        sleep(SETTLE).await;
        let (before, mut crowd) = (server.tree().rss_kib(), Crowd::default());
        crowd.join(&server.target, clients, Duration::ZERO).await?;
        sleep(SETTLE).await;
        Ok((server.tree().rss_kib() - before) / clients as f64)
    }

    /// Ten minutes, once the history is full, with 10,000 idle streams and 1,000 that get messages.
    pub(crate) async fn soak(&mut self, seconds: Option<f64>) {
        let seconds = seconds.unwrap_or(SOAK_SEC);
        has_files(11_000);
        let server = self.starter.start(Gateway).await;
        let quiet =
            Target::parse(&format!("http://127.0.0.1:{}/sse/market?topics=volume_profile", server.port));
        let (mut idle, mut busy) = (Crowd::default(), Crowd::default());
        idle.join(&quiet.unwrap(), 10_000, Duration::ZERO).await.unwrap();
        busy.join(&server.target, 1000, Duration::ZERO).await.unwrap();
        sleep(SETTLE).await;
        let begun = Instant::now();
        let looking = async {
            let mut samples = Vec::new();
            loop {
                samples.push((begun.elapsed().as_secs_f64(), server.tree().rss_kib() / 1024.0));
                sleep(Duration::from_secs(5)).await;
                if samples.len() % 12 == 0 {
                    say(&format!(
                        "  soak {:.0} s: {:.1} MiB",
                        begun.elapsed().as_secs_f64(),
                        samples.last().unwrap().1
                    ));
                }
                if begun.elapsed().as_secs_f64() >= seconds {
                    return samples;
                }
            }
        };
        let (plan, tree) = (server.plan(SOAK_RATE, seconds), server.tree());
        let (outcome, samples) = tokio::join!(measure(&mut busy, plan, &tree, server.port), looking);
        let outcome = outcome.unwrap();
        let later = samples.iter().filter(|(at, _)| *at >= seconds * SOAK_GROWN).map(|(_, mib)| *mib);
        let later: Vec<f64> = later.collect();
        let third = (later.len() / 3).max(1);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let growth = mean(&later[later.len() - third..]) / mean(&later[..third]) - 1.0;
        let lost = (outcome.expected - outcome.delivered) as f64;
        self.claims.at_most("soak", "frames lost", lost + outcome.out_of_order as f64, 0.0);
        self.claims.at_most("soak", "growth of memory, last third by first", growth, 0.02);
        self.claims.at_most(
            "soak",
            "streams that ended",
            (idle.tally().closed + busy.tally().closed) as f64,
            0.0,
        );
        say(&format!("  soak: {:.3} cores, p99 {:.1} ms", outcome.cores, outcome.p99_ms));
        self.claims.figures("soak", json!({"outcome": outcome, "rss_mib": samples, "seconds": seconds}));
    }
}

/// A stream is an open file, of this process and of the server.
fn has_files(streams: usize) {
    let open = open_files(std::process::id());
    let needed = streams as u64 + 1000;
    assert!(
        open >= needed,
        "{streams} streams need ulimit -n {needed}, it is {open}; scripts/bench raises it"
    );
}
