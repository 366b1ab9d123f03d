//! Prices and greeks on a forward (Black 1976), for the simulator alone: it shares no formula with the service
//! that is tested against it.

const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_5;

/// Normal density and distribution function at `x`.
///
/// Hart's double precision algorithm as given by West, "Better approximations to cumulative normal functions"
/// (Wilmott, 2005); absolute error about 1e-15, relative error in the tails below 1e-7.
pub(super) fn normal(x: f64) -> (f64, f64) {
    const TOP: [f64; 7] = [
        3.526_249_659_989_11e-2,
        0.700_383_064_443_688,
        6.373_962_203_531_65,
        33.912_866_078_383,
        112.079_291_497_871,
        221.213_596_169_931,
        220.206_867_912_376,
    ];
    const BOTTOM: [f64; 8] = [
        8.838_834_764_831_84e-2,
        1.755_667_163_182_64,
        16.064_177_579_207,
        86.780_732_202_946_1,
        296.564_248_779_674,
        637.333_633_378_831,
        793.826_512_519_948,
        440.413_735_824_752,
    ];
    let far = x.abs();
    if far > 37.0 {
        return (0.0, if x > 0.0 { 1.0 } else { 0.0 });
    }
    let exp = (-0.5 * far * far).exp();
    let tail = if far < 7.071_067_811_865_47 {
        let horner = |terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * far + term);
        exp * horner(&TOP) / horner(&BOTTOM)
    } else {
        let fraction = far + 1.0 / (far + 2.0 / (far + 3.0 / (far + 4.0 / (far + 0.65))));
        exp / fraction / ROOT_TWO_PI
    };
    (exp / ROOT_TWO_PI, if x > 0.0 { 1.0 - tail } else { tail })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of the normal distribution to 16 digits.
    #[test]
    fn the_distribution_is_that_of_the_tables() {
        for (x, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-2.0, 0.022_750_131_948_179_2),
            (-5.0, 2.866_515_718_791_94e-7),
            (-8.0, 6.220_960_574_271_78e-16),
        ] {
            let (_, found) = normal(x);
            assert!((found - p).abs() <= 2e-15 && (found / p - 1.0).abs() < 1e-7, "{x}: {found}");
        }
        assert_eq!(normal(40.0), (0.0, 1.0));
        assert!((normal(0.3).0 - 0.381_387_815_460_524).abs() < 1e-14);
    }
}
