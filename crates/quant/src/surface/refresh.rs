//! From a chain's quotes to its surface.

use super::{ForwardMethod, GreeksSource, Origin, Surface, Terms};
use crate::{
    black::{self, Sensitivities, Slice},
    chain::{Chain, Expiry},
    contract::Right,
    forward::{self, Pair, Parity},
    implied::{self, SliceQuotes},
};
use std::ops::Range;

/// Milliseconds of a year of 365 days.
const YEAR_MS: f64 = 365.0 * 86_400_000.0;
const DAYS: f64 = 365.0;
const VOLATILITY_POINTS: f64 = 100.0;
/// A vendor's volatility between these is believed.
const VENDOR_IV: Range<f64> = 0.01..5.0;

impl Surface {
    /// The surface of `chain`; see [`Surface::refresh`].
    pub fn of(chain: &Chain, terms: &Terms) -> Self {
        let mut surface = Self::default();
        surface.refresh(chain, terms);
        surface
    }

    /// Computes every column anew, in the buffers of the last time.
    ///
    /// Own volatilities are solved from the middle of the out-of-the-money side's quote, which serves both sides of
    /// the strike; a strike without one takes the linear interpolation in `ln(K/F)` between its solved neighbours
    /// of the same expiry, the nearest one's beyond the last. Theta is per calendar day, vega per volatility point.
    /// With a spot that is no price only times, discount factors and the vendor's own numbers are known.
    pub fn refresh(&mut self, chain: &Chain, terms: &Terms) {
        self.resize(chain);
        for (index, expiry) in chain.expiries.iter().enumerate() {
            let contracts = chain.contracts_of(index);
            let slice = self.price_expiry(chain, index, expiry, contracts.clone(), terms);
            self.choose_volatilities(chain, contracts.clone(), &slice, terms.source);
            self.derive(chain, contracts, &slice, terms.source);
        }
    }

    fn resize(&mut self, chain: &Chain) {
        let (expiries, contracts) = (chain.expiries.len(), chain.len());
        for column in [&mut self.t_years, &mut self.forward, &mut self.discount] {
            column.clear();
            column.resize(expiries, f64::NAN);
        }
        for column in [&mut self.iv, &mut self.gamma, &mut self.delta, &mut self.theta, &mut self.vega] {
            column.clear();
            column.resize(contracts, f64::NAN);
        }
        for column in [&mut self.iv_origin, &mut self.gamma_origin] {
            column.clear();
            column.resize(contracts, Origin::None);
        }
        self.rejected_forwards = 0;
    }

    fn price_expiry(
        &mut self,
        chain: &Chain,
        index: usize,
        expiry: &Expiry,
        contracts: Range<usize>,
        terms: &Terms,
    ) -> Slice {
        let t_years = years_between(terms.market_ms, expiry.settles_ms);
        let discount = forward::discount(terms.rate, t_years);
        let carry = forward::carry(terms.spot, terms.rate, terms.dividend, t_years);
        let parity = match terms.forward {
            ForwardMethod::Parity if t_years > 0.0 => parity(chain, contracts, terms.spot, discount),
            _ => None,
        };
        let is_rejected = parity.is_some_and(|parity| !forward::is_near(parity, carry));
        self.rejected_forwards += usize::from(is_rejected);
        let forward = parity.filter(|_| !is_rejected).unwrap_or(carry);
        self.t_years[index] = t_years;
        self.forward[index] = forward;
        self.discount[index] = discount;
        Slice { spot: terms.spot, forward, discount, rate: terms.rate, t_years }
    }

    fn choose_volatilities(
        &mut self,
        chain: &Chain,
        rows: Range<usize>,
        slice: &Slice,
        source: GreeksSource,
    ) {
        if source != GreeksSource::Own {
            for i in rows.clone().filter(|&i| is_vendor_iv(chain.vendor_iv[i])) {
                self.iv[i] = chain.vendor_iv[i];
                self.iv_origin[i] = Origin::Vendor;
            }
        }
        let is_complete = self.iv_origin[rows.clone()].iter().all(|origin| *origin == Origin::Vendor);
        if source == GreeksSource::VendorIv || is_complete || slice.t_years.is_nan() || slice.t_years <= 0.0 {
            return;
        }
        self.solve(chain, rows.clone(), slice);
        let solved = &self.vega[rows.clone()];
        let iv = self.iv[rows.clone()].iter_mut().zip(&mut self.iv_origin[rows.clone()]);
        let mut smile = Smile::new(&chain.strike[rows], solved, slice.forward);
        for (row, (iv, origin)) in iv.enumerate() {
            if let (Origin::None, Some(own)) = (*origin, smile.at(row)) {
                (*iv, *origin) = (own, Origin::Own);
            }
        }
    }

