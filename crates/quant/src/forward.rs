//! Forward price of an expiry: by carry, or as put-call parity of the quotes says.

/// A parity forward further than this share from carry is not believed.
pub const MAX_DISTANCE: f64 = 0.03;
/// Strikes that vote on a parity forward.
pub const VOTERS: usize = 5;
/// Fewer strikes than this are no vote.
pub const MIN_VOTERS: usize = 3;

/// `S exp((r - q) T)`, points, for an instant `t_years` from now; at or after settlement the spot.
pub fn carry(spot: f64, rate: f64, dividend: f64, t_years: f64) -> f64 {
    spot * ((rate - dividend) * t_years.max(0.0)).exp()
}

/// `exp(-r T)`; at or after settlement 1.
pub fn discount(rate: f64, t_years: f64) -> f64 {
    (-rate * t_years.max(0.0)).exp()
}

/// A quote's middle where somebody bids and the sides do not cross: what parity may use.
pub fn usable_mid(bid: f64, ask: f64) -> Option<f64> {
    (bid > 0.0 && ask >= bid && ask.is_finite()).then_some(0.5 * (bid + ask))
}

/// One strike whose call and put both have a usable middle, in points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pair {
    /// Strike.
    pub strike: f64,
    /// Middle of the call.
    pub call: f64,
    /// Middle of the put.
    pub put: f64,
}

/// The strikes nearest to spot that have voted so far, nearest first; of two as near, the one that came first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parity {
    spot: f64,
    nearest: [Pair; VOTERS],
    count: usize,
}

impl Parity {
    /// Nobody yet.
    pub fn new(spot: f64) -> Self {
        Self { spot, nearest: [Pair::default(); VOTERS], count: 0 }
    }

    /// Counts a strike if it is among the nearest.
    pub fn add(&mut self, pair: Pair) {
        let distance = |pair: &Pair| (pair.strike - self.spot).abs();
        let rank =
            self.nearest[..self.count].iter().take_while(|held| distance(held) <= distance(&pair)).count();
        if rank < VOTERS {
            self.count = (self.count + 1).min(VOTERS);
            self.nearest[rank..self.count].rotate_right(1);
            self.nearest[rank] = pair;
        }
    }

    /// Median of `K + (C - P) / D`, points; `None` with fewer than [`MIN_VOTERS`] strikes.
    pub fn forward(&self, discount: f64) -> Option<f64> {
        if self.count < MIN_VOTERS {
            return None;
        }
        let mut votes = [0.0; VOTERS];
        for (vote, pair) in votes.iter_mut().zip(&self.nearest) {
            *vote = pair.strike + (pair.call - pair.put) / discount;
        }
        let votes = &mut votes[..self.count];
        votes.sort_unstable_by(f64::total_cmp);
        let middle = self.count / 2;
        let median =
            if self.count % 2 == 1 { votes[middle] } else { 0.5 * (votes[middle - 1] + votes[middle]) };
        Some(median)
    }
}

/// Whether a parity forward is near enough to the carry forward to be used.
pub fn is_near(parity: f64, carry: f64) -> bool {
    (parity - carry).abs() <= MAX_DISTANCE * carry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(strike: f64, forward: f64) -> Pair {
        Pair { strike, call: 50.0 + (forward - strike).max(0.0), put: 50.0 + (strike - forward).max(0.0) }
    }

    #[test]
    fn the_nearest_five_vote_and_the_median_wins() {
        let mut parity = Parity::new(100.0);
        for (strike, forward) in [(80.0, 500.0), (99.0, 101.0), (98.0, 101.5), (102.0, 101.2), (101.0, 90.0)]
        {
            parity.add(pair(strike, forward));
        }
        assert_eq!(parity.forward(1.0), Some(101.2), "80 still votes, and is outvoted");
        parity.add(pair(100.0, 101.1));
        assert_eq!(parity.forward(1.0), Some(101.1));
        assert!(parity.nearest.iter().all(|held| held.strike > 90.0));
    }

    #[test]
    fn two_strikes_are_no_vote_and_four_share_the_middle() {
        let mut parity = Parity::new(100.0);
        parity.add(pair(100.0, 101.0));
        parity.add(pair(101.0, 103.0));
        assert_eq!(parity.forward(1.0), None);
        parity.add(pair(99.0, 102.0));
        assert_eq!(parity.forward(1.0), Some(102.0));
        parity.add(pair(98.0, 104.0));
        assert_eq!(parity.forward(1.0), Some(102.5));
    }

    #[test]
    fn a_quote_without_a_bid_or_with_crossed_sides_says_nothing() {
        assert_eq!(usable_mid(1.0, 1.2), Some(1.1));
        assert_eq!(usable_mid(1.0, 1.0), Some(1.0));
        for (bid, ask) in [(0.0, 1.0), (1.2, 1.0), (f64::NAN, 1.0), (1.0, f64::NAN), (1.0, f64::INFINITY)] {
            assert_eq!(usable_mid(bid, ask), None);
        }
    }

    #[test]
    fn carry_stops_at_settlement() {
        assert_eq!(carry(100.0, 0.05, 0.01, -1.0), 100.0);
        assert!((carry(100.0, 0.05, 0.01, 0.5) - 102.020_134_002_675_58).abs() < 1e-12);
        assert_eq!(discount(0.05, 0.0), 1.0);
        assert!(is_near(103.0, 100.0) && !is_near(103.01, 100.0) && !is_near(f64::NAN, 100.0));
    }
}
