//! The quote table as a source of what REST shows. What else has options comes from the model.

use super::table::{Contract, Table};
use crate::price::chain::{
    Basis, DayShown, Dealt, Filter, GreeksShown, Model, OptionQuote, OptionRecord, OptionTrade, Order,
    QuoteShown, Source, Terms,
};
use chrono::NaiveDate;
use quant::{calendar, contract::Right};

/// What the table does not tell: sizes, exchange, conditions.
const SIZE: u64 = 10;
const LAST_SIZE: u64 = 1;
const EXCHANGE: u16 = 302;
const CONDITIONS: &[u16] = &[209];
const NANOS: i64 = 1_000_000;

/// A table in the place of the model's chain on its index. It does not move: nothing in it settles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Everything else.
    pub(crate) model: Model<'a>,
}

impl Fixed<'_> {
    fn is_mine(&self, underlying: &str) -> bool {
        self.table.underlying == underlying
    }

    fn contract(&self, id: u32) -> Option<&Contract> {
        self.table.contracts.get(id as usize)
    }

    fn index(&self, ticker: &str) -> Option<usize> {
        self.table.contracts.binary_search_by(|contract| contract.ticker.as_str().cmp(ticker)).ok()
    }

    fn named(&self, ticker: &str) -> Option<&Contract> {
        self.table.contracts.get(self.index(ticker)?)
    }

    fn name(&self) -> &str {
        self.table.underlying.trim_start_matches("I:")
    }
}

impl Contract {
    fn terms(&self, underlying: &str) -> Terms {
        Terms {
            ticker: self.ticker.as_str().into(),
            underlying: underlying.into(),
            right: if self.is_call { Right::Call } else { Right::Put },
            american: false,
            expiration: self.expiration,
            strike: self.strike(),
        }
    }

    fn midpoint(&self) -> f64 {
        crate::price::four((self.bid + self.ask) / 2.0)
    }

    /// Of this day only if something was traded in it.
    fn day(&self, now: i64) -> Option<DayShown> {
        (self.volume > 0).then(|| DayShown {
            close: self.last.unwrap_or_default(),
            volume: self.volume,
            updated_ns: now * NANOS,
            ..DayShown::default()
        })
    }

    fn trade(&self, now: i64) -> Option<OptionTrade> {
        self.last.map(|price| OptionTrade {
            t: now,
            price,
            size: LAST_SIZE,
            sequence: 1,
            exchange: EXCHANGE,
            conditions: CONDITIONS,
        })
    }
}

impl Source for Fixed<'_> {
    fn underlyings(&self) -> Vec<&str> {
        let mut all = self.model.underlyings();
        if !all.iter().any(|known| self.is_mine(known)) {
            all.push(&self.table.underlying);
        }
        all
    }

    fn matching(&self, underlying: &str, now: i64, filter: &Filter, order: Order) -> Vec<u32> {
        if !self.is_mine(underlying) {
            return self.model.matching(underlying, now, filter, order);
        }
        let admitted = (0_u32..)
            .zip(&self.table.contracts)
            .filter(|(_, contract)| filter.admits(&contract.terms(self.name())));
        let mut admitted: Vec<(u32, &Contract)> = admitted.collect();
        // Stable: they are in the order of their tickers.
        match order {
            Order::Ticker => (),
            Order::Expiration => admitted.sort_by_key(|(_, contract)| contract.expiration),
            Order::Strike => admitted.sort_by_key(|(_, contract)| contract.strike_milli),
        }
        admitted.into_iter().map(|(id, _)| id).collect()
    }

    fn find(&self, ticker: &str, now: i64) -> Option<(&str, u32)> {
        match self.index(ticker) {
            Some(at) => Some((&self.table.underlying, u32::try_from(at).ok()?)),
            None => self.model.find(ticker, now).filter(|(underlying, _)| !self.is_mine(underlying)),
        }
    }

    fn terms(&self, underlying: &str, now: i64, id: u32) -> Option<Terms> {
        if !self.is_mine(underlying) {
            return self.model.terms(underlying, now, id);
        }
        Some(self.contract(id)?.terms(self.name()))
    }

    fn record(&self, underlying: &str, now: i64, id: u32) -> Option<OptionRecord> {
        if !self.is_mine(underlying) {
            return self.model.record(underlying, now, id);
        }
        let contract = self.contract(id)?;
        let (bid, ask) = (contract.bid, contract.ask);
        Some(OptionRecord {
            terms: contract.terms(self.name()),
            quote: Some(QuoteShown {
                bid,
                bid_size: if bid > 0.0 { SIZE } else { 0 },
                ask,
                ask_size: if ask > 0.0 { SIZE } else { 0 },
                midpoint: contract.midpoint(),
                updated_ns: now * NANOS,
            }),
            trade: contract.trade(now).map(|trade| Dealt {
                price: trade.price,
                size: trade.size,
                exchange: trade.exchange,
                conditions: trade.conditions,
                sip_ns: now * NANOS,
            }),
            day: contract.day(now),
            greeks: GreeksShown {
                delta: Some(contract.delta),
                gamma: Some(contract.gamma),
                ..GreeksShown::default()
            },
            iv: contract.iv,
            open_interest: Some(contract.open_interest),
            basis: Basis {
                ticker: self.table.underlying.as_str().into(),
                is_index: true,
                value: self.table.spot,
                updated_ns: now * NANOS,
            },
        })
    }

    fn count(&self, now: i64) -> usize {
        let others = self.model.underlyings().into_iter().filter(|known| !self.is_mine(known));
        let others =
            others.map(|known| self.model.matching(known, now, &Filter::default(), Order::Ticker).len());
        self.table.contracts.len() + others.sum::<usize>()
    }

    fn trades(&self, ticker: &str, date: NaiveDate, now: i64) -> Vec<OptionTrade> {
        match self.named(ticker) {
            Some(contract) if date == calendar::trading_date(now) => {
                contract.trade(now).into_iter().collect()
            }
            Some(_) => Vec::new(),
            None => self.model.trades(ticker, date, now),
        }
    }

    fn quotes(&self, ticker: &str, now: i64, most: usize) -> Vec<OptionQuote> {
        let Some(contract) = self.named(ticker) else { return self.model.quotes(ticker, now, most) };
        vec![OptionQuote {
            t: now,
            bid: contract.bid,
            bid_size: if contract.bid > 0.0 { SIZE } else { 0 },
            ask: contract.ask,
            ask_size: if contract.ask > 0.0 { SIZE } else { 0 },
            sequence: 1,
            exchanges: (EXCHANGE, EXCHANGE),
        }]
    }
}
