//! Gamma exposure (GEX): how many shares dealers must trade for each point that the underlying moves.
//!
//! Convention: dealers are long calls and short puts, so net exposure is calls less puts. A contract with open
//! interest, gamma and time left adds `gamma x open interest x multiplier` shares per point; in dollars for a move
//! of 1 % that is `shares x S^2 x 0.01`. AM- and PM-settled contracts of one strike and date add up.

mod levels;
mod pain;
mod roots;
mod zero;

use crate::{
    chain::Chain,
    contract::Right,
    surface::{Origin, Surface},
    tick,
};
use chrono::NaiveDate;
use levels::Entry;
pub(crate) use levels::peak;
pub use levels::{Levels, Slice, flips};
pub use pain::max_pain;
use std::ops::Range;

/// Strikes in [`Gex::top`].
const TOP: usize = 10;
/// Above this nothing is a gamma, shares per point.
const MAX_GAMMA: f64 = 1e9;

/// Totals and levels of one underlying, over all loaded expirations. Without contracts or without a price of the
/// underlying everything is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gex {
    /// Price of the underlying, points.
    pub spot: f64,
    /// By strike, over all expirations.
    pub strikes: Levels,
    /// By date and strike, as [`Expiration::strikes`] divides it.
    pub dated: Levels,
    /// Dates that have not settled, ascending.
    pub by_expiration: Vec<Expiration>,
    /// Calls, shares per point.
    pub total_call: f64,
    /// Puts, shares per point, without sign.
    pub total_put: f64,
    /// Calls less puts.
    pub total_net: f64,
    /// `total_net` in dollars for a move of 1 %.
    pub net_usd_per_pct: f64,
    /// Strike with the largest call exposure; of equal ones, here and below, the nearest to spot, then the lower.
    pub call_wall: Option<f64>,
    /// Strike with the largest put exposure.
    pub put_wall: Option<f64>,
    /// Strike with the largest net exposure.
    pub max_net_strike: Option<f64>,
    /// Strike with the smallest net exposure.
    pub min_net_strike: Option<f64>,
    /// Where net exposure changes its sign from strike to strike.
    pub strike_flip: Flips,
    /// Net dollar gamma per 1 % at 201 hypothetical prices from 0.90 to 1.10 of spot, contracts keeping their
    /// volatilities (sticky strike).
    pub profile: Vec<f64>,
    /// Its root nearest to spot, points.
    pub zero_gamma: Option<f64>,
    /// All its roots, ascending.
    pub zero_gamma_roots: Vec<f64>,
    /// Which way dealers hedge at this price.
    pub regime: Regime,
    /// Contracts that count.
    pub contracts_used: usize,
    /// The others: settled, without open interest, or without gamma.
    pub contracts_skipped: usize,
    /// Ten strikes with the largest net exposure by size, indices into `strikes`.
    pub top: Vec<usize>,
}

/// Prices at which net exposure changes its sign from strike to strike, points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flips {
    /// The highest flip at or below spot.
    pub below: Option<f64>,
    /// The lowest flip above spot.
    pub above: Option<f64>,
}

/// One date of a [`Gex`].
#[derive(Debug, Clone, PartialEq)]
pub struct Expiration {
    /// New York date.
    pub date: NaiveDate,
    /// Its listed strikes in [`Gex::dated`].
    pub strikes: Range<usize>,
    /// Calls, shares per point.
    pub call: f64,
    /// Puts, shares per point, without sign.
    pub put: f64,
    /// Calls less puts.
    pub net: f64,
    /// Open interest of calls, contracts.
    pub call_oi: f64,
    /// Open interest of puts, contracts.
    pub put_oi: f64,
    /// Strike with the largest call exposure.
    pub call_wall: Option<f64>,
    /// Strike with the largest put exposure.
    pub put_wall: Option<f64>,
    /// Strike at which the open contracts are worth least.
    pub max_pain: Option<f64>,
}

/// Which way dealers hedge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Regime {
    /// Against the move: at or above zero gamma.
    Positive,
    /// With the move.
    Negative,
    /// Neither.
    #[default]
    Neutral,
}

/// Buffers between two calls of [`Gex::refresh`]; nothing in them outlives a call.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    order: Vec<(f64, usize)>,
    zero: zero::Book,
}

