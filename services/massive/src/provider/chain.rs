//! Pages of an option chain: JSON in, listed contracts out. A field of the wrong type is unknown, the contract stays.

use super::{
    answer::{Unusable, refusal},
    number::{Number, Text},
    rest::Paged,
    scan::{Broken, Scan},
};
use chrono::NaiveDate;
use quant::{
    chain::Settlement,
    contract::{Contract, Right},
    tick,
};
use std::sync::Arc;

/// What REST knows of one contract. Prices in points, sizes in contracts, times in Unix milliseconds; NaN and 0 ms
/// are unknown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) ticker: Arc<str>,
    pub(crate) expiration: NaiveDate,
    pub(crate) settlement: Settlement,
    pub(crate) strike: f64,
    pub(crate) right: Right,
    pub(crate) multiplier: f64,
    pub(crate) quote: Quote,
    pub(crate) trade: Trade,
    pub(crate) volume: f64,
    pub(crate) open_interest: f64,
    pub(crate) iv: f64,
    pub(crate) gamma: f64,
}

/// Sides of a market; a bid of zero says that nobody is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quote {
    pub(crate) bid: f64,
    pub(crate) ask: f64,
    pub(crate) bid_size: f64,
    pub(crate) ask_size: f64,
    pub(crate) t_ms: i64,
}

/// The last trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trade {
    pub(crate) price: f64,
    pub(crate) size: f64,
    pub(crate) t_ms: i64,
}

impl Quote {
    pub(crate) const UNKNOWN: Self =
        Self { bid: f64::NAN, ask: f64::NAN, bid_size: f64::NAN, ask_size: f64::NAN, t_ms: 0 };
}

impl Trade {
    pub(crate) const UNKNOWN: Self = Self { price: f64::NAN, size: f64::NAN, t_ms: 0 };
}

/// One page of a chain.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ChainPage {
    pub(crate) contracts: Vec<Listed>,
    /// Contracts without ticker, strike, type or expiration.
    pub(crate) dropped: u64,
    /// Known fields of the wrong type.
    pub(crate) faults: u64,
    /// Tickers that say something else than the details beside them.
    pub(crate) mismatches: u64,
    next_url: Option<String>,
}

impl Paged for ChainPage {
    fn next_url(&self) -> Option<&str> {
        self.next_url.as_deref()
    }

    fn faults(&self) -> u64 {
        self.faults
    }
}

/// A page of a chain. Missing `results` are an empty page.
///
/// # Errors
/// [`Unusable`]; `results` of another kind than a list are [`Unusable::Malformed`].
pub(crate) fn page(body: &[u8]) -> Result<ChainPage, Unusable> {
    let text = std::str::from_utf8(body).map_err(|_not_utf8| Unusable::Malformed)?;
    let (mut page, mut status, mut error) = (ChainPage::default(), Text::Absent, Text::Absent);
    read_page(&mut Scan::new(text), &mut page, &mut status, &mut error)
        .map_err(|_broken| Unusable::Malformed)?;
    refusal(status.get().unwrap_or_default(), error.get().unwrap_or_default())?;
    Ok(page)
}

/// The date of the first contract of an answer; `None` when there is none.
///
/// # Errors
/// [`Unusable`].
pub(crate) fn first_expiration(body: &[u8]) -> Result<Option<NaiveDate>, Unusable> {
    Ok(page(body)?.contracts.first().map(|contract| contract.expiration))
}

fn read_page<'a>(
    scan: &mut Scan<'a>,
    page: &mut ChainPage,
    status: &mut Text<'a>,
    error: &mut Text<'a>,
) -> Result<(), Broken> {
    let mut inside = scan.enter(b'{')?;
    while scan.more(&mut inside)? {
        match scan.key()?.as_bytes() {
            b"status" => *status = scan.text()?,
            b"error" => *error = scan.text()?,
            b"next_url" => page.next_url = scan.text()?.get().map(str::to_owned),
            b"results" if scan.peek() == b'n' => scan.skip()?,
            b"results" => {
                let mut list = scan.enter(b'[')?;
                while scan.more(&mut list)? {
                    read_contract(scan, page)?;
                }
            }
            _ => scan.skip()?,
        }
    }
    scan.end()
}

fn read_contract(scan: &mut Scan<'_>, page: &mut ChainPage) -> Result<(), Broken> {
    if scan.peek() != b'{' {
        page.dropped += 1;
        return scan.skip();
    }
    let mut raw = Raw { multiplier: 100.0, ..Raw::UNKNOWN };
    let mut fields = Fields { scan, faults: 0 };
    raw.read(&mut fields)?;
    page.faults += fields.faults;
    match raw.listed() {
        Some((listed, is_mismatch)) => {
            page.mismatches += u64::from(is_mismatch);
            page.contracts.push(listed);
        }
        None => page.dropped += 1,
    }
    Ok(())
}

/// A contract as far as it was read.
struct Raw<'a> {
    ticker: Text<'a>,
    right: Option<Right>,
    expiration: Option<NaiveDate>,
    strike: f64,
    multiplier: f64,
    quote: Quote,
    trade: Trade,
    volume: f64,
    open_interest: f64,
    iv: f64,
    gamma: f64,
}

impl<'a> Raw<'a> {
    const UNKNOWN: Self = Self {
        ticker: Text::Absent,
        right: None,
        expiration: None,
        strike: f64::NAN,
        multiplier: f64::NAN,
        quote: Quote::UNKNOWN,
        trade: Trade::UNKNOWN,
        volume: f64::NAN,
        open_interest: f64::NAN,
        iv: f64::NAN,
        gamma: f64::NAN,
    };