    /// Own volatilities into the column of vega, one at each solved strike, NaN elsewhere; the greeks overwrite it.
    fn solve(&mut self, chain: &Chain, rows: Range<usize>, slice: &Slice) {
        let mids = &mut self.theta[rows.clone()];
        for (mid, i) in mids.iter_mut().zip(rows.clone()) {
            let side = if chain.strike[i] < slice.forward { Right::Put } else { Right::Call };
            *mid = if chain.right[i] == side { quoted_mid(chain.bid[i], chain.ask[i]) } else { f64::NAN };
        }
        let quotes = SliceQuotes {
            spot: slice.spot,
            forward: slice.forward,
            discount: slice.discount,
            t_years: slice.t_years,
            right: &chain.right[rows.clone()],
            price: mids,
            strike: &chain.strike[rows.clone()],
        };
        implied::slice(quotes, &mut self.vega[rows]);
    }

    fn derive(&mut self, chain: &Chain, rows: Range<usize>, slice: &Slice, source: GreeksSource) {
        let (delta, gamma) = (&mut self.delta[rows.clone()], &mut self.gamma[rows.clone()]);
        let (vega, theta) = (&mut self.vega[rows.clone()], &mut self.theta[rows.clone()]);
        let iv = &self.iv[rows.clone()];
        let out = Sensitivities { delta, gamma, vega, theta };
        black::sensitivities(slice, &chain.right[rows.clone()], &chain.strike[rows.clone()], iv, out);
        for i in rows {
            self.vega[i] /= VOLATILITY_POINTS;
            self.theta[i] /= DAYS;
            let vendor = chain.vendor_gamma[i];
            if source == GreeksSource::VendorFirst && vendor.is_finite() && vendor >= 0.0 {
                self.gamma[i] = vendor;
                self.gamma_origin[i] = Origin::Vendor;
            } else if !self.gamma[i].is_nan() {
                self.gamma_origin[i] = Origin::Own;
            }
        }
    }
}

/// Years of 365 days from one instant to another, Unix milliseconds.
pub fn years_between(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / YEAR_MS
}

fn is_vendor_iv(iv: f64) -> bool {
    iv > VENDOR_IV.start && iv < VENDOR_IV.end
}

/// The middle of a quote that a volatility may be solved from: somebody bids, the sides do not cross and are not
/// further apart than 0.30 or half the middle. NaN otherwise.
fn quoted_mid(bid: f64, ask: f64) -> f64 {
    forward::usable_mid(bid, ask).filter(|mid| ask - bid <= (0.5 * mid).max(0.30)).unwrap_or(f64::NAN)
}

/// Calls stand before puts of the same strike, so that a pair is two neighbours.
fn parity(chain: &Chain, rows: Range<usize>, spot: f64, discount: f64) -> Option<f64> {
    let mut parity = Parity::new(spot);
    for put in rows.clone().skip(1) {
        let call = put - 1;
        let is_pair = chain.strike[call] == chain.strike[put]
            && chain.right[call] == Right::Call
            && chain.right[put] == Right::Put;
        let mid = |i: usize| forward::usable_mid(chain.bid[i], chain.ask[i]);
        if let (true, Some(call), Some(put_mid)) = (is_pair, mid(call), mid(put)) {
            parity.add(Pair { strike: chain.strike[put], call, put: put_mid });
        }
    }
    parity.forward(discount)
}

/// Solved volatilities of one expiry, walked in the order of strikes.
struct Smile<'a> {
    strike: &'a [f64],
    solved: &'a [f64],
    forward: f64,
    /// The solved rows around the present one.
    below: Option<usize>,
    above: Option<usize>,
}

impl<'a> Smile<'a> {
    fn new(strike: &'a [f64], solved: &'a [f64], forward: f64) -> Self {
        let mut smile = Self { strike, solved, forward, below: None, above: None };
        smile.above = smile.next(0);
        smile
    }

    /// Volatility at the strike of `row`; rows must be asked for in ascending order. `None` without a solved strike.
    fn at(&mut self, row: usize) -> Option<f64> {
        while let Some(above) = self.above.filter(|&above| self.strike[above] <= self.strike[row]) {
            self.below = Some(above);
            self.above = self.next(above + 1);
        }
        match (self.below, self.above) {
            (Some(below), Some(above)) => Some(self.between(below, above, self.strike[row])),
            (Some(only), None) | (None, Some(only)) => Some(self.solved[only]),
            (None, None) => None,
        }
    }

    fn next(&self, from: usize) -> Option<usize> {
        (from..self.solved.len()).find(|&row| !self.solved[row].is_nan())
    }

    fn between(&self, below: usize, above: usize, strike: f64) -> f64 {
        let log = |strike: f64| (strike / self.forward).ln();
        let (low, high) = (self.strike[below], self.strike[above]);
        if strike == low {
            return self.solved[below];
        }
        let share = (log(strike) - log(low)) / (log(high) - log(low));
        self.solved[below] + share * (self.solved[above] - self.solved[below])
    }
}
