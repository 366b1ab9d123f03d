//! The hot paths, open for benches: bytes in, the service's own code, counts out. Nothing else should use them.

use crate::{
    chain::book::{Applied, Book, Fetched},
    clock::{Clock, Now},
    config::{ClockSource, Config},
    models::trial::Trial,
    provider::{
        chain::{Listed, page},
        message::{Decoded, Known},
    },
    publish::Publisher,
    symbols::Symbols,
};
use bus::{Bus, Outage};
use quant::profile::Bar;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::yield_now;
use wire::{BusId::Market, EpochMs};

/// Decodes one page of an option chain; how many contracts it lists, `None` when it is no page.
pub fn chain_page(body: &[u8]) -> Option<usize> {
    Some(page(body).ok()?.contracts.len())
}

/// Option events from frames into the state of one chain.
#[derive(Debug)]
pub struct Ingest {
    symbols: Symbols,
    decoded: Decoded,
    book: Book,
    now: Now,
}

/// Why a bench cannot run.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

impl Ingest {
    /// A chain of `symbol` made of these REST pages, at market time `market_ms` (Unix milliseconds).
    ///
    /// # Errors
    /// A page cannot be decoded.
    pub fn new(symbol: &str, pages: &[Vec<u8>], market_ms: i64) -> Result<Self, Unfit> {
        let contracts = contracts(pages)?;
        let market = EpochMs(market_ms);
        let now = Now { market, is_synced: true, ..Clock::new(ClockSource::System).now() };
        let mut book = Book::new([&symbol.to_owned()]);
        book.take(Fetched { chain: 0, contracts, is_failed: false }, &now);
        Ok(Self { symbols: Symbols::of(&Config::default()), decoded: Decoded::default(), book, now })
    }

    /// Contracts of the chain.
    pub fn contracts(&self) -> usize {
        self.book.chains().iter().map(crate::chain::book::Held::len).sum()
    }

    /// Decodes one frame; how many events of listed contracts it has.
    pub fn decode(&mut self, frame: &[u8]) -> usize {
        let known = Known { symbols: &self.symbols, contracts: self.book.names() };
        let is_read = self.decoded.read(frame, known).is_ok();
        if is_read { self.decoded.options.len() } else { 0 }
    }

    /// Decodes one frame and takes its events; how many were accepted.
    pub fn take(&mut self, frame: &[u8]) -> usize {
        self.decode(frame);
        let events = std::mem::take(&mut self.decoded.options);
        let is_accepted = |applied| matches!(applied, Applied::Accepted { .. });
        let accepted = events.iter().filter(|event| is_accepted(self.book.apply(event, &self.now))).count();
        self.decoded.options = events;
        accepted
    }

    /// Takes all `frames` and writes their ticks to market-redis of `bus`, all on one connection; how many were
    /// accepted.
    ///
    /// # Errors
    /// Redis does not take the ticks.
    pub async fn write<'f>(
        &mut self,
        bus: &Bus,
        frames: impl IntoIterator<Item = &'f [u8]>,
    ) -> Result<usize, Unfit> {
        let publisher = Publisher::new(bus, &Config::default());
        let outage = publisher.outage().clone();
        let mut accepted = 0;
        let done = std::cell::Cell::new(false);
        let read = async {
            for frame in frames {
                accepted += self.take(frame);
                for held in self.book.chains_mut() {
                    publisher.option_ticks(&held.log, &held.geometry.tickers, &held.ticks);
                    held.ticks.clear();
                }
                while publisher.is_behind() {
                    yield_now().await;
                }
            }
            done.set(true);
        };
        let written = async {
            while !done.get() || outage.backlog() > 0 {
                outage.flush().await.map_err(|error| Unfit(error.to_string()))?;
                yield_now().await;
            }
            Ok::<(), Unfit>(())
        };
        let ((), written) = tokio::join!(read, written);
        written.map(|()| accepted)
    }
}