    fn read(&mut self, fields: &mut Fields<'_, 'a>) -> Result<(), Broken> {
        let mut inside = fields.scan.enter(b'{')?;
        while fields.scan.more(&mut inside)? {
            match fields.scan.key()?.as_bytes() {
                b"details" => fields.object(|fields, key| self.detail(fields, key))?,
                b"last_quote" => fields.object(|fields, key| {
                    match key {
                        b"bid" => self.quote.bid = fields.number_if(tick::is_quote)?,
                        b"ask" => self.quote.ask = fields.number_if(tick::is_quote)?,
                        b"bid_size" => self.quote.bid_size = fields.number_if(tick::is_size)?,
                        b"ask_size" => self.quote.ask_size = fields.number_if(tick::is_size)?,
                        b"last_updated" => self.quote.t_ms = fields.nanos()?,
                        _ => fields.scan.skip()?,
                    }
                    Ok(())
                })?,
                b"last_trade" => fields.object(|fields, key| {
                    match key {
                        b"price" => self.trade.price = fields.number_if(tick::is_price)?,
                        b"size" => self.trade.size = fields.number_if(tick::is_size)?,
                        b"sip_timestamp" => self.trade.t_ms = fields.nanos()?,
                        _ => fields.scan.skip()?,
                    }
                    Ok(())
                })?,
                b"day" => fields.object(|fields, key| {
                    match key {
                        b"volume" => self.volume = fields.number_if(tick::is_size)?,
                        _ => fields.scan.skip()?,
                    }
                    Ok(())
                })?,
                b"greeks" => fields.object(|fields, key| {
                    match key {
                        b"gamma" => self.gamma = fields.number_if(|gamma| gamma >= 0.0)?,
                        _ => fields.scan.skip()?,
                    }
                    Ok(())
                })?,
                b"implied_volatility" => self.iv = fields.number_if(|iv| iv > 0.01 && iv < 5.0)?,
                b"open_interest" => self.open_interest = fields.number_if(tick::is_size)?.floor(),
                _ => fields.scan.skip()?,
            }
        }
        Ok(())
    }

    fn detail(&mut self, fields: &mut Fields<'_, 'a>, key: &[u8]) -> Result<(), Broken> {
        match key {
            b"ticker" => self.ticker = fields.text()?,
            b"contract_type" => {
                self.right = match fields.text()?.get() {
                    Some("call") => Some(Right::Call),
                    Some("put") => Some(Right::Put),
                    _ => None,
                }
            }
            b"expiration_date" => self.expiration = fields.text()?.get().and_then(date),
            b"strike_price" => self.strike = fields.number_if(tick::is_price)?,
            b"shares_per_contract" => {
                let shares = fields.number_if(|shares| tick::is_size(shares) && shares > 0.0)?;
                self.multiplier = if shares.is_nan() { 100.0 } else { shares };
            }
            _ => fields.scan.skip()?,
        }
        Ok(())
    }

    /// The contract, and whether its ticker says something else; `None` when it is not known what it is.
    fn listed(&self) -> Option<(Listed, bool)> {
        let ticker = self.ticker.get().filter(|ticker| !ticker.is_empty())?;
        let (expiration, right) = (self.expiration?, self.right?);
        if self.strike.is_nan() {
            return None;
        }
        let named = ticker.parse::<Contract>().ok();
        let is_mismatch = named.as_ref().is_none_or(|named| {
            named.expiration != expiration || named.right != right || named.strike() != self.strike
        });
        let is_am = named.is_some_and(|named| named.settles_at_open());
        let listed = Listed {
            ticker: ticker.into(),
            expiration,
            settlement: if is_am { Settlement::Am } else { Settlement::Pm },
            strike: self.strike,
            right,
            multiplier: self.multiplier,
            quote: self.quote,
            trade: self.trade,
            volume: self.volume,
            open_interest: self.open_interest,
            iv: self.iv,
            gamma: self.gamma,
        };
        Some((listed, is_mismatch))
    }
}

/// Fields of the types that are expected; any other type is counted and unknown.
struct Fields<'s, 'a> {
    scan: &'s mut Scan<'a>,
    faults: u64,
}

impl<'a> Fields<'_, 'a> {
    fn object(&mut self, mut read: impl FnMut(&mut Self, &[u8]) -> Result<(), Broken>) -> Result<(), Broken> {
        if self.scan.peek() != b'{' {
            self.faults += u64::from(self.scan.peek() != b'n');
            return self.scan.skip();
        }
        let mut inside = self.scan.enter(b'{')?;
        while self.scan.more(&mut inside)? {
            let key = self.scan.key()?;
            read(self, key.as_bytes())?;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<f64, Broken> {
        Ok(match self.scan.number()? {
            Number::Plain(value) => value,
            Number::Absent => f64::NAN,
            Number::Quoted(_) | Number::Strange => {
                self.faults += 1;
                f64::NAN
            }
        })
    }

    /// A number that can be what it should be; else NaN.
    fn number_if(&mut self, is_good: impl FnOnce(f64) -> bool) -> Result<f64, Broken> {
        let value = self.number()?;
        Ok(if is_good(value) { value } else { f64::NAN })
    }

    fn text(&mut self) -> Result<Text<'a>, Broken> {
        let text = self.scan.text()?;
        self.faults += u64::from(text == Text::Strange);
        Ok(text)
    }

    /// An instant in nanoseconds, as milliseconds; 0 when it is none.
    fn nanos(&mut self) -> Result<i64, Broken> {
        let ms = self.number()? / 1e6;
        // Years 2001 to 2100: another unit is not guessed.
        Ok(if (1e12..4.1e12).contains(&ms) { ms as i64 } else { 0 })
    }
}

/// `YYYY-MM-DD`.
fn date(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *<&[u8; 10]>::try_from(text.as_bytes()).ok()? else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
