//! Settings of chains: which underlyings, how often, and how far around the spot.

use super::{is_symbol, seconds};
use std::collections::BTreeMap;
use truth::settings::{Fault, Settings};
use wire::points::Points;

/// Option chains.
#[derive(Debug, Clone, PartialEq)]
pub struct Chains {
    /// Underlyings with chain and models; empty: none.
    pub symbols: Vec<String>,
    /// Seconds from the start of one cycle to the start of the next.
    pub interval_sec: f64,
    /// Nearest listed expirations.
    pub expirations: usize,
    /// Lists that are fetched at once.
    pub concurrency: usize,
    /// What differs between the underlyings, by underlying.
    pub terms: BTreeMap<String, ChainTerms>,
}

/// What differs between the underlyings.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainTerms {
    /// Strikes reach this many expected moves from the spot.
    pub em_multiplier: f64,
    /// The strike at the money is a multiple of this, points.
    pub increment: f64,
    /// Only strikes that are multiples of the increment are kept.
    pub is_filtered: bool,
    /// Widths of the heatmap's columns, ascending, above zero.
    pub widths: Vec<Points>,
}

/// Settings per underlying: these and the symbol without `I:`.
pub(super) const PER_SYMBOL: [&str; 4] =
    ["MASSIVE_EM_MULT_", "MASSIVE_STRIKE_INCREMENT_", "MASSIVE_FILTER_STRIKES_", "MASSIVE_WIDTHS_"];

const SYMBOLS: [&str; 2] = ["I:SPX", "I:NDX"];
const WIDTHS_SPX: [u32; 7] = [20, 25, 30, 35, 40, 45, 50];
const WIDTHS_NDX: [u32; 7] = [50, 60, 70, 80, 100, 120, 130];
const WIDTHS_OTHER: [u32; 4] = [1, 2, 5, 10];

impl Default for Chains {
    fn default() -> Self {
        Self {
            symbols: SYMBOLS.map(str::to_owned).into(),
            interval_sec: 10.0,
            expirations: 4,
            concurrency: 4,
            terms: SYMBOLS.map(|symbol| (symbol.to_owned(), ChainTerms::of(symbol))).into(),
        }
    }
}

impl ChainTerms {
    /// What holds for `symbol` when nothing else is said.
    pub fn of(symbol: &str) -> Self {
        let (em_multiplier, increment, is_filtered, widths) = match symbol {
            "I:SPX" => (2.25, 5.0, false, WIDTHS_SPX.as_slice()),
            "I:NDX" => (3.5, 10.0, true, WIDTHS_NDX.as_slice()),
            _ => (2.25, 1.0, false, WIDTHS_OTHER.as_slice()),
        };
        let widths = widths.iter().map(|width| Points(width * 1000)).collect();
        Self { em_multiplier, increment, is_filtered, widths }
    }

    fn read(settings: &Settings, symbol: &str) -> Result<Self, Fault> {
        let shipped = Self::of(symbol);
        let [em, increment, filter, widths] = PER_SYMBOL.map(|prefix| format!("{prefix}{}", bare(symbol)));
        let increment_points = seconds(settings, &increment, shipped.increment)?;
        if Points::new(increment_points).is_none_or(|points| points.0 == 0) {
            return Err(settings.fault(&increment, "points like 5 or 2.5"));
        }
        Ok(Self {
            em_multiplier: seconds(settings, &em, shipped.em_multiplier)?,
            increment: increment_points,
            is_filtered: settings.flag(&filter, shipped.is_filtered)?,
            widths: read_widths(settings, &widths)?.unwrap_or(shipped.widths),
        })
    }
}

impl Chains {
    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        let shipped = Self::default();
        let symbols = settings.list("MASSIVE_CHAIN_SYMBOLS", &SYMBOLS);
        if symbols.iter().any(|name| !is_symbol(name)) {
            return Err(settings.fault("MASSIVE_CHAIN_SYMBOLS", "symbols like I:SPX or SPY"));
        }
        let terms = symbols
            .iter()
            .map(|symbol| Ok((symbol.clone(), ChainTerms::read(settings, symbol)?)))
            .collect::<Result<_, Fault>>()?;
        Ok(Self {
            interval_sec: seconds(settings, "MASSIVE_CHAIN_INTERVAL_SEC", shipped.interval_sec)?,
            expirations: within(settings, "MASSIVE_CHAIN_NUM_EXPIRATIONS", shipped.expirations, (1, 100))?,
            concurrency: within(settings, "MASSIVE_CHAIN_CONCURRENCY", shipped.concurrency, (1, 8))?,
            symbols,
            terms,
        })
    }

    /// What holds for `symbol`.
    pub fn terms_of(&self, symbol: &str) -> ChainTerms {
        self.terms.get(symbol).cloned().unwrap_or_else(|| ChainTerms::of(symbol))
    }

    /// True for a setting of one of the underlyings.
    pub(super) fn is_known(&self, key: &str) -> bool {
        PER_SYMBOL
            .iter()
            .filter_map(|prefix| key.strip_prefix(prefix))
            .any(|name| self.symbols.iter().chain(Self::default().symbols.iter()).any(|s| bare(s) == name))
    }
}

/// The symbol without `I:`.
pub(crate) fn bare(symbol: &str) -> &str {
    symbol.strip_prefix("I:").unwrap_or(symbol)
}

/// A whole number in these bounds.
pub(super) fn within<T>(settings: &Settings, key: &str, default: T, (low, high): (T, T)) -> Result<T, Fault>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
{
    let value = settings.number(key, default)?;
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(settings.fault(key, &format!("{low} to {high}")))
    }
}

fn read_widths(settings: &Settings, key: &str) -> Result<Option<Vec<Points>>, Fault> {
    let Some(text) = settings.text(key) else { return Ok(None) };
    let widths: Result<Vec<Points>, _> =
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::parse).collect();
    match widths {
        Ok(mut widths) if !widths.is_empty() && widths.iter().all(|width| width.0 > 0) => {
            widths.sort_unstable();
            widths.dedup();
            Ok(Some(widths))
        }
        _ => Err(settings.fault(key, "widths in points like 20,25,30")),
    }
}
