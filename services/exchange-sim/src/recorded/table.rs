//! The Cboe quote table: one row per expiration and strike, the call's columns, the strike, the put's.

use chrono::NaiveDate;
use std::{collections::HashSet, path::Path};

/// Columns of a row: date, call and its nine numbers, strike, put and its nine numbers.
const COLUMNS: usize = 22;
const STRIKE: usize = 11;
const PUT: usize = 12;
/// Lines before the first row.
const HEAD: usize = 4;

/// One contract as the table has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contract {
    /// With `O:` in front.
    pub(crate) ticker: String,
    /// `SPXW`, `SPX`.
    pub(crate) root: String,
    /// Last day.
    pub(crate) expiration: NaiveDate,
    /// Call, or else put.
    pub(crate) is_call: bool,
    /// Thousandths of a point.
    pub(crate) strike_milli: u64,
    /// Price of the last sale; `None` when there was none.
    pub(crate) last: Option<f64>,
    /// Points.
    pub(crate) bid: f64,
    /// Points.
    pub(crate) ask: f64,
    /// Contracts traded this day.
    pub(crate) volume: u64,
    /// Annual, 0.2 is 20 %; `None` when the table has 0.
    pub(crate) iv: Option<f64>,
    /// Per point.
    pub(crate) delta: f64,
    /// Per point.
    pub(crate) gamma: f64,
    /// Contracts.
    pub(crate) open_interest: u64,
}

impl Contract {
    /// In points.
    pub(crate) fn strike(&self) -> f64 {
        self.strike_milli as f64 / 1000.0
    }
}

/// A quote table at one instant.
#[derive(Debug)]
pub(crate) struct Table {
    /// Vendor ticker of the index: the `I:` form of the contracts' root.
    pub(crate) underlying: String,
    /// Value of the index.
    pub(crate) spot: f64,
    /// In order of ticker.
    pub(crate) contracts: Vec<Contract>,
}

/// The file is no quote table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misprint {
    /// It cannot be read.
    #[error("quote table {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A cell does not hold what belongs there. Lines and columns count from 1.
    #[error("quote table, line {line}, column {column}: expected {expected}, found {found:?}")]
    Cell {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

impl Table {
    /// Reads a file.
    pub(crate) fn open(path: &Path) -> Result<Self, Misprint> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Misprint::Unreadable { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// Reads the table's text.
    pub(crate) fn parse(text: &str) -> Result<Self, Misprint> {
        let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
        let mut head = || lines.next().unwrap_or_default();
        let (_, title, _, names) = (head(), head(), head(), head());
        let last = Cell { line: 2, column: 2, text: title.split(',').nth(1).unwrap_or_default() };
        let spot = last.text.trim().strip_prefix("Last:").and_then(|spot| spot.trim().parse::<f64>().ok());
        let spot = spot.filter(|spot| spot.is_finite() && *spot > 0.0);
        let spot = spot.ok_or_else(|| last.wrong("\"Last: \" and a value above 0"))?;
        let first = Cell { line: HEAD, column: 1, text: names.split(',').next().unwrap_or_default() };
        if first.text != "Expiration Date" {
            return Err(first.wrong("\"Expiration Date\""));
        }
        let mut contracts = Vec::new();
        let mut seen = HashSet::new();
        for (line, text) in (HEAD + 1..).zip(lines).filter(|(_, text)| !text.is_empty()) {
            for contract in row(line, text)? {
                if !seen.insert(contract.ticker.clone()) {
                    let column = if contract.is_call { 2 } else { PUT + 1 };
                    return Err(Cell { line, column, text: &contract.ticker }.wrong("a contract only once"));
                }
                contracts.push(contract);
            }
        }
        let Some(root) = contracts.first().map(|contract: &Contract| contract.root.clone()) else {
            return Err(Cell { line: HEAD + 1, column: 1, text: "" }.wrong("at least one row"));
        };
        let underlying = format!("I:{}", root.strip_suffix('W').unwrap_or(&root));
        contracts.sort_by(|a, b| a.ticker.cmp(&b.ticker));
        Ok(Self { underlying, spot, contracts })
    }
}

/// A cell and where it stands.
#[derive(Clone, Copy)]
struct Cell<'a> {
    line: usize,
    column: usize,
    text: &'a str,
}

impl Cell<'_> {
    fn wrong(self, expected: &'static str) -> Misprint {
        Misprint::Cell { line: self.line, column: self.column, expected, found: self.text.to_owned() }
    }

    fn number(self, expected: &'static str) -> Result<f64, Misprint> {
        self.text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| self.wrong(expected))
    }

    fn price(self) -> Result<f64, Misprint> {
        const EXPECTED: &str = "a price from 0";
        self.number(EXPECTED)
            .and_then(|price| if price >= 0.0 { Ok(price) } else { Err(self.wrong(EXPECTED)) })
    }

    fn count(self) -> Result<u64, Misprint> {
        self.text.trim().parse().map_err(|_| self.wrong("a whole number from 0"))
    }
}

