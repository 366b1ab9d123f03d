//! What a chain's quotes imply: time, forward and discount of each expiry, volatility and greeks of each contract.

mod refresh;

pub use refresh::years_between;

/// How forwards are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardMethod {
    /// From put-call parity of the nearest strikes, where quotes allow it; else carry.
    Parity,
    /// `S exp((r - q) T)`.
    Carry,
}

/// Whose volatility and gamma count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GreeksSource {
    /// The vendor's volatility and gamma where they are plausible; own ones where they are missing.
    VendorFirst,
    /// The vendor's volatility only; gamma always from it.
    VendorIv,
    /// Neither: own volatility from quotes, own gamma.
    Own,
}

/// Where a number came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// The vendor.
    Vendor,
    /// Computed here.
    Own,
    /// Unknown.
    #[default]
    None,
}

/// What a surface is made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Price of the underlying, points.
    pub spot: f64,
    /// Market time, Unix milliseconds.
    pub market_ms: i64,
    /// Continuous, per year.
    pub rate: f64,
    /// Continuous, per year.
    pub dividend: f64,
    /// How forwards are found.
    pub forward: ForwardMethod,
    /// Whose volatility and gamma count.
    pub source: GreeksSource,
}

/// Columns beside those of a [`crate::chain::Chain`]: first one entry per expiry, then one per contract. NaN is unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    /// Years to settlement, per expiry; 0 or less: settled.
    pub t_years: Vec<f64>,
    /// Forward price, per expiry.
    pub forward: Vec<f64>,
    /// Discount factor, per expiry.
    pub discount: Vec<f64>,
    /// Parity forwards that stood further than 3 % from carry and were not used.
    pub rejected_forwards: usize,
    /// Implied volatility, per contract.
    pub iv: Vec<f64>,
    /// Where `iv` came from.
    pub iv_origin: Vec<Origin>,
    /// Per point of spot squared.
    pub gamma: Vec<f64>,
    /// Where `gamma` came from.
    pub gamma_origin: Vec<Origin>,
    /// Per point of spot.
    pub delta: Vec<f64>,
    /// Per calendar day.
    pub theta: Vec<f64>,
    /// Per volatility point.
    pub vega: Vec<f64>,
}
