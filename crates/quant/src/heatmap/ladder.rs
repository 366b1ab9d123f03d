//! The strikes of one plane and what is known of the options at each.

use super::{Inputs, Pricing, milli};
use crate::{
    black, calendar,
    chain::{Chain, Settlement},
    contract::Right,
    surface::Surface,
    vix::Skew,
};
use chrono::NaiveDate;
use std::ops::Range;

/// Volatilities that count for the base and for the smile.
const PLAUSIBLE_IV: (f64, f64) = (0.01, 5.0);
/// Strikes this close to spot, as a share, make the base volatility.
const AT_THE_MONEY: f64 = 0.005;
/// A price needs time to be smooth in: the last minute is priced as a whole one. Years.
const MIN_T_YEARS: f64 = 60.0 / (365.0 * 86_400.0);
/// Beyond this a forward or a discount is no such thing.
const MAX_FACTOR: f64 = 1e12;
/// No contract on this side.
const NONE: u32 = u32::MAX;

/// Columns by strike, ascending. Of two settlement kinds at one strike, the contract that settles at the close.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    pub(super) dte: u16,
    pub(super) expiration: NaiveDate,
    /// Thousandths of a point.
    pub(super) strikes: Vec<u32>,
    pub(super) calls: Legs,
    pub(super) puts: Legs,
}

/// The options of one side, one entry per strike; NaN is unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Legs {
    /// Index into the chain; [`NONE`]: not listed.
    contract: Vec<u32>,
    /// Index into the chain's expiries.
    expiry: Vec<u16>,
    /// Implied volatility as bits, because unknown equals unknown.
    iv: Vec<u64>,
    /// Midpoint of the quote, points.
    pub(super) market: Vec<f64>,
}

/// A contract on its way into a ladder; the order is that of the columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    strike: u32,
    right: Right,
    settlement: Settlement,
    contract: u32,
    expiry: u16,
}

/// What the options of one expiry are priced with.
struct Expiry {
    index: u16,
    forward: f64,
    discount: f64,
    t_years: f64,
    /// (`ln(K/F)`, volatility), ascending; empty: the model prices.
    smile: Vec<(f64, f64)>,
}

/// One ladder per date that has not settled and lies within reach, ascending.
pub(super) fn ladders(inputs: &Inputs<'_>) -> Vec<Ladder> {
    let mut ladders = Vec::new();
    if !(inputs.spot.is_finite() && inputs.spot > 0.0) {
        return ladders;
    }
    let mut index = 0;
    for dated in inputs.chain.expiries.chunk_by(|a, b| a.date == b.date) {
        let here = index..index + dated.len();
        index = here.end;
        let Some(expiration) = dated.first().map(|expiry| expiry.date) else { continue };
        let dte = u16::try_from(calendar::days_to(inputs.trading_date, expiration));
        let Some(dte) = dte.ok().filter(|dte| *dte <= inputs.max_dte) else { continue };
        let mut listed = Vec::new();
        for expiry in here {
            list(inputs, expiry, &mut listed);
        }
        listed.sort_unstable();
        if !listed.is_empty() {
            ladders.push(Ladder::of(dte, expiration, &listed, inputs));
        }
    }
    ladders.sort_by_key(|ladder| ladder.dte);
    ladders.dedup_by_key(|ladder| ladder.dte);
    ladders
}

fn list(inputs: &Inputs<'_>, expiry: usize, listed: &mut Vec<Listed>) {
    let chain = inputs.chain;
    let (Some(kind), Some(_)) = (chain.expiries.get(expiry), Expiry::of(inputs.surface, expiry)) else {
        return;
    };
    for contract in chain.contracts_of(expiry) {
        let (Some(strike), Some(&right)) = (chain.strike.get(contract), chain.right.get(contract)) else {
            continue;
        };
        if let (Some(strike), Ok(contract), Ok(expiry)) =
            (milli(*strike), u32::try_from(contract), u16::try_from(expiry))
        {
            listed.push(Listed { strike, right, settlement: kind.settlement, contract, expiry });
        }
    }
}

