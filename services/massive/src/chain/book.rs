//! Every chain as it is now. Belongs to the writer, like the market; time is an argument.

use crate::{
    chain::{
        columns::{Columns, Effect},
        directory::{ContractId, Names, Register},
        view::{Geometry, View},
    },
    clock::Now,
    config::chains::bare,
    provider::{
        chain::Listed,
        message::{OptionBody, OptionEvent},
    },
};
use quant::{chain::Chain, tick};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::Arc,
};
use wire::market::{self, Session};

/// Cycles for which an incomplete answer changes no geometry.
const PATIENCE: u32 = 3;

/// What one cycle found of one chain.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// Position in the configuration.
    pub(crate) chain: usize,
    /// In the order of [`Chain`], each ticker once.
    pub(crate) contracts: Vec<Listed>,
    /// Not every list could be read.
    pub(crate) is_failed: bool,
}

/// What a cycle changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    /// Another set of contracts.
    pub(crate) is_changed: bool,
    /// Less than half of what was there, or not everything could be read.
    pub(crate) is_partial: bool,
    /// The nearest expiration is another one.
    pub(crate) is_rolled: bool,
}

/// What an event of a contract did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It was taken, and stands among the ticks. Its sides may cross.
    Accepted {
        is_crossed: bool,
    },
    Late,
    Duplicate,
    BadTime,
    /// The contract is gone.
    Gone,
    Nothing,
}

/// An event for the tick stream of its chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ticked {
    pub(crate) row: usize,
    pub(crate) event: OptionEvent,
    pub(crate) is_late: bool,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    chain: u16,
    row: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    chains: Vec<Held>,
    /// By contract; `None`: gone.
    positions: Vec<Option<Position>>,
    register: Register,
}

/// One chain.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) symbol: Arc<str>,
    /// Where its ticks go.
    pub(crate) log: wire::Log<market::Tick>,
    pub(crate) geometry: Arc<Geometry>,
    /// Ticks since they were handed out.
    pub(crate) ticks: Vec<Ticked>,
    /// Something changed since the models saw it.
    pub(crate) is_dirty: bool,
    columns: Columns,
    cycle: u64,
    partial_cycles: u32,
    input_ms: i64,
}

