//! One chain's contracts as columns, and how an event or a REST snapshot changes a row.
//!
//! A quote and a trade are taken whole, and the one with the newer exchange time wins, wherever it came from. What
//! only REST knows is REST's last word.

use crate::{
    chain::{directory::ContractId, plan},
    clock::Now,
    provider::{
        chain::{Listed, Quote, Trade},
        message::{OptionBody, OptionEvent},
    },
};
use quant::{
    chain::{Chain, Expiry, Row},
    tick::{Place, Sequence},
};
use std::sync::Arc;

/// Every column has one entry per contract. NaN and 0 ms are unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) ids: Vec<ContractId>,
    pub(crate) tickers: Vec<Arc<str>>,
    pub(crate) chain: Chain,
    pub(crate) bid_size: Vec<f64>,
    pub(crate) ask_size: Vec<f64>,
    pub(crate) last_size: Vec<f64>,
    pub(crate) volume: Vec<f64>,
    pub(crate) quote_ms: Vec<i64>,
    pub(crate) trade_ms: Vec<i64>,
    quotes: Vec<Sequence>,
    trades: Vec<Sequence>,
}

/// What an event did to its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Accepted,
    /// It came after a newer one.
    Late,
    /// It was there already.
    Duplicate,
    /// It says nothing new.
    Nothing,
}

impl Columns {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Adds a row behind the others; the caller keeps the order of [`Chain`].
    pub(crate) fn push(&mut self, listed: &Listed, id: ContractId) {
        let expiry = self.expiry(listed);
        self.ids.push(id);
        self.tickers.push(Arc::clone(&listed.ticker));
        self.chain.push(Row {
            expiry,
            strike: listed.strike,
            right: listed.right,
            bid: listed.quote.bid,
            ask: listed.quote.ask,
            last: listed.trade.price,
            open_interest: listed.open_interest,
            vendor_iv: listed.iv,
            vendor_gamma: listed.gamma,
            multiplier: listed.multiplier,
        });
        self.bid_size.push(listed.quote.bid_size);
        self.ask_size.push(listed.quote.ask_size);
        self.last_size.push(listed.trade.size);
        self.volume.push(listed.volume);
        self.quote_ms.push(listed.quote.t_ms);
        self.trade_ms.push(listed.trade.t_ms);
        self.quotes.push(Sequence::default());
        self.trades.push(Sequence::default());
    }

    fn expiry(&mut self, listed: &Listed) -> u16 {
        let known = self.chain.expiries.last();
        if known.is_none_or(|last| (last.date, last.settlement) != (listed.expiration, listed.settlement)) {
            self.chain.expiries.push(Expiry {
                date: listed.expiration,
                settlement: listed.settlement,
                settles_ms: plan::settles_ms(listed.expiration, listed.settlement),
            });
        }
        u16::try_from(self.chain.expiries.len() - 1).unwrap_or(u16::MAX)
    }

    /// Row `row` as REST would tell it.
    pub(crate) fn listed(&self, row: usize) -> Option<Listed> {
        let (contract, ticker) = (self.chain.row(row)?, self.tickers.get(row)?);
        let expiry = self.chain.expiries.get(usize::from(contract.expiry))?;
        Some(Listed {
            ticker: Arc::clone(ticker),
            expiration: expiry.date,
            settlement: expiry.settlement,
            strike: contract.strike,
            right: contract.right,
            multiplier: contract.multiplier,
            quote: self.quote(row)?,
            trade: self.trade(row)?,
            volume: *self.volume.get(row)?,
            open_interest: contract.open_interest,
            iv: contract.vendor_iv,
            gamma: contract.vendor_gamma,
        })
    }

    /// Takes over what an earlier row of the same contract knew better: the order of its events, and a newer quote or
    /// trade.
    pub(crate) fn inherit(&mut self, row: usize, from: &Self, before: usize) {
        if let (Some(quotes), Some(trades)) = (from.quotes.get(before), from.trades.get(before)) {
            (self.quotes[row], self.trades[row]) = (*quotes, *trades);
        }
        if let Some(quote) = from.quote(before)
            && is_newer(quote.t_ms, self.quote_ms[row], self.chain.bid[row].is_nan())
        {
            self.set_quote(row, quote);
        }
        if let Some(trade) = from.trade(before)
            && is_newer(trade.t_ms, self.trade_ms[row], self.chain.last[row].is_nan())
        {
            self.set_trade(row, trade);
        }
    }