impl Ladder {
    /// Of several contracts at one place the last counts: it settles at the close, if any does.
    fn of(dte: u16, expiration: NaiveDate, listed: &[Listed], inputs: &Inputs<'_>) -> Self {
        let mut ladder = Self {
            dte,
            expiration,
            strikes: Vec::with_capacity(listed.len() / 2 + 1),
            calls: Legs::default(),
            puts: Legs::default(),
        };
        for rung in listed.chunk_by(|a, b| a.strike == b.strike) {
            let last = |right: Right| rung.iter().rfind(|listed| listed.right == right);
            ladder.strikes.extend(rung.first().map(|listed| listed.strike));
            ladder.calls.push(last(Right::Call), inputs);
            ladder.puts.push(last(Right::Put), inputs);
        }
        ladder
    }

    /// The same contracts with the same volatilities.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.expiration == other.expiration
            && self.strikes == other.strikes
            && self.calls.is_like(&other.calls)
            && self.puts.is_like(&other.puts)
    }

    /// Mean of the plausible volatilities near `spot`; `None` without any.
    pub(super) fn base(&self, spot: f64) -> Option<f64> {
        let near = near(&self.strikes, spot);
        let (mut sum, mut count) = (0.0, 0_u32);
        for legs in [&self.calls, &self.puts] {
            let ivs = legs.iv.get(near.clone()).unwrap_or_default();
            for iv in ivs.iter().map(|bits| f64::from_bits(*bits)).filter(|iv| is_plausible(*iv)) {
                sum += iv;
                count += 1;
            }
        }
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Theoretical prices: calls, then puts; NaN where nothing is listed.
    pub(super) fn prices(&self, inputs: &Inputs<'_>, base: f64, skew: Skew) -> [Vec<f64>; 2] {
        let expiries = self.expiries(inputs);
        [(&self.calls, Right::Call), (&self.puts, Right::Put)].map(|(legs, right)| {
            let rungs = self.strikes.iter().zip(&legs.contract).zip(&legs.expiry);
            rungs
                .map(|((strike, contract), expiry)| {
                    let priced = expiries.iter().find(|known| *contract != NONE && known.index == *expiry);
                    let strike = f64::from(*strike) / 1000.0;
                    priced.map_or(f64::NAN, |expiry| expiry.price(right, strike, inputs.spot, base, skew))
                })
                .collect()
        })
    }

    fn expiries(&self, inputs: &Inputs<'_>) -> Vec<Expiry> {
        let mut indices: Vec<u16> =
            [&self.calls, &self.puts].into_iter().flat_map(|l| l.expiry.clone()).collect();
        indices.sort_unstable();
        indices.dedup();
        let known = |index: u16| {
            let mut expiry = Expiry::of(inputs.surface, usize::from(index))?;
            if inputs.pricing == Pricing::Smile {
                expiry.smile = smile(inputs.chain, inputs.surface, &expiry);
            }
            Some(expiry)
        };
        indices.into_iter().filter_map(known).collect()
    }
}

impl Legs {
    fn push(&mut self, listed: Option<&Listed>, inputs: &Inputs<'_>) {
        let contract = listed.map_or(usize::MAX, |listed| listed.contract as usize);
        self.contract.push(listed.map_or(NONE, |listed| listed.contract));
        self.expiry.push(listed.map_or(u16::MAX, |listed| listed.expiry));
        let iv = inputs.surface.iv.get(contract).copied().filter(|iv| is_plausible(*iv));
        self.iv.push(iv.unwrap_or(f64::NAN).to_bits());
        self.market.push(midpoint(inputs.chain, contract).unwrap_or(f64::NAN));
    }

