//! Every reader of what the vendor sends, open for fuzzing: any bytes in, a panic when a promise is broken. Nothing
//! else should use it.

use crate::{
    chain::directory::Register,
    config::Config,
    provider::{
        answer, chain,
        message::{Body, Decoded, Known, OptionBody},
        scan::{MAX_DEPTH, Scan},
    },
    symbols::Symbols,
};
use quant::tick;
use serde_json::Value;

/// A contract that is listed, so that events of options are read too.
const LISTED: &str = "O:SPXW251121C05800000";

/// A WebSocket frame: readable exactly when it is JSON, and what comes out is within its bounds.
pub fn frame(bytes: &[u8]) {
    let symbols = Symbols::of(&Config::default());
    let mut register = Register::default();
    register.enter(&LISTED.into());
    let mut decoded = Decoded::default();
    let is_read = decoded.read(bytes, Known { symbols: &symbols, contracts: register.names() }).is_ok();
    if let Some(value) = json(bytes) {
        assert!(is_read || !(value.is_array() || value.is_object()), "JSON that is not read");
    }
    for event in &decoded.events {
        match event.body {
            Body::Value { value } => assert!(tick::is_price(value)),
            Body::Trade { price, size } => assert!(tick::is_price(price) && tick::is_size(size)),
            Body::Quote { bid, ask, .. } => assert!(tick::is_quote(bid) && tick::is_quote(ask)),
            Body::Bar(bar) => {
                assert!([bar.open, bar.high, bar.low, bar.close].into_iter().all(tick::is_price))
            }
        }
    }
    for event in &decoded.options {
        match event.body {
            OptionBody::Quote { bid, ask, .. } => assert!(tick::is_quote(bid) && tick::is_quote(ask)),
            OptionBody::Trade { price, size } => assert!(tick::is_price(price) && tick::is_size(size)),
        }
    }
}

/// An answer of the REST interface: no reader breaks, and contracts are whole.
pub fn body(bytes: &[u8]) {
    agrees(bytes);
    if let Ok(page) = chain::page(bytes) {
        for contract in &page.contracts {
            assert!(tick::is_price(contract.strike) && contract.multiplier.is_finite());
            assert!(contract.iv.is_nan() || (contract.iv > 0.01 && contract.iv < 5.0), "volatility");
            assert!(contract.gamma.is_nan() || contract.gamma >= 0.0, "gamma");
            assert!(contract.open_interest.is_nan() || contract.open_interest >= 0.0, "open interest");
        }
    }
    // What they read is theirs to judge; here they only must not break.
    let _spots = answer::snapshot(bytes);
    let _stock = answer::stock(bytes);
    let _close = answer::previous_close(bytes);
    let _bars = answer::bars(bytes);
    let _clock = answer::simulator_clock(bytes);
    let _time = answer::server_time(bytes);
    let _days = answer::closed_days(bytes);
    let _walk = chain::first_expiration(bytes);
}

/// Our reader of JSON and the standard one agree on what is JSON.
fn agrees(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut scan = Scan::new(text);
    let is_read = scan.skip().and_then(|()| scan.end()).is_ok();
    match serde_json::from_str::<Value>(text) {
        Ok(value) => assert_eq!(is_read, depth(&value) <= MAX_DEPTH, "JSON is read up to its depth"),
        // The standard reader refuses numbers too large for it wherever they stand; ours where they are asked for.
        Err(error) => assert!(!is_read || error.to_string().contains("number out of range"), "{error}"),
    }
}

/// The bytes as JSON that is not nested too deeply for us.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(|value| depth(value) <= MAX_DEPTH)
}

fn depth(value: &Value) -> u32 {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_seeds_of_the_corpora_hold() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        for (folder, read) in [("frames", frame as fn(&[u8])), ("bodies", body)] {
            let mut count = 0;
            for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
                read(&std::fs::read(entry.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count > 5, "{folder}");
        }
    }
}