    /// Takes what REST knows of row `row`; true when anything changed.
    pub(crate) fn merge(&mut self, row: usize, listed: &Listed) -> bool {
        let mut is_changed = false;
        for (column, value) in [
            (&mut self.volume, listed.volume),
            (&mut self.chain.open_interest, listed.open_interest),
            (&mut self.chain.vendor_iv, listed.iv),
            (&mut self.chain.vendor_gamma, listed.gamma),
            (&mut self.chain.multiplier, listed.multiplier),
        ] {
            is_changed |= column[row].to_bits() != value.to_bits();
            column[row] = value;
        }
        let (quote, trade) = (listed.quote, listed.trade);
        let is_known = !quote.bid.is_nan() || !quote.ask.is_nan();
        if is_known && is_newer(quote.t_ms, self.quote_ms[row], self.chain.bid[row].is_nan()) {
            is_changed |= self.quote(row) != Some(quote);
            self.set_quote(row, quote);
        }
        if !trade.price.is_nan() && is_newer(trade.t_ms, self.trade_ms[row], self.chain.last[row].is_nan()) {
            is_changed |= self.trade(row) != Some(trade);
            self.set_trade(row, trade);
        }
        is_changed
    }

    /// Takes one event of row `row`.
    pub(crate) fn apply(&mut self, row: usize, event: &OptionEvent, now: &Now) -> Effect {
        let (order, value) = match event.body {
            OptionBody::Quote { bid, .. } => (&mut self.quotes[row], bid),
            OptionBody::Trade { size: 0.0, .. } => return Effect::Nothing,
            OptionBody::Trade { price, .. } => (&mut self.trades[row], price),
        };
        match order.place(event.t.0, event.q, value, now.date) {
            Place::Duplicate => return Effect::Duplicate,
            Place::Late => return Effect::Late,
            Place::Next => {}
        }
        let t_ms = event.t.0;
        match event.body {
            OptionBody::Quote { bid, ask, bid_size, ask_size } if t_ms >= self.quote_ms[row] => {
                self.set_quote(row, Quote { bid, ask, bid_size, ask_size, t_ms });
            }
            OptionBody::Trade { price, size } if t_ms >= self.trade_ms[row] => {
                self.set_trade(row, Trade { price, size, t_ms });
            }
            // REST knows a newer one; as an event it still counts.
            _ => {}
        }
        Effect::Accepted
    }

    /// Forgets which exchange times were seen: the market's time was moved.
    pub(crate) fn restart_order(&mut self) {
        self.quotes.iter_mut().chain(&mut self.trades).for_each(Sequence::restart);
        self.quote_ms.iter_mut().chain(&mut self.trade_ms).for_each(|t_ms| *t_ms = 0);
    }

    fn quote(&self, row: usize) -> Option<Quote> {
        Some(Quote {
            bid: *self.chain.bid.get(row)?,
            ask: *self.chain.ask.get(row)?,
            bid_size: *self.bid_size.get(row)?,
            ask_size: *self.ask_size.get(row)?,
            t_ms: *self.quote_ms.get(row)?,
        })
    }

    fn trade(&self, row: usize) -> Option<Trade> {
        Some(Trade {
            price: *self.chain.last.get(row)?,
            size: *self.last_size.get(row)?,
            t_ms: *self.trade_ms.get(row)?,
        })
    }

    fn set_quote(&mut self, row: usize, quote: Quote) {
        self.chain.bid[row] = quote.bid;
        self.chain.ask[row] = quote.ask;
        self.bid_size[row] = quote.bid_size;
        self.ask_size[row] = quote.ask_size;
        self.quote_ms[row] = quote.t_ms;
    }

    fn set_trade(&mut self, row: usize, trade: Trade) {
        self.chain.last[row] = trade.price;
        self.last_size[row] = trade.size;
        self.trade_ms[row] = trade.t_ms;
    }
}

/// Whether what is from `t_ms` replaces what is from `known_ms`. Without a time it replaces only what has none.
const fn is_newer(t_ms: i64, known_ms: i64, is_unknown: bool) -> bool {
    t_ms >= known_ms || (is_unknown && known_ms == 0)
}
