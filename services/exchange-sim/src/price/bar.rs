//! Open, high, low, close and what was traded.

/// A bar. Indices have no volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Begin, Unix milliseconds.
    pub t: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Shares.
    pub volume: f64,
    /// Volume-weighted average price.
    pub vwap: f64,
    /// Trades.
    pub trades: u64,
}

impl Bar {
    /// The bar of one price at one instant.
    pub(crate) fn point(t: i64, price: f64) -> Self {
        Self { t, open: price, high: price, low: price, close: price, volume: 0.0, vwap: price, trades: 0 }
    }

    /// A price that came later.
    pub(crate) fn price(&mut self, price: f64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
    }

    /// Joins a later bar.
    pub(crate) fn join(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.trade(later.volume, later.vwap, later.trades);
    }

    /// Adds volume without touching prices.
    pub(crate) fn trade(&mut self, shares: f64, vwap: f64, trades: u64) {
        let volume = self.volume + shares;
        if volume > 0.0 {
            self.vwap = (self.vwap * self.volume + vwap * shares) / volume;
        }
        self.volume = volume;
        self.trades += trades;
    }
}

/// To whole cents.
pub(crate) fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// To four decimals, as the vendor gives average prices.
pub(crate) fn four(price: f64) -> f64 {
    (price * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_bars_keep_the_range_and_weigh_by_volume() {
        let mut bar =
            Bar { t: 0, open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 100.0, vwap: 10.0, trades: 2 };
        bar.join(&Bar {
            t: 60,
            open: 11.0,
            high: 11.5,
            low: 8.0,
            close: 8.5,
            volume: 300.0,
            vwap: 9.0,
            trades: 5,
        });
        assert_eq!((bar.t, bar.open, bar.high, bar.low, bar.close), (0, 10.0, 12.0, 8.0, 8.5));
        assert_eq!((bar.volume, bar.vwap, bar.trades), (400.0, 9.25, 7));
    }
}