/// What follows a chain that was read: it is taken, copied, and every model is worked out and written.
#[derive(Debug)]
pub struct Cycle {
    config: Arc<Config>,
    clock: Clock,
    outage: Outage,
    symbol: String,
    contracts: Vec<Listed>,
    bars: Vec<Bar>,
    spot: f64,
    vix: f64,
}

impl Cycle {
    /// A chain of `symbol` made of these REST pages, at market time `market_ms` (Unix milliseconds); `bars` is the
    /// history of its volume profile; `spot` and `vix` in points.
    ///
    /// # Errors
    /// A page cannot be decoded.
    pub fn new(
        bus: &Bus,
        symbol: &str,
        pages: &[Vec<u8>],
        market_ms: i64,
        bars: Vec<Bar>,
        (spot, vix): (f64, f64),
    ) -> Result<Self, Unfit> {
        let clock = Clock::new(ClockSource::Server);
        clock.sync(market_ms as f64, 1.0, Instant::now().into());
        let config = Arc::new(Config::default());
        let (outage, contracts) = (Outage::new(bus, Market), contracts(pages)?);
        Ok(Self { config, clock, outage, symbol: symbol.to_owned(), contracts, bars, spot, vix })
    }

    /// Contracts of the chain.
    pub fn contracts(&self) -> usize {
        self.contracts.len()
    }

    /// One cycle over a chain that was never seen before, with every model due; how long it took until Redis had
    /// acknowledged the last write.
    ///
    /// # Errors
    /// Redis does not take what is written.
    pub async fn run(&self) -> Result<Duration, Unfit> {
        let mut trial =
            Trial::new(&self.config, &self.clock, &self.outage, (&self.symbol, &self.bars), self.vix);
        self.flush().await?;
        let contracts = self.contracts.clone();
        let started = Instant::now();
        let (mut book, now) = (Book::new([&self.symbol]), self.clock.now());
        book.take(Fetched { chain: 0, contracts, is_failed: false }, &now);
        for held in book.chains() {
            trial.work(held.view(None, self.spot, Some(self.vix), now));
        }
        self.flush().await?;
        Ok(started.elapsed())
    }

    /// Heatmaps of the chain, each computed afresh: how many tiles, and how long each of `runs` took.
    ///
    /// # Errors
    /// The chain has none.
    pub fn rebuild(&self, runs: usize) -> Result<(usize, Vec<Duration>), Unfit> {
        let mut trial =
            Trial::new(&self.config, &self.clock, &self.outage, (&self.symbol, &self.bars), self.vix);
        let (mut book, now) = (Book::new([&self.symbol]), self.clock.now());
        book.take(Fetched { chain: 0, contracts: self.contracts.clone(), is_failed: false }, &now);
        for held in book.chains() {
            trial.work(held.view(None, self.spot, Some(self.vix), now));
        }
        let built: Option<Vec<(usize, Duration)>> = (0..runs).map(|_| trial.rebuild()).collect();
        let built = built.ok_or_else(|| Unfit("no chain".into()))?;
        let tiles = built.first().map_or(0, |(tiles, _)| *tiles);
        Ok((tiles, built.into_iter().map(|(_, took)| took).collect()))
    }

    async fn flush(&self) -> Result<(), Unfit> {
        while self.outage.backlog() > 0 {
            self.outage.flush().await.map_err(|error| Unfit(error.to_string()))?;
        }
        Ok(())
    }
}

/// The contracts of `pages`, in the order of a chain.
fn contracts(pages: &[Vec<u8>]) -> Result<Vec<Listed>, Unfit> {
    let mut contracts: Vec<Listed> = Vec::new();
    for body in pages {
        contracts.extend(page(body).map_err(|unusable| Unfit(format!("{unusable:?}")))?.contracts);
    }
    crate::chain::cycle::arrange(&mut contracts);
    Ok(contracts)
}
