//! The tiles of one expiration date, as columns.

use super::{Basis, Cause, Inputs, Key, Pricing, Side, Strategy, Tile, ladder::Ladder, milli};
use chrono::NaiveDate;

/// A debit below this is published as 0.
const NO_DEBIT: f64 = 0.5e-4;
/// No strike at that distance.
const NONE: u32 = u32::MAX;

/// All tiles of one day to expiration. Columns of cells: kind of structure and width, then side, then strike.
#[derive(Debug, Clone)]
pub struct Plane {
    ladder: Ladder,
    basis: Basis,
    cause: Cause,
    pricing: Pricing,
    columns: Vec<Column>,
    /// Theoretical; NaN: a leg is not listed.
    debits: Vec<f64>,
    /// From midpoints; NaN: a leg has none.
    markets: Vec<f64>,
    changes: Vec<f64>,
}

/// One kind of structure of one width: where each strike's legs stand in the ladder.
#[derive(Debug, Clone)]
struct Column {
    strategy: Strategy,
    width_milli: u32,
    /// Position of the strike one width above; [`NONE`]: there is none. Empty for singles, like `below`.
    above: Vec<u32>,
    below: Vec<u32>,
}

impl Plane {
    pub(super) fn of(ladder: Ladder, inputs: &Inputs<'_>, cause: Cause) -> Self {
        let basis = Basis::of(&ladder, inputs);
        let [calls, puts] = ladder.prices(inputs, basis.base, basis.skew.skew());
        let columns = columns(&ladder.strikes, &widths_milli(inputs.widths));
        let mut debits = cells(&columns, [&calls, &puts]);
        drop_one_sided_butterflies(&columns, ladder.strikes.len(), &mut debits);
        let changes = changes(&debits, ladder.strikes.len());
        let markets = cells(&columns, [&ladder.calls.market, &ladder.puts.market]);
        Self { basis, cause, pricing: inputs.pricing, columns, debits, markets, changes, ladder }
    }

    pub(super) fn advance(&self, ladder: Ladder, inputs: &Inputs<'_>) -> Self {
        let is_other = !self.ladder.is_like(&ladder)
            || self.pricing != inputs.pricing
            || !self.has_widths(inputs.widths);
        match self.basis.cause(&Basis::of(&ladder, inputs), is_other) {
            Some(cause) => Self::of(ladder, inputs, cause),
            None => self.with_market(ladder),
        }
    }

    /// The same theoretical prices beside the present market prices.
    fn with_market(&self, ladder: Ladder) -> Self {
        let markets = cells(&self.columns, [&ladder.calls.market, &ladder.puts.market]);
        Self { markets, ladder, ..self.clone() }
    }

    fn has_widths(&self, widths: &[f64]) -> bool {
        let verticals = self.columns.iter().filter(|column| column.strategy == Strategy::Vertical);
        verticals.map(|column| column.width_milli).eq(widths_milli(widths))
    }

    /// Calendar days to expiration.
    pub fn dte(&self) -> u16 {
        self.ladder.dte
    }

    /// New York date.
    pub fn expiration(&self) -> NaiveDate {
        self.ladder.expiration
    }

    /// At-the-money volatility of the theoretical prices, 1.00 = 100 % a year.
    pub fn atm_iv(&self) -> f64 {
        self.basis.base
    }

    /// What the theoretical prices were computed with.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Why they were computed last.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The tiles, unrounded, ascending by key.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        let strikes = &self.ladder.strikes;
        self.columns.iter().enumerate().flat_map(move |(column, of)| {
            let first = column * 2 * strikes.len();
            strikes.iter().enumerate().filter_map(move |(i, &strike_milli)| {
                let (call, put) = (self.side(first + i), self.side(first + strikes.len() + i));
                let Column { strategy, width_milli, .. } = *of;
                let key = Key { strategy, dte: self.dte(), width_milli, strike_milli };
                let tile = Tile { key, expiration: self.expiration(), call, put };
                (call.is_some() || put.is_some()).then_some(tile)
            })
        })
    }

    fn side(&self, cell: usize) -> Option<Side> {
        let debit = *self.debits.get(cell)?;
        let market = self.markets.get(cell).copied().filter(|market| market.is_finite());
        let change_pct = self.changes.get(cell).copied().unwrap_or(0.0);
        (!debit.is_nan()).then_some(Side { debit, market, change_pct })
    }
}

