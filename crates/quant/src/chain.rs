//! A chain as columns: one array per quantity, so that a model walks memory straight.

use crate::contract::Right;
use chrono::NaiveDate;

/// When on its date a contract's value is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Settlement {
    /// At the open, 09:30 New York time.
    Am,
    /// At the close, 16:00 (13:00 on early-close days).
    Pm,
}

/// One expiration of one settlement kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry {
    /// New York date.
    pub date: NaiveDate,
    /// Kind.
    pub settlement: Settlement,
    /// The instant, Unix milliseconds.
    pub settles_ms: i64,
}

/// One row of a [`Chain`]. Prices in points, sizes in contracts, volatility 1.00 = 100 % a year; NaN is unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Index into [`Chain::expiries`].
    pub expiry: u16,
    /// Points.
    pub strike: f64,
    /// Call or put.
    pub right: Right,
    /// Best bid.
    pub bid: f64,
    /// Best ask.
    pub ask: f64,
    /// Last trade.
    pub last: f64,
    /// Open interest.
    pub open_interest: f64,
    /// The vendor's implied volatility.
    pub vendor_iv: f64,
    /// The vendor's gamma, per point of spot squared.
    pub vendor_gamma: f64,
    /// Shares per contract.
    pub multiplier: f64,
}

/// Contracts of one underlying, ordered by expiry, strike, call before put. All columns have one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chain {
    /// Ascending by date, AM before PM.
    pub expiries: Vec<Expiry>,
    /// Index into `expiries`.
    pub expiry: Vec<u16>,
    /// Points.
    pub strike: Vec<f64>,
    /// Call or put.
    pub right: Vec<Right>,
    /// Best bid; NaN is unknown, like everywhere below.
    pub bid: Vec<f64>,
    /// Best ask.
    pub ask: Vec<f64>,
    /// Last trade.
    pub last: Vec<f64>,
    /// Open interest, contracts.
    pub open_interest: Vec<f64>,
    /// The vendor's implied volatility.
    pub vendor_iv: Vec<f64>,
    /// The vendor's gamma.
    pub vendor_gamma: Vec<f64>,
    /// Shares per contract.
    pub multiplier: Vec<f64>,
}

impl Chain {
    /// A chain of these rows. The caller keeps the order.
    pub fn new(expiries: Vec<Expiry>, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut chain = Self { expiries, ..Self::default() };
        for row in rows {
            chain.push(row);
        }
        chain
    }

    /// Contracts.
    pub fn len(&self) -> usize {
        self.strike.len()
    }

    /// True without contracts.
    pub fn is_empty(&self) -> bool {
        self.strike.is_empty()
    }

    /// Contract `index` as a row; `None` past the end.
    pub fn row(&self, index: usize) -> Option<Row> {
        Some(Row {
            expiry: *self.expiry.get(index)?,
            strike: *self.strike.get(index)?,
            right: *self.right.get(index)?,
            bid: *self.bid.get(index)?,
            ask: *self.ask.get(index)?,
            last: *self.last.get(index)?,
            open_interest: *self.open_interest.get(index)?,
            vendor_iv: *self.vendor_iv.get(index)?,
            vendor_gamma: *self.vendor_gamma.get(index)?,
            multiplier: *self.multiplier.get(index)?,
        })
    }

    /// The contracts of expiry `index`: a range, because they stand together.
    pub fn contracts_of(&self, index: usize) -> std::ops::Range<usize> {
        let first = self.expiry.partition_point(|&expiry| usize::from(expiry) < index);
        let end = self.expiry.partition_point(|&expiry| usize::from(expiry) <= index);
        first..end
    }

    /// Adds a contract behind the others. The caller keeps the order.
    pub fn push(&mut self, row: Row) {
        self.expiry.push(row.expiry);
        self.strike.push(row.strike);
        self.right.push(row.right);
        self.bid.push(row.bid);
        self.ask.push(row.ask);
        self.last.push(row.last);
        self.open_interest.push(row.open_interest);
        self.vendor_iv.push(row.vendor_iv);
        self.vendor_gamma.push(row.vendor_gamma);
        self.multiplier.push(row.multiplier);
    }
}
