//! Open interest: drawn when a contract is first listed, then grown by a share of what is traded.

use super::{
    Chain,
    board::{Board, Contract},
    tape::Tape,
};
use crate::price::{Market, Place, active_minutes};
use chrono::NaiveDate;
use quant::{calendar, contract::Right};
use std::sync::Arc;

const KEPT_SHARE: f64 = 0.35;
const TODAY: f64 = 1500.0;
const WEEKLY: f64 = 1000.0;
const MONTHLY: f64 = 4000.0;
const WIDTH: f64 = 0.04;
const PUTS_AT: f64 = -0.03;
const CALLS_AT: f64 = 0.025;
const NOISE: f64 = 0.6;
/// Strikes at these multiples of the finest grid draw more: for the S&P 500 those of 100, 50 and 25 points.
const ROUND: [(f64, f64); 3] = [(20.0, 4.0), (10.0, 2.0), (5.0, 1.3)];

/// Open interest of each contract of `board`. `known` tells that of earlier dates, where it is still known.
pub(super) fn of(
    chain: &Chain,
    market: &Market,
    board: &Arc<Board>,
    known: impl Fn(NaiveDate) -> Option<Arc<Vec<u64>>>,
) -> Vec<u64> {
    let mut dates = Vec::new();
    let (mut date, mut before) = (board.date, None);
    while date > chain.first() && before.is_none() {
        date = calendar::previous_trading_day(date);
        dates.push(date);
        before = known(date).map(|counted| counted.to_vec());
    }
    let ticker = board.underlying.ticker;
    let mut past: Option<(Arc<Board>, Vec<u64>)> = None;
    for date in dates.into_iter().rev() {
        let Some(earlier) = chain.board(market, ticker, date) else { continue };
        let counted = before.take().unwrap_or_else(|| onward(&earlier, past.as_ref()));
        let grown = grown(market, &earlier, counted);
        past = Some((earlier, grown));
    }
    onward(board, past.as_ref())
}

/// What was there the evening before, and the first interest of what is new.
fn onward(board: &Board, past: Option<&(Arc<Board>, Vec<u64>)>) -> Vec<u64> {
    let before = |contract: &Contract| {
        let (earlier, counts) = past?;
        counts.get(earlier.find(&contract.ticker)?).copied()
    };
    board
        .contracts
        .iter()
        .map(|contract| before(contract).unwrap_or_else(|| first(board, contract)))
        .collect()
}

fn grown(market: &Market, board: &Arc<Board>, mut counts: Vec<u64>) -> Vec<u64> {
    let mut volumes = vec![0_u64; counts.len()];
    for minute in 0..active_minutes(board.date) {
        let at = Place { date: board.date, minute, step: 0 };
        if Tape::trades_at(board, at) {
            let tape = Tape::of(market, Arc::clone(board), at);
            for (volume, contract) in volumes.iter_mut().zip(&board.contracts) {
                *volume += tape.volume(contract);
            }
        }
    }
    for (count, volume) in counts.iter_mut().zip(volumes) {
        *count += (KEPT_SHARE * volume as f64).round() as u64;
    }
    counts
}

fn first(board: &Board, contract: &Contract) -> u64 {
    let Some(series) = board.series_of(contract) else { return 0 };
    let bucket = match series.dte {
        0 => TODAY,
        _ if series.monthly => MONTHLY,
        _ => WEEKLY,
    };
    let middle = match contract.right {
        Right::Call => CALLS_AT,
        Right::Put => PUTS_AT,
    };
    let far = (contract.strike / board.centre - 1.0 - middle) / WIDTH;
    let in_steps = contract.strike / board.underlying.grid[0];
    let is_round = |steps: f64| (in_steps / steps).fract() == 0.0;
    let round = ROUND.into_iter().find(|(steps, _)| is_round(*steps)).map_or(1.0, |(_, times)| times);
    let noise = (NOISE * contract.stream.fork("interest").normal(0) - NOISE * NOISE / 2.0).exp();
    (bucket * (-0.5 * far * far).exp() * round * noise * board.underlying.interest) as u64
}
