//! Times in buckets that are 1.6 % wide, so that hundreds of millions of them fit.

const FINE: u64 = 64;
const FINE_BITS: u32 = 6;
/// Past this (12 days) everything is one bucket.
const MOST: u64 = (1 << 40) - 1;
const SLOTS: usize = (FINE as usize) * 36;

/// Counts of times in microseconds.
#[derive(Debug, Clone)]
pub struct Histogram {
    slots: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { slots: vec![0; SLOTS], count: 0, max: 0 }
    }
}

impl Histogram {
    /// One more of `us`.
    pub fn add(&mut self, us: u64) {
        let us = us.min(MOST);
        self.slots[slot(us)] += 1;
        self.count += 1;
        self.max = self.max.max(us);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.fill(0);
        (self.count, self.max) = (0, 0);
    }

    /// Microseconds that `share` of the times do not exceed; 0 when there is none.
    pub fn at(&self, share: f64) -> u64 {
        let wanted = (share * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (slot, count) in self.slots.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return last_of(slot as u64).min(self.max);
            }
        }
        self.max
    }

    /// The largest, microseconds.
    pub const fn max(&self) -> u64 {
        self.max
    }
}

const fn slot(us: u64) -> usize {
    if us < FINE {
        return us as usize;
    }
    let shift = 63 - us.leading_zeros() - FINE_BITS;
    (shift as u64 * FINE + (us >> shift)) as usize
}

/// The largest time of a slot.
const fn last_of(slot: u64) -> u64 {
    if slot < FINE {
        return slot;
    }
    let shift = slot / FINE - 1;
    ((slot - shift * FINE + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_and_hold_their_times() {
        for us in (0..200_000).chain([1 << 30, MOST]) {
            let slot = slot(us) as u64;
            assert!(last_of(slot) >= us && (slot == 0 || last_of(slot - 1) < us), "{us} in {slot}");
        }
        assert!(slot(MOST) < SLOTS);
    }

    #[test]
    fn percentiles_are_right_within_a_bucket() {
        let mut times = Histogram::default();
        (1..=10_000).for_each(|us| times.add(us));
        for (share, exact) in [(0.5, 5000.0), (0.99, 9900.0), (1.0, 10_000.0)] {
            let found = times.at(share) as f64;
            assert!((found - exact).abs() <= exact * 0.02, "{share}: {found}");
        }
        assert_eq!((times.max(), Histogram::default().at(0.99)), (10_000, 0));
    }
}
