//! Trades and quotes of contracts: the last trade, and today's last five thousand of each.

use super::{
    Answer, Refusal, Request,
    reply::{Result, request_id},
    snapshot::sip,
    ticks::{KEPT, page},
};
use crate::{Sim, price::place};
use serde_json::json;

/// `/v2/last/trade/{O:..}`; not found when there was none today.
pub(super) fn last_trade(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let source = sim.chains();
    source.find(ticker, request.now).ok_or(Refusal::NotFound)?;
    let trades = source.trades(ticker, place(request.now).date, request.now);
    let trade = trades.last().ok_or(Refusal::NotFound)?;
    let at = sip(trade.t, trade.sequence);
    Ok(Answer::ok(&json!({
        "status": "OK", "request_id": request_id(),
        "results": {
            "T": ticker, "c": trade.conditions, "i": trade.sequence.to_string(), "p": trade.price,
            "q": trade.sequence, "s": trade.size, "t": at, "y": at, "x": trade.exchange,
        },
    })))
}

/// `/v3/trades/{O:..}`
pub(super) fn trades(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let source = sim.chains();
    source.find(ticker, request.now).ok_or(Refusal::NotFound)?;
    let trades = source.trades(ticker, place(request.now).date, request.now);
    let items = trades.iter().skip(trades.len().saturating_sub(KEPT)).map(|trade| {
        let at = sip(trade.t, trade.sequence);
        let item = json!({
            "conditions": trade.conditions, "exchange": trade.exchange, "participant_timestamp": at,
            "price": trade.price, "sip_timestamp": at, "size": trade.size,
        });
        (at, item)
    });
    page(request, items)
}

/// `/v3/quotes/{O:..}`
pub(super) fn quotes(sim: &Sim, request: &Request, ticker: &str) -> Result<Answer> {
    let source = sim.chains();
    source.find(ticker, request.now).ok_or(Refusal::NotFound)?;
    let quotes = source.quotes(ticker, request.now, KEPT);
    let items = quotes.iter().skip(quotes.len().saturating_sub(KEPT)).map(|quote| {
        let at = sip(quote.t, quote.sequence);
        let item = json!({
            "ask_exchange": quote.exchanges.1, "ask_price": quote.ask, "ask_size": quote.ask_size,
            "bid_exchange": quote.exchanges.0, "bid_price": quote.bid, "bid_size": quote.bid_size,
            "sequence_number": quote.sequence, "sip_timestamp": at,
        });
        (at, item)
    });
    page(request, items)
}
