use super::{Bar, Body, Decoded, Incoming, Known, Status, Unreadable};
use crate::{chain::directory::Names, config::Config, symbols::Symbols};
use proptest::prelude::*;
use wire::EpochMs;

fn symbols(further: &[&str]) -> Symbols {
    let mut config = Config::default();
    config.stock_ws_symbols.extend(further.iter().map(|&name| name.to_owned()));
    Symbols::of(&config)
}

fn decode(decoded: &mut Decoded, frame: &[u8]) -> Result<(), Unreadable> {
    decoded.read(frame, Known { symbols: &symbols(&[]), contracts: &Names::default() })
}

fn read(frame: &str) -> Result<Decoded, Unreadable> {
    let mut decoded = Decoded::default();
    decode(&mut decoded, frame.as_bytes()).map(|()| decoded)
}

fn body(frame: &str) -> Body {
    read(frame).unwrap().events[0].body
}

#[test]
fn an_index_value_is_read() {
    let decoded = read(r#"[{"ev":"V","val":3988.5,"T":"I:SPX","t":1678220098130}]"#).unwrap();
    let expected = Incoming {
        symbol: symbols(&[]).id("I:SPX").unwrap(),
        t: EpochMs(1_678_220_098_130),
        q: None,
        body: Body::Value { value: 3988.5 },
    };
    assert_eq!(decoded.events, [expected]);
}

#[test]
fn trades_and_quotes_of_one_frame_keep_their_order() {
    let frame = r#"[{"ev":"T","sym":"MSFT","x":4,"i":"12345","z":3,"p":114.125,"s":100,"c":[0,12],"t":1536036818784,"q":3681328},
        {"ev":"Q","sym":"MSFT","bx":4,"bp":114.125,"bs":100,"ax":7,"ap":114.128,"as":160,"c":0,"i":[604],"t":1536036818784,"q":50385480,"z":3}]"#;
    let decoded = read(frame).unwrap();
    assert_eq!(decoded.events[0].body, Body::Trade { price: 114.125, size: 100.0 });
    assert_eq!(decoded.events[0].q, Some(3_681_328));
    let quote = Body::Quote { bid: 114.125, ask: 114.128, bid_size: Some(100.0), ask_size: Some(160.0) };
    assert_eq!(decoded.events[1].body, quote);
}

#[test]
fn a_bar_is_timed_by_its_end() {
    let frame = r#"[{"ev":"A","sym":"AAPL","v":200,"av":8642007,"op":25.66,"vw":25.3981,"o":25.39,"c":25.39,"h":25.4,"l":25.3,"a":25.3714,"z":50,"s":1610144868000,"e":1610144869000}]"#;
    let decoded = read(frame).unwrap();
    assert_eq!(decoded.events[0].t, EpochMs(1_610_144_869_000));
    let bar = Bar {
        open: 25.39,
        high: 25.4,
        low: 25.3,
        close: 25.39,
        volume: Some(200.0),
        day_volume: Some(8_642_007.0),
        day_open: Some(25.66),
        day_vwap: Some(25.3714),
    };
    assert_eq!(decoded.events[0].body, Body::Bar(bar));
}

