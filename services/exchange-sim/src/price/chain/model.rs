//! The model as a source of what REST shows.

use super::{
    Chain,
    board::{Board, Contract},
    day::Day,
    record::{Basis, DayShown, Dealt, Filter, GreeksShown, OptionRecord, Order, QuoteShown, Source, Terms},
    surface::Term,
    tape::{OptionQuote, OptionTrade, Tape},
    underlying::Underlying,
};
use crate::price::{Market, PER_STEP, Place, STEPS, active_minutes, place, regular_minutes};
use chrono::NaiveDate;
use quant::calendar;
use std::sync::{Arc, OnceLock};

/// Chain and market together.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// What it stands on.
    pub market: &'a Market,
}

/// A board at an instant. Its records are made series by series, when they are asked for.
#[derive(Debug)]
pub(super) struct Sheet {
    board: Arc<Board>,
    at: Place,
    basis: Basis,
    name: Arc<str>,
    tape: Arc<Tape>,
    before: Arc<Tape>,
    day: Day,
    interest: Arc<Vec<u64>>,
    rows: Vec<OnceLock<Vec<OptionRecord>>>,
}

impl Sheet {
    pub(super) fn of(chain: &Chain, market: &Market, board: Arc<Board>, at: Place) -> Self {
        let tape = chain.tape(market, &board, at);
        let eve = calendar::previous_trading_day(at.date);
        let close = Place { date: eve, minute: regular_minutes(eve).end - 1, step: 0 };
        let ticker = board.underlying.ticker;
        Self {
            basis: Basis {
                ticker: ticker.into(),
                is_index: board.underlying.is_index(),
                value: tape.spot(at.step),
                updated_ns: nanos(at.ms(), 0),
            },
            name: bare(ticker).into(),
            before: chain.tape(market, &board, close),
            day: chain.day(market, &board, at),
            interest: chain.interest(market, &board),
            rows: board.series.iter().map(|_| OnceLock::new()).collect(),
            board,
            at,
            tape,
        }
    }

    fn record(&self, id: usize) -> Option<OptionRecord> {
        let series = self.board.contracts.get(id)?.series;
        let rows = self.rows.get(series)?.get_or_init(|| self.series(series));
        rows.get(id - self.board.series.get(series)?.contracts.start).cloned()
    }

    fn series(&self, at: usize) -> Vec<OptionRecord> {
        let Some(series) = self.board.series.get(at) else { return Vec::new() };
        let Some(term) = self.tape.term(series, self.at.step) else { return Vec::new() };
        let before = self.before.term(series, STEPS - 1);
        let contracts = self.board.contracts.get(series.contracts.clone()).unwrap_or_default();
        (series.contracts.start..)
            .zip(contracts)
            .map(|(id, contract)| self.show(id, contract, &term, before.as_ref()))
            .collect()
    }

    fn show(&self, id: usize, contract: &Contract, term: &Term, before: Option<&Term>) -> OptionRecord {
        let value = term.value(contract);
        let greeks = GreeksShown {
            delta: Some(value.delta),
            gamma: Some(value.gamma),
            theta: Some(value.theta),
            vega: Some(value.vega),
        };
        let traded = self.day.traded(id);
        let quote = self.tape.standing(contract, self.at.step);
        OptionRecord {
            terms: terms(&self.board, contract, &self.name),
            quote: quote.map(|quote| QuoteShown {
                bid: quote.bid,
                bid_size: quote.bid_size,
                ask: quote.ask,
                ask_size: quote.ask_size,
                midpoint: quote.midpoint(),
                updated_ns: nanos(quote.t, quote.sequence),
            }),
            trade: traded.map(|traded| dealt(&traded.last)),
            day: traded.map(|traded| {
                let previous = before.map(|term| term.shown_price(contract)).filter(|price| *price > 0.0);
                let change = previous.map(|previous| four(traded.last.price - previous));
                DayShown {
                    open: Some(traded.open),
                    high: Some(traded.high),
                    low: Some(traded.low),
                    close: traded.last.price,
                    volume: traded.volume,
                    vwap: Some(traded.vwap()),
                    previous_close: previous,
                    change,
                    change_percent: change.zip(previous).map(|(change, base)| four(100.0 * change / base)),
                    updated_ns: nanos(traded.last.t, traded.last.sequence),
                }
            }),
            greeks: if value.is_published() { greeks } else { GreeksShown::default() },
            iv: value.is_published().then_some(value.iv),
            open_interest: self.interest.get(id).copied(),
            basis: self.basis.clone(),
        }
    }
}

impl Model<'_> {
    fn board(&self, underlying: &str, now: i64) -> Option<Arc<Board>> {
        self.chain.board(self.market, underlying, place(now).date)
    }
}

