//! The bins of a profile and what they say together.

/// What the largest bin becomes in [`Bins::normalised`].
pub const NORMALISED_SCALE: u32 = 1000;

/// Volume of neighbouring bins, from the first that has any to the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bins<'a> {
    first: i64,
    step: f64,
    volumes: &'a [f64],
}

impl<'a> Bins<'a> {
    /// `volumes` begin at bin number `first`, and begin and end with volume.
    pub(super) fn new(first: i64, step: f64, volumes: &'a [f64]) -> Self {
        Self { first, step, volumes }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.volumes.len()
    }

    /// Never: bins begin and end with volume.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    /// Points of bin `index`.
    pub fn price(&self, index: usize) -> f64 {
        (self.first + index as i64) as f64 * self.step
    }

    /// Points of the first bin.
    pub fn min(&self) -> f64 {
        self.price(0)
    }

    /// Points of the last bin.
    pub fn max(&self) -> f64 {
        self.price(self.len().saturating_sub(1))
    }

    /// Points from bin to bin.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Shares, bin by bin.
    pub fn volumes(&self) -> &[f64] {
        self.volumes
    }

    /// Shares in all bins.
    pub fn total(&self) -> f64 {
        self.volumes.iter().sum()
    }

    /// The largest bin; of equals, the lowest.
    pub fn peak(&self) -> usize {
        largest(self.volumes)
    }

    /// Shares in the largest bin.
    pub fn max_volume(&self) -> f64 {
        self.volumes.get(self.peak()).copied().unwrap_or(0.0)
    }

    /// Price that drew the most volume, points.
    pub fn attention_peak(&self) -> f64 {
        self.price(self.peak())
    }

    /// The range around the attention peak that holds `share` (0 to 1) of the volume, points: grown one bin at a
    /// time to the larger neighbour, downward when both are equal.
    pub fn core_range(&self, share: f64) -> (f64, f64) {
        let wanted = share * self.total();
        let (mut low, mut high) = (self.peak(), self.peak());
        let mut held = self.max_volume();
        while held < wanted {
            let below = low.checked_sub(1).and_then(|index| self.volumes.get(index));
            let above = self.volumes.get(high + 1);
            match (below, above) {
                (Some(below), above) if above.is_none_or(|above| below >= above) => {
                    low -= 1;
                    held += below;
                }
                (_, Some(above)) => {
                    high += 1;
                    held += above;
                }
                (_, None) => break,
            }
        }
        (self.price(low), self.price(high))
    }

    /// Volumes scaled so that the largest is [`NORMALISED_SCALE`].
    pub fn normalised(&self) -> Vec<u32> {
        let max = self.max_volume();
        let scale = f64::from(NORMALISED_SCALE);
        self.volumes.iter().map(|volume| (volume / max * scale).round() as u32).collect()
    }
}

/// The largest of `values`; of equals, the first.
pub(crate) fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if values.get(best).is_none_or(|largest| value > largest) {
            best = index;
        }
    }
    best
}