/// In the order of keys.
fn columns(strikes: &[u32], widths: &[u32]) -> Vec<Column> {
    let single = Column { strategy: Strategy::Single, width_milli: 0, above: Vec::new(), below: Vec::new() };
    let mut columns = vec![single];
    for strategy in [Strategy::Vertical, Strategy::Butterfly] {
        columns.extend(widths.iter().map(|&width_milli| {
            let (above, below) = neighbours(strikes, width_milli);
            Column { strategy, width_milli, above, below }
        }));
    }
    columns
}

/// For each strike the positions of those exactly one `width` above and below it.
fn neighbours(strikes: &[u32], width: u32) -> (Vec<u32>, Vec<u32>) {
    let mut above = vec![NONE; strikes.len()];
    let mut below = vec![NONE; strikes.len()];
    let mut upper = 0;
    for (lower, strike) in strikes.iter().enumerate() {
        let Some(wanted) = strike.checked_add(width) else { break };
        while strikes.get(upper).is_some_and(|candidate| *candidate < wanted) {
            upper += 1;
        }
        if strikes.get(upper) == Some(&wanted)
            && let (Some(up), Some(down)) = (above.get_mut(lower), below.get_mut(upper))
        {
            (*up, *down) = (upper as u32, lower as u32);
        }
    }
    (above, below)
}

/// The cost of every structure from the prices of its legs; NaN where one is missing.
fn cells(columns: &[Column], prices: [&[f64]; 2]) -> Vec<f64> {
    let [calls, puts] = prices;
    let mut cells = Vec::with_capacity(columns.len() * (calls.len() + puts.len()));
    for column in columns {
        for (own, far, near) in [(calls, &column.above, &column.below), (puts, &column.below, &column.above)]
        {
            let legs = own.iter().zip(far.iter().zip(near));
            match column.strategy {
                Strategy::Single => cells.extend_from_slice(own),
                Strategy::Vertical => cells.extend(legs.map(|(price, (far, _))| price - leg(own, *far))),
                Strategy::Butterfly => cells
                    .extend(legs.map(|(price, (far, near))| leg(own, *near) - 2.0 * price + leg(own, *far))),
            }
        }
    }
    cells
}

fn leg(prices: &[f64], position: u32) -> f64 {
    prices.get(position as usize).copied().unwrap_or(f64::NAN)
}

/// A butterfly needs call and put at all of its strikes.
fn drop_one_sided_butterflies(columns: &[Column], strikes: usize, debits: &mut [f64]) {
    for (column, cells) in columns.iter().zip(debits.chunks_exact_mut(2 * strikes)) {
        let (calls, puts) = cells.split_at_mut(strikes);
        for (call, put) in calls.iter_mut().zip(puts).filter(|_| column.strategy == Strategy::Butterfly) {
            if call.is_nan() || put.is_nan() {
                (*call, *put) = (f64::NAN, f64::NAN);
            }
        }
    }
}

/// Per cell, percent against the next higher strike that has a debit.
fn changes(debits: &[f64], strikes: usize) -> Vec<f64> {
    let mut changes = vec![0.0; debits.len()];
    for (debits, changes) in debits.chunks_exact(strikes).zip(changes.chunks_exact_mut(strikes)) {
        let mut next = 0.0_f64;
        for (debit, change) in debits.iter().zip(changes).rev().filter(|(debit, _)| !debit.is_nan()) {
            if next.abs() >= NO_DEBIT {
                *change = 100.0 * (debit - next).abs() / next.abs();
            }
            next = *debit;
        }
    }
    changes
}

/// Ascending, each once; what is no width is left out.
fn widths_milli(widths: &[f64]) -> Vec<u32> {
    let mut widths: Vec<u32> = widths.iter().filter_map(|width| milli(*width)).collect();
    widths.sort_unstable();
    widths.dedup();
    widths
}
