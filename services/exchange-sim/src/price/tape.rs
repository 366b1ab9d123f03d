//! Trades and quotes of one minute of a symbol, consistent with its prices and with the minute's bar.

use super::{
    bar::cents,
    ledger::Day,
    listing::Listing,
    path::{MINUTES, Place, STEPS},
    random::Stream,
};

/// Sequence numbers a step may use; the gaps between are the vendor's holes.
pub(crate) const PER_STEP: u64 = 4096;

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    /// Unix milliseconds.
    pub t: i64,
    /// Dollars.
    pub price: f64,
    /// Shares.
    pub size: u64,
    /// Rises within a trading date, with holes.
    pub sequence: u64,
    /// Exchange id.
    pub exchange: u8,
    /// Condition codes: 37 is an odd lot.
    pub conditions: &'static [u8],
}

/// The best bid and ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Unix milliseconds.
    pub t: i64,
    /// Dollars.
    pub bid: f64,
    /// Shares.
    pub bid_size: u64,
    /// Dollars.
    pub ask: f64,
    /// Shares.
    pub ask_size: u64,
    /// Rises within a trading date, with holes.
    pub sequence: u64,
    /// Exchange ids of bid and ask.
    pub exchanges: (u8, u8),
}

/// Draws trades and quotes of one symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    at: Stream,
    size: Stream,
    side: Stream,
    volume: Stream,
}

const VENUES: [u8; 6] = [4, 7, 10, 11, 12, 19];

impl Printer {
    pub(super) fn new(seed: u64, ticker: &str) -> Self {
        let named = |what: &str| Stream::new(seed, &format!("{what}/{ticker}"));
        Self { at: named("trade"), size: named("size"), side: named("side"), volume: named("volume") }
    }

    /// Shares and trades of a minute, from its share of the day.
    pub(super) fn traded(&self, listing: &Listing, number: u64, share: f64) -> (u64, u64) {
        let noise = (0.35 * self.volume.normal(number) - 0.06).exp();
        let trades = ((listing.trades_per_day * share * noise) as u64).clamp(4, 20 * STEPS as u64);
        let shares = (listing.shares_per_day * share * noise) as u64;
        (shares.max(trades), trades)
    }

    /// The trades of a minute in order. `turns` are the steps that make the bar: each has a trade.
    pub(super) fn trades(
        &self,
        place: Place,
        prices: &[f64],
        turns: [usize; 4],
        (shares, count): (u64, u64),
    ) -> Vec<Trade> {
        let number = minute_number(place);
        let base = number * 65_536;
        let drawn = (4..count).map(|n| (self.at.bits(base + n) % STEPS as u64) as usize);
        let mut steps: Vec<usize> = turns.into_iter().chain(drawn).collect();
        steps.sort_unstable();
        let weights: Vec<f64> = (0..steps.len() as u64).map(|n| -self.size.uniform(base + n).ln()).collect();
        let total: f64 = weights.iter().sum();
        // One share each, the rest by weight: the sum is exact.
        let rest = shares.saturating_sub(steps.len() as u64) as f64;
        let (mut passed, mut given, mut rank, mut before) = (0.0, 0_u64, 0_u64, usize::MAX);
        let minute_ms = Place { step: 0, ..place }.ms();
        let mut trades = Vec::with_capacity(steps.len());
        for (n, (step, weight)) in steps.iter().copied().zip(weights).enumerate() {
            passed += weight;
            let until = if n + 1 == steps.len() { rest } else { rest * (passed / total) } as u64;
            let size = 1 + until.saturating_sub(given);
            given = given.max(until);
            rank = if step == before { (rank + 1).min(PER_STEP / 2 - 1) } else { 0 };
            before = step;
            let draw = self.side.bits(base + n as u64);
            trades.push(Trade {
                t: minute_ms + step as i64 * super::path::STEP_MS,
                price: prices.get(step).copied().unwrap_or_default(),
                size,
                sequence: sequence(place.minute, step) + rank,
                exchange: venue(draw),
                conditions: if size < 100 { &[37] } else { &[] },
            });
        }
        trades
    }

    /// The quotes of a minute: one at its beginning, then one for each change.
    pub(super) fn quotes(&self, listing: &Listing, place: Place, prices: &[f64]) -> Vec<Quote> {
        let mut quotes: Vec<Quote> = Vec::new();
        for (step, price) in prices.iter().copied().enumerate() {
            let quote = self.quote(listing, Place { step, ..place }, price);
            let same = quotes.last().is_some_and(|last| (last.bid, last.ask) == (quote.bid, quote.ask));
            if !same {
                quotes.push(quote);
            }
        }
        quotes
    }

    /// The book at a step: the last price is its bid or its ask.
    fn quote(&self, listing: &Listing, place: Place, price: f64) -> Quote {
        let step = minute_number(place) * STEPS as u64 + place.step as u64;
        let spread = f64::from(listing.spread_cents.max(1)) / 100.0;
        // Buyers and sellers take turns of about a second.
        let bought = self.side.bits(step / 9) & 1 == 0;
        let (bid, ask) = if bought { (price - spread, price) } else { (price, price + spread) };
        let draw = self.size.bits(step);
        let lots =
            |bits: u64| 100 * (1 + u64::from((bits & 0xfff).trailing_zeros().min(11)) * ((bits >> 12) & 7));
        Quote {
            t: place.ms(),
            bid: cents(bid).max(0.0),
            bid_size: lots(draw),
            ask: cents(ask),
            ask_size: lots(draw >> 20),
            sequence: sequence(place.minute, place.step),
            exchanges: (venue(draw >> 40), venue(draw >> 48)),
        }
    }
}

fn minute_number(place: Place) -> u64 {
    Day::number(place.date) * MINUTES as u64 + place.minute as u64
}

/// First sequence number of a step; the upper half of its numbers is free for what is not the market's own.
pub(crate) fn sequence(minute: usize, step: usize) -> u64 {
    ((minute * STEPS + step) as u64 + 1) * PER_STEP
}

fn venue(bits: u64) -> u8 {
    VENUES.get((bits % VENUES.len() as u64) as usize).copied().unwrap_or(4)
}