impl Book {
    pub(crate) fn new<'a>(symbols: impl IntoIterator<Item = &'a String>) -> Self {
        Self { chains: symbols.into_iter().map(|symbol| Held::new(symbol)).collect(), ..Self::default() }
    }

    pub(crate) fn chains(&self) -> &[Held] {
        &self.chains
    }

    pub(crate) fn chains_mut(&mut self) -> &mut [Held] {
        &mut self.chains
    }

    /// Contracts by ticker, for the decoder.
    pub(crate) const fn names(&self) -> &Names {
        self.register.names()
    }

    /// Takes one event of a feed.
    pub(crate) fn apply(&mut self, event: &OptionEvent, now: &Now) -> Applied {
        if now.is_synced && !tick::is_time(event.t.0, now.market.0) {
            return Applied::BadTime;
        }
        let position = self.positions.get(event.contract.index()).copied().flatten();
        let Some((chain, row)) =
            position.and_then(|at| Some((self.chains.get_mut(usize::from(at.chain))?, at.row as usize)))
        else {
            return Applied::Gone;
        };
        match chain.columns.apply(row, event, now) {
            Effect::Accepted => {
                chain.ticks.push(Ticked { row, event: *event, is_late: false });
                chain.is_dirty = true;
                chain.input_ms = chain.input_ms.max(event.t.0);
                Applied::Accepted { is_crossed: is_crossed(&event.body) }
            }
            Effect::Late => {
                if matches!(event.body, OptionBody::Trade { .. }) {
                    chain.ticks.push(Ticked { row, event: *event, is_late: true });
                }
                Applied::Late
            }
            Effect::Duplicate => Applied::Duplicate,
            Effect::Nothing => Applied::Nothing,
        }
    }

    /// Takes what a cycle found. Contracts that are settled by `now` are dropped in any case.
    pub(crate) fn take(&mut self, fetched: Fetched, now: &Now) -> Taken {
        let Some(held) = self.chains.get_mut(fetched.chain) else { return Taken::default() };
        let now_ms = now.market.0;
        let mut listed = fetched.contracts;
        let settled = settled(&listed, now_ms);
        listed.retain(|contract| !settled.contains(&(contract.expiration, contract.settlement)));
        let alive = held.alive(now_ms);
        let is_short = fetched.is_failed || listed.len() * 2 < alive.len();
        let is_partial = is_short || (listed.is_empty() && now.session == Session::Regular);
        let is_kept = is_short && !alive.is_empty() && held.partial_cycles < PATIENCE;
        held.partial_cycles = if is_kept { held.partial_cycles + 1 } else { 0 };
        let first = held.columns.chain.expiries.first().map(|expiry| expiry.date);

        let is_changed = if is_kept {
            let is_changed = alive.len() < held.columns.len();
            if is_changed {
                let rows: Vec<Listed> = alive.iter().filter_map(|&row| held.columns.listed(row)).collect();
                self.rebuild(fetched.chain, &rows, now);
            }
            self.merge_known(fetched.chain, &listed);
            is_changed
        } else if held.is_same(&listed) {
            held.merge(listed.iter().enumerate());
            false
        } else {
            self.rebuild(fetched.chain, &listed, now);
            true
        };
        let held = &self.chains[fetched.chain];
        let nearest = held.columns.chain.expiries.first().map(|expiry| expiry.date);
        let is_rolled = first.zip(nearest).is_some_and(|(before, after)| before != after);
        Taken { is_changed, is_partial, is_rolled }
    }

    /// The market's time was moved: what counted as newer before does not any more.
    pub(crate) fn restart_order(&mut self) {
        for held in &mut self.chains {
            held.columns.restart_order();
            held.input_ms = 0;
        }
    }

    /// Merges what REST knows of contracts that are held; others stay out.
    fn merge_known(&mut self, chain: usize, listed: &[Listed]) {
        let (register, positions) = (&self.register, &self.positions);
        let rows = listed.iter().filter_map(|contract| {
            let id = register.names().id(&contract.ticker)?;
            let position = positions.get(id.index()).copied().flatten()?;
            (usize::from(position.chain) == chain).then_some((position.row as usize, contract))
        });
        self.chains[chain].merge(rows);
    }

    /// Replaces the contracts of a chain, and takes over what was known of those that stay.
    fn rebuild(&mut self, chain: usize, listed: &[Listed], now: &Now) {
        let held = &mut self.chains[chain];
        let old = std::mem::take(&mut held.columns);
        let rows: HashMap<ContractId, usize> =
            old.ids.iter().enumerate().map(|(row, &id)| (id, row)).collect();
        let mut stays: HashSet<ContractId> = HashSet::with_capacity(listed.len());
        let mut entered = Vec::new();
        for (row, contract) in listed.iter().enumerate() {
            let id = self.register.enter(&contract.ticker);
            stays.insert(id);
            held.columns.push(contract, id);
            match rows.get(&id) {
                Some(&before) => held.columns.inherit(row, &old, before),
                None => entered.push(contract.ticker.to_string()),
            }
        }
        self.positions.resize(self.register.len(), None);
        let mut exited = Vec::new();
        for (id, ticker) in old.ids.iter().zip(&old.tickers).filter(|(id, _)| !stays.contains(id)) {
            self.register.leave(ticker);
            self.positions[id.index()] = None;
            exited.push(ticker.to_string());
        }
        for (row, id) in held.columns.ids.iter().enumerate() {
            let position = u16::try_from(chain).ok().zip(u32::try_from(row).ok());
            self.positions[id.index()] = position.map(|(chain, row)| Position { chain, row });
        }
        held.renew(entered, exited, now);
    }
}

impl Held {
    fn new(symbol: &str) -> Self {
        let geometry = Geometry {
            version: 0,
            epoch: String::new(),
            tickers: Vec::new(),
            entered: Vec::new(),
            exited: Vec::new(),
        };
        Self {
            symbol: symbol.into(),
            log: market::option_ticks(bare(symbol)),
            geometry: Arc::new(geometry),
            ticks: Vec::new(),
            is_dirty: false,
            columns: Columns::default(),
            cycle: 0,
            partial_cycles: 0,
            input_ms: 0,
        }
    }

