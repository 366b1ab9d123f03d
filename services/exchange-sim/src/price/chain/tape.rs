//! Quotes and trades of the contracts of one underlying in one minute.

use super::{
    board::{Board, Contract, Series},
    surface::{Level, Term, Value},
};
use crate::price::{
    Market, Place, STEP_MS, STEPS,
    ledger::Day as MarketDay,
    path::{MINUTES, Weights, regular_minutes},
    tape::sequence,
};
use quant::contract::Right;
use std::{ops::Range, sync::Arc};

const CHEAP: f64 = 3.0;
const TICK: f64 = 0.05;
const DEAR_TICK: f64 = 0.10;
/// Guards ticks against the last digit of a double.
const DUST: f64 = 1e-9;
const QUOTE_SIZE: f64 = 25.0;
const TRADE_SIZE: f64 = 4.0;
/// Index options trade for a quarter of an hour after the close.
const INDEX_MINUTES_AFTER: usize = 15;
/// How many trades a minute of a contract has at most.
const MOST_TRADES: f64 = 400.0;
/// Strikes farther away than this many standard deviations do not trade.
const REACH: f64 = 4.5;
/// The width of trading around the money, against the standard deviation of the price until settlement.
const WIDTH: f64 = 1.2;
const LEAST_WIDTH: f64 = 0.002;
/// Contracts in the money trade less.
const IN_THE_MONEY: f64 = 0.35;
const VENUES: [u16; 8] = [300, 301, 302, 303, 309, 312, 316, 323];

/// Best bid and ask of a contract. A pure function of the instant; an update is where it differs from the step before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionQuote {
    /// Unix milliseconds.
    pub t: i64,
    /// Dollars; 0 is none.
    pub bid: f64,
    /// Contracts; 0 with no bid.
    pub bid_size: u64,
    /// Dollars.
    pub ask: f64,
    /// Contracts.
    pub ask_size: u64,
    /// Rises within a trading date, with holes.
    pub sequence: u64,
    /// Exchange ids of bid and ask.
    pub exchanges: (u16, u16),
}

impl OptionQuote {
    /// Between bid and ask, to the vendor's digits.
    pub fn midpoint(&self) -> f64 {
        super::super::four((self.bid + self.ask) / 2.0)
    }
}

/// One trade of a contract, at the bid or at the ask of its instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionTrade {
    /// Unix milliseconds.
    pub t: i64,
    /// Dollars.
    pub price: f64,
    /// Contracts.
    pub size: u64,
    /// Rises within a trading date, with holes; never that of a quote.
    pub sequence: u64,
    /// Exchange id.
    pub exchange: u16,
    /// Condition codes: 209 is an automatic execution.
    pub conditions: &'static [u16],
}

/// One minute of an underlying: what its contracts are quoted and traded by.
#[derive(Debug)]
pub struct Tape {
    board: Arc<Board>,
    at: Place,
    start_ms: i64,
    levels: Vec<Level>,
    /// Lowest and highest level from the beginning of the minute up to each step.
    bounds: Vec<(Level, Level)>,
    /// This minute's share of the day's trades; 0 outside trading hours.
    share: f64,
    number: u64,
}

impl Tape {
    pub(super) fn of(market: &Market, board: Arc<Board>, at: Place) -> Self {
        let (mean, multiple) = (market.mean_variance(), board.multiple);
        let prices = market.listing(board.underlying.ticker).map(|listing| market.minute(listing, at).prices);
        let variances = market.variances(at);
        let levels: Vec<Level> = prices
            .unwrap_or_default()
            .into_iter()
            .zip(variances)
            .map(|(spot, variance)| Level { spot, variance, mean, multiple })
            .collect();
        let bounds = bounds(&levels);
        let number = MarketDay::number(at.date) * MINUTES as u64 + at.minute as u64;
        let share = share(&board, at);
        Self { start_ms: at.ms(), board, at, levels, bounds, share, number }
    }

    /// Whether anything trades in a minute.
    pub(super) fn trades_at(board: &Board, at: Place) -> bool {
        share(board, at) > 0.0
    }

    /// The board it belongs to.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// The minute.
    pub fn place(&self) -> Place {
        self.at
    }

    /// Price of the underlying at a step.
    pub fn spot(&self, step: usize) -> f64 {
        self.levels.get(step.min(STEPS - 1)).map_or(0.0, |level| level.spot)
    }

    /// What holds for a series at a step; `None` once it is settled.
    pub fn term(&self, series: &Series, step: usize) -> Option<Term> {
        self.term_at(series, *self.levels.get(step)?, step)
    }

    fn term_at(&self, series: &Series, level: Level, step: usize) -> Option<Term> {
        Term::of(self.board.underlying, level, series, self.start_ms + step as i64 * STEP_MS)
    }

