//! What changed in a user's journal: for that user only.

use super::{Bad, names::is_event_name};
use crate::{
    app::App,
    streams::{LOGS, POSITIONS, RISK_GRAPH, TRADES},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use web::sse::Address;
use wire::journal::{Whose, whose};

/// What the journal keeps beside trades and strategies; no stream carries it.
const ELSEWHERE: [&str; 3] = ["alert", "prompt_alert", "algo_alert"];
const STRATEGY: &str = "risk_strategy";

/// The part of an event that is looked at; an envelope passes through whole.
#[derive(Debug, Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    pub(crate) event_seq: Option<u64>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    aggregate_type: Option<Cow<'a, str>>,
    user_id: Option<u64>,
    /// Of a strategy, as it is published.
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    /// Of a strategy, as the journal keeps it.
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// An event as readers get it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told<'a> {
    pub(crate) topic: &'static str,
    /// The part of the topic that carries it too.
    pub(crate) also: Option<&'static str>,
    pub(crate) name: &'a str,
    pub(crate) data: &'a str,
}

/// How readers get the event `text`; `None`: no stream carries it.
pub(crate) fn told<'a>(head: &'a Head<'a>, text: &'a str) -> Result<Option<Told<'a>>, Bad> {
    if !is_event_name(&head.kind) {
        return Err(Bad::Name);
    }
    let aggregate = head.aggregate_type.as_deref();
    if aggregate.is_some_and(|aggregate| ELSEWHERE.contains(&aggregate)) {
        return Ok(None);
    }
    if aggregate.is_none_or(|aggregate| aggregate == STRATEGY) {
        let data = head.data.or(head.payload).ok_or(Bad::Empty)?;
        return Ok(Some(Told { topic: RISK_GRAPH, also: None, name: &head.kind, data: data.get() }));
    }
    let also = match aggregate {
        Some("position") => Some(POSITIONS),
        Some("log") => Some(LOGS),
        _ => None,
    };
    Ok(Some(Told { topic: TRADES, also, name: &head.kind, data: text }))
}

/// A message of a user's channel, or of the one for the life of logs.
pub(super) fn take(app: &App, channel: &str, text: &str) -> Result<(), Bad> {
    let head: Head<'_> = serde_json::from_str(text)?;
    let user = match whose(channel) {
        Some(Whose::TradeLog(user) | Whose::RiskGraph(user)) => user,
        None => head.user_id.ok_or(Bad::Nobody)?,
    };
    let Some(told) = told(&head, text)? else { return Ok(()) };
    // At least once is how the journal delivers.
    if !app.feeds.journal_sent.is_new(Some(user), &head.event_id) {
        return Ok(());
    }
    let address = Address { user: Some(user), journal_seq: head.event_seq, also: told.also };
    app.hub.send(told.topic, told.name, told.data, address);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `topic:name`, the part of the topic, data.
    type Found = (String, Option<&'static str>, String);

    fn found(text: &str) -> Result<Option<Found>, String> {
        let head: Head<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let told = told(&head, text).map_err(|bad| bad.to_string())?;
        Ok(told.map(|told| (format!("{}:{}", told.topic, told.name), told.also, told.data.to_owned())))
    }

    #[test]
    fn an_envelope_goes_whole_and_a_strategy_by_itself() {
        let closed =
            r#"{"event_id":"a","event_seq":7,"type":"TradeClosed","aggregate_type":"trade","payload":{}}"#;
        assert_eq!(found(closed), Ok(Some(("trades:TradeClosed".into(), None, closed.into()))));
        let position = closed.replace("\"trade\"", "\"position\"");
        assert_eq!(found(&position).unwrap().unwrap().1, Some(POSITIONS));
        let log = closed.replace("\"trade\"", "\"log\"").replace("TradeClosed", "log.lifecycle.retired");
        assert_eq!(
            found(&log).unwrap().unwrap(),
            ("trades:log.lifecycle.retired".into(), Some(LOGS), log.clone())
        );
        let published =
            r#"{"type":"strategy_removed","data":{"id":"s"},"ts":1,"event_id":"b","event_seq":8}"#;
        let kept = r#"{"event_id":"b","event_seq":8,"type":"strategy_removed","aggregate_type":"risk_strategy","payload":{"id":"s"}}"#;
        for text in [published, kept] {
            let expected = ("risk_graph:strategy_removed".to_owned(), None, r#"{"id":"s"}"#.to_owned());
            assert_eq!(found(text), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn what_no_stream_carries_and_what_speaks_in_our_name_is_left_out() {
        assert_eq!(found(r#"{"event_id":"a","type":"AlertFired","aggregate_type":"alert"}"#), Ok(None));
        assert!(found(r#"{"event_id":"a","type":"connected","aggregate_type":"trade"}"#).is_err());
        assert!(found(r#"{"event_id":"a","type":"strategy_added"}"#).is_err(), "nothing in it");
        assert!(found(r#"{"type":"TradeClosed","aggregate_type":"trade"}"#).is_err(), "no id");
    }
}
