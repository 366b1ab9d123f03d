//! What is listed, and the random paths that prices are made of.

/// What kind of thing a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An index: values without trades.
    Index,
    /// A fund or a share: trades and quotes.
    Stock,
}

/// A path of its own: the variance, or a price that moves with the market and by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor {
    pub(super) name: &'static str,
    /// Move per move of the market.
    pub(super) beta: f64,
    /// Correlation with the market.
    pub(super) corr: f64,
}

const fn factor(name: &'static str, beta: f64, corr: f64) -> Factor {
    Factor { name, beta, corr }
}

pub(super) const VARIANCE: usize = 0;
pub(super) const MARKET: usize = 1;

/// The first is the variance, the second the market itself.
pub(super) const FACTORS: [Factor; 12] = [
    factor("variance", 0.0, -0.75),
    factor("I:SPX", 1.0, 1.0),
    factor("I:NDX", 1.25, 0.92),
    factor("I:RUT", 1.15, 0.85),
    factor("AAPL", 1.2, 0.65),
    factor("AMD", 1.9, 0.55),
    factor("AMZN", 1.3, 0.62),
    factor("GOOGL", 1.1, 0.6),
    factor("META", 1.3, 0.6),
    factor("MSFT", 0.8, 0.7),
    factor("NVDA", 1.8, 0.6),
    factor("TSLA", 1.9, 0.5),
];

/// A symbol that can be asked for.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Vendor ticker.
    pub ticker: &'static str,
    /// As the vendor spells it out.
    pub name: &'static str,
    /// Index, or something that trades.
    pub kind: Kind,
    /// Index into [`FACTORS`].
    pub(super) factor: usize,
    /// Price where the factor's path is 0; for the VIX the long-run level.
    pub(super) start: f64,
    /// A value that stands still, of a table that is served.
    pub(super) fixed: Option<f64>,
    /// Shares and trades of an ordinary day.
    pub(super) shares_per_day: f64,
    pub(super) trades_per_day: f64,
    /// 1 NYSE, 2 regional, 3 Nasdaq.
    pub tape: u8,
    /// Cents between bid and ask.
    pub(super) spread_cents: u8,
}

impl Listing {
    /// Its volatility against the market's.
    pub(super) fn volatility_multiple(&self) -> f64 {
        FACTORS.get(self.factor).filter(|factor| factor.corr > 0.0).map_or(1.0, |f| f.beta / f.corr)
    }
}

/// Fair value of a fund against its index: fees and unpaid dividends.
const FUND: f64 = 1.0 - 0.0003;

/// All symbols, by ticker, at the default start values.
pub(super) fn all() -> Vec<Listing> {
    let index = |ticker, name, factor, start| Listing {
        ticker,
        name,
        kind: Kind::Index,
        factor,
        start,
        fixed: None,
        shares_per_day: 0.0,
        trades_per_day: 0.0,
        tape: 0,
        spread_cents: 0,
    };
    let stock = |ticker, name, factor, start, millions: f64, tape, spread_cents| Listing {
        ticker,
        name,
        kind: Kind::Stock,
        factor,
        start,
        fixed: None,
        shares_per_day: millions * 1e6,
        trades_per_day: 20_000.0 + millions * 700.0,
        tape,
        spread_cents,
    };
    let (spx, ndx, rut) = (6600.0, 24_500.0, 2400.0);
    vec![
        stock("AAPL", "Apple Inc.", 4, 270.0, 48.0, 3, 1),
        stock("AMD", "Advanced Micro Devices", 5, 215.0, 45.0, 3, 2),
        stock("AMZN", "Amazon.Com Inc", 6, 225.0, 42.0, 3, 1),
        stock("DIA", "SPDR Dow Jones Industrial Average ETF Trust", MARKET, spx / 14.2 * FUND, 4.0, 2, 3),
        stock("GOOGL", "Alphabet Inc. Class A Common Stock", 7, 290.0, 35.0, 3, 1),
        index("I:NDX", "Nasdaq 100", 2, ndx),
        index("I:RUT", "Russell 2000 Index", 3, rut),
        index("I:SPX", "S&P 500", MARKET, spx),
        index("I:VIX", "CBOE Volatility Index", VARIANCE, 17.0),
        index("I:XSP", "S&P 500 Mini-SPX Options Index", MARKET, spx / 10.0),
        stock("IWM", "iShares Russell 2000 ETF", 3, rut / 10.0 * FUND, 32.0, 2, 1),
        stock("META", "Meta Platforms, Inc. Class A Common Stock", 8, 600.0, 14.0, 3, 4),
        stock("MSFT", "Microsoft Corp", 9, 480.0, 22.0, 3, 2),
        stock("NVDA", "Nvidia Corp", 10, 180.0, 180.0, 3, 1),
        stock("QQQ", "Invesco QQQ Trust, Series 1", 2, ndx / 41.0 * FUND, 55.0, 3, 1),
        stock("SPY", "SPDR S&P 500 ETF Trust", MARKET, spx / 10.0 * FUND, 75.0, 2, 1),
        stock("TSLA", "Tesla, Inc. Common Stock", 11, 400.0, 85.0, 3, 3),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_are_sorted_and_stand_on_a_factor() {
        let all = all();
        assert!(all.is_sorted_by(|a, b| a.ticker < b.ticker));
        assert!(all.iter().all(|listing| listing.factor < FACTORS.len()));
        assert_eq!(FACTORS[MARKET].name, "I:SPX");
    }
}
