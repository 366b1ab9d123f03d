//! What stands out in a volume profile: nodes, where much was traded, wells and crevasses, where little was; and
//! where a price stands among them.
//!
//! Convention: a bin belongs to a node from the 70th percentile of the smoothed volume on, to a well up to the 20th.

use crate::profile::{Bins, largest};
use std::ops::Range;

/// Bins to either side that smoothing looks at.
const REACH: usize = 2;
/// Runs with fewer bins than this between them are one.
const MERGE_BELOW: usize = 3;
/// A well of this many bins is a crevasse.
const CREVASSE: usize = 3;
/// More nodes than this only clutter the picture.
const MAX_NODES: usize = 20;

/// A price that drew volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Points.
    pub price: f64,
    /// Shares traded in its range.
    pub volume: f64,
}

/// What stands out; everything ascending, ranges as (lowest, highest) price in points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Structures {
    /// One per node range: its largest bin.
    pub nodes: Vec<Node>,
    /// Runs with much volume.
    pub node_ranges: Vec<(f64, f64)>,
    /// Runs with little volume, outside of every node range.
    pub wells: Vec<(f64, f64)>,
    /// Wells of at least three bins.
    pub crevasses: Vec<(f64, f64)>,
    /// Share of the volume that lies inside node ranges, 0 to 1.
    pub memory_strength: f64,
}

/// Where a price stands among structures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Context {
    /// Price of the nearest node, points; of two equally near, the lower. `None`: there is none.
    pub nearest_node: Option<f64>,
    /// `(node - spot) / spot`.
    pub nearest_node_dist: Option<f64>,
    /// Distance to the nearest well over spot, 0 inside; `None`: there is none.
    pub well_proximity: Option<f64>,
    /// Spot stands inside a crevasse.
    pub in_crevasse: bool,
    /// [`Structures::memory_strength`].
    pub memory_strength: f64,
    /// How near the strike of the largest net gamma is to the nearest node, in expected moves: 1 at it, 0 from one
    /// move on. `None` without either.
    pub gamma_alignment: Option<f64>,
}

impl Structures {
    /// The structures of a profile.
    pub fn of(bins: &Bins<'_>) -> Self {
        let volumes = bins.volumes();
        let smoothed = smooth(volumes);
        let mut sorted: Vec<f64> = smoothed.iter().copied().filter(|volume| *volume > 0.0).collect();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let (Some(&much), Some(&little)) = (sorted.get(count * 7 / 10), sorted.get(count * 2 / 10)) else {
            return Self::default();
        };

        let mut dense = merged(runs(smoothed.iter().map(|volume| *volume >= much)));
        let is_dense = |index: usize| {
            let next = dense.partition_point(|run| run.end <= index);
            dense.get(next).is_some_and(|run| run.contains(&index))
        };
        let thin = runs(smoothed.iter().enumerate().map(|(i, volume)| *volume <= little && !is_dense(i)));
        let prices = |run: &Range<usize>| (bins.price(run.start), bins.price(run.end - 1));
        keep_largest(&mut dense, volumes);

        let nodes: Vec<Node> = dense.iter().map(|run| node(bins, run)).collect();
        let inside: f64 = nodes.iter().map(|node| node.volume).sum();
        Self {
            memory_strength: (inside / bins.total()).clamp(0.0, 1.0),
            nodes,
            node_ranges: dense.iter().map(prices).collect(),
            wells: thin.iter().map(prices).collect(),
            crevasses: thin.iter().filter(|run| run.len() >= CREVASSE).map(prices).collect(),
        }
    }

    /// Where `spot` (points) stands. `max_net_strike`: the strike with the largest net gamma exposure; `em0`: the
    /// expected move of the day, points. `None` when spot is no positive number.
    pub fn context(&self, spot: f64, max_net_strike: Option<f64>, em0: Option<f64>) -> Option<Context> {
        if !(spot.is_finite() && spot > 0.0) {
            return None;
        }
        let nearest_node = self
            .nodes
            .iter()
            .map(|node| node.price)
            .min_by(|a, b| (a - spot).abs().total_cmp(&(b - spot).abs()).then(a.total_cmp(b)));
        let distance = |well: &(f64, f64)| (well.0 - spot).max(spot - well.1).max(0.0);
        let alignment = |node: f64| {
            let em0 = em0.filter(|em0| em0.is_finite() && *em0 > 0.0)?;
            let strike = max_net_strike.filter(|strike| strike.is_finite())?;
            Some(1.0 - ((node - strike).abs() / em0).min(1.0))
        };
        Some(Context {
            nearest_node,
            nearest_node_dist: nearest_node.map(|node| (node - spot) / spot),
            well_proximity: self.wells.iter().map(|well| distance(well) / spot).min_by(f64::total_cmp),
            in_crevasse: self.crevasses.iter().any(|(low, high)| (*low..=*high).contains(&spot)),
            memory_strength: self.memory_strength,
            gamma_alignment: nearest_node.and_then(alignment),
        })
    }
}

/// Centred mean over five bins, over fewer at the ends.
fn smooth(volumes: &[f64]) -> Vec<f64> {
    let mean = |index: usize| {
        let end = (index + REACH + 1).min(volumes.len());
        let window = volumes.get(index.saturating_sub(REACH)..end).unwrap_or_default();
        window.iter().sum::<f64>() / window.len().max(1) as f64
    };
    (0..volumes.len()).map(mean).collect()
}

