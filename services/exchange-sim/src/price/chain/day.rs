//! What has been traded today, contract by contract.

use super::{
    Chain,
    board::Board,
    tape::{OptionTrade, Tape},
};
use crate::price::{Market, Place, STEPS};
use std::sync::Arc;

/// Minutes between the two states that are kept, so that a reader a little behind finds one.
const APART: usize = 3;

/// A contract's day so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traded {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Contracts.
    pub volume: u64,
    /// Trades.
    pub trades: u64,
    /// The newest trade.
    pub last: OptionTrade,
    paid: f64,
}

impl Traded {
    /// Sums of these trades, in order; `None` of none.
    pub fn of(trades: &[OptionTrade]) -> Option<Self> {
        let mut sums = None;
        trades.iter().for_each(|trade| add(&mut sums, trade));
        sums
    }

    /// Volume-weighted average price.
    pub fn vwap(&self) -> f64 {
        super::super::four(self.paid / self.volume as f64)
    }
}

fn add(slot: &mut Option<Traded>, trade: &OptionTrade) {
    let paid = trade.price * trade.size as f64;
    match slot {
        None => {
            *slot = Some(Traded {
                open: trade.price,
                high: trade.price,
                low: trade.price,
                volume: trade.size,
                trades: 1,
                last: *trade,
                paid,
            });
        }
        Some(sums) => {
            sums.high = sums.high.max(trade.price);
            sums.low = sums.low.min(trade.price);
            sums.volume += trade.size;
            sums.trades += 1;
            sums.last = *trade;
            sums.paid += paid;
        }
    }
}

/// Sums of a board's trades up to an instant.
#[derive(Debug, Clone)]
pub struct Day {
    board: Arc<Board>,
    /// Minutes below this one are in.
    minute: usize,
    traded: Vec<Option<Traded>>,
}

impl Day {
    fn of(board: &Arc<Board>) -> Self {
        Self { board: Arc::clone(board), minute: 0, traded: vec![None; board.contracts.len()] }
    }

    /// A contract's sums; `None` when it has not traded.
    pub fn traded(&self, contract: usize) -> Option<&Traded> {
        self.traded.get(contract)?.as_ref()
    }

    fn complete(&mut self, chain: &Chain, market: &Market, until: Place) {
        for minute in self.minute..until.minute {
            let at = Place { minute, step: 0, ..until };
            if Tape::trades_at(&self.board, at) {
                let tape = chain.tape(market, &self.board, at);
                self.add(&tape, STEPS - 1);
            }
        }
        self.minute = self.minute.max(until.minute);
    }

    fn add(&mut self, tape: &Tape, last_step: usize) {
        let until = Place { step: last_step, ..tape.place() }.ms();
        for (slot, contract) in self.traded.iter_mut().zip(&self.board.contracts) {
            for trade in tape.trades(contract).iter().take_while(|trade| trade.t <= until) {
                add(slot, trade);
            }
        }
    }
}

/// Days of one underlying: the newest one, and one a little older.
#[derive(Debug, Default)]
pub(super) struct Days {
    newest: Option<Day>,
    older: Option<Day>,
}

impl Days {
    /// The day of `board` up to and with `at`.
    pub(super) fn at(&mut self, chain: &Chain, market: &Market, board: &Arc<Board>, at: Place) -> Day {
        let holds = |day: &&mut Day| day.board.date == board.date && day.minute <= at.minute;
        let mut day = if let Some(newest) = self.newest.as_mut().filter(holds) {
            let apart = |older: &Day| older.board.date != board.date || older.minute + APART <= newest.minute;
            if newest.minute < at.minute && self.older.as_ref().is_none_or(apart) {
                self.older = Some(newest.clone());
            }
            newest.complete(chain, market, at);
            newest.clone()
        } else if let Some(older) = self.older.as_mut().filter(holds) {
            older.complete(chain, market, at);
            older.clone()
        } else {
            let mut day = Day::of(board);
            day.complete(chain, market, at);
            let goes_back = self.newest.as_ref().is_some_and(|newest| newest.board.date >= board.date);
            let slot = if goes_back { &mut self.older } else { &mut self.newest };
            *slot = Some(day.clone());
            day
        };
        if Tape::trades_at(board, at) {
            day.add(&chain.tape(market, board, at), at.step);
        }
        day
    }
}
