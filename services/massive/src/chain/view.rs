//! One underlying's chain at one instant, as the models see it: a copy, so that they never hold up the writer.

use crate::clock::Now;
use quant::chain::Chain;
use std::sync::Arc;

/// Columns have one entry per contract of `chain`, in its order. NaN is unknown.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Vendor ticker of the underlying.
    pub(crate) symbol: Arc<str>,
    /// Identity of the set of contracts.
    pub(crate) geometry: Arc<Geometry>,
    /// Grows with every chain cycle that changed anything.
    pub(crate) cycle: u64,
    /// Strikes, expiries, quotes, open interest, the vendor's numbers.
    pub(crate) chain: Chain,
    pub(crate) bid_size: Vec<f64>,
    pub(crate) ask_size: Vec<f64>,
    pub(crate) last_size: Vec<f64>,
    /// Contracts traded in the session.
    pub(crate) volume: Vec<f64>,
    /// Newest exchange time of quote or trade, Unix milliseconds; 0 is unknown.
    pub(crate) t_ms: Vec<i64>,
    /// Price of the underlying.
    pub(crate) spot: f64,
    /// Points.
    pub(crate) vix: Option<f64>,
    /// Exchange time of the newest input, Unix milliseconds.
    pub(crate) input_ms: i64,
    /// When the copy was made.
    pub(crate) now: Now,
}

/// A set of contracts and its name.
#[derive(Debug)]
pub(crate) struct Geometry {
    /// Grows with every change.
    pub(crate) version: u64,
    /// `<symbol>:<unix s>:<8 hex of SHA-256 of the sorted tickers>`.
    pub(crate) epoch: String,
    /// Option tickers, in the order of the columns.
    pub(crate) tickers: Vec<Arc<str>>,
    /// Against the geometry before.
    pub(crate) entered: Vec<String>,
    pub(crate) exited: Vec<String>,
}

impl View {
    /// Without contracts, for the memory of its columns.
    pub(crate) fn empty(symbol: &Arc<str>, geometry: &Arc<Geometry>, now: Now) -> Self {
        Self {
            symbol: Arc::clone(symbol),
            geometry: Arc::clone(geometry),
            cycle: 0,
            chain: Chain::default(),
            bid_size: Vec::new(),
            ask_size: Vec::new(),
            last_size: Vec::new(),
            volume: Vec::new(),
            t_ms: Vec::new(),
            spot: f64::NAN,
            vix: None,
            input_ms: 0,
            now,
        }
    }
}
