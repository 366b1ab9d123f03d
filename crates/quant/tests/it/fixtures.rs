//! Chains that other programs have computed: the hand-sized M1 and the S&P 500 of 9 June 2023.

use chrono::{NaiveDate, NaiveTime};
use quant::{
    calendar,
    chain::{Chain, Expiry, Row, Settlement},
    contract::{Contract, Right},
    surface::{ForwardMethod, GreeksSource, Surface, Terms},
};
use serde_json::Value;
use std::{fs, path::PathBuf};

/// A chain with what it is valued with.
pub(crate) struct Sample {
    pub(crate) chain: Chain,
    pub(crate) terms: Terms,
    pub(crate) expected: Value,
}

impl Sample {
    pub(crate) fn surface(&self) -> Surface {
        let mut surface = Surface::default();
        surface.refresh(&self.chain, &self.terms);
        surface
    }
}

/// The numbers of `tests/fixtures/models/m1-chain.json`: seven strikes, one expiration, two hours left.
pub(crate) fn m1() -> Sample {
    let read = |text| serde_json::from_str::<Value>(text).unwrap();
    let given = read(include_str!("../fixtures/models/m1-chain.json"));
    let date: NaiveDate = "2025-11-21".parse().unwrap();
    let at = |hour| calendar::instant(date, NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
    let expiry = Expiry { date, settlement: Settlement::Pm, settles_ms: at(16) };
    let rows = given["contracts"].as_array().unwrap().iter().map(|contract| {
        let number = |name: &str| contract[name].as_f64().unwrap_or(f64::NAN);
        Row {
            expiry: 0,
            strike: number("strike"),
            right: if contract["type"] == "call" { Right::Call } else { Right::Put },
            bid: number("bid"),
            ask: number("ask"),
            last: f64::NAN,
            open_interest: number("oi"),
            vendor_iv: number("iv"),
            vendor_gamma: number("gamma"),
            multiplier: 100.0,
        }
    });
    let terms = Terms {
        spot: given["spot"].as_f64().unwrap(),
        market_ms: at(14),
        rate: given["r"].as_f64().unwrap(),
        dividend: given["q"].as_f64().unwrap(),
        forward: ForwardMethod::Carry,
        source: GreeksSource::VendorFirst,
    };
    let expected = read(include_str!("../fixtures/models/m1-expected.json"));
    Sample { chain: Chain::new(vec![expiry], rows), terms, expected }
}

/// The complete chain of 9 June 2023, 13:40 New York time; `None` where the file is not at hand.
pub(crate) fn real(source: GreeksSource) -> Option<Sample> {
    let folder = chains()?;
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let expected: Value = serde_json::from_str(&read("spx_2023-06-09_1340.expected.json")).unwrap();
    let mut contracts: Vec<_> = read("spx_2023-06-09_1340.csv").lines().skip(4).flat_map(row).collect();
    contracts.sort_by(|a, b| {
        a.0.cmp(&b.0).then(a.1.strike.total_cmp(&b.1.strike)).then(a.1.right.cmp(&b.1.right))
    });
    let mut expiries: Vec<Expiry> = contracts.iter().map(|contract| contract.0).collect();
    expiries.dedup();
    let rows = contracts
        .into_iter()
        .map(|(expiry, row)| Row { expiry: expiries.binary_search(&expiry).unwrap() as u16, ..row });
    let rows: Vec<Row> = rows.collect();
    let terms = Terms {
        spot: expected["spot"].as_f64().unwrap(),
        market_ms: quoted_ms(),
        rate: 0.0,
        dividend: 0.0,
        forward: ForwardMethod::Carry,
        source,
    };
    Some(Sample { chain: Chain::new(expiries, rows), terms, expected })
}

/// 9 June 2023, 13:40 New York time.
fn quoted_ms() -> i64 {
    calendar::instant("2023-06-09".parse().unwrap(), NaiveTime::from_hms_opt(13, 40, 0).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the samples' place is told by the environment of the tests")]
fn chains() -> Option<PathBuf> {
    let root = std::env::var("MS_FIXTURES").ok().filter(|root| !root.is_empty());
    if root.is_none() {
        eprintln!("left out: the real chain of 9 June 2023 (MS_FIXTURES is not set)");
    }
    root.map(|root| PathBuf::from(root).join("chains"))
}

/// A line holds the call's columns, the strike, and the put's.
///
/// The program that made the expected numbers knew no early closes, and took the difference of two clock readings in
/// New York for the time between them, also across the end of daylight saving: so is time counted here.
fn row(line: &str) -> [(Expiry, Row); 2] {
    let columns: Vec<&str> = line.split(',').collect();
    let number = |index: usize| columns[index].parse::<f64>().unwrap();
    [1, 12].map(|first| {
        let contract: Contract = format!("O:{}", columns[first]).parse().unwrap();
        let (settlement, hour, minute) =
            if contract.root == "SPX" { (Settlement::Am, 9, 30) } else { (Settlement::Pm, 16, 0) };
        let settles = contract.expiration.and_hms_opt(hour, minute, 0).unwrap();
        let settles_ms = quoted_ms() + (settles - calendar::local(quoted_ms())).num_milliseconds();
        let expiry = Expiry { date: contract.expiration, settlement, settles_ms };
        let row = Row {
            expiry: 0,
            strike: contract.strike(),
            right: contract.right,
            bid: number(first + 3),
            ask: number(first + 4),
            last: number(first + 1),
            open_interest: number(first + 9),
            vendor_iv: number(first + 6),
            vendor_gamma: number(first + 8),
            multiplier: 100.0,
        };
        (expiry, row)
    })
}

/// That `actual` is `expected` to `relative`.
pub(crate) fn assert_near(actual: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((actual - expected).abs() <= relative * expected.abs(), "{actual} is not {expected}");
}