impl Source for Model<'_> {
    fn underlyings(&self) -> Vec<&str> {
        let mut all: Vec<&Underlying> = Underlying::all().iter().collect();
        all.sort_by_key(|underlying| underlying.am_root.unwrap_or(underlying.pm_root));
        all.into_iter().map(|underlying| underlying.ticker).collect()
    }

    fn matching(&self, underlying: &str, now: i64, filter: &Filter, order: Order) -> Vec<u32> {
        let Some(board) = self.board(underlying, now) else { return Vec::new() };
        let open: Vec<bool> = board
            .series
            .iter()
            .map(|series| series.settlement_ms > now && filter.expiration.admit(&series.expiration))
            .collect();
        let admits = |id: &u32| {
            board.contracts.get(*id as usize).is_some_and(|contract| {
                open.get(contract.series).copied().unwrap_or(false)
                    && board.series_of(contract).is_some_and(|series| {
                        filter.admits_parts(
                            &contract.ticker,
                            contract.right,
                            contract.strike,
                            series.expiration,
                        )
                    })
            })
        };
        match order {
            Order::Ticker => (0..board.contracts.len() as u32).filter(admits).collect(),
            Order::Expiration => board.by_expiration().iter().copied().filter(admits).collect(),
            Order::Strike => board.by_strike().iter().copied().filter(admits).collect(),
        }
    }

    fn find(&self, ticker: &str, now: i64) -> Option<(&str, u32)> {
        let (board, at) = self.chain.contract(self.market, ticker, place(now).date)?;
        let series = board.series_of(board.contracts.get(at)?)?;
        let id = u32::try_from(at).ok()?;
        (series.settlement_ms > now).then_some((board.underlying.ticker, id))
    }

    fn terms(&self, underlying: &str, now: i64, id: u32) -> Option<Terms> {
        let board = self.board(underlying, now)?;
        let contract = board.contracts.get(id as usize)?;
        Some(terms(&board, contract, &bare(underlying).into()))
    }

    fn record(&self, underlying: &str, now: i64, id: u32) -> Option<OptionRecord> {
        self.chain.sheet(self.market, underlying, now)?.record(id as usize)
    }

    fn count(&self, now: i64) -> usize {
        Underlying::all()
            .iter()
            .filter_map(|one| self.board(one.ticker, now))
            .map(|board| board.count(now))
            .sum()
    }

    fn trades(&self, ticker: &str, date: NaiveDate, now: i64) -> Vec<OptionTrade> {
        let Some((board, at)) = self.chain.contract(self.market, ticker, date) else { return Vec::new() };
        let Some(contract) = board.contracts.get(at) else { return Vec::new() };
        let last = place(now);
        let until = if date < last.date { active_minutes(date) } else { last.minute + 1 };
        (0..until)
            .map(|minute| Place { date, minute, step: 0 })
            .filter(|at| date <= last.date && Tape::trades_at(&board, *at))
            .flat_map(|at| Tape::of(self.market, Arc::clone(&board), at).trades(contract))
            .filter(|trade| trade.t <= last.ms())
            .collect()
    }

    fn quotes(&self, ticker: &str, now: i64, most: usize) -> Vec<OptionQuote> {
        let last = place(now);
        let Some((board, at)) = self.chain.contract(self.market, ticker, last.date) else {
            return Vec::new();
        };
        let Some(contract) = board.contracts.get(at) else { return Vec::new() };
        let mut minutes: Vec<Vec<OptionQuote>> = Vec::new();
        let mut count = 0;
        for minute in (0..=last.minute).rev() {
            let until = if minute == last.minute { last.step + 1 } else { STEPS };
            let tape = Tape::of(self.market, Arc::clone(&board), Place { minute, step: 0, ..last });
            minutes.push(tape.quotes(contract, 0..until));
            count += minutes.last().map_or(0, Vec::len);
            if count >= most {
                break;
            }
        }
        minutes.into_iter().rev().flatten().collect()
    }
}

fn terms(board: &Board, contract: &Contract, name: &Arc<str>) -> Terms {
    Terms {
        ticker: Arc::clone(&contract.ticker),
        underlying: Arc::clone(name),
        right: contract.right,
        american: board.underlying.american,
        expiration: board.series_of(contract).map(|series| series.expiration).unwrap_or_default(),
        strike: contract.strike,
    }
}

fn dealt(trade: &OptionTrade) -> Dealt {
    Dealt {
        price: trade.price,
        size: trade.size,
        exchange: trade.exchange,
        conditions: trade.conditions,
        sip_ns: nanos(trade.t, trade.sequence),
    }
}

/// As lists of contracts name an underlying.
fn bare(ticker: &str) -> &str {
    ticker.strip_prefix("I:").unwrap_or(ticker)
}

/// Nanoseconds of an event: several of one instant follow each other.
fn nanos(ms: i64, sequence: u64) -> i64 {
    ms * 1_000_000 + i64::try_from(sequence % PER_STEP).unwrap_or(0) * 1000
}

fn four(value: f64) -> f64 {
    super::super::four(value)
}