impl Flips {
    /// The flip closer to `spot`; of two equally close ones, the lower.
    pub fn nearest(&self, spot: f64) -> Option<f64> {
        match (self.below, self.above) {
            (Some(below), Some(above)) if above - spot < spot - below => Some(above),
            (below, above) => below.or(above),
        }
    }
}

impl Regime {
    /// As in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }
}

impl Gex {
    /// The exposure of `chain` at `spot` points, with what `surface` says of it (made from the same chain).
    pub fn of(chain: &Chain, surface: &Surface, spot: f64) -> Self {
        let mut gex = Self::default();
        gex.refresh(chain, surface, spot, &mut Workspace::default());
        gex
    }

    /// As [`Gex::of`], into buffers that are there already.
    pub fn refresh(&mut self, chain: &Chain, surface: &Surface, spot: f64, work: &mut Workspace) {
        self.clear();
        if !tick::is_price(spot) {
            self.contracts_skipped = chain.len();
            return;
        }
        self.spot = spot;
        work.zero.clear();
        self.gather(chain, surface, work);
        self.contracts_skipped = chain.len() - self.contracts_used;
        self.join(&mut work.order);
        self.summarise();
        work.zero.solve(spot, &mut self.profile, &mut self.zero_gamma_roots);
        self.zero_gamma = peak(self.zero_gamma_roots.iter().map(|root| (*root, 0.0)), spot);
        self.regime = self.regime_at();
    }

