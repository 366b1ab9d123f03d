//! The underlyings that are asked for: a small table, so that an event carries a number instead of a name.

use crate::config::Config;
use std::collections::HashMap;
use wire::market::SymbolKind;

/// One of the vendor's WebSocket paths. Each has exactly one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Path {
    Indices,
    Stocks,
    Options,
}

impl Path {
    pub(crate) const ALL: [Self; 3] = [Self::Indices, Self::Stocks, Self::Options];

    /// As in the URL: `/indices`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Indices => "/indices",
            Self::Stocks => "/stocks",
            Self::Options => "/options",
        }
    }

    /// As in fields and labels: `indices`.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Indices => "indices",
            Self::Stocks => "stocks",
            Self::Options => "options",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// Position of a symbol in [`Symbols`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SymbolId(u16);

impl SymbolId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: SymbolKind,
    pub(crate) path: Path,
    /// Every trade is wanted, not only second bars: a volume profile is made of them.
    pub(crate) trades: bool,
}

/// Every symbol, in the order of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    list: Vec<Symbol>,
    ids: HashMap<String, SymbolId>,
}

impl Symbols {
    pub(crate) fn of(config: &Config) -> Self {
        let mut symbols = Self::default();
        for (names, kind) in [
            (&config.spot_symbols, SymbolKind::Index),
            (&config.stock_symbols, SymbolKind::Etf),
            (&config.stock_ws_symbols, SymbolKind::Stock),
        ] {
            for name in names {
                let trades = config.models.profile.sources.values().any(|source| source.source == *name);
                symbols.add(name, kind, trades);
            }
        }
        symbols
    }

    fn add(&mut self, name: &str, kind: SymbolKind, trades: bool) {
        let Ok(id) = u16::try_from(self.list.len()) else { return };
        if self.ids.contains_key(name) {
            return;
        }
        // DIA and IWM are listed with the further spot symbols, but are funds.
        let kind = if matches!(name, "DIA" | "IWM" | "SPY" | "QQQ") { SymbolKind::Etf } else { kind };
        let path = if kind == SymbolKind::Index { Path::Indices } else { Path::Stocks };
        self.ids.insert(name.to_owned(), SymbolId(id));
        self.list.push(Symbol { name: name.to_owned(), kind, path, trades });
    }

    pub(crate) fn id(&self, name: &str) -> Option<SymbolId> {
        self.ids.get(name).copied()
    }

    pub(crate) fn get(&self, id: SymbolId) -> &Symbol {
        &self.list[id.index()]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        self.list
            .iter()
            .enumerate()
            .filter_map(|(n, symbol)| Some((SymbolId(u16::try_from(n).ok()?), symbol)))
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// What is subscribed on `path` from the start: `V.` for indices, `A.` for stocks, `T.` for those whose trades
    /// are wanted. What is subscribed of options depends on the chains.
    pub(crate) fn topics(&self, path: Path) -> Vec<String> {
        let mut topics = Vec::new();
        for symbol in self.list.iter().filter(|symbol| symbol.path == path) {
            match path {
                Path::Indices => topics.push(format!("V.{}", symbol.name)),
                Path::Stocks => topics.push(format!("A.{}", symbol.name)),
                Path::Options => {}
            }
            if symbol.trades {
                topics.push(format!("T.{}", symbol.name));
            }
        }
        topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_subscribed_by_value_and_stocks_by_bar() {
        let symbols = Symbols::of(&Config::default());
        assert_eq!(symbols.len(), 17);
        assert_eq!(symbols.topics(Path::Indices), ["V.I:SPX", "V.I:NDX", "V.I:VIX", "V.I:RUT", "V.I:XSP"]);
        let stocks = symbols.topics(Path::Stocks);
        assert_eq!(stocks.len(), 14);
        assert!(stocks.starts_with(&["A.SPY".into(), "T.SPY".into(), "A.QQQ".into(), "T.QQQ".into()]));
        let id = symbols.id("DIA").unwrap();
        assert_eq!((symbols.get(id).kind, symbols.get(id).path), (SymbolKind::Etf, Path::Stocks));
        assert!(symbols.id("SPX").is_none());
    }
}
