//! Where a function that is known on a grid crosses zero.

/// A change of sign counts if the larger of its two sizes is at least this share of the largest on the grid.
const SIGNIFICANT: f64 = 1e-6;
/// Width of the bracket at which a root is found, relative to the root.
const TOLERANCE: f64 = 1e-12;

/// Roots of `value`, ascending: one between each two `samples` (price, value) over which the sign changes, each known
/// to 1e-12 relative. Noise around zero does not count.
pub(super) fn roots(
    samples: impl Iterator<Item = (f64, f64)> + Clone,
    mut value: impl FnMut(f64) -> f64,
    found: &mut Vec<f64>,
) {
    found.clear();
    let largest = samples.clone().fold(0.0_f64, |most, (_, value)| most.max(value.abs()));
    for (low, high) in samples.clone().zip(samples.skip(1)) {
        let size = low.1.abs().max(high.1.abs());
        let changes = (low.1 < 0.0) != (high.1 < 0.0);
        if changes && size > 0.0 && size >= SIGNIFICANT * largest {
            found.push(refine(low, high, &mut value));
        }
    }
    found.dedup();
}

/// A root between two points of opposite sign by ITP: as sure as bisection, mostly as fast as the secant.
///
/// Source: Oliveira, Takahashi: An enhancement of the bisection method average performance preserving minmax
/// optimality, ACM Trans. Math. Softw. 47 (2020), with k1 = 0.2 / width, k2 = 2, n0 = 1.
fn refine(low: (f64, f64), high: (f64, f64), value: &mut impl FnMut(f64) -> f64) -> f64 {
    let ((mut a, mut at_a), (mut b, mut at_b)) = (low, high);
    let width = b - a;
    let enough = TOLERANCE * b.abs().max(a.abs()) / 2.0;
    let halvings = (width / (2.0 * enough)).log2().ceil().max(0.0) + 1.0;
    let mut reach = enough * halvings.exp2();
    while b - a > 2.0 * enough {
        let middle = f64::midpoint(a, b);
        let secant = (at_b * a - at_a * b) / (at_b - at_a);
        let toward = (middle - secant).signum();
        let shift = 0.2 / width * (b - a) * (b - a);
        let pulled = if shift <= (middle - secant).abs() { secant + toward * shift } else { middle };
        let slack = reach - (b - a) / 2.0;
        let try_at = if (pulled - middle).abs() <= slack { pulled } else { middle - toward * slack };
        let x = if try_at > a && try_at < b { try_at } else { middle };
        if x <= a || x >= b {
            break;
        }
        let y = value(x);
        if y == 0.0 {
            return x;
        }
        if (y < 0.0) == (at_a < 0.0) {
            (a, at_a) = (x, y);
        } else {
            (b, at_b) = (x, y);
        }
        reach /= 2.0;
    }
    f64::midpoint(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots_of(value: impl Fn(f64) -> f64) -> (Vec<f64>, usize) {
        let at = (0..201).map(|i| 100.0 * (0.9 + 0.001 * f64::from(i)));
        let samples = at.map(|x| (x, value(x)));
        let (mut found, mut evaluations) = (Vec::new(), 0);
        let counted = |x: f64| {
            evaluations += 1;
            value(x)
        };
        roots(samples, counted, &mut found);
        (found, evaluations)
    }

    #[test]
    fn every_crossing_is_found_to_the_last_digits() {
        let (found, evaluations) = roots_of(|x| (x - 93.312_345) * (x - 101.7) * (x - 108.05));
        for (found, expected) in found.iter().zip([93.312_345, 101.7, 108.05]) {
            assert!((found - expected).abs() <= 1e-12 * expected, "{found} {expected}");
        }
        assert_eq!(found.len(), 3);
        assert!(evaluations < 3 * 12, "{evaluations}");
    }

    #[test]
    fn noise_is_no_crossing() {
        let (found, _) = roots_of(|x| if x < 91.95 { 1e-9 * (31.4 * (x - 91.9)).cos() } else { x - 91.9 });
        assert_eq!(found, []);
        assert_eq!(roots_of(|_| 0.0).0, []);
        assert_eq!(roots_of(|x| x).0, []);
    }

    #[test]
    fn a_root_on_the_grid_counts_once() {
        let (found, _) = roots_of(|x| x - 100.0);
        assert_eq!(found.len(), 1);
        assert!((found[0] - 100.0).abs() < 1e-10);
        let (found, _) = roots_of(|x| 100.0 - x);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_wild_function_costs_no_more_than_bisection() {
        let (found, evaluations) = roots_of(|x| if x < 97.345_678_9 { -1e-6 } else { 1.0 });
        assert!((found[0] - 97.345_678_9).abs() < 1e-10);
        assert!(evaluations <= 34, "{evaluations}");
    }
}