/// Where `flags` are up without a break.
fn runs(flags: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in flags.enumerate().filter(|(_, up)| *up) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

fn merged(runs: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(runs.len());
    for run in runs {
        match merged.last_mut() {
            Some(before) if run.start - before.end < MERGE_BELOW => before.end = run.end,
            _ => merged.push(run),
        }
    }
    merged
}

/// Drops the runs with the least volume until [`MAX_NODES`] are left; of equals the higher prices go first.
fn keep_largest(runs: &mut Vec<Range<usize>>, volumes: &[f64]) {
    if runs.len() <= MAX_NODES {
        return;
    }
    runs.sort_by(|a, b| volume(volumes, b).total_cmp(&volume(volumes, a)).then(a.start.cmp(&b.start)));
    runs.truncate(MAX_NODES);
    runs.sort_by_key(|run| run.start);
}

fn node(bins: &Bins<'_>, run: &Range<usize>) -> Node {
    let peak = bins.volumes().get(run.clone()).map_or(0, largest);
    Node { price: bins.price(run.start + peak), volume: volume(bins.volumes(), run) }
}

fn volume(volumes: &[f64], run: &Range<usize>) -> f64 {
    volumes.get(run.clone()).unwrap_or_default().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn profile(volumes: &[f64]) -> Profile {
        let mut profile = Profile::new(1.0, 1.0).unwrap();
        profile.restore((100..).map(f64::from).zip(volumes.iter().copied()), [], None);
        profile
    }

    fn structures(volumes: &[f64]) -> Structures {
        Structures::of(&profile(volumes).bins().unwrap())
    }

    /// Worked by hand. Smoothed: 10, 10, 10, 8.2, 6.4, 4.6, 2.8, 1, 1, 4.8, 8.6, 12.4, 14.2, 16, 16.2,
    /// 15.25, 13.67; of the 17 in order, P70 is element 11, 12.4, and P20 is element 3, 4.6.
    #[test]
    fn much_volume_makes_nodes_and_little_makes_wells() {
        let volumes =
            [10.0, 10.0, 10.0, 10.0, 10.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 20.0, 20.0, 20.0, 10.0, 10.0, 21.0];
        let found = structures(&volumes);
        assert_eq!(found.node_ranges, [(111.0, 116.0)]);
        assert_eq!(found.nodes, [Node { price: 116.0, volume: 101.0 }]);
        assert_eq!((&found.wells[..], &found.crevasses[..]), (&[(105.0, 108.0)][..], &[(105.0, 108.0)][..]));
        assert_eq!(found.memory_strength, 101.0 / 157.0);
    }

    #[test]
    fn of_equal_bins_the_lower_is_the_node() {
        let found = structures(&[9.0; 4]);
        assert_eq!(found.nodes, [Node { price: 100.0, volume: 36.0 }]);
        assert_eq!((found.wells.len(), found.memory_strength), (0, 1.0), "a plain is no well");
    }

    #[test]
    fn close_runs_are_one() {
        let flags = |text: &str| merged(runs(text.chars().map(|c| c == '#')));
        assert_eq!(flags("##..#...#"), [0..5, 8..9]);
        assert_eq!(flags("...."), []);
    }

    #[test]
    fn the_twenty_largest_nodes_stay_in_order_of_price() {
        let peaks = |count: usize| {
            let volumes: Vec<f64> = (0..count * 20)
                .map(|i| if i % 20 < 6 { 1000.0 + (i / 20) as f64 } else { 1.0 + (i % 7) as f64 })
                .collect();
            structures(&volumes)
        };
        let prices = |found: &Structures| found.nodes.iter().map(|node| node.price).collect::<Vec<_>>();
        assert_eq!(prices(&peaks(20)).len(), 20);
        let found = peaks(23);
        assert_eq!((found.nodes.len(), found.node_ranges.len()), (20, 20));
        assert!(prices(&found).is_sorted() && prices(&found)[0] > 155.0, "the three smallest are gone");
    }

    #[test]
    fn a_price_stands_among_structures() {
        let structures = Structures {
            nodes: vec![Node { price: 5990.0, volume: 1.0 }, Node { price: 6010.0, volume: 1.0 }],
            node_ranges: vec![(5988.0, 5992.0), (6005.0, 6015.0)],
            wells: vec![(5995.0, 6000.0), (6030.0, 6031.0)],
            crevasses: vec![(5995.0, 6000.0)],
            memory_strength: 0.5,
        };
        let context = structures.context(6000.0, Some(6005.0), Some(60.0)).unwrap();
        assert_eq!(context.nearest_node, Some(5990.0), "of two equally near, the lower");
        assert_eq!(context.nearest_node_dist, Some(-10.0 / 6000.0));
        assert_eq!((context.well_proximity, context.in_crevasse), (Some(0.0), true));
        assert_eq!(context.gamma_alignment, Some(0.75));

        let above = structures.context(6012.0, None, Some(60.0)).unwrap();
        assert_eq!((above.nearest_node, above.gamma_alignment), (Some(6010.0), None));
        assert_eq!((above.well_proximity, above.in_crevasse), (Some(12.0 / 6012.0), false));
        let far = structures.context(6012.0, Some(5800.0), Some(60.0)).unwrap();
        assert_eq!(far.gamma_alignment, Some(0.0));

        let nothing = Structures::default().context(6000.0, Some(6000.0), Some(60.0)).unwrap();
        assert_eq!(
            (nothing.nearest_node, nothing.well_proximity, nothing.gamma_alignment),
            (None, None, None)
        );
        assert_eq!(structures.context(f64::NAN, None, None), None);
    }
}
