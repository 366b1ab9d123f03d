//! Hand-made markets that heatmaps are made of.

use chrono::{NaiveDate, NaiveTime};
use quant::{
    calendar,
    chain::{Chain, Expiry, Row, Settlement},
    contract::Right,
    heatmap::{Heatmap, Inputs, Key, Pricing, Tile},
    surface::Surface,
};
use std::collections::BTreeMap;

const YEAR_MS: f64 = 365.0 * 86_400_000.0;
const RATE: f64 = 0.05;

/// A market that a heatmap can be made of; tests bend it.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    pub(crate) chain: Chain,
    pub(crate) surface: Surface,
    pub(crate) spot: f64,
    pub(crate) vix: Option<f64>,
    pub(crate) widths: Vec<f64>,
    pub(crate) market_ms: i64,
    pub(crate) pricing: Pricing,
}

impl Market {
    pub(crate) fn new(expiries: Vec<Expiry>, rows: Vec<Row>, spot: f64, market_ms: i64) -> Self {
        Self::of(Chain::new(expiries, rows), spot, market_ms)
    }

    pub(crate) fn of(chain: Chain, spot: f64, market_ms: i64) -> Self {
        let vix = Some(16.2);
        let mut market = Self {
            surface: Surface::default(),
            chain,
            spot,
            vix,
            widths: vec![10.0, 20.0],
            market_ms,
            pricing: Pricing::Model,
        };
        market.refresh();
        market
    }

    /// Forward by carry, volatility from the vendor.
    pub(crate) fn refresh(&mut self) {
        let t = |expiry: &Expiry| (expiry.settles_ms - self.market_ms) as f64 / YEAR_MS;
        self.surface.t_years = self.chain.expiries.iter().map(t).collect();
        self.surface.forward = self.surface.t_years.iter().map(|t| self.spot * (RATE * t).exp()).collect();
        self.surface.discount = self.surface.t_years.iter().map(|t| (-RATE * t).exp()).collect();
        self.surface.iv = self.chain.vendor_iv.clone();
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            chain: &self.chain,
            surface: &self.surface,
            spot: self.spot,
            vix: self.vix,
            widths: &self.widths,
            max_dte: 10,
            trading_date: calendar::trading_date(self.market_ms),
            market_ms: self.market_ms,
            pricing: self.pricing,
        }
    }

    pub(crate) fn heatmap(&self) -> Heatmap {
        Heatmap::of(&self.inputs())
    }

    /// Sets a column of the contract at `strike`.
    pub(crate) fn set(
        &mut self,
        column: fn(&mut Chain) -> &mut Vec<f64>,
        right: Right,
        strike: f64,
        value: f64,
    ) {
        let at = |index: &usize| self.chain.strike[*index] == strike && self.chain.right[*index] == right;
        let index = (0..self.chain.len()).rfind(at).expect("a listed contract");
        column(&mut self.chain)[index] = value;
        self.refresh();
    }
}

pub(crate) fn friday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, 21).unwrap()
}

pub(crate) fn at(hour: u32, minute: u32) -> i64 {
    calendar::instant(friday(), NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
}

pub(crate) fn pm(days: u64) -> Expiry {
    let date = friday() + chrono::Days::new(days);
    let close = NaiveTime::from_hms_opt(16, 0, 0).unwrap();
    Expiry { date, settlement: Settlement::Pm, settles_ms: calendar::instant(date, close) }
}

pub(crate) fn am(days: u64) -> Expiry {
    let date = friday() + chrono::Days::new(days);
    let open = NaiveTime::from_hms_opt(9, 30, 0).unwrap();
    Expiry { date, settlement: Settlement::Am, settles_ms: calendar::instant(date, open) }
}

pub(crate) fn row(expiry: u16, strike: f64, right: Right) -> Row {
    Row {
        expiry,
        strike,
        right,
        bid: 4.0,
        ask: 4.5,
        last: f64::NAN,
        open_interest: 100.0,
        vendor_iv: 0.16,
        vendor_gamma: f64::NAN,
        multiplier: 100.0,
    }
}

pub(crate) fn ladder(expiry: u16, strikes: &[f64]) -> Vec<Row> {
    let pair = |strike: &f64| [row(expiry, *strike, Right::Call), row(expiry, *strike, Right::Put)];
    strikes.iter().flat_map(pair).collect()
}

/// By name.
pub(crate) fn tiles(heatmap: &Heatmap) -> BTreeMap<Key, Tile> {
    heatmap.tiles().map(|tile| (tile.key, tile)).collect()
}
