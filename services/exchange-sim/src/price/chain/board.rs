//! What is listed on one underlying on one trading date.

use super::{
    strikes::{Listed, expirations, is_monthly, strikes},
    underlying::Underlying,
};
use crate::price::{Market, random::Stream};
use chrono::NaiveDate;
use quant::{
    calendar,
    contract::{Contract as Ticker, Right},
};
use std::{ops::Range, sync::Arc};

const SMALL_SERIES: usize = 5;
const SMALL_SHARE: f64 = 0.05;

/// How much is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainSize {
    /// Everything: about 20,000 contracts on the S&P 500.
    Full,
    /// The five nearest expirations, strikes within 5 %.
    Small,
}

/// An expiration of one root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Option root.
    pub root: &'static str,
    /// Expiration date.
    pub expiration: NaiveDate,
    /// When it is settled and no longer listed, Unix milliseconds.
    pub settlement_ms: i64,
    /// Its contracts: calls by strike, then puts by strike.
    pub contracts: Range<usize>,
    /// Calendar days from the board's date.
    pub dte: i64,
    pub(super) monthly: bool,
}

/// One listed contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Vendor ticker.
    pub ticker: Arc<str>,
    /// Call or put.
    pub right: Right,
    /// Points.
    pub strike: f64,
    /// Index into [`Board::series`].
    pub series: usize,
    pub(super) ln_strike: f64,
    /// Points to the neighbouring strikes.
    pub(super) apart: f64,
    pub(super) stream: Stream,
}

impl Contract {
    pub(super) fn new(
        ticker: Arc<str>,
        right: Right,
        strike: f64,
        apart: f64,
        series: usize,
        stream: Stream,
    ) -> Self {
        Self { ticker, right, strike, series, ln_strike: strike.ln(), apart, stream }
    }
}

/// All contracts on one underlying on one date, by ticker.
#[derive(Debug)]
pub struct Board {
    /// What they are on.
    pub underlying: &'static Underlying,
    /// Trading date.
    pub date: NaiveDate,
    /// By root and expiration.
    pub series: Vec<Series>,
    /// By ticker.
    pub contracts: Vec<Contract>,
    /// Price the strikes are listed around: the close before.
    pub(super) centre: f64,
    /// Volatility of the underlying against the market's.
    pub(super) multiple: f64,
    /// Weights of the series in the day's trading; their sum is 1.
    pub(super) shares: Vec<f64>,
    by_expiration: Vec<u32>,
    by_strike: Vec<u32>,
}

impl Board {
    /// `None` when the market lacks the underlying.
    pub(super) fn of(
        market: &Market,
        seed: u64,
        size: ChainSize,
        underlying: &'static Underlying,
        date: NaiveDate,
    ) -> Option<Self> {
        let listing = market.listing(underlying.ticker)?;
        // Known before the date begins and untouched by what happens during it.
        let centre = market.close(listing, calendar::previous_trading_day(date));
        let mut listed = expirations(underlying, date);
        if size == ChainSize::Small {
            listed.truncate(SMALL_SERIES);
        }
        let within = (size == ChainSize::Small).then_some(SMALL_SHARE);
        let root =
            |one: &Listed| if one.am { underlying.am_root } else { None }.unwrap_or(underlying.pm_root);
        listed.sort_by_key(|one| (root(one), one.date));
        let mut board = Self {
            underlying,
            date,
            series: Vec::with_capacity(listed.len()),
            contracts: Vec::new(),
            centre,
            multiple: listing.volatility_multiple(),
            shares: Vec::new(),
            by_expiration: Vec::new(),
            by_strike: Vec::new(),
        };
        for one in &listed {
            board.list(seed, root(one), one.date, within);
        }
        board.shares = shares(&board.series);
        board.sort();
        Some(board)
    }

    fn list(&mut self, seed: u64, root: &'static str, expiration: NaiveDate, within: Option<f64>) {
        let dte = (expiration - self.date).num_days();
        let grid = strikes(self.underlying.grid, self.centre, dte <= self.underlying.fine_days, within);
        let first = self.contracts.len();
        let mut ticker = Ticker { root: root.to_owned(), expiration, right: Right::Call, strike_milli: 0 };
        for right in [Right::Call, Right::Put] {
            for at in &grid {
                ticker.right = right;
                ticker.strike_milli = (at.strike * 1000.0).round() as u32;
                let text = ticker.to_string();
                let stream = Stream::new(seed, &text);
                let series = self.series.len();
                let contract = Contract::new(text.into(), right, at.strike, at.apart, series, stream);
                self.contracts.push(contract);
            }
        }
        self.series.push(Series {
            root,
            expiration,
            settlement_ms: ticker.settlement(),
            contracts: first..self.contracts.len(),
            dte,
            monthly: is_monthly(expiration),
        });
    }

    fn sort(&mut self) {
        let all = || (0..u32::try_from(self.contracts.len()).unwrap_or(u32::MAX)).collect::<Vec<_>>();
        let of = |at: &u32| self.contracts.get(*at as usize);
        let expiration = |at: &u32| Some(self.series.get(of(at)?.series)?.expiration);
        // Stable: contracts of one expiration, or of one strike, stay in the order of their tickers.
        let mut by_expiration = all();
        by_expiration.sort_by_key(expiration);
        let mut by_strike = all();
        by_strike.sort_by(|a, b| {
            let strike = |at| of(at).map_or(0.0, |contract| contract.strike);
            strike(a).total_cmp(&strike(b))
        });
        (self.by_expiration, self.by_strike) = (by_expiration, by_strike);
    }

    /// Index of a contract in [`Board::contracts`].
    pub fn find(&self, ticker: &str) -> Option<usize> {
        self.contracts.binary_search_by(|contract| (*contract.ticker).cmp(ticker)).ok()
    }

    /// The series of a contract.
    pub fn series_of(&self, contract: &Contract) -> Option<&Series> {
        self.series.get(contract.series)
    }

    /// Contracts that are not settled at `ms`.
    pub fn count(&self, ms: i64) -> usize {
        let open = self.series.iter().filter(|series| series.settlement_ms > ms);
        open.map(|series| series.contracts.len()).sum()
    }

    /// Indices of all contracts by expiration, then ticker.
    pub(super) fn by_expiration(&self) -> &[u32] {
        &self.by_expiration
    }

    /// Indices of all contracts by strike, then ticker.
    pub(super) fn by_strike(&self) -> &[u32] {
        &self.by_strike
    }
}

/// What expires today takes half of the trading, the rest falls with the time left.
fn shares(series: &[Series]) -> Vec<f64> {
    let weight = |series: &Series| {
        let month = if series.monthly { 3.0 } else { 1.0 };
        month * ((-series.dte as f64 / 8.0).exp() + 0.004)
    };
    let later: f64 = series.iter().filter(|series| series.dte > 0).map(weight).sum();
    let today = series.iter().filter(|series| series.dte == 0 && !series.settles_at_open()).count();
    let half = if today > 0 { 0.5 } else { 1.0 };
    series
        .iter()
        .map(|series| match series.dte {
            0 if series.settles_at_open() => 0.0,
            0 => 0.5 / today as f64,
            _ => half * weight(series) / later,
        })
        .collect()
}

impl Series {
    /// Settled at the open of its date, before anybody trades.
    fn settles_at_open(&self) -> bool {
        calendar::open(self.expiration).is_some_and(|open| self.settlement_ms <= open)
    }
}
