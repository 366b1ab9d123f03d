//! Total dollar gamma at hypothetical prices, and where it is zero.

use super::roots;
use crate::{
    black::{DollarGamma, Exposure},
    chain::Chain,
    contract::Right,
    surface::Surface,
    tick,
};

/// Points of the grid: `S (0.90 + 0.001 i)`.
const POINTS: u16 = 201;
/// Volatilities above this are none.
const MAX_IV: f64 = 20.0;

/// The contracts that count, and buffers.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    contracts: Vec<Exposure>,
    gamma: DollarGamma,
    spots: Vec<f64>,
}

/// The hypothetical prices, ascending.
pub(super) fn grid(spot: f64) -> impl Iterator<Item = f64> {
    (0..POINTS).map(move |i| spot * (0.90 + 0.001 * f64::from(i)))
}

impl Book {
    pub(super) fn clear(&mut self) {
        self.contracts.clear();
    }

    /// Notes a contract with open interest; without volatility or forward it has no gamma elsewhere and is left out.
    pub(super) fn add(&mut self, chain: &Chain, surface: &Surface, contract: usize) {
        let expiry = usize::from(chain.expiry[contract]);
        let (iv, multiplier) = (surface.iv[contract], chain.multiplier[contract]);
        let (forward, discount) = (surface.forward[expiry], surface.discount[expiry]);
        let is_known = iv > 0.0 && iv <= MAX_IV && [forward, discount].into_iter().all(tick::is_price);
        if !is_known || !tick::is_size(multiplier) {
            return;
        }
        let size = chain.open_interest[contract] * multiplier;
        self.contracts.push(Exposure {
            shares: if chain.right[contract] == Right::Call { size } else { -size },
            strike: chain.strike[contract],
            forward,
            discount,
            t_years: surface.t_years[expiry],
            sigma: iv,
        });
    }

    /// Net dollars per 1 % at each point of the grid, empty without contracts; and the roots between them.
    pub(super) fn solve(&mut self, spot: f64, profile: &mut Vec<f64>, found: &mut Vec<f64>) {
        profile.clear();
        found.clear();
        self.gamma.refresh(spot, self.contracts.iter().copied());
        if self.gamma.is_empty() {
            return;
        }
        self.spots.clear();
        self.spots.extend(grid(spot));
        profile.resize(self.spots.len(), 0.0);
        self.gamma.profile(&self.spots, profile);
        let samples = self.spots.iter().copied().zip(profile.iter().copied());
        roots::roots(samples, |x| self.gamma.at(x), found);
    }
}