    /// The model's price, volatility and greeks at a step; `None` once the contract is settled.
    pub fn value(&self, contract: &Contract, step: usize) -> Option<Value> {
        let series = self.board.series_of(contract)?;
        Some(self.term(series, step)?.value(contract))
    }

    /// The quote at a step; `None` once the contract is settled. Its `t` is that of the step.
    pub fn quote(&self, contract: &Contract, step: usize) -> Option<OptionQuote> {
        let term = self.term(self.board.series_of(contract)?, step)?;
        Some(self.show(contract, ticks(term.price(contract)), step))
    }

    /// The quote at a step with the instant since which it has stood, within this minute.
    pub fn standing(&self, contract: &Contract, step: usize) -> Option<OptionQuote> {
        let series = self.board.series_of(contract)?;
        let now = ticks(self.term(series, step)?.price(contract));
        let since = self.since(contract, series, step, now);
        Some(self.show(contract, now, since))
    }

    /// The quote updates of a contract in these steps: where bid or ask differ from the step before. The first
    /// step of a minute always is one.
    pub fn quotes(&self, contract: &Contract, steps: Range<usize>) -> Vec<OptionQuote> {
        let mut updates = Vec::new();
        let Some(series) = self.board.series_of(contract) else { return updates };
        let at = |step| Some(ticks(self.term(series, step)?.price(contract)));
        let mut before = steps.start.checked_sub(1).and_then(at);
        for step in steps.start..steps.end.min(self.levels.len()) {
            let Some(now) = at(step) else { break };
            if before != Some(now) {
                updates.push(self.show(contract, now, step));
            }
            before = Some(now);
        }
        updates
    }

    /// The trades of a contract in this minute, in order.
    pub fn trades(&self, contract: &Contract) -> Vec<OptionTrade> {
        let Some(series) = self.board.series_of(contract) else { return Vec::new() };
        let count = self.trade_count(contract, series);
        if count == 0 {
            return Vec::new();
        }
        let draws = contract.stream.fork("trade");
        let base = self.number * 1024;
        let mut steps: Vec<usize> =
            (0..count).map(|n| (draws.bits(base + n) % STEPS as u64) as usize).collect();
        steps.sort_unstable();
        let (mut rank, mut last) = (0, usize::MAX);
        let trade = |(n, step): (u64, usize)| {
            let (bid, ask) = ticks(self.term(series, step)?.price(contract));
            rank = if step == last { rank + 1 } else { 1 };
            last = step;
            let draw = contract.stream.fork("side").bits(base + n);
            Some(OptionTrade {
                t: self.start_ms + step as i64 * STEP_MS,
                price: if draw & 1 == 0 && bid > 0.0 { bid } else { ask },
                size: geometric(contract.stream.fork("size").uniform(base + n), TRADE_SIZE),
                sequence: sequence(self.at.minute, step) + rank,
                exchange: venue(draw >> 8),
                conditions: &[209],
            })
        };
        (0..count).zip(steps).filter_map(trade).collect()
    }

    /// Contracts traded in this minute, without pricing them.
    pub(super) fn volume(&self, contract: &Contract) -> u64 {
        let Some(series) = self.board.series_of(contract) else { return 0 };
        let base = self.number * 1024;
        let sizes = contract.stream.fork("size");
        (0..self.trade_count(contract, series)).map(|n| geometric(sizes.uniform(base + n), TRADE_SIZE)).sum()
    }

    /// Poisson. All trades of a minute lie before settlement: a series settles at the beginning of a minute.
    fn trade_count(&self, contract: &Contract, series: &Series) -> u64 {
        if self.share == 0.0 || series.settlement_ms <= self.start_ms {
            return 0;
        }
        let mean = self.mean_trades(contract, series);
        if mean <= 0.0 {
            return 0;
        }
        u64::from(contract.stream.fork("count").poisson(self.number, mean.min(MOST_TRADES)))
    }

    /// Trades a minute: the series' share of the day's, the minute's share, and a bell curve around the money.
    fn mean_trades(&self, contract: &Contract, series: &Series) -> f64 {
        let Some(level) = self.levels.first() else { return 0.0 };
        let days = (series.settlement_ms - self.start_ms) as f64 / 86_400_000.0;
        let sd = level.multiple * (level.mean * days / 365.0).sqrt();
        let width = (WIDTH * sd).max(LEAST_WIDTH);
        let x = (contract.strike / level.spot - 1.0) / width;
        if x.abs() > REACH {
            return 0.0;
        }
        let is_in = match contract.right {
            Right::Call => x < 0.0,
            Right::Put => x > 0.0,
        };
        let side = if is_in { IN_THE_MONEY } else { 1.0 } / (1.0 + IN_THE_MONEY);
        let density = (-0.5 * x * x).exp() / (width * (2.0 * std::f64::consts::PI).sqrt());
        let of_strike = density * contract.apart / level.spot * side;
        let of_series = self.board.shares.get(contract.series).copied().unwrap_or(0.0);
        self.board.underlying.trades * of_series * self.share * of_strike
    }

