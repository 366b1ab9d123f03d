//! Chain cycles: at a fixed cadence, or at once when asked, every list of every chain is read. Never two at a time.

use crate::{
    analytics::Chain as Count,
    chain::{book::Fetched, plan},
    clock::Now,
    notes::{Note, Notice},
    provider::{
        chain::{ChainPage, Listed, first_expiration, page},
        rest::{Error, Pages},
    },
    shared::Shared,
};
use chrono::NaiveDate;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

/// After the start the first prices are waited for this long.
const FIRST_PRICES: Duration = Duration::from_secs(5);
const UNREADY: Duration = Duration::from_millis(50);
/// Latencies that a percentile is taken of.
const LATENCIES: usize = 100;
const VIX: &str = "I:VIX";

/// Reads the chains until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, closed: CancellationToken) {
    let mut cycles = Cycles::new(Arc::clone(&shared));
    if cycles.chains.is_empty() {
        return;
    }
    let interval = Duration::from_secs_f64(shared.config.chains.interval_sec);
    let work = async {
        cycles.first_prices().await;
        loop {
            let started = Instant::now();
            cycles.go().await;
            tokio::select! {
                () = sleep_until(started + interval) => {}
                () = shared.recycle.notified() => {}
            }
        }
    };
    closed.run_until_cancelled(work).await;
}

struct Cycles {
    shared: Arc<Shared>,
    chains: Vec<Walker>,
    latencies: VecDeque<u64>,
}

/// What is remembered of one chain between its cycles.
#[derive(Debug, Clone)]
struct Walker {
    symbol: String,
    walked: Option<Walk>,
    disabled_until: Option<Instant>,
}

/// Expirations as they were listed.
#[derive(Debug, Clone)]
struct Walk {
    at: Instant,
    from: NaiveDate,
    dates: Vec<NaiveDate>,
}

/// One list of a cycle.
struct Job {
    chain: usize,
    path: String,
}

impl Cycles {
    fn new(shared: Arc<Shared>) -> Self {
        let walker = |symbol: &String| Walker { symbol: symbol.clone(), walked: None, disabled_until: None };
        let chains = shared.config.chains.symbols.iter().map(walker).collect();
        Self { shared, chains, latencies: VecDeque::new() }
    }

    /// A cycle without prices would only tell that there are none.
    async fn first_prices(&self) {
        let until = Instant::now() + FIRST_PRICES;
        let is_ready = || {
            let priced = self.chains.iter().all(|chain| self.price(&chain.symbol).is_some());
            self.shared.clock.now().is_synced && priced
        };
        while !is_ready() && Instant::now() < until {
            sleep(UNREADY).await;
        }
    }

    async fn go(&mut self) {
        let started = Instant::now();
        let now = self.shared.clock.now();
        let due = self.due(now.at);
        let walks = self.walk(&due, &now).await;
        let mut results: Vec<Fetched> = Vec::new();
        let mut jobs = Vec::new();
        for (chain, dates) in walks {
            results.push(Fetched { chain, contracts: Vec::new(), is_failed: dates.is_none() });
            jobs.extend(dates.iter().flatten().filter_map(|&date| self.job(chain, date, &now)));
        }
        let fetches: Vec<_> = jobs.into_iter().map(|job| fetch(Arc::clone(&self.shared), job)).collect();
        let answers: Vec<_> =
            stream::iter(fetches).buffer_unordered(self.shared.config.chains.concurrency).collect().await;
        for (chain, answer) in answers {
            let Some(result) = results.iter_mut().find(|result| result.chain == chain) else { continue };
            match answer {
                Ok(pages) => self.add(result, pages),
                Err(error) => self.failed(result, error),
            }
        }
        self.measure(started.elapsed());
        for mut result in results {
            let keep = self.shared.config.chains.terms_of(&self.chains[result.chain].symbol);
            result.contracts.retain(|contract| plan::is_kept(contract.strike, &keep));
            let duplicates = arrange(&mut result.contracts);
            self.count(Count::Duplicates, duplicates);
            self.count(Count::Contracts, result.contracts.len() as u64);
            if self.shared.notes.send(Note::Chain(result)).await.is_err() {
                debug!("the writer is gone");
            }
        }
    }

    /// Chains with a price that are not switched off.
    fn due(&mut self, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        for (n, chain) in self.chains.iter_mut().enumerate() {
            if chain.disabled_until.is_some_and(|until| now < until) {
                continue;
            }
            chain.disabled_until = None;
            due.push(n);
        }
        due.retain(|&n| {
            let symbol = &self.chains[n].symbol;
            let is_priced = self.price(symbol).is_some();
            if !is_priced {
                self.count(Count::NoSpot, 1);
                self.tell(Notice::warn("feed_stale").of(symbol).with(json!({"chain": "skipped"})));
            }
            is_priced
        });
        due
    }

    /// The expirations of each chain; `None` when they cannot be found out.
    async fn walk(&mut self, due: &[usize], now: &Now) -> Vec<(usize, Option<Vec<NaiveDate>>)> {
        let from = plan::first_alive(now);
        let fresh = self.shared.config.limits.walk_every;
        let is_known = |walk: &Walk| walk.from == from && now.at.duration_since(walk.at) < fresh;
        let stale = due.iter().filter(|&&n| !self.chains[n].walked.as_ref().is_some_and(is_known));
        let walks: Vec<_> =
            stale.map(|&n| walk(Arc::clone(&self.shared), n, self.chains[n].symbol.clone(), from)).collect();
        let answers: Vec<_> = stream::iter(walks).buffered(self.chains.len()).collect().await;
        for (n, answer) in answers {
            match answer {
                Ok(dates) => self.chains[n].walked = Some(Walk { at: now.at, from, dates }),
                Err(error) => {
                    self.count(Count::Errors, 1);
                    self.switch_off(n, error);
                }
            }
        }
        // When a walk fails, the last known dates of the same day are still right.
        let known = |n: usize| self.chains[n].walked.as_ref().filter(|walk| walk.from == from);
        due.iter().map(|&n| (n, known(n).map(|walk| walk.dates.clone()))).collect()
    }

