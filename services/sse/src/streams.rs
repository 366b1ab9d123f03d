//! The catalogue: topics, the streams that carry them, and what a request may ask of a stream.

use std::time::Duration;
use web::{
    Error,
    sse::{Ask, Class},
};

pub(crate) const CLOCK: &str = "clock";
pub(crate) const SPOT: &str = "spot";
pub(crate) const TICK: &str = "tick";
pub(crate) const CANDLES: &str = "candles";
pub(crate) const GEX: &str = "gex";
pub(crate) const GEX_SUMMARY: &str = "gex_summary";
pub(crate) const HEATMAP: &str = "heatmap";
pub(crate) const MARKET_MODE: &str = "market_mode";
pub(crate) const VIX_REGIME: &str = "vix_regime";
pub(crate) const BIAS_LFI: &str = "bias_lfi";
pub(crate) const VOLUME_PROFILE: &str = "volume_profile";
pub(crate) const DEALER_GRAVITY: &str = "dealer_gravity";
pub(crate) const FEED_EVENT: &str = "feed_event";
pub(crate) const FLEET: &str = "fleet";
pub(crate) const FLEET_ALERT: &str = "fleet_alert";

/// Every topic, in the order of a snapshot.
pub(crate) const TOPICS: [(&str, Class); 15] = [
    (CLOCK, Class::State),
    (SPOT, Class::Map),
    (TICK, Class::State),
    (GEX, Class::State),
    (GEX_SUMMARY, Class::State),
    (HEATMAP, Class::State),
    (CANDLES, Class::State),
    (MARKET_MODE, Class::State),
    (VIX_REGIME, Class::State),
    (BIAS_LFI, Class::State),
    (VOLUME_PROFILE, Class::State),
    (DEALER_GRAVITY, Class::State),
    (FEED_EVENT, Class::Event),
    (FLEET, Class::State),
    (FLEET_ALERT, Class::Event),
];

/// Whether a stream carries a topic.
type Carries = fn(&str) -> bool;

const STREAMS: [(&str, Carries); 3] = [
    ("all", |_topic| true),
    ("market", |topic| !matches!(topic, FLEET | FLEET_ALERT)),
    ("spot", |topic| matches!(topic, CLOCK | SPOT)),
];

/// Names that health tells, those of later streams too.
pub(crate) const COUNTED: [&str; 8] =
    ["all", "market", "spot", "intel", "alerts", "vexy", "risk_graph", "trades"];

const INDICES: [&str; 5] = ["SPX", "NDX", "VIX", "RUT", "XSP"];

/// What stream `name` is asked for by `query`. `None`: there is no such stream.
///
/// # Errors
/// `max_hz` is not a number.
pub(crate) fn ask(name: &str, query: &[(String, String)]) -> Option<Result<Ask, Error>> {
    let &(stream, carries) = STREAMS.iter().find(|(stream, _)| *stream == name)?;
    let last = |key: &str| query.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let list = |key: &str| last(key).filter(|text| !text.is_empty()).map(|text| text.split(','));
    let wanted: Option<Vec<_>> = list("topics").map(Iterator::collect);
    let is_wanted =
        |topic: &&str| carries(topic) && wanted.as_ref().is_none_or(|wanted| wanted.contains(topic));
    let pace = match last("max_hz").map(str::parse::<f64>) {
        None => None,
        Some(Ok(hz)) if hz.is_finite() => Some(Duration::from_secs_f64(1.0 / hz.clamp(1.0, 20.0))),
        Some(_) => return Some(Err(Error::bad_request("max_hz: expected a number from 1 to 20"))),
    };
    Some(Ok(Ask {
        stream,
        topics: TOPICS.iter().map(|(topic, _)| *topic).filter(is_wanted).map(str::to_owned).collect(),
        symbols: list("symbols").map(|symbols| symbols.map(symbol).collect()),
        pace,
        cursor: last("last_event_id").map(str::to_owned),
        ..Ask::default()
    }))
}

/// The vendor ticker that `text` means: `spx` is `I:SPX`.
pub(crate) fn symbol(text: &str) -> String {
    let symbol = text.trim().to_ascii_uppercase();
    if INDICES.contains(&symbol.as_str()) { format!("I:{symbol}") } else { symbol }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, query: &[(&str, &str)]) -> Ask {
        let query: Vec<_> = query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        ask(name, &query).unwrap().unwrap()
    }

    #[test]
    fn a_stream_carries_its_topics_and_a_request_narrows_them() {
        assert_eq!(asked("spot", &[]).topics, [CLOCK, SPOT]);
        assert_eq!(
            asked("market", &[("topics", "tick,fleet,nonsense")]).topics,
            [TICK],
            "narrows, never widens"
        );
        assert!(ask("intel", &[]).is_none());
        assert_eq!(asked("all", &[]).topics, TOPICS.map(|(name, _)| name), "all carries every topic");
        assert_eq!(asked("market", &[]).topics.len(), TOPICS.len() - 2);
    }

    #[test]
    fn symbols_are_vendor_tickers() {
        assert_eq!(asked("all", &[("symbols", "spx,I:NDX,spy")]).symbols.unwrap(), ["I:SPX", "I:NDX", "SPY"]);
        assert_eq!(asked("all", &[("symbols", "")]).symbols, None);
    }

    #[test]
    fn a_pace_is_one_to_twenty_a_second() {
        let pace = |hz: &str| asked("all", &[("max_hz", hz)]).pace.unwrap();
        assert_eq!(
            (pace("4"), pace("99"), pace("0")),
            (Duration::from_millis(250), Duration::from_millis(50), Duration::from_secs(1))
        );
        let refused = ask("all", &[("max_hz".into(), "fast".into())]).unwrap();
        assert_eq!(refused.unwrap_err().code(), "bad_request");
    }
}