    /// First step of the minute since which the ticks have been `now`.
    fn since(&self, contract: &Contract, series: &Series, step: usize, now: (f64, f64)) -> usize {
        // Prices rise or fall throughout with the underlying and with the variance: where both ends of the range
        // show the same ticks, nothing between shows others.
        let unmoved = self.bounds.get(step).is_some_and(|(low, high)| {
            let same = |level: &Level, step| {
                self.term_at(series, *level, step).is_some_and(|term| ticks(term.price(contract)) == now)
            };
            let (falling, rising) = (Level { spot: high.spot, ..*low }, Level { spot: low.spot, ..*high });
            match contract.right {
                Right::Call => same(low, step) && same(high, 0),
                Right::Put => same(&falling, step) && same(&rising, 0),
            }
        });
        if unmoved {
            return 0;
        }
        let differs =
            |step: &usize| self.term(series, *step).is_none_or(|term| ticks(term.price(contract)) != now);
        (0..step).rev().find(differs).map_or(0, |last| last + 1)
    }

    fn show(&self, contract: &Contract, (bid, ask): (f64, f64), step: usize) -> OptionQuote {
        // The same for the same prices within a minute, so that a quote needs no memory.
        let key = self.number ^ bid.to_bits().rotate_left(17) ^ ask.to_bits().rotate_left(41);
        let draws = contract.stream.fork("quote");
        let venues = draws.bits(key.wrapping_add(2));
        OptionQuote {
            t: self.start_ms + step as i64 * STEP_MS,
            bid,
            bid_size: if bid > 0.0 { geometric(draws.uniform(key), QUOTE_SIZE) } else { 0 },
            ask,
            ask_size: geometric(draws.uniform(key.wrapping_add(1)), QUOTE_SIZE),
            sequence: sequence(self.at.minute, step),
            exchanges: (venue(venues), venue(venues >> 32)),
        }
    }
}

/// Bid and ask of a price and its vega, on their ticks.
fn ticks((mid, vega): (f64, f64)) -> (f64, f64) {
    let half = (tick(mid) / 2.0).max(0.006 * mid.powf(0.8) + 0.015 * vega);
    let bid = (mid - half).max(0.0);
    let bid = (bid / tick(bid) + DUST).floor() * tick(bid);
    let ask = mid + half;
    let ask = (ask / tick(ask) - DUST).ceil().max(1.0) * tick(ask);
    (cents(bid), cents(ask))
}

fn tick(price: f64) -> f64 {
    if price < CHEAP { TICK } else { DEAR_TICK }
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// At least 1, on average `mean`.
fn geometric(uniform: f64, mean: f64) -> u64 {
    1 + (uniform.ln() / (1.0 - 1.0 / mean).ln()) as u64
}

fn venue(bits: u64) -> u16 {
    VENUES.get((bits % VENUES.len() as u64) as usize).copied().unwrap_or(302)
}

fn share(board: &Board, at: Place) -> f64 {
    let regular = regular_minutes(at.date);
    let after = if board.underlying.is_index() { INDEX_MINUTES_AFTER } else { 0 };
    if !(regular.start..regular.end + after).contains(&at.minute) {
        return 0.0;
    }
    // Mean square over the regular minutes is 1.
    Weights::of(at.date).intensity(at.minute).powi(2) / 390.0
}

fn bounds(levels: &[Level]) -> Vec<(Level, Level)> {
    let Some(first) = levels.first().copied() else { return Vec::new() };
    levels
        .iter()
        .scan((first, first), |(low, high), level| {
            (low.spot, low.variance) = (low.spot.min(level.spot), low.variance.min(level.variance));
            (high.spot, high.variance) = (high.spot.max(level.spot), high.variance.max(level.variance));
            Some((*low, *high))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_hold_the_price_between_them() {
        for (mid, vega, bid, ask) in [(0.0, 0.0, 0.0, 0.05), (1.23, 0.1, 1.2, 1.3), (100.0, 5.0, 99.6, 100.4)]
        {
            assert_eq!(ticks((mid, vega)), (bid, ask), "{mid}");
        }
    }

    #[test]
    fn sizes_have_their_mean() {
        let stream = crate::price::Stream::new(1, "sizes");
        let total: u64 = (0..20_000).map(|n| geometric(stream.uniform(n), 25.0)).sum();
        assert!((total as f64 / 20_000.0 - 25.0).abs() < 1.0, "{total}");
    }
}