    /// Exposure and open interest by strike of one of `by_expiration`.
    pub fn of_expiration(&self, expiration: &Expiration) -> Slice<'_> {
        self.dated.slice(expiration.strikes.clone())
    }

    /// The first expiration that has not settled.
    pub fn nearest_expiration(&self) -> Option<&Expiration> {
        self.by_expiration.first()
    }

    /// The strike flip closer to spot.
    pub fn nearest_flip(&self) -> Option<f64> {
        self.strike_flip.nearest(self.spot)
    }

    /// The rows of `top`: strike, call, put, net.
    pub fn top_rows(&self) -> impl Iterator<Item = (f64, f64, f64, f64)> {
        let levels = &self.strikes;
        self.top.iter().map(|&i| (levels.strike[i], levels.call[i], levels.put[i], levels.net[i]))
    }

    /// Hypothetical prices of `profile`, points, ascending.
    pub fn profile_spots(&self) -> impl Iterator<Item = f64> {
        zero::grid(self.spot).take(self.profile.len())
    }

    /// Keeps the memory, forgets the rest.
    fn clear(&mut self) {
        let mut old = std::mem::take(self);
        old.strikes.clear();
        old.dated.clear();
        old.by_expiration.clear();
        old.profile.clear();
        old.zero_gamma_roots.clear();
        old.top.clear();
        let Self { strikes, dated, by_expiration, profile, zero_gamma_roots, top, .. } = old;
        *self = Self { strikes, dated, by_expiration, profile, zero_gamma_roots, top, ..Self::default() };
    }

    /// Fills `dated` and `by_expiration`, counts, and notes for the profile what has a volatility.
    fn gather(&mut self, chain: &Chain, surface: &Surface, work: &mut Workspace) {
        let mut first = 0;
        while let Some(expiry) = chain.expiries.get(first) {
            let end = first + chain.expiries[first..].partition_point(|next| next.date == expiry.date);
            work.order.clear();
            for index in (first..end).filter(|&index| surface.t_years[index] > 0.0) {
                let contracts = chain.contracts_of(index).filter(|&i| tick::is_price(chain.strike[i]));
                work.order.extend(contracts.map(|i| (chain.strike[i], i)));
            }
            if !work.order.is_sorted_by(|a, b| a.0 <= b.0) {
                work.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            }
            self.add_date(expiry.date, chain, surface, work);
            first = end;
        }
    }

    fn add_date(&mut self, date: NaiveDate, chain: &Chain, surface: &Surface, work: &mut Workspace) {
        let start = self.dated.len();
        for &(strike, contract) in &work.order {
            if self.dated.len() == start || self.dated.strike.last() != Some(&strike) {
                self.dated.push(strike);
            }
            let Some(held) = Held::of(chain, surface, contract) else { continue };
            work.zero.add(chain, surface, contract);
            self.contracts_used += usize::from(held.gex.is_some());
            self.dated.add(self.dated.len() - 1, held.entry());
        }
        let strikes = start..self.dated.len();
        if strikes.is_empty() {
            return;
        }
        let levels = self.dated.slice(strikes.clone());
        let [call, put, call_oi, put_oi] =
            [levels.call, levels.put, levels.call_oi, levels.put_oi].map(|column| column.iter().sum::<f64>());
        self.by_expiration.push(Expiration {
            date,
            call,
            put,
            net: call - put,
            call_oi,
            put_oi,
            call_wall: levels.call_wall(self.spot),
            put_wall: levels.put_wall(self.spot),
            max_pain: max_pain(levels, self.spot),
            strikes,
        });
    }

    /// Sums `dated` over the dates into `strikes`.
    fn join(&mut self, order: &mut Vec<(f64, usize)>) {
        order.clear();
        order.extend(self.dated.strike.iter().copied().zip(0..));
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for &(strike, index) in order.iter() {
            if self.strikes.strike.last() != Some(&strike) {
                self.strikes.push(strike);
            }
            self.strikes.add(self.strikes.len() - 1, self.dated.entry(index));
        }
    }

    fn summarise(&mut self) {
        let (spot, levels) = (self.spot, self.strikes.all());
        self.total_call = levels.call.iter().sum();
        self.total_put = levels.put.iter().sum();
        self.total_net = self.total_call - self.total_put;
        self.net_usd_per_pct = usd_per_pct(self.total_net, spot);
        self.call_wall = levels.call_wall(spot);
        self.put_wall = levels.put_wall(spot);
        self.max_net_strike = levels.max_net(spot);
        self.min_net_strike = levels.min_net(spot);
        self.strike_flip = flips(levels.strike, levels.net, spot);
        let far = |i: usize| (levels.strike[i] - spot).abs();
        self.top.extend((0..levels.strike.len()).filter(|&i| levels.net[i] != 0.0));
        self.top.sort_unstable_by(|&a, &b| {
            let by_size = levels.net[b].abs().total_cmp(&levels.net[a].abs());
            by_size.then(far(a).total_cmp(&far(b))).then(a.cmp(&b))
        });
        self.top.truncate(TOP);
    }

    fn regime_at(&self) -> Regime {
        let side = self.zero_gamma.map_or(self.total_net, |root| if self.spot >= root { 1.0 } else { -1.0 });
        match side {
            side if side > 0.0 => Regime::Positive,
            side if side < 0.0 => Regime::Negative,
            _ => Regime::Neutral,
        }
    }
}

/// Shares per point as dollars for a move of 1 % at `spot`.
pub fn usd_per_pct(shares: f64, spot: f64) -> f64 {
    shares * spot * spot * 0.01
}

/// One contract with open interest.
struct Held {
    right: Right,
    open_interest: f64,
    gex: Option<f64>,
}

impl Held {
    /// A vendor's gamma of zero is one that was rounded away: it adds nothing and does not count as known.
    fn of(chain: &Chain, surface: &Surface, contract: usize) -> Option<Self> {
        let (open_interest, multiplier) = (chain.open_interest[contract], chain.multiplier[contract]);
        if !tick::is_size(open_interest) || open_interest == 0.0 {
            return None;
        }
        let gamma = surface.gamma[contract];
        let is_own = surface.gamma_origin[contract] == Origin::Own;
        let is_known = (0.0..=MAX_GAMMA).contains(&gamma) && (gamma > 0.0 || is_own);
        let is_used = is_known && tick::is_size(multiplier) && multiplier > 0.0;
        let gex = is_used.then_some(gamma * open_interest * multiplier);
        Some(Self { right: chain.right[contract], open_interest, gex })
    }

    fn entry(&self) -> Entry {
        let (gex, oi) = (self.gex.unwrap_or(0.0), self.open_interest);
        match self.right {
            Right::Call => Entry { call: gex, call_oi: oi, ..Entry::default() },
            Right::Put => Entry { put: gex, put_oi: oi, ..Entry::default() },
        }
    }
}
