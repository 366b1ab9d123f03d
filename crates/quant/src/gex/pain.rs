//! Max pain: where the open contracts of an expiration are worth least to those who hold them.

use super::levels::Slice;

/// The strike that minimises `sum call_oi max(x - K, 0) + put_oi max(K - x, 0)` over the listed strikes `x`; of
/// equal ones the nearest to `spot`, then the lower. `None` without strikes.
///
/// From one strike to the next the sum changes by `gap x (calls at or below - puts above)`, and it is convex: it is
/// smallest where that difference stops being negative. Whole numbers of contracts compare exactly, so ties are
/// ties, whatever the strikes.
pub fn max_pain(levels: Slice<'_>, spot: f64) -> Option<f64> {
    let mut calls = 0.0;
    let mut puts: f64 = levels.put_oi.iter().sum();
    let mut best: Option<f64> = None;
    for (index, &strike) in levels.strike.iter().enumerate() {
        calls += levels.call_oi[index];
        puts -= levels.put_oi[index];
        let is_last = index + 1 == levels.strike.len();
        if calls < puts && !is_last {
            continue;
        }
        if best.is_none_or(|best| (strike - spot).abs() < (best - spot).abs()) {
            best = Some(strike);
        }
        if calls > puts {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gex::Levels;
    use proptest::prelude::*;

    fn levels(rows: &[(f64, f64, f64)]) -> Levels {
        let column = |get: fn(&(f64, f64, f64)) -> f64| rows.iter().map(get).collect::<Vec<_>>();
        Levels {
            strike: column(|row| row.0),
            call_oi: column(|row| row.1),
            put_oi: column(|row| row.2),
            call: vec![0.0; rows.len()],
            put: vec![0.0; rows.len()],
            net: vec![0.0; rows.len()],
        }
    }

    fn by_definition(rows: &[(f64, f64, f64)], spot: f64) -> Option<f64> {
        let pain = |x: f64| -> f64 {
            rows.iter().map(|(k, call, put)| call * (x - k).max(0.0) + put * (k - x).max(0.0)).sum()
        };
        super::super::levels::peak(rows.iter().map(|row| (row.0, -pain(row.0))), spot)
    }

    #[test]
    fn without_open_interest_every_strike_is_equal() {
        let rows = [(90.0, 0.0, 0.0), (95.0, 0.0, 0.0), (105.0, 0.0, 0.0)];
        assert_eq!(max_pain(levels(&rows).all(), 101.0), Some(105.0));
        assert_eq!(max_pain(levels(&rows).all(), 100.0), Some(95.0));
        assert_eq!(max_pain(levels(&[]).all(), 100.0), None);
    }

    #[test]
    fn puts_alone_push_to_the_top_and_calls_to_the_bottom() {
        let puts = levels(&[(90.0, 0.0, 1.0), (95.0, 0.0, 2.0), (100.0, 0.0, 3.0)]);
        assert_eq!(max_pain(puts.all(), 90.0), Some(100.0));
        let calls = levels(&[(90.0, 1.0, 0.0), (95.0, 2.0, 0.0), (100.0, 3.0, 0.0)]);
        assert_eq!(max_pain(calls.all(), 100.0), Some(90.0));
    }

    proptest! {
        #[test]
        fn prefix_sums_find_what_the_definition_finds(
            interest in proptest::collection::vec((0_u32..4, 0_u32..4), 0..30),
            spot in 0_u32..200,
        ) {
            let rows: Vec<_> = interest
                .iter()
                .zip(0_u32..)
                .map(|((call, put), i)| (f64::from(5 * i + i % 3), f64::from(*call), f64::from(*put)))
                .collect();
            let spot = f64::from(spot);
            prop_assert_eq!(max_pain(levels(&rows).all(), spot), by_definition(&rows, spot));
        }
    }
}
