use super::{ChainPage, first_expiration, page};
use crate::provider::answer::Unusable;
use chrono::NaiveDate;
use proptest::prelude::*;
use quant::{chain::Settlement, contract::Right};
use serde_json::{Value, json};

fn contract() -> Value {
    json!({
        "break_even_price": 6639.55,
        "day": {"change": 1.2, "close": 9.5, "volume": 18422, "last_updated": 1763737269400000000_i64},
        "details": {"contract_type": "call", "exercise_style": "european", "expiration_date": "2025-11-21",
            "shares_per_contract": 100, "strike_price": 6630, "ticker": "O:SPXW251121C06630000"},
        "greeks": {"delta": 0.5297, "gamma": 0.01613, "theta": -41.2, "vega": 0.277},
        "implied_volatility": 0.1412,
        "last_quote": {"ask": 9.7, "ask_size": 18, "bid": 9.4, "bid_size": 31, "midpoint": 9.55,
            "last_updated": 1763737269400000000_i64},
        "last_trade": {"price": 9.5, "size": 2, "sip_timestamp": 1763737268123456789_i64},
        "open_interest": 1290,
        "underlying_asset": {"ticker": "I:SPX", "value": 6632.41},
    })
}

fn read(contract: Value) -> ChainPage {
    page(json!({"status": "OK", "results": [contract]}).to_string().as_bytes()).unwrap()
}

/// The contract with one field replaced.
fn with(pointer: &str, value: Value) -> ChainPage {
    let mut contract = contract();
    *contract.pointer_mut(pointer).unwrap() = value;
    read(contract)
}

#[test]
fn a_contract_is_read_whole() {
    let page = read(contract());
    assert_eq!((page.dropped, page.faults, page.mismatches), (0, 0, 0));
    let listed = &page.contracts[0];
    assert_eq!(&*listed.ticker, "O:SPXW251121C06630000");
    assert_eq!(listed.expiration, NaiveDate::from_ymd_opt(2025, 11, 21).unwrap());
    assert_eq!((listed.settlement, listed.strike, listed.right), (Settlement::Pm, 6630.0, Right::Call));
    let quote = listed.quote;
    assert_eq!((quote.bid, quote.ask, quote.bid_size, quote.ask_size), (9.4, 9.7, 31.0, 18.0));
    assert_eq!((quote.t_ms, listed.trade.t_ms), (1_763_737_269_400, 1_763_737_268_123));
    assert_eq!((listed.trade.price, listed.trade.size), (9.5, 2.0));
    assert_eq!((listed.volume, listed.open_interest, listed.multiplier), (18_422.0, 1_290.0, 100.0));
    assert_eq!((listed.iv, listed.gamma), (0.1412, 0.01613));
}

#[test]
fn a_contract_without_its_identity_is_dropped_and_no_other() {
    for pointer in ["ticker", "contract_type", "expiration_date", "strike_price"] {
        for value in [Value::Null, json!([]), json!(true), json!("")] {
            let page = with(&format!("/details/{pointer}"), value);
            assert_eq!((page.contracts.len(), page.dropped), (0, 1), "{pointer}");
        }
    }
    let body = json!({"results": [contract(), 7, {"details": null}, contract()]}).to_string();
    let page = page(body.as_bytes()).unwrap();
    assert_eq!((page.contracts.len(), page.dropped), (2, 2));
}

#[test]
fn a_field_of_the_wrong_type_is_unknown_and_the_contract_stays() {
    for pointer in [
        "/last_quote",
        "/last_trade",
        "/day",
        "/greeks",
        "/implied_volatility",
        "/open_interest",
        "/last_quote/bid",
        "/greeks/gamma",
        "/last_trade/sip_timestamp",
    ] {
        for (value, faults) in [(Value::Null, 0), (json!("1.0"), 1), (json!([[1]]), 1)] {
            let page = with(pointer, value);
            assert_eq!((page.contracts.len(), page.faults), (1, faults), "{pointer}");
        }
    }
    assert!(with("/last_quote", Value::Null).contracts[0].quote.bid.is_nan());
}

