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
pub(crate) const TRADE_SELECTOR: &str = "trade_selector";
pub(crate) const MEL: &str = "mel";
pub(crate) const MARKET_EVENT: &str = "market_event";
pub(crate) const FEED_EVENT: &str = "feed_event";
pub(crate) const ARTICLE: &str = "article";
pub(crate) const ANALYSIS: &str = "analysis";
pub(crate) const ALERTS: &str = "alerts";
pub(crate) const VEXY: &str = "vexy";
pub(crate) const VEXY_MESSAGE: &str = "vexy_message";
pub(crate) const COMMENTARY: &str = "commentary";
pub(crate) const RISK_GRAPH: &str = "risk_graph";
pub(crate) const TRADES: &str = "trades";
/// Parts of [`TRADES`], for streams of their own.
pub(crate) const POSITIONS: &str = "positions";
pub(crate) const LOGS: &str = "logs";
pub(crate) const VEXY_INTERACTION: &str = "vexy_interaction";
pub(crate) const FLEET: &str = "fleet";
pub(crate) const FLEET_ALERT: &str = "fleet_alert";

/// Every topic, in the order of a snapshot.
pub(crate) const TOPICS: [(&str, Class); 29] = [
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
    (TRADE_SELECTOR, Class::State),
    (MEL, Class::State),
    (MARKET_EVENT, Class::Event),
    (FEED_EVENT, Class::Event),
    (ARTICLE, Class::Event),
    (ANALYSIS, Class::Event),
    (ALERTS, Class::Event),
    (VEXY, Class::State),
    (VEXY_MESSAGE, Class::Event),
    (COMMENTARY, Class::Event),
    (RISK_GRAPH, Class::Event),
    (TRADES, Class::Event),
    (POSITIONS, Class::Event),
    (LOGS, Class::Event),
    (VEXY_INTERACTION, Class::Event),
    (FLEET, Class::State),
    (FLEET_ALERT, Class::Event),
];

/// Topics whose every event is one user's.
pub(crate) const OWN: [&str; 5] = [RISK_GRAPH, TRADES, POSITIONS, LOGS, VEXY_INTERACTION];

const MARKET: [&str; 16] = [
    CLOCK,
    SPOT,
    TICK,
    GEX,
    GEX_SUMMARY,
    HEATMAP,
    CANDLES,
    MARKET_MODE,
    VIX_REGIME,
    BIAS_LFI,
    VOLUME_PROFILE,
    DEALER_GRAVITY,
    TRADE_SELECTOR,
    MEL,
    MARKET_EVENT,
    FEED_EVENT,
];

/// What a stream is.
#[derive(Debug, Clone, Copy)]
struct Stream {
    /// Last part of its path; for a symbol's own stream the one before it.
    path: &'static str,
    /// What it is called to its readers and counted as.
    name: &'static str,
    carries: Carries,
    /// Whose events it carries.
    scope: Scope,
}

#[derive(Debug, Clone, Copy)]
enum Carries {
    /// Every topic but those that are parts of another.
    All,
    These(&'static [&'static str]),
}

/// Whose events a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everyone's, and the reader's own where a topic has such.
    Everyone,
    /// The reader's own only: nobody without an internal id can open it.
    Own,
    /// One symbol's.
    Symbol,
}

const fn stream(
    path: &'static str,
    name: &'static str,
    topics: &'static [&'static str],
    scope: Scope,
) -> Stream {
    Stream { path, name, carries: Carries::These(topics), scope }
}

const STREAMS: [Stream; 18] = [
    Stream { path: "all", name: "all", carries: Carries::All, scope: Scope::Everyone },
    stream("market", "market", &MARKET, Scope::Everyone),
    stream("spot", "spot", &[SPOT, CLOCK], Scope::Everyone),
    stream("intel", "intel", &[ARTICLE, ANALYSIS], Scope::Everyone),
    stream("alerts", "alerts", &[ALERTS], Scope::Everyone),
    stream("vexy", "vexy", &[VEXY, VEXY_MESSAGE, COMMENTARY], Scope::Everyone),
    stream("risk-graph", "risk_graph", &[RISK_GRAPH], Scope::Own),
    stream("trades", "trades", &[TRADES], Scope::Own),
    stream("trade-log", "trades", &[TRADES], Scope::Own),
    stream("positions", "positions", &[POSITIONS], Scope::Own),
    stream("logs", "logs", &[LOGS], Scope::Own),
    stream("vexy-interaction", "vexy_interaction", &[VEXY_INTERACTION], Scope::Own),
    stream("bias_lfi", "bias_lfi", &[BIAS_LFI], Scope::Everyone),
    stream("dealer-gravity", "dealer_gravity", &[DEALER_GRAVITY], Scope::Everyone),
    stream("gex", "gex", &[GEX], Scope::Symbol),
    stream("heatmap", "heatmap", &[HEATMAP], Scope::Symbol),
    stream("candles", "candles", &[CANDLES], Scope::Symbol),
    stream("trade_selector", "trade_selector", &[TRADE_SELECTOR], Scope::Symbol),
];

/// Names that health tells one by one.
pub(crate) const COUNTED: [&str; 8] =
    ["all", "market", "spot", "intel", "alerts", "vexy", "risk_graph", "trades"];

