//! What REST shows of contracts, and what every origin of a chain has to provide.

use super::tape::{OptionQuote, OptionTrade};
use chrono::NaiveDate;
use quant::contract::Right;
use std::{fmt::Debug, sync::Arc};

/// What a contract is.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Vendor ticker.
    pub ticker: Arc<str>,
    /// Vendor ticker of what it is on, as the vendor's lists of contracts name it: `SPX`, without `I:`.
    pub underlying: Arc<str>,
    /// Call or put.
    pub right: Right,
    /// May be exercised before expiration.
    pub american: bool,
    /// Expiration date.
    pub expiration: NaiveDate,
    /// Points.
    pub strike: f64,
}

/// Best bid and ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuoteShown {
    /// Dollars; 0 is none.
    pub bid: f64,
    /// Contracts.
    pub bid_size: u64,
    /// Dollars.
    pub ask: f64,
    /// Contracts.
    pub ask_size: u64,
    /// Between bid and ask.
    pub midpoint: f64,
    /// Unix nanoseconds.
    pub updated_ns: i64,
}

/// The newest trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dealt {
    /// Dollars.
    pub price: f64,
    /// Contracts.
    pub size: u64,
    /// Exchange id.
    pub exchange: u16,
    /// Condition codes.
    pub conditions: &'static [u16],
    /// Unix nanoseconds.
    pub sip_ns: i64,
}

/// The day so far. What an origin does not know is `None` and is left out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DayShown {
    /// First price.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Last price.
    pub close: f64,
    /// Contracts.
    pub volume: u64,
    /// Volume-weighted average price.
    pub vwap: Option<f64>,
    /// Of the trading day before.
    pub previous_close: Option<f64>,
    /// Since the previous close.
    pub change: Option<f64>,
    /// In percent.
    pub change_percent: Option<f64>,
    /// Unix nanoseconds.
    pub updated_ns: i64,
}

/// Greeks in the vendor's units; what is `None` is left out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GreeksShown {
    /// Per point of the underlying.
    pub delta: Option<f64>,
    /// Per point, squared.
    pub gamma: Option<f64>,
    /// Per calendar day.
    pub theta: Option<f64>,
    /// Per point of volatility.
    pub vega: Option<f64>,
}

/// The underlying, as every contract shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Vendor ticker.
    pub ticker: Arc<str>,
    /// Whether it has a `value` (an index) or a `price`.
    pub is_index: bool,
    /// Points or dollars.
    pub value: f64,
    /// Unix nanoseconds.
    pub updated_ns: i64,
}

/// Everything a chain shows of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionRecord {
    /// What it is.
    pub terms: Terms,
    /// The standing quote.
    pub quote: Option<QuoteShown>,
    /// The newest trade; `None` when there was none today.
    pub trade: Option<Dealt>,
    /// The day; `None` when nothing traded today.
    pub day: Option<DayShown>,
    /// Empty where the vendor publishes none.
    pub greeks: GreeksShown,
    /// Volatility; `None` where the vendor publishes none.
    pub iv: Option<f64>,
    /// Contracts.
    pub open_interest: Option<u64>,
    /// The underlying.
    pub basis: Basis,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds<T> {
    /// Exactly this.
    pub is: Option<T>,
    /// This or above.
    pub gte: Option<T>,
    /// Above this.
    pub gt: Option<T>,
    /// This or below.
    pub lte: Option<T>,
    /// Below this.
    pub lt: Option<T>,
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Self { is: None, gte: None, gt: None, lte: None, lt: None }
    }
}

impl<T: PartialOrd> Bounds<T> {
    /// Whether all of them hold.
    pub fn admit(&self, value: &T) -> bool {
        self.is.as_ref().is_none_or(|is| value == is)
            && self.gte.as_ref().is_none_or(|least| value >= least)
            && self.gt.as_ref().is_none_or(|below| value > below)
            && self.lte.as_ref().is_none_or(|most| value <= most)
            && self.lt.as_ref().is_none_or(|above| value < above)
    }
}

/// Which contracts are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Strike.
    pub strike: Bounds<f64>,
    /// Expiration date.
    pub expiration: Bounds<NaiveDate>,
    /// Call or put.
    pub right: Option<Right>,
    /// Ticker.
    pub ticker: Bounds<String>,
}

impl Filter {
    /// Whether a contract is among them.
    pub fn admits(&self, terms: &Terms) -> bool {
        self.admits_parts(&terms.ticker, terms.right, terms.strike, terms.expiration)
    }

    pub(super) fn admits_parts(
        &self,
        ticker: &str,
        right: Right,
        strike: f64,
        expiration: NaiveDate,
    ) -> bool {
        self.right.is_none_or(|wanted| wanted == right)
            && self.strike.admit(&strike)
            && self.expiration.admit(&expiration)
            && (self.ticker == Bounds::default() || self.ticker.admit(&ticker.to_owned()))
    }
}

/// What a list is ordered by; contracts that are equal in it follow by ticker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Vendor ticker.
    #[default]
    Ticker,
    /// Expiration date.
    Expiration,
    /// Strike.
    Strike,
}

/// Where REST finds contracts: the model, or a chain from a file. Instants are Unix milliseconds of market time.
///
/// A contract is named by its underlying and an id, which stays the same during a trading date.
pub trait Source: Debug + Send + Sync {
    /// Vendor tickers of everything that has options, in the order of the roots of its contracts.
    fn underlyings(&self) -> Vec<&str>;

    /// Ids of the contracts that are not settled and admitted, in this order.
    fn matching(&self, underlying: &str, now: i64, filter: &Filter, order: Order) -> Vec<u32>;

    /// Id of a contract and its underlying; `None` when it is not listed, or settled.
    fn find(&self, ticker: &str, now: i64) -> Option<(&str, u32)>;

    /// What a contract is; `None` when there is none of this id.
    fn terms(&self, underlying: &str, now: i64, id: u32) -> Option<Terms>;

    /// What it shows; `None` when there is none of this id.
    fn record(&self, underlying: &str, now: i64, id: u32) -> Option<OptionRecord>;

    /// Contracts that are not settled.
    fn count(&self, now: i64) -> usize;

    /// The trades of a contract on a date up to `now`, in order.
    fn trades(&self, ticker: &str, date: NaiveDate, now: i64) -> Vec<OptionTrade>;

    /// The newest quote updates of a contract today, in order: at least `most` if there are as many.
    fn quotes(&self, ticker: &str, now: i64, most: usize) -> Vec<OptionQuote>;
}