    /// Contracts.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Strikes, expiries, quotes.
    pub(crate) const fn chain(&self) -> &Chain {
        &self.columns.chain
    }

    /// Cycles since the set of contracts was last complete.
    pub(crate) const fn partial_cycles(&self) -> u32 {
        self.partial_cycles
    }

    /// A copy for the models, in the memory of `spare` where there is one. `spot` and `vix` in points.
    pub(crate) fn view(&self, spare: Option<View>, spot: f64, vix: Option<f64>, now: Now) -> View {
        let mut view = spare.unwrap_or_else(|| View::empty(&self.symbol, &self.geometry, now));
        let columns = &self.columns;
        view.symbol.clone_from(&self.symbol);
        view.geometry.clone_from(&self.geometry);
        view.chain.clone_from(&columns.chain);
        view.bid_size.clone_from(&columns.bid_size);
        view.ask_size.clone_from(&columns.ask_size);
        view.last_size.clone_from(&columns.last_size);
        view.volume.clone_from(&columns.volume);
        view.t_ms.clear();
        view.t_ms
            .extend(columns.quote_ms.iter().zip(&columns.trade_ms).map(|(quote, trade)| *quote.max(trade)));
        (view.cycle, view.input_ms) = (self.cycle, self.input_ms);
        (view.spot, view.vix, view.now) = (spot, vix, now);
        view
    }

    /// Rows that are not settled.
    fn alive(&self, now_ms: i64) -> Vec<usize> {
        let chain = &self.columns.chain;
        let is_alive: Vec<bool> = chain.expiries.iter().map(|expiry| expiry.settles_ms > now_ms).collect();
        let rows = chain.expiry.iter().enumerate();
        rows.filter(|(_, expiry)| is_alive.get(usize::from(**expiry)) == Some(&true))
            .map(|(row, _)| row)
            .collect()
    }

    fn is_same(&self, listed: &[Listed]) -> bool {
        let tickers = &self.columns.tickers;
        tickers.len() == listed.len() && tickers.iter().zip(listed).all(|(held, new)| *held == new.ticker)
    }

    fn merge<'a>(&mut self, rows: impl Iterator<Item = (usize, &'a Listed)>) {
        let mut is_changed = false;
        for (row, contract) in rows {
            is_changed |= self.columns.merge(row, contract);
            self.input_ms = self.input_ms.max(contract.quote.t_ms).max(contract.trade.t_ms);
        }
        if is_changed {
            self.cycle += 1;
            self.is_dirty = true;
        }
    }

    fn renew(&mut self, entered: Vec<String>, exited: Vec<String>, now: &Now) {
        let times = self.columns.quote_ms.iter().chain(&self.columns.trade_ms);
        self.input_ms = times.copied().fold(self.input_ms, i64::max);
        self.ticks.clear();
        self.cycle += 1;
        self.is_dirty = true;
        let seconds = now.market.0.div_euclid(1000);
        self.geometry = Arc::new(Geometry {
            version: self.geometry.version + 1,
            epoch: format!("{}:{seconds}:{}", self.symbol, fingerprint(&self.columns.tickers)),
            tickers: self.columns.tickers.clone(),
            entered,
            exited,
        });
    }
}

/// The first eight hex digits of the SHA-256 of the sorted tickers, one a line.
fn fingerprint(tickers: &[Arc<str>]) -> String {
    let mut sorted: Vec<&str> = tickers.iter().map(|ticker| &**ticker).collect();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for (n, ticker) in sorted.iter().enumerate() {
        if n > 0 {
            hash.update(b"\n");
        }
        hash.update(ticker.as_bytes());
    }
    hash.finalize().iter().take(4).fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

/// The kinds and dates among `listed` that are over.
fn settled(listed: &[Listed], now_ms: i64) -> HashSet<(chrono::NaiveDate, quant::chain::Settlement)> {
    let kinds: HashSet<_> =
        listed.iter().map(|contract| (contract.expiration, contract.settlement)).collect();
    kinds.into_iter().filter(|&(date, kind)| super::plan::settles_ms(date, kind) <= now_ms).collect()
}

fn is_crossed(body: &OptionBody) -> bool {
    matches!(*body, OptionBody::Quote { bid, ask, .. } if bid > 0.0 && ask > 0.0 && bid > ask)
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