fn row(line: usize, text: &str) -> Result<[Contract; 2], Misprint> {
    let cells: Vec<&str> = text.split(',').collect();
    let cell = |at: usize| Cell { line, column: at + 1, text: cells.get(at).copied().unwrap_or_default() };
    if cells.len() != COLUMNS {
        return Err(cell(cells.len().min(COLUMNS)).wrong("22 columns"));
    }
    let date = NaiveDate::parse_from_str(cell(0).text.trim(), "%a %b %d %Y");
    let date = date.map_err(|_| cell(0).wrong("a date like Fri Jun 09 2023"))?;
    let strike = cell(STRIKE).price()?;
    let milli = (strike * 1000.0).round();
    if !(1.0..1e8).contains(&milli) || (milli / 1000.0 - strike).abs() > 1e-9 {
        return Err(cell(STRIKE).wrong("a strike above 0 with at most three decimals"));
    }
    let side = |from: usize, is_call| side(&cell, from, (date, milli as u64, is_call));
    Ok([side(1, true)?, side(PUT, false)?])
}

/// The ten columns of a call or a put.
fn side<'a>(
    cell: &impl Fn(usize) -> Cell<'a>,
    from: usize,
    (expiration, strike_milli, is_call): (NaiveDate, u64, bool),
) -> Result<Contract, Misprint> {
    let name = cell(from);
    let tail = format!("{}{}{strike_milli:08}", expiration.format("%y%m%d"), if is_call { 'C' } else { 'P' });
    let root = name
        .text
        .strip_suffix(&tail)
        .filter(|root| (1..=6).contains(&root.len()) && root.bytes().all(|byte| byte.is_ascii_uppercase()));
    let root = root.ok_or_else(|| name.wrong("a contract of this date, side and strike"))?;
    let last = cell(from + 1).price()?;
    cell(from + 2).number("a number")?;
    let iv = cell(from + 6).price()?;
    let delta = cell(from + 7).number("a number from -1 to 1")?;
    if !(-1.0..=1.0).contains(&delta) {
        return Err(cell(from + 7).wrong("a number from -1 to 1"));
    }
    Ok(Contract {
        ticker: format!("O:{}", name.text),
        root: root.to_owned(),
        expiration,
        is_call,
        strike_milli,
        last: (last > 0.0).then_some(last),
        bid: cell(from + 3).price()?,
        ask: cell(from + 4).price()?,
        volume: cell(from + 5).count()?,
        iv: (iv > 0.0).then_some(iv),
        delta,
        gamma: cell(from + 8).price()?,
        open_interest: cell(from + 9).count()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two strikes, made up.
    const SMALL: &str = include_str!("../../tests/fixtures/quote_table.csv");

    #[test]
    fn a_table_is_read_cell_by_cell() {
        let table = Table::parse(SMALL).unwrap();
        assert_eq!((table.underlying.as_str(), table.spot, table.contracts.len()), ("I:SPX", 4321.0625, 6));
        let put = table.contracts.iter().find(|c| c.ticker == "O:SPXW230609P04320000").unwrap();
        let expected = Contract {
            ticker: "O:SPXW230609P04320000".into(),
            root: "SPXW".into(),
            expiration: "2023-06-09".parse().unwrap(),
            is_call: false,
            strike_milli: 4_320_000,
            last: Some(6.1),
            bid: 6.0,
            ask: 6.2,
            volume: 25_001,
            iv: Some(0.0981),
            delta: -0.4921,
            gamma: 0.0213,
            open_interest: 4021,
        };
        assert_eq!(put, &expected);
        let deep = table.contracts.iter().find(|c| c.ticker == "O:SPXW230609C01100000").unwrap();
        assert_eq!((deep.iv, deep.last, deep.delta, deep.gamma), (None, None, 1.0, 0.0));
        assert!(table.contracts.iter().any(|c| c.root == "SPX"));
    }

    #[test]
    fn what_does_not_belong_there_is_refused_by_line_and_column() {
        for (from, to, line, column) in [
            ("Last: 4321.0625", "Last: many", 2, 2),
            ("Expiration Date", "Expiry", 4, 1),
            ("Fri Jun 09 2023", "Friday", 5, 1),
            (",25001,", ",-3,", 6, 18),
            (",0.0213,4021", ",4021", 6, 22),
            ("SPXW230609C04320000", "SPXW230609C04325000", 6, 2),
            (",-0.4921,", ",NaN,", 6, 20),
            (",2017,4320.00,", ",2017,4320.0001,", 6, 12),
        ] {
            match Table::parse(&SMALL.replacen(from, to, 1)) {
                Err(Misprint::Cell { line: l, column: c, .. }) => assert_eq!((l, c), (line, column), "{to}"),
                other => panic!("{to}: {other:?}"),
            }
        }
        let head: Vec<&str> = SMALL.lines().take(4).collect();
        assert!(Table::parse(&head.join("\n")).is_err(), "no rows");
        let twice = format!("{SMALL}{}\n", SMALL.lines().nth(4).unwrap());
        assert!(Table::parse(&twice).unwrap_err().to_string().contains("line 8, column 2"));
    }
}
