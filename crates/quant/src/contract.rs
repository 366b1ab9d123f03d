//! Option tickers: `O:` + root + `YYMMDD` + `C` or `P` + strike x 1000 in 8 digits.

use crate::calendar;
use chrono::{Datelike, NaiveDate, NaiveTime};
use std::{fmt, str::FromStr};

/// Which side of the trade a contract gives a right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To buy.
    Call,
    /// To sell.
    Put,
}

/// One listed option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contract {
    /// Option root: `SPXW`.
    pub root: String,
    /// Last trading or settlement date.
    pub expiration: NaiveDate,
    /// Call or put.
    pub right: Right,
    /// Strike in thousandths of a point.
    pub strike_milli: u32,
}

/// The text is not an option ticker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an option ticker: {0:?}")]
pub struct NotAContract(pub String);

impl Contract {
    /// Strike in points or dollars.
    pub fn strike(&self) -> f64 {
        f64::from(self.strike_milli) / 1000.0
    }

    /// Vendor ticker of what the option is on: `I:SPX` for root `SPXW`, `AAPL` for `AAPL`.
    pub fn underlying(&self) -> &str {
        match self.root.as_str() {
            "SPX" | "SPXW" => "I:SPX",
            "NDX" | "NDXP" => "I:NDX",
            "VIX" | "VIXW" => "I:VIX",
            "RUT" | "RUTW" => "I:RUT",
            "XSP" => "I:XSP",
            other => other,
        }
    }

    /// True for roots whose value is fixed at the open of their date instead of its close.
    pub fn settles_at_open(&self) -> bool {
        matches!(self.root.as_str(), "SPX" | "NDX" | "RUT" | "VIX" | "VIXW")
    }

    /// When its value is fixed, Unix milliseconds: 09:30 New York time for AM-settled roots, else the close.
    pub fn settlement(&self) -> i64 {
        let time = match self.settles_at_open() {
            true => NaiveTime::from_hms_opt(9, 30, 0),
            false if calendar::closes_early(self.expiration) => NaiveTime::from_hms_opt(13, 0, 0),
            false => NaiveTime::from_hms_opt(16, 0, 0),
        };
        calendar::instant(self.expiration, time.unwrap_or(NaiveTime::MIN))
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = match self.right {
            Right::Call => 'C',
            Right::Put => 'P',
        };
        let (root, date) = (&self.root, self.expiration);
        let year = date.year().rem_euclid(100);
        write!(f, "O:{root}{year:02}{:02}{:02}{right}{:08}", date.month(), date.day(), self.strike_milli)
    }
}

impl FromStr for Contract {
    type Err = NotAContract;

    fn from_str(text: &str) -> Result<Self, NotAContract> {
        parse(text).ok_or_else(|| NotAContract(text.to_owned()))
    }
}

/// From the right: a root may end in a digit, so its end cannot be found from the left.
fn parse(text: &str) -> Option<Contract> {
    let (rest, strike) = split_tail(text.strip_prefix("O:")?, 8)?;
    let (rest, right) = split_tail(rest, 1)?;
    let (root, date) = split_tail(rest, 6)?;
    let letters = root.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(root);
    if !(1..=5).contains(&letters.len()) || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let right = match right {
        "C" => Right::Call,
        "P" => Right::Put,
        _ => return None,
    };
    let date = digits(date)?;
    let year = 2000 + i32::try_from(date / 10_000).ok()?;
    Some(Contract {
        root: root.to_owned(),
        expiration: NaiveDate::from_ymd_opt(year, date / 100 % 100, date % 100)?,
        right,
        strike_milli: digits(strike)?,
    })
}

fn split_tail(text: &str, length: usize) -> Option<(&str, &str)> {
    text.split_at_checked(text.len().checked_sub(length)?)
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticker_is_read_from_the_right() {
        let contract: Contract = "O:SPXW251121C05800000".parse().unwrap();
        assert_eq!(contract.root, "SPXW");
        assert_eq!(contract.expiration, NaiveDate::from_ymd_opt(2025, 11, 21).unwrap());
        assert_eq!((contract.right, contract.strike()), (Right::Call, 5800.0));
        assert_eq!(contract.underlying(), "I:SPX");
        let adjusted: Contract = "O:BRKB1260116P00447500".parse().unwrap();
        assert_eq!((adjusted.root.as_str(), adjusted.strike()), ("BRKB1", 447.5));
    }

    #[test]
    fn what_is_no_ticker_is_refused() {
        for text in [
            "",
            "O:",
            "SPXW251121C05800000",
            "O:SPXW251121X05800000",
            "O:SPXW251321C05800000",
            "O:251121C05800000",
            "O:TOOLONG251121C05800000",
            "O:spxw251121C05800000",
            "O:SPXW25112é1C5800000",
            "O:SPXW251121C0580000+",
        ] {
            assert!(text.parse::<Contract>().is_err(), "{text}");
        }
    }

    /// Checked against quotes of the exchange: third-Friday SPX stops trading the evening before.
    #[test]
    fn am_settled_roots_are_fixed_at_the_open() {
        let settles = |ticker: &str| ticker.parse::<Contract>().unwrap().settlement();
        let now = calendar::instant(
            NaiveDate::from_ymd_opt(2025, 11, 21).unwrap(),
            NaiveTime::from_hms_opt(14, 0, 0).unwrap(),
        );
        assert_eq!(settles("O:SPXW251121C05800000") - now, 7_200_000);
        assert_eq!(settles("O:SPX251219C05800000") - now, 2_403_000_000, "09:30, four weeks on");
        assert_eq!(
            settles("O:SPY251128C00600000"),
            settles("O:SPX251128C05800000") + 3 * 3_600_000 + 1_800_000
        );
    }
}
