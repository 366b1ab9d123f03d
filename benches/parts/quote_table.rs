//! The columns that the bench needs of a Cboe quote table.

use chrono::{NaiveDate, NaiveDateTime};
use quant::{
    calendar,
    chain::{Chain, Expiry, Row, Settlement},
    contract::{Contract, Right},
};
use std::{collections::BTreeSet, path::Path};

/// A chain, the price of its underlying, and when it was quoted, Unix milliseconds.
pub(crate) struct Table {
    pub(crate) chain: Chain,
    pub(crate) spot: f64,
    pub(crate) quoted_ms: i64,
}

/// Reads the table at `path`, quoted at `at` New York time. Whatever is no number is unknown.
pub(crate) fn read(path: &Path, at: &str) -> Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let at: NaiveDateTime = at.parse().unwrap();
    let mut lines = text.lines().skip(1);
    let spot =
        lines.next().and_then(|line| line.split("Last:").nth(1)?.split(',').next()?.trim().parse().ok());
    let mut listed: Vec<(Expiry, Row)> = Vec::new();
    for line in lines.skip(2) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, call, rest @ ..] = fields.as_slice() else { continue };
        let (calls, strike_and_puts) = rest.split_at(9);
        let (Some(strike), Some(put)) = (strike_and_puts.first(), strike_and_puts.get(1)) else { continue };
        let strike: f64 = strike.parse().unwrap();
        for (ticker, fields, right) in [(call, calls, Right::Call), (put, &strike_and_puts[2..], Right::Put)]
        {
            let contract: Contract = format!("O:{ticker}").parse().unwrap();
            listed.push((expiry_of(&contract), row(strike, right, fields)));
        }
    }
    let expiries: Vec<Expiry> =
        listed.iter().map(|(expiry, _)| *expiry).collect::<BTreeSet<_>>().into_iter().collect();
    let place = |expiry: &Expiry| u16::try_from(expiries.binary_search(expiry).unwrap()).unwrap();
    let mut rows: Vec<Row> =
        listed.iter().map(|(expiry, row)| Row { expiry: place(expiry), ..*row }).collect();
    rows.sort_by(|a, b| {
        a.expiry.cmp(&b.expiry).then(a.strike.total_cmp(&b.strike)).then(a.right.cmp(&b.right))
    });
    Table {
        chain: Chain::new(expiries, rows),
        spot: spot.unwrap(),
        quoted_ms: calendar::instant(at.date(), at.time()),
    }
}

fn expiry_of(contract: &Contract) -> Expiry {
    let settlement = if contract.root == "SPX" { Settlement::Am } else { Settlement::Pm };
    let date: NaiveDate = contract.expiration;
    Expiry { date, settlement, settles_ms: contract.settlement() }
}

/// Last, net, bid, ask, volume, IV, delta, gamma, open interest.
fn row(strike: f64, right: Right, fields: &[&str]) -> Row {
    let number = |at: usize| fields.get(at).and_then(|field| field.parse().ok()).unwrap_or(f64::NAN);
    Row {
        expiry: 0,
        strike,
        right,
        bid: number(2),
        ask: number(3),
        last: number(0),
        open_interest: number(8),
        vendor_iv: number(5),
        vendor_gamma: number(7),
        multiplier: 100.0,
    }
}