    fn is_like(&self, other: &Self) -> bool {
        self.expiry == other.expiry && self.iv == other.iv
    }
}

impl Expiry {
    /// `None` once it has settled, or while its forward or discount is unknown.
    fn of(surface: &Surface, index: usize) -> Option<Self> {
        let value =
            |column: &[f64]| column.get(index).copied().filter(|value| *value > 0.0 && *value < MAX_FACTOR);
        Some(Self {
            index: u16::try_from(index).ok()?,
            t_years: value(&surface.t_years)?.max(MIN_T_YEARS),
            forward: value(&surface.forward)?,
            discount: value(&surface.discount)?,
            smile: Vec::new(),
        })
    }

    fn price(&self, right: Right, strike: f64, spot: f64, base: f64, skew: Skew) -> f64 {
        let sigma = self.market_sigma(strike).unwrap_or_else(|| base * skew.factor(strike, spot));
        let option = black::Option {
            right,
            spot,
            strike,
            forward: self.forward,
            discount: self.discount,
            rate: 0.0,
            t_years: self.t_years,
            sigma: sigma.min(black::MAX_SIGMA),
        };
        black::price(&option).unwrap_or(f64::NAN)
    }

    /// Linear between the neighbours, flat outside; `None` without a smile.
    fn market_sigma(&self, strike: f64) -> Option<f64> {
        let x = (strike / self.forward).ln();
        let next = self.smile.partition_point(|(node, _)| *node < x);
        let above = self.smile.get(next);
        let below = next.checked_sub(1).and_then(|before| self.smile.get(before));
        match (below, above) {
            (Some((x0, iv0)), Some((x1, iv1))) => Some(iv0 + (iv1 - iv0) * ((x - x0) / (x1 - x0))),
            (below, above) => below.or(above).map(|(_, iv)| *iv),
        }
    }
}

/// At each strike the volatility of the out-of-the-money contract, or of the other where that one has none.
fn smile(chain: &Chain, surface: &Surface, expiry: &Expiry) -> Vec<(f64, f64)> {
    let mut nodes: Vec<(f64, bool, f64)> = Vec::new();
    for contract in chain.contracts_of(usize::from(expiry.index)) {
        let (Some(strike), Some(right)) = (chain.strike.get(contract), chain.right.get(contract)) else {
            continue;
        };
        let x = (strike / expiry.forward).ln();
        let iv = surface.iv.get(contract).copied().filter(|iv| is_plausible(*iv));
        if let Some(iv) = iv.filter(|_| x.is_finite()) {
            nodes.push((x, (*right == Right::Put) == (x < 0.0), iv));
        }
    }
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    nodes.dedup_by_key(|node| node.0);
    nodes.into_iter().map(|(x, _, iv)| (x, iv)).collect()
}

/// Midpoint of a usable quote; where nobody quotes, the last trade.
fn midpoint(chain: &Chain, contract: usize) -> Option<f64> {
    let (bid, ask) = (chain.bid.get(contract)?, chain.ask.get(contract)?);
    let is_quoted = *bid > 0.0 || *ask > 0.0;
    if !is_quoted {
        return chain.last.get(contract).copied().filter(|last| last.is_finite() && *last > 0.0);
    }
    (*bid >= 0.0 && *ask > 0.0 && ask >= bid && ask.is_finite()).then(|| (bid + ask) / 2.0)
}

/// The strikes at the money, as a range of positions.
fn near(strikes: &[u32], spot: f64) -> Range<usize> {
    let reach = AT_THE_MONEY * spot;
    let distance = |strike: &u32| f64::from(*strike) / 1000.0 - spot;
    let first = strikes.partition_point(|strike| distance(strike) < -reach);
    let end = strikes.partition_point(|strike| distance(strike) <= reach);
    first..end
}

fn is_plausible(iv: f64) -> bool {
    iv > PLAUSIBLE_IV.0 && iv < PLAUSIBLE_IV.1
}