/// Rows of the contract's table of bad input.
#[test]
fn implausible_numbers_are_ignored() {
    let iv = |value| with("/implied_volatility", value).contracts[0].iv;
    assert!([json!(0.01), json!(5), json!(-1)].map(iv).iter().all(|iv| iv.is_nan()));
    assert_eq!(iv(json!(4.99)), 4.99);
    let gamma = |value| with("/greeks/gamma", value).contracts[0].gamma;
    assert!(gamma(json!(-0.1)).is_nan());
    assert_eq!(gamma(json!(0)), 0.0);
    let open_interest = |value| with("/open_interest", value).contracts[0].open_interest;
    assert_eq!(open_interest(json!(12.9)), 12.0);
    assert!(open_interest(json!(-3)).is_nan());
    assert!(with("/last_quote/bid", json!(-1)).contracts[0].quote.bid.is_nan());
    assert_eq!(with("/last_quote/last_updated", json!(1763737269)).contracts[0].quote.t_ms, 0, "seconds");
}

#[test]
fn details_decide_and_the_ticker_is_cross_checked() {
    let page = with("/details/strike_price", json!(6635));
    assert_eq!((page.contracts[0].strike, page.mismatches), (6635.0, 1));
    let am = with("/details/ticker", json!("O:SPX251121C06630000"));
    assert_eq!((am.contracts[0].settlement, am.mismatches), (Settlement::Am, 0));
    assert_eq!(with("/details/ticker", json!("nonsense")).mismatches, 1);
}

#[test]
fn an_envelope_may_be_empty_or_refuse() {
    assert_eq!(page(br#"{"status":"OK"}"#).unwrap().contracts, []);
    assert_eq!(page(br#"{"status":"OK","results":null}"#).unwrap().contracts, []);
    assert_eq!(page(br#"{"status":"ERROR","error":"x"}"#), Err(Unusable::Refused));
    let limit = br#"{"status":"ERROR","error":"You've exceeded the maximum requests per minute"}"#;
    assert_eq!(page(limit), Err(Unusable::TooMany));
    for body in ["", "[]", "{\"results\":{}}", "{\"results\":[", "<html>", "{} {}"] {
        assert_eq!(page(body.as_bytes()), Err(Unusable::Malformed), "{body}");
    }
    let body = json!({"results": [contract()]}).to_string();
    assert_eq!(first_expiration(body.as_bytes()), Ok(NaiveDate::from_ymd_opt(2025, 11, 21)));
    assert_eq!(first_expiration(b"{}"), Ok(None));
}

/// Real contracts in the vendor's own shape, read in place.
#[test]
fn the_vendors_own_chains_are_read() {
    let Some(folder) = option_env!("MS_FIXTURES") else {
        eprintln!("MS_FIXTURES is not set: the vendor's own samples are not compared");
        return;
    };
    let read =
        |name: &str| page(&std::fs::read(format!("{folder}/massive/rest/{name}.json")).unwrap()).unwrap();
    let pages = ["1", "2"].map(|n| read(&format!("chain_I-SPX_2023-06-09_p{n}")));
    assert_eq!(pages.each_ref().map(|page| page.contracts.len()), [250, 92]);
    for page in &pages {
        assert_eq!((page.dropped, page.faults, page.mismatches), (0, 0, 0));
    }
    let first = &pages[0].contracts[0];
    assert_eq!(
        (first.strike, first.quote.bid, first.open_interest, first.gamma),
        (4150.0, 149.3, 2774.0, 0.0001)
    );
    assert_eq!((first.trade.price, first.quote.t_ms), (150.55, 1_686_332_400_000));
    let apple = read("v3_snapshot_options_chain_AAPL");
    assert_eq!((apple.contracts[0].iv, apple.mismatches), (0.357_027_720_346_505_8, 0));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _read = page(&bytes);
    }

    /// Pages that are nearly right, changed in one place and cut.
    #[test]
    fn no_damaged_page_panics_or_gives_an_impossible_number(
        at in 0_usize..900, byte in any::<u8>(), cut in 0_usize..1_200,
    ) {
        let mut body = json!({"status": "OK", "results": [contract()]}).to_string().into_bytes();
        let place = at % body.len();
        body[place] = byte;
        body.truncate(cut.max(1));
        for contract in page(&body).into_iter().flat_map(|page| page.contracts) {
            prop_assert!(contract.strike > 0.0 && contract.strike <= 1e9 && contract.multiplier > 0.0);
            let known = [contract.quote.bid, contract.quote.ask, contract.open_interest, contract.gamma];
            prop_assert!(known.iter().all(|value| value.is_nan() || (0.0..=1e12).contains(value)));
        }
    }
}