#[test]
fn an_object_instead_of_an_array_is_one_event() {
    assert_eq!(body(r#"{"ev":"V","val":"17.5","T":"I:VIX","t":1678220098130}"#), Body::Value { value: 17.5 });
}

#[test]
fn statuses_are_told_apart() {
    let statuses = |message: &str| read(message).unwrap().statuses;
    let one = |status: &str, message: &str| {
        statuses(&format!(r#"[{{"ev":"status","status":"{status}","message":"{message}"}}]"#)).remove(0)
    };
    assert_eq!(one("connected", "Connected Successfully"), Status::Connected);
    assert_eq!(one("auth_success", "authenticated"), Status::AuthSuccess);
    assert_eq!(one("success", "subscribed to: V.I:SPX"), Status::Subscribed("V.I:SPX".into()));
    assert_eq!(one("success", "unsubscribed to: V.I:SPX"), Status::Unsubscribed);
    assert_eq!(one("error", "not authorized"), Status::Error("not authorized".into()));
    assert_eq!(one("max_connections", ""), Status::MaxConnections);
    assert_eq!(one("maintenance", ""), Status::Other("maintenance".into()));
}

/// Each row: a frame of one broken event and a good one, and the counter that grows by one.
#[test]
fn one_bad_event_does_not_spoil_the_frame() {
    let good = r#"{"ev":"V","val":3988.5,"T":"I:SPX","t":1678220098130}"#;
    for (bad, counter) in [
        (r#"{"ev":"V","T":"I:SPX","t":1678220098130}"#, "missing_field"),
        (r#"{"ev":"V","val":true,"T":"I:SPX","t":1678220098130}"#, "missing_field"),
        (r#"{"ev":"V","val":null,"T":"I:SPX","t":1678220098130}"#, "missing_field"),
        (r#"{"ev":"V","val":[1],"T":"I:SPX","t":1678220098130}"#, "missing_field"),
        (r#"{"ev":"V","val":1.0,"T":7,"t":1678220098130}"#, "missing_field"),
        (r#"{"ev":"V","val":1.0,"T":"I:SPX","t":"soon"}"#, "missing_field"),
        (r#"{"ev":"V","val":1.0,"T":"I:SPX","t":1.5}"#, "missing_field"),
        (r#"{"ev":"T","sym":"SPY","p":"114.1","s":1,"t":1678220098130}"#, "missing_field"),
        (r#"{"val":1.0}"#, "missing_field"),
        ("17", "missing_field"),
        (r#"["x"]"#, "missing_field"),
        (r#"{"ev":"V","val":NaN,"T":"I:SPX","t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"T","sym":"SPY","p":-Infinity,"s":1,"t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"V","val":"NaN","T":"I:SPX","t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"V","val":0,"T":"I:SPX","t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"V","val":-5,"T":"I:SPX","t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"V","val":1e10,"T":"I:SPX","t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"T","sym":"SPY","p":114.1,"s":-1,"t":1678220098130}"#, "bad_price"),
        (r#"{"ev":"V","val":1.0,"T":"I:FTSE","t":1678220098130}"#, "unknown_symbol"),
        (r#"{"ev":"T","sym":"O:SPXW251121C05800000","p":1.0,"s":1,"t":1678220098130}"#, "geometry_miss"),
        (r#"{"ev":"T","sym":"O:nonsense","p":1.0,"s":1,"t":1678220098130}"#, "parse_fail"),
        (r#"{"ev":"LULD","sym":"SPY"}"#, "unknown_ev"),
    ] {
        let decoded = read(&format!("[{bad},{good}]")).unwrap_or_else(|_| panic!("unreadable: {bad}"));
        assert_eq!(decoded.events.len(), 1, "{bad}");
        let counts = decoded.counts;
        for (name, count) in [
            ("missing_field", counts.missing_field),
            ("bad_price", counts.bad_price),
            ("unknown_symbol", counts.unknown_symbol),
            ("geometry_miss", counts.geometry_miss),
            ("parse_fail", counts.parse_fail),
            ("unknown_ev", counts.unknown_ev),
        ] {
            assert_eq!(count, u64::from(name == counter), "{bad}: {name}");
        }
    }
}

#[test]
fn what_is_no_json_is_refused_whole() {
    let good = r#"{"ev":"V","val":3988.5,"T":"I:SPX","t":1678220098130}"#;
    let deep =
        |levels: usize| format!(r#"[{good},{{"ev":"x","d":{}{}}}]"#, "[".repeat(levels), "]".repeat(levels));
    for frame in ["", "[", "null", "17", "[{]", "not json", "[}{", &format!("[{good}"), &format!("[{good}]]")]
    {
        assert_eq!(read(frame).err(), Some(Unreadable), "{frame}");
    }
    assert!(read(&deep(30)).is_ok(), "depth 32");
    assert_eq!(read(&deep(31)).err(), Some(Unreadable));
    assert_eq!(read(&deep(20_000)).err(), Some(Unreadable));
    assert_eq!(read(&"[".repeat(20_000)).err(), Some(Unreadable));
    let mut decoded = Decoded::default();
    assert_eq!(decode(&mut decoded, b"[{\"ev\":\"V\",\"x\":\"\xff\xfe\"}]"), Err(Unreadable));
    assert_eq!(decode(&mut decoded, &[0, 159, 146, 150]), Err(Unreadable));
}

/// The samples of the vendor and of its client library.
#[test]
fn the_vendors_own_frames_are_read() {
    let ours = include_str!("../../tests/fixtures/status_frames.jsonl");
    let mut read_lines = 0;
    for line in ours
        .lines()
        .chain(vendor("spec_examples.jsonl").lines())
        .chain(vendor("conversation_trades.jsonl").lines())
    {
        let sample: serde_json::Value = serde_json::from_str(line).unwrap();
        if sample["from"] == "client" {
            continue;
        }
        let frame = sample["frame"].as_str().unwrap();
        let mut decoded = Decoded::default();
        let known = Known { symbols: &symbols(&["SPCE"]), contracts: &Names::default() };
        decoded.read(frame.as_bytes(), known).unwrap_or_else(|_| panic!("{frame}"));
        let counts = decoded.counts;
        assert_eq!(
            (counts.missing_field, counts.bad_price, counts.unknown_ev, counts.parse_fail),
            (0, 0, 0, 0),
            "{frame}"
        );
        read_lines += 1;
    }
    assert!(read_lines >= 5);
}

/// A third-party sample, read in place; empty when the folder is not set.
fn vendor(name: &str) -> String {
    let Some(folder) = option_env!("MS_FIXTURES") else {
        eprintln!("MS_FIXTURES is not set: the vendor's own samples are not compared");
        return String::new();
    };
    std::fs::read_to_string(format!("{folder}/massive/ws/{name}")).unwrap()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let read = decode(&mut Decoded::default(), &bytes);
        prop_assert!(read.is_ok() || read == Err(Unreadable));
    }

    /// Frames that are nearly right, cut and changed in one place.
    #[test]
    fn no_damaged_frame_panics_or_gives_an_impossible_number(
        value in prop_oneof![any::<f64>().prop_map(|v| v.to_string()), "[-a-zA-Z0-9\"{}\\[\\],.]{0,12}"],
        field in "(val|p|s|bp|ap|bs|as|o|h|l|c|v|av|t|q|e|sym|T|ev)",
        ev in "(V|T|Q|A|status|AM)",
        cut in 0_usize..200,
    ) {
        let frame = format!(
            r#"[{{"ev":"{ev}","sym":"SPY","T":"I:SPX","val":1,"p":1,"s":1,"bp":1,"ap":2,"o":1,"h":1,"l":1,"c":1,"t":1,"e":1,"{field}":{value}}}]"#
        );
        let bytes = frame.as_bytes();
        for bytes in [bytes, &bytes[..cut.min(bytes.len())]] {
            let mut decoded = Decoded::default();
            if decode(&mut decoded, bytes).is_ok() {
                for event in &decoded.events {
                    let numbers = match event.body {
                        Body::Value { value } => vec![value],
                        Body::Trade { price, size } => vec![price, size],
                        Body::Quote { bid, ask, .. } => vec![bid, ask],
                        Body::Bar(bar) => vec![bar.open, bar.high, bar.low, bar.close],
                    };
                    prop_assert!(numbers.iter().all(|n| n.is_finite() && *n >= 0.0 && *n <= 1e12));
                }
            }
        }
    }
}