    fn job(&self, chain: usize, expiration: NaiveDate, now: &Now) -> Option<Job> {
        let (config, symbol) = (&self.shared.config, &self.chains[chain].symbol);
        let (spot, vix) = (self.price(symbol)?, self.price(VIX));
        let strikes = plan::strikes(spot, vix, now.date, expiration, &config.chains.terms_of(symbol))?;
        Some(Job { chain, path: plan::list_path(symbol, expiration, &strikes, config.limits.page_size) })
    }

    fn add(&mut self, result: &mut Fetched, read: Pages<ChainPage>) {
        self.count(Count::Pages, read.pages.len() as u64);
        self.count(Count::PageLoop, u64::from(read.is_loop));
        if read.pages.iter().all(|page| page.contracts.is_empty()) {
            self.count(Count::Empty, 1);
            self.chains[result.chain].walked = None;
        }
        for page in read.pages {
            self.count(Count::TickerMismatch, page.mismatches);
            self.count(Count::Dropped, page.dropped);
            result.contracts.extend(page.contracts);
        }
    }

    fn failed(&mut self, result: &mut Fetched, error: Error) {
        if error == Error::NotFound {
            self.count(Count::Empty, 1);
            self.chains[result.chain].walked = None;
            return;
        }
        self.count(Count::Errors, 1);
        result.is_failed = true;
        self.switch_off(result.chain, error);
    }

    /// What is not entitled or not found is not asked for again for a while.
    fn switch_off(&mut self, chain: usize, error: Error) {
        let kind = match error {
            Error::NotEntitled => "not_entitled",
            Error::NotFound => "symbol_disabled",
            _ => return,
        };
        let walker = &mut self.chains[chain];
        let until = Instant::now() + self.shared.config.limits.disabled;
        if walker.disabled_until.replace(until).is_none() {
            let notice =
                Notice::warn(kind).of(&walker.symbol).with(json!({"endpoint": "/v3/snapshot/options"}));
            self.tell(notice);
        }
    }

    fn measure(&mut self, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if self.latencies.len() == LATENCIES {
            self.latencies.pop_front();
        }
        self.latencies.push_back(ms);
        let mut sorted: Vec<u64> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        let counts = &self.shared.analytics.chain;
        counts.add(Count::Cycles, 1);
        counts.set(Count::LatencyLastMs, ms);
        counts.set(Count::LatencyP95Ms, sorted[(sorted.len() * 95).div_ceil(100) - 1]);
        metrics::histogram!("chain_cycle_seconds").record(took.as_secs_f64());
    }

    fn price(&self, symbol: &str) -> Option<f64> {
        self.shared.prices.get(self.shared.symbols.id(symbol)?)
    }

    fn count(&self, count: Count, by: u64) {
        self.shared.analytics.chain.add(count, by);
    }

    fn tell(&self, notice: Notice) {
        if self.shared.notes.try_send(Note::Happened(notice)).is_err() {
            info!("an event was not told: the writer is busy");
        }
    }
}

async fn fetch(shared: Arc<Shared>, job: Job) -> (usize, Result<Pages<ChainPage>, Error>) {
    (job.chain, shared.rest.pages(&job.path, shared.config.limits.rest_total, page).await)
}

async fn walk(
    shared: Arc<Shared>,
    chain: usize,
    symbol: String,
    from: NaiveDate,
) -> (usize, Result<Vec<NaiveDate>, Error>) {
    shared.analytics.chain.add(Count::Walks, 1);
    (chain, expirations(&shared, &symbol, from).await)
}

/// The nearest listed expirations from `from` on, ascending.
async fn expirations(shared: &Shared, symbol: &str, from: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let mut dates: Vec<NaiveDate> = Vec::new();
    let mut next = from;
    while dates.len() < shared.config.chains.expirations {
        let path = plan::walk_path(symbol, next);
        let limit = shared.config.limits.rest_total;
        // A date before the one that was asked for would be asked for again and again.
        match shared.rest.get(&path, limit, first_expiration).await?.filter(|date| *date >= next) {
            Some(date) => {
                dates.push(date);
                next = plan::next(date);
            }
            None => break,
        }
    }
    Ok(dates)
}

/// Puts contracts in the order of a chain, each ticker once, the last one of a ticker; how many there were twice.
pub(crate) fn arrange(contracts: &mut Vec<Listed>) -> u64 {
    let before = contracts.len();
    let mut seen: HashSet<Arc<str>> = HashSet::with_capacity(before);
    let is_last: Vec<bool> =
        contracts.iter().rev().map(|contract| seen.insert(Arc::clone(&contract.ticker))).collect();
    let mut is_last = is_last.into_iter().rev();
    contracts.retain(|_contract| is_last.next().unwrap_or(true));
    contracts.sort_unstable_by(|a, b| {
        (a.expiration, a.settlement)
            .cmp(&(b.expiration, b.settlement))
            .then(a.strike.total_cmp(&b.strike))
            .then(a.right.cmp(&b.right))
            .then(a.ticker.cmp(&b.ticker))
    });
    (before - contracts.len()) as u64
}