const INDICES: [&str; 5] = ["SPX", "NDX", "VIX", "RUT", "XSP"];

impl Stream {
    fn carries(&self, topic: &str) -> bool {
        match self.carries {
            Carries::All => !matches!(topic, POSITIONS | LOGS),
            Carries::These(topics) => topics.contains(&topic),
        }
    }
}

/// What the stream at `path` (behind `/sse/`) is asked for by `query`, and whose events it carries. `None`: there is
/// no such stream.
///
/// # Errors
/// `max_hz` is not a number.
pub(crate) fn ask(path: &Path<'_>, query: &[(String, String)]) -> Option<Result<(Ask, Scope), Error>> {
    let has_symbol = path.symbol.is_some();
    let is_meant =
        |stream: &&Stream| stream.path == path.name && (stream.scope == Scope::Symbol) == has_symbol;
    let stream = STREAMS.iter().find(is_meant)?;
    let last = |key: &str| query.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let list = |key: &str| last(key).filter(|text| !text.is_empty()).map(|text| text.split(','));
    let wanted: Option<Vec<_>> = list("topics").map(|topics| topics.map(str::trim).collect());
    let is_wanted =
        |topic: &&str| stream.carries(topic) && wanted.as_ref().is_none_or(|wanted| wanted.contains(topic));
    let pace = match last("max_hz").map(str::parse::<f64>) {
        None => None,
        Some(Ok(hz)) if hz.is_finite() => Some(Duration::from_secs_f64(1.0 / hz.clamp(1.0, 20.0))),
        Some(_) => return Some(Err(Error::bad_request("max_hz: expected a number from 1 to 20"))),
    };
    let symbols = match path.symbol {
        Some(own) => Some(vec![symbol(own)]),
        None => list("symbols").map(|symbols| symbols.map(symbol).collect()),
    };
    let ask = Ask {
        stream: stream.name,
        topics: TOPICS.iter().map(|(topic, _)| *topic).filter(is_wanted).map(str::to_owned).collect(),
        symbols,
        pace,
        cursor: last("last_event_id").map(str::to_owned),
        ..Ask::default()
    };
    Some(Ok((ask, stream.scope)))
}

/// The path of a stream behind `/sse/`, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    pub(crate) name: &'a str,
    pub(crate) symbol: Option<&'a str>,
}

/// The vendor ticker that `text` means: `spx` is `I:SPX`.
pub(crate) fn symbol(text: &str) -> String {
    let symbol = text.trim().to_ascii_uppercase();
    if INDICES.contains(&symbol.as_str()) { format!("I:{symbol}") } else { symbol }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        name: &str,
        symbol: Option<&str>,
        query: &[(&str, &str)],
    ) -> Option<Result<(Ask, Scope), Error>> {
        let query: Vec<_> = query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        ask(&Path { name, symbol }, &query)
    }

    fn asked(name: &str, query: &[(&str, &str)]) -> Ask {
        found(name, None, query).unwrap().unwrap().0
    }

    #[test]
    fn a_stream_carries_its_topics_and_a_request_narrows_them() {
        assert_eq!(asked("spot", &[]).topics, [CLOCK, SPOT]);
        assert_eq!(
            asked("market", &[("topics", "tick,fleet,nonsense")]).topics,
            [TICK],
            "narrows, never widens"
        );
        assert!(found("nothing", None, &[]).is_none());
        assert_eq!(asked("market", &[]).topics, MARKET, "in the order of the catalogue");
        assert_eq!(asked("vexy", &[]).topics, [VEXY, VEXY_MESSAGE, COMMENTARY]);
        assert_eq!(asked("trade-log", &[]).stream, "trades");
        let all = asked("all", &[]).topics;
        assert_eq!(all.len(), TOPICS.len() - 2, "everything");
        assert!(!all.iter().any(|topic| topic == POSITIONS || topic == LOGS), "as part of trades only");
    }

    #[test]
    fn every_stream_carries_topics_that_exist() {
        for stream in STREAMS {
            if let Carries::These(topics) = stream.carries {
                assert!(
                    topics.iter().all(|topic| TOPICS.iter().any(|(name, _)| name == topic)),
                    "{stream:?}"
                );
            }
        }
    }

    #[test]
    fn a_symbols_own_stream_needs_one_and_the_others_have_none() {
        let (ask, scope) = found("gex", Some("spx"), &[("symbols", "SPY")]).unwrap().unwrap();
        assert_eq!((ask.symbols.unwrap(), scope), (vec!["I:SPX".to_owned()], Scope::Symbol));
        assert!(found("gex", None, &[]).is_none());
        assert!(found("bias_lfi", Some("SPY"), &[]).is_none());
    }

    #[test]
    fn own_streams_say_so() {
        let scope = |name| found(name, None, &[]).unwrap().unwrap().1;
        for own in ["risk-graph", "trades", "trade-log", "positions", "logs", "vexy-interaction"] {
            assert_eq!(scope(own), Scope::Own, "{own}");
        }
        assert_eq!((scope("alerts"), scope("all")), (Scope::Everyone, Scope::Everyone));
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
        let refused = found("all", None, &[("max_hz", "fast")]).unwrap();
        assert_eq!(refused.unwrap_err().code(), "bad_request");
    }
}
