use super::{Applied, Book, Fetched, Taken, fingerprint};
use crate::{
    chain::plan,
    clock::{Clock, Now},
    config::ClockSource,
    provider::{
        chain::{Listed, Quote, Trade},
        message::{OptionBody, OptionEvent},
    },
};
use chrono::NaiveDate;
use quant::{chain::Settlement, contract::Right};
use std::sync::Arc;
use wire::{EpochMs, market::Session};

const TODAY: &str = "2025-11-21";
const MONDAY: &str = "2025-11-24";

fn now() -> Now {
    let market = EpochMs(plan::settles_ms(day(TODAY), Settlement::Pm) - 3_600_000);
    Now {
        market,
        date: day(TODAY),
        session: Session::Regular,
        is_synced: true,
        ..Clock::new(ClockSource::System).now()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn listed(date: &str, strike: f64, right: Right) -> Listed {
    let side = if right == Right::Call { 'C' } else { 'P' };
    Listed {
        ticker: format!("O:SPXW{}{side}{strike}", date.replace('-', "")).into(),
        expiration: day(date),
        settlement: Settlement::Pm,
        strike,
        right,
        multiplier: 100.0,
        quote: Quote::UNKNOWN,
        trade: Trade::UNKNOWN,
        volume: f64::NAN,
        open_interest: 10.0,
        iv: 0.2,
        gamma: f64::NAN,
    }
}

/// Calls and puts at these strikes, today and on Monday.
fn chain(strikes: &[f64]) -> Vec<Listed> {
    let dates = [TODAY, MONDAY].into_iter();
    dates
        .flat_map(|date| {
            strikes
                .iter()
                .flat_map(move |&strike| [Right::Call, Right::Put].map(|right| listed(date, strike, right)))
        })
        .collect()
}

fn fetched(contracts: Vec<Listed>) -> Fetched {
    Fetched { chain: 0, contracts, is_failed: false }
}

fn book(contracts: Vec<Listed>) -> Book {
    let mut book = Book::new([&"I:SPX".to_owned()]);
    let taken = book.take(fetched(contracts), &now());
    assert_eq!(taken, Taken { is_changed: true, ..Taken::default() });
    book
}

fn event(book: &Book, ticker: &str, t: i64, q: Option<u64>, body: OptionBody) -> OptionEvent {
    let contract = book.names().id(ticker).unwrap();
    OptionEvent { contract, t: EpochMs(now().market.0 + t), q, body }
}

fn quote(bid: f64, ask: f64) -> OptionBody {
    OptionBody::Quote { bid, ask, bid_size: 1.0, ask_size: f64::NAN }
}

fn ticker(contract: &Listed) -> Arc<str> {
    Arc::clone(&contract.ticker)
}

#[test]
fn the_same_contracts_are_updated_in_place() {
    let mut contracts = chain(&[6600.0, 6605.0]);
    let mut book = book(contracts.clone());
    let epoch = book.chains()[0].geometry.epoch.clone();
    contracts[3].open_interest = 11.0;
    assert_eq!(book.take(fetched(contracts), &now()), Taken::default());
    let held = &book.chains()[0];
    assert_eq!((held.geometry.version, &held.geometry.epoch), (1, &epoch));
    assert_eq!(held.chain().open_interest[3], 11.0);
}

#[test]
fn another_set_of_contracts_is_another_geometry() {
    let mut book = book(chain(&[6600.0, 6605.0]));
    let gone = ticker(&chain(&[6600.0])[0]);
    let id = book.names().id(&gone).unwrap();
    assert!(book.take(fetched(chain(&[6605.0, 6610.0])), &now()).is_changed);
    let geometry = Arc::clone(&book.chains()[0].geometry);
    assert_eq!((geometry.version, geometry.entered.len(), geometry.exited.len()), (2, 4, 4));
    assert!(geometry.exited.iter().any(|ticker| **ticker == *gone));
    assert!(geometry.epoch.starts_with(&format!("I:SPX:{}:", now().market.0 / 1000)));
    assert_eq!(geometry.epoch.rsplit(':').next(), Some(fingerprint(&geometry.tickers).as_str()));
    assert!(book.names().id(&gone).is_none());
    let late = OptionEvent { contract: id, t: now().market, q: None, body: quote(1.0, 2.0) };
    assert_eq!(book.apply(&late, &now()), Applied::Gone, "its number belongs to nobody else");
}

/// `printf 'a\nb' | sha256sum`
#[test]
fn the_fingerprint_is_of_the_sorted_tickers() {
    assert_eq!(fingerprint(&["b".into(), "a".into()]), "7e18f737");
}

#[test]
fn what_is_known_of_a_contract_outlives_a_change_of_geometry() {
    let mut book = book(chain(&[6600.0, 6605.0]));
    let stays = ticker(&listed(TODAY, 6605.0, Right::Call));
    book.apply(&event(&book, &stays, 0, Some(5), quote(9.0, 9.5)), &now());
    book.take(fetched(chain(&[6605.0, 6610.0])), &now());
    assert_eq!(book.chains()[0].chain().bid[0], 9.0);
    let same = event(&book, &stays, 1, Some(5), quote(9.0, 9.5));
    assert_eq!(book.apply(&same, &now()), Applied::Duplicate, "and so does the order of its events");
}

#[test]
fn the_newer_of_rest_and_feed_wins_for_each_group() {
    let mut contracts = chain(&[6600.0]);
    let mut book = book(contracts.clone());
    let name = ticker(&contracts[0]);
    book.apply(&event(&book, &name, 1_000, None, quote(9.0, 9.5)), &now());
    contracts[0].quote = Quote { bid: 8.0, ask: 8.5, t_ms: now().market.0, ..Quote::UNKNOWN };
    contracts[0].trade = Trade { price: 8.2, size: 1.0, t_ms: now().market.0 };
    book.take(fetched(contracts.clone()), &now());
    let held = |book: &Book| (book.chains()[0].chain().bid[0], book.chains()[0].chain().last[0]);
    assert_eq!(held(&book), (9.0, 8.2), "the feed's quote is newer, REST's trade is the only one");
    contracts[0].quote = Quote { bid: 10.0, ask: 10.5, t_ms: now().market.0 + 2_000, ..Quote::UNKNOWN };
    book.take(fetched(contracts), &now());
    assert_eq!(held(&book).0, 10.0);
    let older = event(&book, &name, 1_500, None, quote(9.2, 9.7));
    assert!(matches!(book.apply(&older, &now()), Applied::Accepted { .. }), "a tick it is");
    assert_eq!(held(&book).0, 10.0, "but not the quote");
}

#[test]
fn late_double_and_mistimed_events_change_nothing() {
    let mut book = book(chain(&[6600.0]));
    let name = ticker(&listed(TODAY, 6600.0, Right::Call));
    let trade = |price| OptionBody::Trade { price, size: 1.0 };
    let mut apply = |t, q, body| {
        let event = event(&book, &name, t, q, body);
        book.apply(&event, &now())
    };
    assert_eq!(apply(0, Some(7), trade(9.0)), Applied::Accepted { is_crossed: false });
    assert_eq!(apply(0, Some(7), trade(9.0)), Applied::Duplicate);
    assert_eq!(apply(0, Some(6), trade(5.0)), Applied::Late);
    assert_eq!(apply(0, Some(8), OptionBody::Trade { price: 1.0, size: 0.0 }), Applied::Nothing);
    assert_eq!(apply(0, Some(3), quote(9.0, 8.0)), Applied::Accepted { is_crossed: true });
    assert_eq!(apply(0, Some(2), quote(1.0, 2.0)), Applied::Late);
    assert_eq!(apply(-86_400_001, Some(9), quote(1.0, 2.0)), Applied::BadTime);
    let held = &book.chains()[0];
    assert_eq!((held.chain().last[0], held.chain().bid[0]), (9.0, 9.0));
    let ticks: Vec<bool> = held.ticks.iter().map(|tick| tick.is_late).collect();
    assert_eq!(ticks, [false, true, false], "the late trade is a tick, the late quote is not");
}

#[test]
fn an_incomplete_answer_changes_nothing_for_three_cycles() {
    let mut book = book(chain(&[6600.0, 6605.0, 6610.0]));
    let kept = Taken { is_partial: true, ..Taken::default() };
    let mut few = vec![listed(TODAY, 6600.0, Right::Call)];
    few[0].open_interest = 99.0;
    for _cycle in 0..3 {
        assert_eq!(book.take(fetched(few.clone()), &now()), kept);
    }
    assert_eq!((book.chains()[0].len(), book.chains()[0].chain().open_interest[0]), (12, 99.0));
    assert!(book.take(fetched(few), &now()).is_changed, "then it is believed");
    assert_eq!(book.chains()[0].len(), 1);
}

#[test]
fn a_failed_fetch_keeps_the_chain_until_it_is_whole_again() {
    let contracts = chain(&[6600.0, 6605.0]);
    let mut book = book(contracts.clone());
    let failed = Fetched { is_failed: true, ..fetched(contracts[..6].to_vec()) };
    assert_eq!(book.take(failed, &now()), Taken { is_partial: true, ..Taken::default() });
    assert_eq!(book.chains()[0].partial_cycles(), 1);
    assert_eq!(book.take(fetched(contracts), &now()), Taken::default());
    assert_eq!(book.chains()[0].partial_cycles(), 0);
}

#[test]
fn settled_contracts_are_dropped_and_the_nearest_expiration_rolls() {
    let contracts = chain(&[6600.0]);
    let mut book = book(contracts.clone());
    let after = Now { market: EpochMs(plan::settles_ms(day(TODAY), Settlement::Pm)), ..now() };
    let failed = Fetched { is_failed: true, ..fetched(Vec::new()) };
    let taken = book.take(failed, &after);
    assert!(taken.is_changed && taken.is_rolled, "even when nothing else is known");
    assert_eq!(book.chains()[0].chain().expiries[0].date, day(MONDAY));
    assert_eq!(book.take(fetched(contracts), &after), Taken::default(), "and they do not come back");
    assert_eq!(book.chains()[0].len(), 2);
}

#[test]
fn a_view_is_a_copy_with_the_newest_times() {
    let mut book = book(chain(&[6600.0]));
    let name = ticker(&listed(MONDAY, 6600.0, Right::Put));
    book.apply(&event(&book, &name, 500, None, quote(3.0, 3.5)), &now());
    let view = book.chains()[0].view(None, 6_601.0, Some(17.0), now());
    assert_eq!((view.spot, view.vix, view.cycle), (6_601.0, Some(17.0), 1));
    assert_eq!(view.t_ms, [0, 0, 0, now().market.0 + 500]);
    assert_eq!((view.chain.bid[3], view.input_ms), (3.0, now().market.0 + 500));
    let again = book.chains()[0].view(Some(view.clone()), 6_601.0, Some(17.0), now());
    assert_eq!((again.chain.len(), again.bid_size.len(), again.t_ms.len()), (4, 4, 4));
}
