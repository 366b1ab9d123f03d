use super::{
    Bar, Item, Unusable, bars, closed_days, envelope, previous_close, server_time, simulator_clock, snapshot,
    stock,
};
use proptest::prelude::*;
use wire::EpochMs;

#[test]
fn the_first_usable_price_of_a_stock_is_taken() {
    let price = |fields: &str| {
        let body = format!(r#"{{"results":[{{"ticker":"SPY",{fields}}}],"status":"OK"}}"#);
        match snapshot(body.as_bytes()).unwrap().items.remove(0) {
            Item::Spot(spot) => (spot.price, spot.t),
            Item::Refused { .. } => panic!("{fields}"),
        }
    };
    let trade = r#""last_trade":{"price":PRICE,"sip_timestamp":1763737262104000000}"#;
    let minute = r#""last_minute":{"close":600.5,"last_updated":1763737260000000000}"#;
    let session = r#""session":{"close":600.25}"#;
    let all = |value: &str| format!("{},{minute},{session}", trade.replace("PRICE", value));
    assert_eq!(price(&all("600.75")), (Some(600.75), Some(EpochMs(1_763_737_262_104))));
    for missing in ["0", "null", "\"600\"", "-1"] {
        assert_eq!(price(&all(missing)), (Some(600.5), Some(EpochMs(1_763_737_260_000))), "{missing}");
    }
    assert_eq!(price(session), (Some(600.25), None));
    assert_eq!(price(r#""session":7"#), (None, None));
}

#[test]
fn a_time_in_another_unit_is_unknown() {
    let body = br#"{"results":[{"ticker":"I:SPX","value":6600,"last_updated":1763737262104}]}"#;
    let Item::Spot(spot) = snapshot(body).unwrap().items.remove(0) else { panic!("a spot") };
    assert_eq!((spot.price, spot.t), (Some(6600.0), None));
}

#[test]
fn an_error_inside_a_good_answer_is_an_error() {
    let ours = |name: &str| {
        let path = format!("{}/tests/fixtures/errors/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let sample: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        sample["body"].as_str().map_or_else(|| sample["body"].to_string(), str::to_owned)
    };
    assert_eq!(envelope(ours("200_but_error").as_bytes()), Err(Unusable::TooMany));
    assert_eq!(envelope(ours("400_bad_param").as_bytes()), Err(Unusable::Refused));
    assert_eq!(envelope(ours("502_html").as_bytes()), Err(Unusable::Malformed));
    assert_eq!(envelope(b""), Err(Unusable::Malformed));
    assert_eq!(snapshot(br#"{"status":"OK","results":{"a":1}}"#), Err(Unusable::Malformed));
    assert_eq!(snapshot(br#"{"status":"OK"}"#).unwrap().items, []);
}

#[test]
fn items_without_a_ticker_are_dropped_and_counted() {
    let body = br#"{"results":[{"value":1},7,{"ticker":"I:SPX","value":"high","session":{"open":true}}]}"#;
    let page = snapshot(body).unwrap();
    assert_eq!((page.items.len(), page.faults), (1, 4));
}

#[test]
fn clocks_are_read() {
    let clock =
        simulator_clock(br#"{"sim_ms":1763737262104,"iso":"x","speed":60.0,"session":"regular"}"#).unwrap();
    assert_eq!((clock.market_ms, clock.speed), (1_763_737_262_104.0, 60.0));
    assert_eq!(simulator_clock(br#"{"speed":1}"#), Err(Unusable::Malformed));
    assert_eq!(server_time(br#"{"serverTime":"2022-04-28T16:48:08-04:00"}"#), Ok(1_651_178_888_000.0));
}

/// The vendor's own bodies, read in place.
#[test]
fn the_vendors_own_bodies_are_read() {
    let Some(folder) = option_env!("MS_FIXTURES") else {
        eprintln!("MS_FIXTURES is not set: the vendor's own samples are not compared");
        return;
    };
    let body = |name: &str| std::fs::read(format!("{folder}/massive/rest/{name}.json")).unwrap();

    let universal = snapshot(&body("v3_snapshot_universal")).unwrap();
    let Item::Spot(apple) = &universal.items[1] else { panic!("a stock") };
    assert_eq!((apple.symbol.as_str(), apple.price, apple.prev_close), ("AAPL", Some(0.05), Some(22.45)));
    assert_eq!(apple.t, Some(EpochMs(1_675_280_958_783)));
    assert_eq!((apple.bid, apple.ask_size, apple.is_delayed), (Some(20.9), Some(110.0), Some(false)));
    let unknown = Item::Refused { symbol: "TSLAAPL".into(), code: "NOT_FOUND".into() };
    assert_eq!(universal.items[2], unknown);

    let indices = snapshot(&body("v3_snapshot_indices_spec")).unwrap();
    let Item::Spot(dow) = &indices.items[0] else { panic!("an index") };
    assert_eq!((dow.symbol.as_str(), dow.price, dow.open), ("I:DJI", Some(3822.39), Some(3827.38)));
    assert_eq!(dow.t, Some(EpochMs(1_679_597_116_344)));
    assert!(matches!(&indices.items[2], Item::Refused { code, .. } if code == "NOT_ENTITLED"));
    assert_eq!(snapshot(&body("v3_snapshot_indices")).unwrap().items.len(), 3, "a body without a status");

    let apple = stock(&body("v2_snapshot_stocks_ticker_AAPL")).unwrap();
    assert_eq!((apple.price, apple.prev_close, apple.vwap), (Some(159.99), Some(163.64), Some(162.7124)));
    assert_eq!((apple.t, apple.bid), (Some(EpochMs(1_651_251_948_294)), Some(159.98)));
    assert_eq!(previous_close(&body("v2_aggs_prev_AAPL")), Ok(Some(156.8)));
    assert!(previous_close(&body("v2_aggs_prev_indices")).unwrap().is_some());
    assert_eq!(server_time(&body("v1_marketstatus_now")), Ok(1_651_178_888_000.0));
    assert!(closed_days(&body("v1_marketstatus_upcoming")).unwrap().contains(&"2022-05-30".parse().unwrap()));
}

proptest! {
    #[test]
    fn no_body_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let is_json = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        prop_assert!(is_json || snapshot(&bytes).is_err());
        prop_assert!(stock(&bytes).is_err());
    }

    #[test]
    fn no_number_leaves_its_range(value in any::<f64>(), nanos in any::<i64>()) {
        let body = serde_json::json!({"results": [{"ticker": "SPY", "value": value, "last_updated": nanos,
            "session": {"high": value, "volume": value}}]});
        let page = snapshot(body.to_string().as_bytes()).unwrap();
        let Item::Spot(spot) = &page.items[0] else { panic!("a spot") };
        for number in [spot.price, spot.high, spot.volume].into_iter().flatten() {
            prop_assert!(number.is_finite() && number >= 0.0);
        }
    }
}

#[test]
fn bars_are_read_and_broken_ones_left_out() {
    let body = br#"{"status":"OK","resultsCount":3,"results":[
        {"o":10,"h":12.5,"l":9,"c":11,"t":1763737260000,"v":5,"n":2},
        {"o":0,"h":12,"l":9,"c":11,"t":1763737320000},
        {"o":10,"h":12,"l":9,"c":11,"t":1763737380}]}"#;
    let bars = bars(body).unwrap();
    let (open, high, low, close, volume) = (10.0, 12.5, 9.0, 11.0, 5.0);
    assert_eq!(bars, [Bar { t: EpochMs(1_763_737_260_000), open, high, low, close, volume }]);
    assert_eq!(super::bars(br#"{"status":"OK","resultsCount":0}"#), Ok(Vec::new()));
    assert_eq!(super::bars(br#"{"status":"ERROR","error":"no"}"#), Err(Unusable::Refused));
    assert_eq!(super::bars(b"<html>"), Err(Unusable::Malformed));
}
