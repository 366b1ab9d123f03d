//! What has options, and in which manner.

/// One underlying and the manner of its options.
#[derive(Debug)]
pub struct Underlying {
    /// Vendor ticker.
    pub ticker: &'static str,
    /// Root of the contracts settled at the close.
    pub pm_root: &'static str,
    /// Root of those settled at the open of third Fridays.
    pub am_root: Option<&'static str>,
    /// Expirations on every weekday, not on Fridays only.
    pub(super) daily: bool,
    /// Third Fridays beyond those of every week have a contract settled at the close, too.
    pub(super) both_monthly: bool,
    /// May be exercised before expiration.
    pub american: bool,
    /// Points between strikes near the money, around it, far away.
    pub(super) grid: [f64; 3],
    /// Days ahead with the first of them; expirations beyond begin with the second.
    pub(super) fine_days: i64,
    /// Continuous, per year.
    pub(super) dividend: f64,
    pub(super) smile: Smile,
    /// Trades of an ordinary day.
    pub(super) trades: f64,
    /// Open interest against that of the S&P 500.
    pub(super) interest: f64,
}

/// Skew and curvature of the volatility in the strike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Smile {
    pub(super) rho: f64,
    pub(super) eta: f64,
}

const INDEX: Smile = Smile { rho: -0.5, eta: 0.4 };
const STOCK: Smile = Smile { rho: -0.3, eta: 0.45 };
/// Fund on an index: the index's smile.
const DOLLAR: [f64; 3] = [1.0, 5.0, 10.0];
const CHEAP: [f64; 3] = [2.5, 5.0, 10.0];
const DEAR: [f64; 3] = [5.0, 10.0, 20.0];

static ALL: [Underlying; 16] = [
    stock("AAPL", CHEAP, 90_000.0, 0.25),
    stock("AMD", CHEAP, 40_000.0, 0.12),
    stock("AMZN", CHEAP, 40_000.0, 0.15),
    Underlying { smile: INDEX, dividend: 0.013, ..stock("DIA", DOLLAR, 3_000.0, 0.02) },
    stock("GOOGL", CHEAP, 30_000.0, 0.12),
    Underlying {
        grid: [10.0, 50.0, 250.0],
        fine_days: 14,
        dividend: 0.007,
        trades: 25_000.0,
        interest: 0.1,
        ..index("I:NDX", "NDXP", Some("NDX"))
    },
    Underlying { fine_days: 14, trades: 15_000.0, interest: 0.1, ..index("I:RUT", "RUTW", Some("RUT")) },
    Underlying { both_monthly: true, ..index("I:SPX", "SPXW", Some("SPX")) },
    Underlying {
        grid: DOLLAR,
        fine_days: 14,
        trades: 15_000.0,
        interest: 0.1,
        ..index("I:XSP", "XSP", None)
    },
    Underlying { smile: INDEX, dividend: 0.013, ..stock("IWM", DOLLAR, 50_000.0, 0.5) },
    stock("META", DEAR, 30_000.0, 0.1),
    stock("MSFT", DEAR, 30_000.0, 0.1),
    stock("NVDA", CHEAP, 150_000.0, 0.5),
    Underlying { daily: true, smile: INDEX, dividend: 0.007, ..stock("QQQ", DOLLAR, 150_000.0, 1.0) },
    Underlying { daily: true, smile: INDEX, dividend: 0.013, ..stock("SPY", DOLLAR, 250_000.0, 1.5) },
    stock("TSLA", DEAR, 150_000.0, 0.3),
];

const fn index(ticker: &'static str, pm_root: &'static str, am_root: Option<&'static str>) -> Underlying {
    Underlying {
        ticker,
        pm_root,
        am_root,
        daily: true,
        both_monthly: false,
        american: false,
        grid: [5.0, 25.0, 100.0],
        fine_days: 45,
        dividend: 0.013,
        smile: INDEX,
        trades: 375_000.0,
        interest: 1.0,
    }
}

const fn stock(ticker: &'static str, grid: [f64; 3], trades: f64, interest: f64) -> Underlying {
    Underlying {
        ticker,
        pm_root: ticker,
        am_root: None,
        daily: false,
        both_monthly: false,
        american: true,
        grid,
        fine_days: 45,
        dividend: 0.0,
        smile: STOCK,
        trades,
        interest,
    }
}

impl Underlying {
    /// All that have options, by ticker.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The one with this vendor ticker.
    pub fn named(ticker: &str) -> Option<&'static Self> {
        ALL.binary_search_by(|known| known.ticker.cmp(ticker)).ok().and_then(|at| ALL.get(at))
    }

    /// Whether it is an index: it has a value, not a price.
    pub fn is_index(&self) -> bool {
        self.ticker.starts_with("I:")
    }
}
