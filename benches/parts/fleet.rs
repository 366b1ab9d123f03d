//! massive on the simulated exchange, and what it counts.

use super::{
    client::Exchange,
    programs::{self, Program, load_truth, service},
    stock::redis,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use testkit::{Rig, free_port, wait_for};
use wire::{
    BusId,
    heatmap::latest,
    market::{analytics, option_ticks},
};

/// A Monday on which the contracts of the four nearest expirations are all settled at the close.
pub(crate) const DATE: &str = "2025-11-24";
const START: &str = "10:30";
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// massive on the exchange, both just started.
pub(crate) struct Fleet {
    pub(crate) rig: Rig,
    pub(crate) exchange: Exchange,
    pub(crate) massive: Program,
    _playing: Option<Program>,
    pub(crate) started: Instant,
}

impl Fleet {
    pub(crate) async fn start(sim: &[(&str, &str)], massive: &[(&'static str, &str)]) -> Self {
        let (rig, port) = (rig().await, free_port());
        let started = Instant::now();
        let playing = play(port, sim);
        Self::on(rig, Exchange::at(format!("127.0.0.1:{port}")), Some(playing), started, massive)
    }

    pub(crate) fn on(
        rig: Rig,
        exchange: Exchange,
        playing: Option<Program>,
        started: Instant,
        extra: &[(&'static str, &str)],
    ) -> Self {
        let extra = extra.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings: Vec<(&str, String)> = exchange.settings().into_iter().chain(extra).collect();
        let massive = service("massive", free_port(), &rig, &settings);
        Self { rig, exchange, massive, _playing: playing, started }
    }

    /// Waits for the first heatmap of `symbol`; milliseconds since the start.
    pub(crate) async fn heatmap(&self, symbol: &str) -> f64 {
        let name = latest(symbol).name.into_owned();
        wait_for(LIMIT, &name, || async { self.rig.bus.exists(BusId::Market, &name).await.unwrap_or(false) })
            .await;
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    /// Waits until everything that is subscribed is confirmed and brings events.
    pub(crate) async fn flowing(&self) {
        self.heatmap("I:SPX").await;
        self.heatmap("I:NDX").await;
        wait_for(LIMIT, "option events", || async { self.counts("ws").await["options_events"] > 0.0 }).await;
    }

    /// Waits until as many quotes are subscribed as the vendor allows.
    pub(crate) async fn subscribed(&self) {
        let quotes = || async {
            self.exchange.option_topics().await.iter().filter(|topic| topic.starts_with("Q.")).count()
        };
        wait_for(LIMIT, "subscriptions", || async { quotes().await >= 1000 }).await;
    }

    /// Waits until nothing comes on `/options` and nothing is written of it; the counters, and the entries of the
    /// streams.
    pub(crate) async fn settled(&self) -> (Counts, f64) {
        let mut known = (self.counts("ws").await["options_events"], self.option_entries());
        let mut since = Instant::now();
        // Counters are written once a second.
        while since.elapsed() < Duration::from_millis(2500) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = (self.counts("ws").await["options_events"], self.option_entries());
            if now != known {
                (known, since) = (now, Instant::now());
            }
        }
        (self.counts("ws").await, known.1)
    }

    /// Counters of one part.
    pub(crate) async fn counts(&self, part: &str) -> Counts {
        let fields = self.rig.bus.fields(&analytics(part)).await.unwrap_or_default();
        Counts(fields.into_iter().filter_map(|(name, value)| Some((name, value.parse().ok()?))).collect())
    }

    /// 95th percentile of each model with all that belongs to it, milliseconds.
    pub(crate) async fn model_times(&self) -> BTreeMap<String, f64> {
        let mut models = self.counts("model").await.0;
        models.retain(|name, _| name.ends_with("_p95_ms"));
        models
    }

    /// Entries that were ever added to the streams of options.
    pub(crate) fn option_entries(&self) -> f64 {
        ["SPX", "NDX"].map(|group| entries(&self.rig, &option_ticks(group).name)).iter().sum()
    }

    /// Watches the memory for `window`; its largest size, MiB.
    pub(crate) async fn largest(&self, window: Duration) -> f64 {
        let until = Instant::now() + window;
        let mut pace = tokio::time::interval(Duration::from_millis(250));
        let mut most = 0.0_f64;
        while Instant::now() < until {
            pace.tick().await;
            most = most.max(self.massive.rss_mib());
        }
        most
    }
}

/// Counters by name; what is not there is 0.
#[derive(Debug, Clone)]
pub(crate) struct Counts(pub(crate) BTreeMap<String, f64>);

impl std::ops::Index<&str> for Counts {
    type Output = f64;

    fn index(&self, name: &str) -> &f64 {
        self.0.get(name).unwrap_or(&0.0)
    }
}

impl Counts {
    /// By how much `names` have grown since `before`, those of it that have.
    pub(crate) fn grown(&self, before: &Self, names: &[&str]) -> BTreeMap<String, f64> {
        let grown = names.iter().map(|name| ((*name).to_owned(), self[name] - before[name]));
        grown.filter(|(_, by)| *by != 0.0).collect()
    }
}

/// Servers with the shipped documents.
pub(crate) async fn rig() -> Rig {
    let rig = Rig::new().await;
    load_truth(&rig).await;
    rig
}

/// The exchange on `port`, open since half past ten.
pub(crate) fn play(port: u16, settings: &[(&str, &str)]) -> Program {
    let all: Vec<(&str, &str)> =
        [("SIM_DATE", DATE), ("SIM_START", START)].into_iter().chain(settings.iter().copied()).collect();
    programs::exchange(port, &all)
}

fn entries(rig: &Rig, stream: &str) -> f64 {
    let info = redis(rig, &["XINFO", "STREAM", stream]);
    let mut lines = info.lines().skip_while(|line| *line != "entries-added").skip(1);
    lines.next().and_then(|count| count.parse().ok()).unwrap_or(0.0)
}
